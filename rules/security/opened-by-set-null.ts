import {
  andList,
  brief,
  clientsOf,
  defineRule,
  nullsInInserts,
  openedBySetNull,
  quoteIdentifier,
  relatedAt,
  relationName,
  rowOf,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'opened-by-set-null',
    category: 'security',
    severity: 'high',
    summary: 'A policy shows rows to everybody once what they belonged to is deleted.',
    why: 'A policy of event_id is null or is_member(event_id) means rows that never had an event. With ON DELETE SET NULL a DELETE of the event makes such rows of all that belonged to it: what its members alone could read is from then on read by whoever asks, and nothing of the row says that it was ever theirs.',
    remedy:
      'Take the alternative for NULL out of the policy, or let it ask for what such rows are (a column is_shared, set when the row is made). Or let the rows go with the parent (ON DELETE CASCADE), or keep it (RESTRICT).',
    scope: [
      'Not reported: where the policy asks for more of such rows than that they have no parent, where the column names a person and nobody has to be that person to add a row (a task that goes back to all when its worker leaves), and where all rows are shown anyway.',
    ],
    messages: {
      opened:
        'The policy {{policy}} shows {{table}} rows to {{clients}}, whoever they are, if {{column}} is NULL, and deleting {{parent}} makes it NULL (ON DELETE SET NULL): what only those could read whom {{column}} lets in is then open to everybody.{{already}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'constraints', 'columns'],
    references: [
      'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const opened = openedBySetNull(graph, policy, settings.clientRoles);
      if (opened === undefined) return;
      const { column, key, access } = opened;
      const leaving = [...new Set(nullsInInserts(graph).get(column.id))];
      const names = andList(
        leaving.map(({ name }) => `${brief(name)}()`),
        3,
      );
      report({
        entity: policy,
        message: 'opened',
        severity: access.some(({ name }) => name === 'anon') ? 'high' : 'medium',
        data: {
          policy: quoteIdentifier(policy.name),
          table: brief(graph.get('table', policy.table).name),
          clients: clientsOf(access),
          column: quoteIdentifier(column.name),
          parent: rowOf(relationName(graph, key.referencedTable)),
          already:
            leaving.length === 0 ? '' : ` ${names} ${leaving.length === 1 ? 'adds' : 'add'} rows without it already.`,
        },
        related: relatedAt(key, 'empties the column'),
      });
    },
  },
});
