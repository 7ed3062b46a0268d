import {
  brief,
  defineRule,
  dropServed,
  type EntityOf,
  estimatedRows,
  type Fix,
  foreignKeyCoverage,
  grouped,
  hasRole,
  indexServingBehind,
  isDeletedFrom,
  isSpareBesideFull,
  markInPlaceOfDelete,
  quoteIdentifier,
  rowOf,
  type SchemaGraph,
  sql,
  surelyRefusing,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Index = EntityOf<'index'>;

export default defineRule({
  meta: {
    id: 'unindexed-foreign-key',
    category: 'performance',
    severity: 'medium',
    summary: 'No index serves the look-up by the columns of a foreign key.',
    why: 'Each time a referenced row is deleted, or its key changed, Postgres looks for the rows that refer to it. Without an index it reads the whole table for that, once for every referenced row, and holds locks meanwhile. Joins from the parent pay as well.',
    remedy:
      'Create an index whose leading columns are those of the key, in any order. A partial index serves only if its condition follows from the columns being not null; one that leaves out what is marked as deleted makes the finding medium. High where the rows go with the other row, but not with an entry of a list, whose keys are written by hand, from which no client, no function and no other key deletes. Low where a trigger refuses every DELETE of the referenced rows: joins alone pay then. A step milder where a column like deleted_at marks the referenced rows that are deleted, so that a DELETE is the exception, and where an index has them behind a column of both tables (a tenant), which serves the joins that compare that one too. Of a key of several columns an index on one is enough where few rows share its value; where many do, as with a tenant, it is low.',
    messages: {
      cascade:
        'Deleting {{parent}} scans all of {{child}} for the rows that go with it: no index serves the foreign key on ({{columns}}).',
      large:
        'Deleting {{parent}}, or changing its key, scans all of {{child}}, about {{rows}} rows now: no index serves the foreign key on ({{columns}}).',
      plain:
        'Deleting {{parent}}, or changing its key, scans all of {{child}}: no index serves the foreign key on ({{columns}}).',
      behind:
        'Deleting {{parent}}, or changing its key, scans all of {{child}}: {{index}} has the columns of the foreign key, ({{columns}}), behind {{shared}}, which that look-up does not give.',
      partial:
        'Deleting {{parent}}, or changing its key, scans all of {{child}}: {{index}} leaves out the rows outside its condition ({{condition}}), so that it does not serve the foreign key on ({{columns}}).',
      joins:
        'Reading the {{child}} rows of {{parent}} scans all of {{child}}: no index serves the foreign key on ({{columns}}). {{trigger}} refuses every DELETE there, which would scan it as well; so this is low.',
      part: 'Deleting {{parent}}, or changing its key, reads all {{child}} rows of one {{shared}}: {{index}} finds these, and no index those of the foreign key on ({{columns}}).',
    },
    restsOn: ['constraints', 'indexes'],
    equivalents: ['splinter:0001'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
    optionDocs: { rows: 'With so many rows in the referencing table, it is high whatever happens to them.' },
  },
  defaults: { rows: 100_000 },
  visit: {
    foreignKey(key, { graph, options, settings, report }) {
      const table = graph.get('table', key.table);
      if (table.isAssumed || key.parent !== null || !key.isEnforced) return;
      const coverage = foreignKeyCoverage(graph, key, settings.tenantColumns);
      if (coverage.by === 'index' || hasTwinBefore(graph, key)) return;
      const columns = graph.columnNames(key.columns);
      const data = {
        parent: rowOf(brief(graph.get('table', key.referencedTable).name)),
        child: brief(table.name),
        columns: columns.map(quoteIdentifier).join(', '),
      };
      if (coverage.by === 'part') {
        const index = quoteIdentifier(coverage.index.name.name);
        const shared = quoteIdentifier(graph.get('column', coverage.column).name);
        const fix = fixFor(key, undefined, graph);
        report({ entity: key, message: 'part', data: { ...data, index, shared }, severity: 'low', fix });
        return;
      }
      const { partial } = coverage;
      const refusing = surelyRefusing(graph, key.referencedTable, 'delete');
      if (refusing !== undefined) {
        const trigger = `The trigger ${quoteIdentifier(refusing.name)}`;
        const fix = fixFor(key, partial, graph);
        report({ entity: key, message: 'joins', data: { ...data, trigger }, severity: 'low', fix });
        return;
      }
      const about = { entity: key, data, fix: fixFor(key, partial, graph) } as const;
      const rows = estimatedRows(graph, key.table) ?? 0;
      const isCascading = key.onDelete === 'cascade';
      // Of a list that nobody deletes from, what would happen then says little; a tenant is deleted, by whomever.
      const isUsual =
        isCascading && (!isOfWrittenKey(key, graph) || isDeletedFrom(graph, key.referencedTable, settings.clientRoles));
      const isMarked = markInPlaceOfDelete(graph, key.referencedTable) !== undefined;
      if (partial !== undefined) {
        const index = quoteIdentifier(partial.name.name);
        // What is marked as deleted is few rows among many that the index has; any other condition may leave out most.
        const isHigh = isUsual && !isMarked && !leavesOutDeleted(graph, partial);
        report({
          ...about,
          ...(isHigh ? { severity: 'high' } : {}),
          message: 'partial',
          data: { ...data, index, condition: conditionOf(partial) },
        });
        return;
      }
      if (rows >= options.rows) {
        report({ ...about, message: 'large', data: { ...data, rows: grouped(rows, ' ') }, severity: 'high' });
        return;
      }
      const behind = indexServingBehind(graph, key);
      if (behind !== undefined) {
        const index = quoteIdentifier(behind.index.name.name);
        const shared = quoteIdentifier(graph.get('column', behind.column).name);
        const severity = isCascading ? {} : ({ severity: 'low' } as const);
        report({ ...about, ...severity, message: 'behind', data: { ...data, index, shared } });
      } else if (isCascading)
        report({ ...about, message: 'cascade', ...(isUsual && !isMarked ? { severity: 'high' } : {}) });
      else report({ ...about, message: 'plain', ...(isMarked ? { severity: 'low' } : {}) });
    },
  },
});

/** Whoever adds a row of a list writes its key too: `metric text primary key`. */
function isOfWrittenKey({ referencedTable, referencedColumns }: ForeignKey, graph: SchemaGraph): boolean {
  const referring = graph.ownedBy(referencedTable, 'foreignKey').flatMap((each) => each.columns);
  return referencedColumns.every((id) => {
    const { default: given, identity } = graph.get('column', id);
    return given === null && identity === null && !referring.includes(id);
  });
}

/** One index would serve both: it is missing once. */
function hasTwinBefore(graph: SchemaGraph, key: ForeignKey): boolean {
  const earlier = graph.ownedBy(key.table, 'foreignKey').filter((each) => each.id < key.id && each.isEnforced);
  return earlier.some(
    (each) => each.columns.length === key.columns.length && key.columns.every((id) => each.columns.includes(id)),
  );
}

function conditionOf({ predicate }: Index): string {
  const text = (predicate?.text ?? '').replace(/\s+/g, ' ').trim();
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function leavesOutDeleted(graph: SchemaGraph, { predicate }: Index): boolean {
  const columns = (predicate?.references ?? []).flatMap(({ kind, target }) => (kind === 'column' ? [target] : []));
  return columns.some((id) => hasRole(graph, graph.get('column', id), 'softDelete'));
}

/** The partial index goes only where the whole one answers all that it is there for. */
function fixFor(key: ForeignKey, partial: Index | undefined, graph: SchemaGraph): Fix {
  const { name } = graph.get('table', key.table);
  const columns = columnsOfIndex(key, partial, graph);
  const made = sql`create index on ${name} (${graph.columnNames(columns)});`;
  const isReplaced = partial !== undefined && isSpareBesideFull(graph, partial, columns);
  const instead = isReplaced ? `, in place of ${quoteIdentifier(partial.name.name)}` : '';
  return {
    title: `Index the columns of the key${instead} (writes to the table wait while the index is built)`,
    safety: 'review',
    sql: isReplaced ? `${made}\n${dropServed(partial)}` : made,
  };
}

/** As the partial index has them; else those behind that lead an index already, which would be spare beside the new one. */
function columnsOfIndex(key: ForeignKey, partial: Index | undefined, graph: SchemaGraph): ForeignKey['columns'] {
  const indexes = graph.ownedBy(key.table, 'index');
  const rank = (id: ForeignKey['columns'][number]): number => {
    if (partial !== undefined) return partial.keys.findIndex(({ column }) => column === id);
    return indexes.some(({ keys: [first] }) => first?.column === id) ? 1 : 0;
  };
  return [...key.columns].sort((a, b) => rank(a) - rank(b));
}
