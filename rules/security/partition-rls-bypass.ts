import {
  addTo,
  brief,
  clientAccess,
  clientsMay,
  counted,
  defineRule,
  type EntityOf,
  isUsersOwn,
  isWithoutRowSecurity,
  rowSecurityOn,
  securedAncestor,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'partition-rls-bypass',
    category: 'security',
    severity: 'critical',
    summary: 'Client roles can read a partition or child table directly, past the row security of its parent.',
    why: 'Row security is a property of the table that a statement names: reading the parent applies the policies of the parent, reading the partition applies those of the partition, which by default has none and no row security either. The API serves each partition under its own name.',
    remedy:
      'Turn row security on for each partition; it needs no policy of its own as long as rows are read through the parent, and new partitions need the same statement. Or keep the partitions in a schema that the API does not serve, or revoke the grants on them.',
    messages: {
      one: '{{clients}} every row of {{child}} through the API: the row security of {{parent}} does not hold for who names {{child}} itself.',
      several:
        '{{clients}} every row of {{children}} through the API: the row security of {{parent}} does not hold for who names {{kind}} itself.',
    },
    restsOn: ['rowSecurity', 'privileges', 'policies'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    graph(graph, { settings, report }) {
      const byParent = new Map<Table, Table[]>();
      for (const table of graph.ofKind('table')) {
        if (table.partitionOf === null && table.inherits.length === 0) continue;
        const isServed = settings.exposedSchemas.includes(table.name.schema) && isUsersOwn(graph, table);
        if (!isServed || table.isAssumed || !isWithoutRowSecurity(graph, table)) continue;
        const parent = securedAncestor(graph, table);
        if (parent === undefined || clientAccess(graph, table, settings.clientRoles).length === 0) continue;
        addTo(byParent, parent, table);
      }
      for (const [parent, children] of byParent) {
        const [first] = children;
        if (first === undefined) continue;
        const access = children.flatMap((each) => clientAccess(graph, each, settings.clientRoles));
        const data = {
          clients: clientsMay(settings.clientRoles.flatMap((role) => access.filter(({ name }) => name === role))),
          parent: brief(parent.name),
        };
        const about = {
          // The same again when a partition comes that is open too: that is a new finding.
          discriminator: children.map((each) => graph.path(each)).join(' '),
          origin: first.setBy.rowSecurity ?? first.origin,
          fix: () => rowSecurityOn(graph, children, CLOSED, settings.clientRoles),
        };
        const others = children.slice(1);
        if (others.length === 0) {
          report({ ...about, entity: first, message: 'one', data: { ...data, child: brief(first.name) } });
          continue;
        }
        const isPartition = children.every((each) => each.partitionOf !== null);
        const noun = isPartition
          ? counted(others.length, 'other partition')
          : counted(others.length, 'other child', 'other children');
        report({
          ...about,
          entity: parent,
          message: 'several',
          data: {
            ...data,
            children: `${brief(first.name)} and ${noun}`,
            kind: isPartition ? 'a partition' : 'a child',
          },
          related: others.slice(0, 5).flatMap(({ name, setBy, origin }) => {
            const from = setBy.rowSecurity ?? origin;
            return from.from === 'statement' ? [{ note: brief(name), at: from.at }] : [];
          }),
        });
      }
    },
  },
});

const CLOSED = 'Turn row security on there too: reading through the parent goes on as before';
