import {
  andList,
  brief,
  columnsSetByTriggers,
  defineRule,
  type EntityOf,
  type Fix,
  isNullable,
  quoteIdentifier,
  remakeForeignKey,
  rowOf,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'set-null-on-not-null',
    category: 'integrity',
    severity: 'high',
    summary: 'A foreign key sets a column to NULL that may not be NULL.',
    why: 'ON DELETE SET NULL empties the column when the referenced row is deleted; NOT NULL refuses that, so the delete fails each time there is a row to empty. The same goes for ON UPDATE SET NULL and a changed key. Nothing says so until the first delete.',
    remedy:
      'Let the column be NULL where its rows outlive the other row, name the columns to empty where only one of several may be (SET NULL (column), Postgres 15), or say RESTRICT or CASCADE where the value is required. A BEFORE trigger that fills the column is taken as meant.',
    messages: {
      delete:
        'Deleting {{parent}} always fails while {{child}} rows refer to it: the foreign key would set {{columns}} to NULL, which may not be NULL.',
      update:
        'Changing {{referenced}} of {{parent}} always fails while {{child}} rows refer to it: the foreign key would set {{columns}} to NULL, which may not be NULL.',
    },
    restsOn: ['constraints', 'columns'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
  },
  visit: {
    foreignKey(key, { graph, report }) {
      if (key.parent !== null || !key.isEnforced) return;
      const onDelete = key.onDelete === 'set null';
      if (!onDelete && key.onUpdate !== 'set null') return;
      const emptied = onDelete && key.setColumns.length > 0 ? key.setColumns : key.columns;
      const { sets, unknown } = columnsSetByTriggers(graph, key.table, 'update');
      if (unknown.length > 0) return;
      const table = graph.get('table', key.table);
      const required = emptied
        .map((id) => graph.get('column', id))
        .filter((each) => !isNullable(graph, each))
        .filter((each) => !sets.some(({ column }) => column === each.id));
      if (required.length === 0) return;
      const parent = rowOf(brief(graph.get('table', key.referencedTable).name));
      const columns = andList(required.map((each) => quoteIdentifier(each.name)));
      const data = { parent, child: brief(table.name), columns };
      const fix = fixFor(key, required, graph);
      if (onDelete) report({ entity: key, message: 'delete', data, fix });
      else {
        const referenced = andList(graph.columnNames(key.referencedColumns).map(quoteIdentifier));
        // The key of a row hardly ever changes.
        report({ entity: key, message: 'update', data: { ...data, referenced }, severity: 'medium', fix });
      }
    },
  },
});

/**
 * The rows are meant to outlive the other row: their columns are let be NULL, or of several columns only those emptied that
 * may be. Where neither can be, RESTRICT is what happens today, said openly.
 */
function fixFor(key: ForeignKey, required: readonly Column[], graph: SchemaGraph): Fix {
  const table = graph.get('table', key.table);
  const optional = key.columns.filter((id) => isNullable(graph, graph.get('column', id)));
  const names = andList(required.map((each) => quoteIdentifier(each.name)));
  if (key.onDelete === 'set null' && optional.length > 0 && key.match === 'simple' && key.onUpdate !== 'set null')
    return {
      title: `Empty only ${andList(graph.columnNames(optional).map(quoteIdentifier))} (from Postgres 15 on)`,
      safety: 'review',
      sql: remakeForeignKey(graph, key, { setColumns: optional }),
    };
  if (required.every((each) => canBeNull(each, graph))) {
    const actions = required.map((each) => sql`alter column ${each.name} drop not null`).join(',\n  ');
    return {
      title: `Let ${names} be NULL, as ON DELETE SET NULL asks for`,
      safety: 'review',
      sql: `${sql`alter table ${table.name}`}\n  ${actions};`,
    };
  }
  const instead = (action: ForeignKey['onDelete']) => (action === 'set null' ? 'restrict' : action);
  return {
    title: `Keep ${names} and refuse the delete openly (RESTRICT), as happens now`,
    safety: 'review',
    sql: remakeForeignKey(graph, key, {
      onDelete: instead(key.onDelete),
      onUpdate: instead(key.onUpdate),
      setColumns: [],
    }),
  };
}

/** Only its own NOT NULL stands in the way, and neither a key nor a policy counts on a value. */
function canBeNull(column: Column, graph: SchemaGraph): boolean {
  if (!column.notNull || column.identity !== null || column.isInherited) return false;
  if (isNullable(graph, { ...column, notNull: false }) === false) return false;
  return !graph
    .dependents(column.id)
    .some(
      (each) =>
        each.kind === 'policy' ||
        each.kind === 'primaryKey' ||
        (each.kind === 'index' && each.isUnique && each.keys.some((key) => key.column === column.id)),
    );
}
