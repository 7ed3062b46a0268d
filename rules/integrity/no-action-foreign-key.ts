import {
  type AuditSettings,
  admittedClients,
  andList,
  brief,
  childTables,
  columnsComparedWithCaller,
  constantOf,
  defineRule,
  type EntityOf,
  type Fix,
  isNamed,
  isNobodysWithout,
  isNullable,
  isReferenceList,
  isSeeded,
  keptByCheck,
  type NamePatterns,
  quoteIdentifier,
  remakeForeignKey,
  rowOf,
  type SchemaGraph,
  type Statement,
  sql,
  writesTo,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;

const AUTHORS: NamePatterns = ['*_by', '*_by_id', '*_by_user', '*_by_user_id'];

export default defineRule({
  meta: {
    id: 'no-action-foreign-key',
    category: 'integrity',
    severity: 'medium',
    summary: 'A foreign key does not say what becomes of its rows when the row they refer to is deleted.',
    why: 'NO ACTION, the default, makes the delete of a referenced row fail. Where other keys to the same table cascade, that is hardly meant: the delete stops half-way through and nothing is deleted.',
    remedy:
      'Say what is meant: CASCADE where the rows belong to the other row, SET NULL where they outlive it, RESTRICT where they are there to keep it. RESTRICT and DEFERRABLE keys are taken as meant and not reported, nor are keys to a list that the migrations fill and nobody deletes from.',
    messages: {
      user: 'Deleting a user fails while {{child}} rows refer to it: the foreign key on ({{columns}}) has no delete action.',
      siblings: 'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}; {{others}}.',
      mixed:
        'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}, although these rows are deleted with their {{owner}} row.',
      self: 'Deleting {{row}} fails while other rows of the table refer to it by {{columns}}.',
      list: 'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}. The migrations fill this list, so that may well be meant; then RESTRICT says so.',
      plain: 'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}: no delete action is given.',
    },
    restsOn: ['constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
  },
  visit: {
    foreignKey(key, { graph, settings, statements, report }) {
      if (key.onDelete !== 'no action' || key.parent !== null || !key.isEnforced || key.isDeferrable) return;
      const table = graph.get('table', key.table);
      const parent = graph.get('table', key.referencedTable);
      const child = brief(table.name);
      const columns = graph.columnNames(key.columns).map(quoteIdentifier).join(', ');
      const isList = isShippedList(key, graph, settings, statements);
      const about = { entity: key, fix: () => fixFor(key, graph, settings, isList) } as const;
      if (parent.id === table.id) {
        report({ ...about, message: 'self', data: { row: rowOf(child), columns } });
        return;
      }
      const data = { child, columns, parent: rowOf(brief(parent.name)) };
      if (parent.name.schema === 'auth' && parent.name.name === 'users') {
        report({ ...about, message: 'user', data: { child, columns }, severity: 'high' });
        return;
      }
      if (isList) {
        if (isDeletedFrom(parent, graph, settings)) report({ ...about, message: 'list', data, severity: 'low' });
        return;
      }
      const owner = graph.ownedBy(table.id, 'foreignKey').find(isCascading);
      const others = cascadingSiblings(key, graph);
      // A document's current version: both go with the document, and only the current one cannot be deleted by itself.
      const isMutual = graph
        .ownedBy(parent.id, 'foreignKey')
        .some((each) => isCascading(each) && each.referencedTable === table.id);
      if (isMutual) report({ ...about, message: 'plain', data });
      else if (others !== undefined) {
        report({ ...about, message: 'siblings', data: { ...data, others }, severity: 'high' });
      } else if (owner !== undefined) {
        const ownerName = brief(graph.get('table', owner.referencedTable).name);
        report({ ...about, message: 'mixed', data: { ...data, owner: ownerName }, severity: 'high' });
      } else report({ ...about, message: 'plain', data });
    },
  },
});

/**
 * Roles, languages, plans: a list that the migrations fill, or of which a default names a row. Deleting such a row is no
 * everyday operation, and must not take along what uses it.
 */
function isShippedList(
  key: ForeignKey,
  graph: SchemaGraph,
  { tenantColumns }: AuditSettings,
  statements: readonly Statement[],
): boolean {
  const parent = graph.get('table', key.referencedTable);
  if (parent.origin.from === 'platform' || !isReferenceList(graph, parent, tenantColumns)) return false;
  const isNamedByDefault = key.columns.some((id) => {
    const tree = graph.get('column', id).default?.tree;
    return tree !== undefined && ![null, 'null'].includes(constantOf(tree));
  });
  return isNamedByDefault || isSeeded(statements, parent);
}

/** By a function of the schema, or by clients whom a policy admits. */
function isDeletedFrom(table: EntityOf<'table'>, graph: SchemaGraph, { clientRoles }: AuditSettings): boolean {
  if (writesTo(graph, table.id).some(({ write }) => write.kind === 'delete')) return true;
  return table.rowSecurity && admittedClients(graph, table, clientRoles, ['delete']).length > 0;
}

/** What becomes of the parent's other children, where most of them cascade; else NO ACTION may be the schema's habit. */
function cascadingSiblings(key: ForeignKey, graph: SchemaGraph): string | undefined {
  const { all, cascading } = childTables(graph, key.referencedTable);
  const siblings = all.size - (all.has(key.table) ? 1 : 0);
  const going = cascading.size - (cascading.has(key.table) ? 1 : 0);
  if (going === 0 || going * 2 < siblings) return undefined;
  const noun = 'other children';
  if (going < siblings) return `${going} of its ${siblings} ${noun} cascade`;
  if (going > 3) return `its ${going} ${noun} cascade`;
  const names = [...cascading].filter((id) => id !== key.table).map((id) => brief(graph.get('table', id).name));
  return `${andList(names)} ${names.length === 1 ? 'cascades' : 'cascade'}`;
}

function isCascading(key: ForeignKey): boolean {
  return key.onDelete === 'cascade' && key.parent === null;
}

/**
 * SET NULL where that is possible or can be made so without harm, as it loses no row; else CASCADE. Also CASCADE where policies
 * decide by the column whose a row is: emptied, it would be nobody's, and nullable-policy-column and missing-not-null ask for
 * NOT NULL there. What a CHECK keeps filled cannot be emptied either. RESTRICT where the rows must not go with what they name:
 * who wrote them, an entry of a list.
 */
function fixFor(key: ForeignKey, graph: SchemaGraph, settings: AuditSettings, isList: boolean): Fix {
  const table = graph.get('table', key.table);
  const parent = graph.get('table', key.referencedTable);
  const columns = key.columns.map((each) => graph.get('column', each));
  const nullable = columns.filter((each) => isNullable(graph, each) && each.generated === null);
  const deciding = nullable.find((each) => isNobodysWithout(graph, each, settings));
  const isPossible = key.match === 'full' ? nullable.length === columns.length : nullable.length > 0;
  const checked = isPossible ? keptByCheck(graph, nullable) : undefined;
  const rows = `${brief(table.name)} rows`;
  if (isPossible && deciding === undefined && checked === undefined) {
    const setColumns = nullable.length === columns.length ? [] : nullable.map((each) => each.id);
    return {
      title: `Keep the ${rows} and empty ${quoted(nullable)} (ON DELETE SET NULL), which may be NULL`,
      safety: 'review',
      sql: remakeForeignKey(graph, key, { onDelete: 'set null', setColumns }),
    };
  }
  const author = deciding === undefined ? authorOf(key, graph) : undefined;
  if (author !== undefined)
    return {
      title: `Keep the ${rows} and empty ${quoteIdentifier(author.name)} (ON DELETE SET NULL), which may then be NULL`,
      safety: 'review',
      sql: `${sql`alter table ${table.name} alter column ${author.name} drop not null;`}\n${remakeForeignKey(graph, key, { onDelete: 'set null' })}`,
    };
  const why =
    deciding !== undefined
      ? `as without ${quoteIdentifier(deciding.name)} they would be nobody's`
      : checked !== undefined
        ? `as a CHECK keeps ${quoteIdentifier(checked.name)} from being emptied`
        : `as ${quoted(columns)} may not be NULL`;
  const isKept = isList || columns.some((each) => isNamed(each.name, AUTHORS) && checked !== undefined);
  const row = brief(parent.name);
  return {
    title: isKept
      ? `Keep the ${row} row as long as ${rows} refer to it (ON DELETE RESTRICT), ${why}`
      : `Delete the ${rows} with their ${row} row (ON DELETE CASCADE), ${why}`,
    safety: 'review',
    sql: remakeForeignKey(graph, key, { onDelete: isKept ? 'restrict' : 'cascade' }),
  };
}

function quoted(columns: readonly EntityOf<'column'>[]): string {
  return columns.map((each) => quoteIdentifier(each.name)).join(', ');
}

/** Who wrote a row does not take it along: cancelled_by of a payment. Where NULL would break neither a key nor a policy. */
function authorOf({ table, columns: [id, another] }: ForeignKey, graph: SchemaGraph): EntityOf<'column'> | undefined {
  const column = id === undefined || another !== undefined ? undefined : graph.get('column', id);
  if (column === undefined || !column.notNull || column.isInherited || !isNamed(column.name, AUTHORS)) return undefined;
  if (keptByCheck(graph, [column]) !== undefined) return undefined;
  const isInKey = graph
    .dependentsOfKind(column.id, 'index')
    .some((index) => index.isUnique && index.keys.some((each) => each.column === column.id));
  return isInKey || columnsComparedWithCaller(graph, table).has(column.id) ? undefined : column;
}
