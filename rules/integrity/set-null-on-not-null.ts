import {
  andList,
  brief,
  defineRule,
  deletesActing,
  type EntityId,
  type EntityOf,
  type Fix,
  isAuditTrail,
  isAuthUsers,
  isNullable,
  kindText,
  quoteIdentifier,
  refusedEmptying,
  refusedKinds,
  remakeForeignKey,
  requiredOfEmptied,
  rowOf,
  type SchemaGraph,
  spoken,
  sql,
  surelyRefused,
  wouldBeginChain,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'set-null-on-not-null',
    category: 'integrity',
    severity: 'high',
    summary: 'A foreign key sets a column to NULL that may not be NULL, by NOT NULL or a CHECK.',
    why: 'ON DELETE SET NULL empties the column when the referenced row is deleted; NOT NULL refuses that, so the delete fails each time there is a row to empty. The same goes for ON UPDATE SET NULL and a changed key. So does a CHECK that asks for a value in one of several columns, where the others are NULL: exactly one of topic_id and group_id. Nothing says so until the first delete.',
    remedy:
      'Let the column be NULL where its rows outlive the other row, name the columns to empty where only one of several may be (SET NULL (column), Postgres 15), or say RESTRICT or CASCADE where the value is required.',
    scope: [
      'Where a CHECK is in the way, high where users cannot be deleted for it, else medium; told only where it refuses every row that it let in, or rows of a kind that a function of the schema adds: those are to go with the row they belong to (a BEFORE DELETE trigger there can delete them), or a BEFORE UPDATE trigger is to make them of a kind that needs no value.',
      'A BEFORE trigger that fills the column is taken as meant.',
    ],
    messages: {
      delete:
        'Deleting {{parent}} always fails while {{child}} rows refer to it: the foreign key would set {{columns}} to NULL, which may not be NULL.',
      update:
        'Changing {{referenced}} of {{parent}} always fails while {{child}} rows refer to it: the foreign key would set {{columns}} to NULL, which may not be NULL.',
      check:
        'Deleting {{parent}} always fails while {{child}} rows refer to it: the foreign key would set {{columns}} to NULL, and no row passes the CHECK {{check}} then.{{users}}',
      kind: 'Deleting {{parent}} fails while {{row}} with {{kinds}} refers to it, as {{writers}} it: the foreign key would set {{columns}} to NULL, and such a row does not pass the CHECK {{check}} then.{{users}}',
    },
    restsOn: ['constraints', 'columns'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
  },
  visit: {
    foreignKey(key, { graph, report }) {
      if (key.parent !== null || !key.isEnforced) return;
      const onDelete = key.onDelete === 'set null';
      const required = onDelete || key.onUpdate === 'set null' ? requiredOfEmptied(graph, key) : [];
      const table = graph.get('table', key.table);
      if (required.length === 0) {
        const refused = refusedByCheck(key, graph);
        if (refused !== undefined) report({ entity: key, ...refused });
        return;
      }
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

/** A CHECK lets the column be NULL, but not in a row that had a value there, or in one of some kind. */
function refusedByCheck(key: ForeignKey, graph: SchemaGraph) {
  const refused = refusedEmptying(graph, key);
  const kinds = refused === undefined ? refusedKinds(graph, key) : [];
  const [first] = kinds;
  const { check, columns } = refused ?? first ?? {};
  if (check === undefined || columns === undefined) return undefined;
  const { surely, mayGoFirst } = deletesActing(graph, key);
  if (surelyRefused(graph, key.referencedTable).has('delete') || !surely.includes(key.referencedTable))
    return undefined;
  const parent = graph.get('table', key.referencedTable);
  const child = brief(graph.get('table', key.table).name);
  const along = ` Deleting a user fails by it as well, with whom ${brief(parent.name)} rows go`;
  // A key of several columns may see to it that both are the same user's.
  const mayDiffer = key.columns.length === 1 && mayGoFirst.some((id) => isUsers(id, graph));
  const ofOthers = mayDiffer ? `${along}, where the ${child} rows do not go with the same user.` : '';
  const users = surely.some((id) => isUsers(id, graph)) ? `${along}.` : ofOthers;
  const data = {
    parent: rowOf(brief(parent.name)),
    child,
    columns: andList(columns.map((each) => quoteIdentifier(each.name))),
    check: quoteIdentifier(check.name),
    users: isUsers(parent.id, graph) ? '' : users,
  };
  const severity = users === '' ? 'medium' : 'high';
  if (refused !== undefined)
    return { message: 'check', data, severity, fix: () => alongWithParent(key, refused.otherKeys, graph) } as const;
  const ofCheck = kinds.filter((each) => each.check === check);
  const writers = [...new Set(ofCheck.map(({ writer }) => spoken(writer)))];
  return {
    message: 'kind',
    data: {
      ...data,
      row: rowOf(child),
      kinds: kindText(ofCheck),
      writers: `${andList(writers, 2)} ${writers.length === 1 ? 'adds' : 'add'}`,
    },
    severity,
    related: ofCheck.flatMap(({ writer, at }) =>
      at === null ? [] : [{ note: `${spoken(writer)} adds such a row`, at }],
    ),
  } as const;
}

function isUsers(id: EntityId, graph: SchemaGraph): boolean {
  return isAuthUsers(graph.get('table', id).name);
}

/** A row is part of one of several others, and goes with any other of them: so it does with this one, which no CHECK lets it outlive. */
function alongWithParent(key: ForeignKey, others: readonly ForeignKey[], graph: SchemaGraph): Fix | undefined {
  if (others.length === 0 || others.some(({ onDelete }) => onDelete !== 'cascade')) return undefined;
  const table = graph.get('table', key.table);
  if (isAuditTrail(graph, table) || surelyRefused(graph, table.id).has('delete')) return undefined;
  if (wouldBeginChain(graph, table.id, key.referencedTable)) return undefined;
  const parent = brief(graph.get('table', key.referencedTable).name);
  return {
    title: `Delete the ${brief(table.name)} rows with their ${parent} row (ON DELETE CASCADE), as with what else they may belong to`,
    safety: 'review',
    sql: remakeForeignKey(graph, key, { onDelete: 'cascade', setColumns: [] }),
  };
}

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
