import {
  type AuditSettings,
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  isAccountTable,
  isAuditTrail,
  isKeptByNote,
  isKeptForGood,
  isKeyToTenant,
  isNamed,
  isNullable,
  isRewrittenByItsOwner,
  isSameName,
  keptByCheck,
  type NamePatterns,
  quoteIdentifier,
  refusedForTrail,
  remakeForeignKey,
  rowOf,
  type SchemaGraph,
  seenThroughParent,
  sql,
  surelyRefused,
  TABLE_NAMES,
  TRAIL_COLUMNS,
  wordsOf,
  writesTo,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'cascade-erases-audit',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'An audit table loses its entries when the row they are about is deleted.',
    why: 'A trail is read when something is gone: who deleted it, and what it was. With ON DELETE CASCADE the entries go with the row, and whoever may delete the row or the user removes the traces too.',
    remedy:
      'Let the entries outlive the row: ON DELETE SET NULL, or no foreign key at all, so that the entry keeps the id of what is gone. Where policies find whose an entry is through the row it is about, the row had better stay (RESTRICT): without it no client sees the entry.',
    scope: [
      'The key to the tenant is not reported: whoever leaves takes the trail along.',
      'Not reported either: a table of which a BEFORE DELETE trigger lets no row go: there the cascade fails, and the row it is about stays, as it does where a trigger gives each such row one of another table that is never deleted, or fails for the entry it then adds (refused-cascade); nor what people keep of themselves, as a policy lets them change or delete rows of their own (but for what is called an audit); nor what a text was before each edit (comment_edit_history), which goes with the text; nor a stream of events from which a trigger of the table makes the very row they are about, nor the events that a row of a user is made of (notification_batch_events), which go with the user themselves.',
    ],
    messages: {
      erased: 'Deleting {{parents}} erases its entries in {{table}}: the audit trail ends with what it is about.',
    },
    restsOn: ['constraints', 'columns', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
    optionDocs: {
      tables: 'Names of audit tables, by whole words.',
      trailColumns:
        'Names of columns that make such a table a trail: without one of them, or the word audit, it is taken for content.',
    },
  },
  defaults: { tables: TABLE_NAMES.audit, trailColumns: TRAIL_COLUMNS },
  visit: {
    table(table, { graph, options, settings, report }) {
      if (table.isAssumed || table.persistence === 'temporary' || table.partitionOf !== null) return;
      const keys = graph
        .ownedBy(table.id, 'foreignKey')
        .filter((each) => each.onDelete === 'cascade' && each.parent === null && each.referencedTable !== table.id);
      if (keys.length === 0 || isNamed(table.name.name, EDITS)) return;
      if (!isAuditTrail(graph, table, options.tables, options.trailColumns)) return;
      if (surelyRefused(graph, table.id).has('delete')) return;
      const erasing = keys.filter(
        (each) =>
          !isKeyToTenant(graph, each, settings.tenantColumns) &&
          !isKeptForGood(graph, each.referencedTable) &&
          !isKeptByNote(graph, each.referencedTable),
      );
      const [first] = erasing;
      if (first === undefined || makesItsParent(graph, table, erasing) || isPartOfOwn(graph, table, keys)) return;
      if (!isNamed(table.name.name, AUDITS) && isRewrittenByItsOwner(graph, table, settings.clientRoles)) return;
      const parents = erasing.map((each) => rowOf(brief(graph.get('table', each.referencedTable).name)));
      report({
        entity: table,
        origin: first.origin,
        message: 'erased',
        data: { table: brief(table.name), parents: [...new Set(parents)].join(' or ') },
        fix: () => fixFor(table, erasing, graph, settings),
      });
    },
  },
});

/** What a text was before each edit: whoever deletes the text means that as well. */
const EDITS: NamePatterns = ['*_edit_history'];

/** What its subject is not to change, even where a policy lets him: audit-log-mutable tells of that. */
const AUDITS: NamePatterns = ['*_audit_*'];

/** Does a trigger of the table write a row that is referred to: events by which a session is brought up to date? */
function makesItsParent(graph: SchemaGraph, table: Table, keys: readonly ForeignKey[]): boolean {
  const called = graph
    .ownedBy(table.id, 'trigger')
    .filter(({ events, enabled }) => events.includes('insert') && enabled !== 'disabled')
    .map((each) => each.function);
  return keys.some((key) => writesTo(graph, key.referencedTable).some(({ holder }) => called.includes(holder.id)));
}

/** Events of a user's own row, which go with that row and the user alike: what a batch of notifications is made of. A log or history is none, whatever it is of. */
function isPartOfOwn(graph: SchemaGraph, table: Table, keys: readonly ForeignKey[]): boolean {
  if (!isNamed(table.name.name, TABLE_NAMES.events) || isNamed(table.name.name, TABLE_NAMES.audit)) return false;
  const whole = wordsOf(table.name.name).slice(0, -1).join('_');
  const parent = keys.find((each) => {
    return isNeverEmpty(graph, each) && isSameName(graph.get('table', each.referencedTable).name.name, whole);
  });
  if (parent === undefined) return false;
  const users = graph
    .ownedBy(parent.referencedTable, 'foreignKey')
    .filter((each) => each.onDelete === 'cascade' && isNeverEmpty(graph, each))
    .map((each) => each.referencedTable)
    .filter((id) => isAccountTable(graph, graph.get('table', id)));
  return keys.some((each) => each !== parent && users.includes(each.referencedTable) && isNeverEmpty(graph, each));
}

function isNeverEmpty(graph: SchemaGraph, { columns }: ForeignKey): boolean {
  return columns.every((id) => !isNullable(graph, graph.get('column', id)));
}

/**
 * Emptied where the column may be NULL, else let go: the entry keeps the id of what is gone. Where clients see entries only through
 * what these are about, nobody of them would see what is left: there it stays.
 */
function fixFor(
  table: Table,
  keys: readonly ForeignKey[],
  graph: SchemaGraph,
  { clientRoles, platform }: AuditSettings,
): Fix {
  const seenBy = new Map(keys.map((each) => [each, seenThroughParent(graph, each, clientRoles)] as const));
  const isOptional = (key: ForeignKey) => {
    const columns = key.columns.map((id) => graph.get('column', id));
    return columns.every((each) => isNullable(graph, each)) && keptByCheck(graph, columns) === undefined;
  };
  const outlived = keys.filter((each) => seenBy.get(each) === undefined);
  const kept = outlived.filter((each) => !isOptional(each));
  const named = andList(kept.flatMap((each) => graph.columnNames(each.columns).map(quoteIdentifier)));
  const embedding = platform === 'supabase' ? ', so that the API no longer embeds through it' : '';
  const keeping =
    kept.length === 0
      ? `Keep the entries of ${brief(table.name)} and empty what they refer to (ON DELETE SET NULL)`
      : `Keep the entries of ${brief(table.name)}, with the id of what is gone (no foreign key on ${named}${embedding})`;
  const refusing = [...seenBy].flatMap(([{ referencedTable }, policy]) =>
    policy === undefined ? [] : [refusedForTrail(graph, table, referencedTable, policy)],
  );
  return {
    title: [...(outlived.length > 0 ? [keeping] : []), ...refusing].join('; '),
    safety: 'review',
    sql: keys
      .map((key) => {
        if (seenBy.get(key) !== undefined) return remakeForeignKey(graph, key, { onDelete: 'restrict' });
        return isOptional(key)
          ? remakeForeignKey(graph, key, { onDelete: 'set null' })
          : sql`alter table ${table.name} drop constraint ${key.name};`;
      })
      .join('\n'),
  };
}
