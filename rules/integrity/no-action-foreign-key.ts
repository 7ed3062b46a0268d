import {
  type AuditSettings,
  addTo,
  admittedClients,
  andList,
  brief,
  childTables,
  columnsComparedWithCaller,
  columnsWithRole,
  constantOf,
  counted,
  defineRule,
  type EntityId,
  type EntityOf,
  emptiedColumns,
  type Fix,
  isAccountTable,
  isAuditTrail,
  isKeyToTenant,
  isNamed,
  isReferenceList,
  isSeeded,
  isShown,
  keptByCheck,
  type NamePatterns,
  namedElsewhere,
  type Obstacle,
  obstacleToEmptying,
  quoteIdentifier,
  remakeForeignKey,
  rowOf,
  type SchemaGraph,
  type Statement,
  sql,
  surelyRefused,
  writesTo,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;

const AUTHORS: NamePatterns = [
  ...['*_by', '*_by_id', '*_by_user', '*_by_user_id'],
  // Whose work it was, not whose the row is.
  ...['*_cashier_id', '*_clerk_id', '*_operator_id', '*_employee_id', '*_seller_id', '*_agent_id', '*_technician_id'],
  ...['*_approver_id', '*_reviewer_id', '*_editor_id', '*_handler_id', '*_assignee_id'],
];
/** What was sold, at what price. */
const OFFERS: NamePatterns = ['*_product', '*_price', '*_plan', '*_tariff'];
/** What stays when the person is gone, or the product. */
const RECORDS: NamePatterns = [
  ...['*_sale', '*_order', '*_invoice', '*_payment', '*_transaction', '*_subscription', '*_receipt', '*_contract'],
  ...['*_refund', '*_payout', '*_purchase', '*_booking'],
];

export default defineRule({
  meta: {
    id: 'no-action-foreign-key',
    category: 'integrity',
    severity: 'medium',
    summary: 'A foreign key does not say what becomes of its rows when the row they refer to is deleted.',
    why: 'NO ACTION, the default, makes the delete of a referenced row fail. Where other keys to the same table cascade, that is hardly meant: the delete stops half-way through and nothing is deleted.',
    remedy:
      'Say what is meant: CASCADE where the rows belong to the other row, SET NULL where they outlive it, RESTRICT where they are there to keep it. RESTRICT and DEFERRABLE keys are taken as meant and not reported, nor where ON DELETE NO ACTION is written out (beside ON UPDATE NO ACTION it says nothing: drizzle, TypeORM and Atlas write both for every key), nor are keys to a list that the migrations fill and nobody deletes from. Where most keys of a schema say nothing, one finding stands for them; `"habit": 0` shows each, with its fix.',
    messages: {
      user: 'Deleting a user fails while {{child}} rows refer to it: the foreign key on ({{columns}}) has no delete action.',
      siblings: 'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}; {{others}}.',
      mixed:
        'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}, although these rows are deleted with their {{owner}} row.',
      self: 'Deleting {{row}} fails while other rows of the table refer to it by {{columns}}.',
      list: 'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}. The migrations fill this list, so that may well be meant; then RESTRICT says so.',
      plain: 'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}: no delete action is given.',
      habit:
        'Deleting a row that others refer to fails: {{count}} of the {{all}} foreign keys give no delete action, {{parents}}.',
    },
    restsOn: ['constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
    optionDocs: {
      habit:
        'So many keys of which no more is to be said, if they are three quarters of all, are one finding; 0 tells of each by itself, with its fix.',
    },
  },
  defaults: { habit: 20 },
  visit: {
    graph(graph, { options, settings, statements, texts, report }) {
      const keys = graph.ofKind('foreignKey').filter((each) => isAnswered(each, graph));
      const told = keys.flatMap((each) =>
        saysNoAction(each, texts) ? [] : (tell(each, graph, settings, statements) ?? []),
      );
      const plain = told.filter(({ message }) => message === 'plain');
      const isHabit = options.habit > 0 && plain.length >= options.habit && plain.length * 4 >= keys.length * 3;
      for (const each of told) if (!isHabit || each.message !== 'plain') report(each);
      // By name: files and a catalog know them in different orders.
      const byName = plain.map(({ entity }) => entity).sort((a, b) => (graph.path(a) < graph.path(b) ? -1 : 1));
      const [first, ...more] = byName;
      if (!isHabit || first === undefined) return;
      report({
        entity: first,
        message: 'habit',
        data: { count: plain.length, all: keys.length, parents: mostReferred([first, ...more], graph) },
        related: more.flatMap(({ origin }) =>
          origin.from === 'statement' ? [{ note: 'another', at: origin.at }] : [],
        ),
      });
    },
  },
});

type Referring = { readonly child: string; readonly columns: string; readonly parent: string };

/** What is to be said of one key. */
type Told = { readonly entity: ForeignKey; readonly fix: () => Fix | undefined; readonly severity?: 'high' | 'low' } & (
  | { readonly message: 'user'; readonly data: Omit<Referring, 'parent'> }
  | { readonly message: 'self'; readonly data: { readonly row: string; readonly columns: string } }
  | { readonly message: 'list'; readonly data: Referring }
  | { readonly message: 'plain'; readonly data: Referring }
  | { readonly message: 'siblings'; readonly data: Referring & { readonly others: string } }
  | { readonly message: 'mixed'; readonly data: Referring & { readonly owner: string } }
);

function isAnswered(key: ForeignKey, graph: SchemaGraph): boolean {
  return key.parent === null && key.isEnforced && isShown(key, graph);
}

/** Written out by a person; what writes ON DELETE NO ACTION for every key by itself writes ON UPDATE NO ACTION beside it. */
function saysNoAction({ origin }: ForeignKey, texts: ReadonlyMap<string, string>): boolean {
  if (origin.from !== 'statement') return false;
  const text = texts.get(origin.at.file)?.slice(origin.at.start, origin.at.end) ?? '';
  return /\bon\s+delete\s+no\s+action\b/i.test(text) && !/\bon\s+update\s+no\s+action\b/i.test(text);
}

function tell(
  key: ForeignKey,
  graph: SchemaGraph,
  settings: AuditSettings,
  statements: readonly Statement[],
): Told | undefined {
  if (key.onDelete !== 'no action' || key.isDeferrable) return undefined;
  const table = graph.get('table', key.table);
  const parent = graph.get('table', key.referencedTable);
  const child = brief(table.name);
  const columns = graph.columnNames(key.columns).map(quoteIdentifier).join(', ');
  const isList = isShippedList(key, graph, settings, statements);
  // Which table it is to refer to is asked first: a fix of this one would undo that of misleading-foreign-key.
  const fix = () => (namedElsewhere(graph, key) === undefined ? fixFor(key, graph, settings, isList) : undefined);
  const about = { entity: key, fix };
  if (parent.id === table.id) return { ...about, message: 'self', data: { row: rowOf(child), columns } };
  if (parent.name.schema === 'auth' && parent.name.name === 'users')
    return { ...about, message: 'user', data: { child, columns }, severity: 'high' };
  const data = { child, columns, parent: rowOf(brief(parent.name)) };
  if (isList)
    return isDeletedFrom(parent, graph, settings) ? { ...about, message: 'list', data, severity: 'low' } : undefined;
  // A document's current version: both go with the document, and only the current one cannot be deleted by itself.
  const isMutual = graph
    .ownedBy(parent.id, 'foreignKey')
    .some((each) => isCascading(each) && each.referencedTable === table.id);
  if (isMutual) return { ...about, message: 'plain', data };
  const others = cascadingSiblings(key, graph);
  if (others !== undefined) return { ...about, message: 'siblings', data: { ...data, others }, severity: 'high' };
  const owner = graph.ownedBy(table.id, 'foreignKey').find(isCascading);
  if (owner === undefined) return { ...about, message: 'plain', data };
  const ownerName = brief(graph.get('table', owner.referencedTable).name);
  return { ...about, message: 'mixed', data: { ...data, owner: ownerName }, severity: 'high' };
}

/** `102 that refer to organizations, 31 to customers and 188 to 40 other tables`: where a delete most likely fails. */
function mostReferred(keys: readonly ForeignKey[], graph: SchemaGraph): string {
  const byParent = new Map<EntityId, ForeignKey[]>();
  for (const key of keys) addTo(byParent, key.referencedTable, key);
  const parents = [...byParent].sort(([, one], [, other]) => other.length - one.length);
  const shown = parents.slice(0, MOST_SHOWN).map(([id, { length }], index) => {
    const name = brief(graph.get('table', id).name);
    return index === 0 ? `${length} that refer to ${name}` : `${length} to ${name}`;
  });
  const rest = parents.slice(MOST_SHOWN);
  const referring = rest.reduce((sum, [, { length }]) => sum + length, 0);
  return andList(rest.length === 0 ? shown : [...shown, `${referring} to ${counted(rest.length, 'other table')}`]);
}

const MOST_SHOWN = 3;

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
  const isNamedByDefault = key.columns.some((id) => {
    const tree = graph.get('column', id).default?.tree;
    return tree !== undefined && ![null, 'null'].includes(constantOf(tree));
  });
  // Whether it is a list is asked last: that goes through all keys to the table, for each of them.
  if (parent.origin.from === 'platform' || !(isNamedByDefault || isSeeded(statements, parent))) return false;
  return isReferenceList(graph, parent, tenantColumns);
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
  if (going * 2 <= siblings) return undefined;
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
 * who wrote them, an entry of a list, a row that is marked as deleted and stays, and where the table takes no UPDATE or DELETE.
 * The entries of an audit trail never go: what cannot be emptied keeps the id of what is gone.
 */
function fixFor(key: ForeignKey, graph: SchemaGraph, settings: AuditSettings, isList: boolean): Fix {
  const table = graph.get('table', key.table);
  const parent = graph.get('table', key.referencedTable);
  const rows = `${brief(table.name)} rows`;
  const obstacle = obstacleToEmptying(graph, key, settings);
  if (obstacle === undefined) {
    const emptied = emptiedColumns(graph, key);
    const setColumns = emptied.length === key.columns.length ? [] : emptied.map((each) => each.id);
    return {
      title: `Keep the ${rows} and empty ${quoted(emptied)} (ON DELETE SET NULL), which may be NULL`,
      safety: 'review',
      sql: remakeForeignKey(graph, key, { onDelete: 'set null', setColumns }),
    };
  }
  const refused = surelyRefused(graph, table.id);
  const isTrail = isAuditTrail(graph, table) && !isKeyToTenant(graph, key, settings.tenantColumns);
  const outlived = obstacle.kind === 'required' && !refused.has('update') ? outlivedBy(key, graph, isTrail) : undefined;
  if (outlived !== undefined)
    return {
      title: `Keep the ${rows} and empty ${quoteIdentifier(outlived.name)} (ON DELETE SET NULL), which may then be NULL`,
      safety: 'review',
      sql: `${sql`alter table ${table.name} alter column ${outlived.name} drop not null;`}\n${remakeForeignKey(graph, key, { onDelete: 'set null' })}`,
    };
  const columns = key.columns.map((each) => graph.get('column', each));
  if (isTrail && !refused.has('update'))
    return {
      title: `Keep the entries of ${brief(table.name)}, with the id of what is gone (no foreign key on ${quoted(columns)})`,
      safety: 'review',
      sql: sql`alter table ${table.name} drop constraint ${key.name};`,
    };
  const { isKept, why } = onDelete(obstacle);
  const row = brief(parent.name);
  return {
    title: isKept
      ? `Go on refusing to delete ${rowOf(row)} while ${rows} refer to it, on purpose now (ON DELETE RESTRICT), ${why}`
      : `Delete the ${rows} with their ${row} row (ON DELETE CASCADE), ${why}`,
    safety: 'review',
    sql: remakeForeignKey(graph, key, { onDelete: isKept ? 'restrict' : 'cascade' }),
  };

  /** Whether the row that is referred to stays, where the columns cannot be emptied. */
  function onDelete(obstacle: Obstacle): { readonly isKept: boolean; readonly why: string } {
    if (refused.has('delete')) return { isKept: true, why: 'as the table refuses every DELETE' };
    if (isTrail || obstacle.kind === 'appendOnly') return { isKept: true, why: 'as the table refuses every UPDATE' };
    const [mark] = columnsWithRole(graph, parent.id, 'softDelete');
    if (mark !== undefined && childTables(graph, parent.id).cascading.size === 0)
      return { isKept: true, why: `as ${quoteIdentifier(mark.name)} marks the rows that are deleted there` };
    switch (obstacle.kind) {
      case 'owner':
        return { isKept: isList, why: `as without ${quoteIdentifier(obstacle.column.name)} they would be nobody's` };
      case 'tenant':
        return { isKept: true, why: `as ${quoteIdentifier(obstacle.column.name)} says whose they are` };
      case 'opening': {
        const policy = quoteIdentifier(obstacle.policy.name);
        return { isKept: true, why: `as without it the policy ${policy} lets others have them` };
      }
      case 'required':
        return isRecordOf(graph, table, parent)
          ? { isKept: true, why: `as they are records that outlive it, and ${quoted(columns)} may not be NULL` }
          : { isKept: isList, why: `as ${quoted(columns)} may not be NULL` };
      case 'check': {
        const isAuthor = columns.some((each) => isNamed(each.name, AUTHORS));
        const checked = quoteIdentifier(obstacle.column.name);
        return { isKept: isList || isAuthor, why: `as a CHECK keeps ${checked} from being emptied` };
      }
    }
  }
}

/** A sale does not go with whoever made it, nor a subscription with the product. */
function isRecordOf(graph: SchemaGraph, table: EntityOf<'table'>, parent: EntityOf<'table'>): boolean {
  const isPerson = parent.origin.from === 'platform' || isAccountTable(graph, parent);
  const isRecord = isNamed(table.name.name, RECORDS) || columnsWithRole(graph, table.id, 'money').length > 0;
  return isRecord && (isPerson || isNamed(parent.name.name, OFFERS));
}

function quoted(columns: readonly EntityOf<'column'>[]): string {
  return columns.map((each) => quoteIdentifier(each.name)).join(', ');
}

/**
 * The column that may be let be NULL without breaking a key or a policy: who wrote a row does not take it along (cancelled_by of
 * a payment), nor does what an audit trail tells of take its entries.
 */
function outlivedBy(
  { table, columns: [id, another] }: ForeignKey,
  graph: SchemaGraph,
  isTrail: boolean,
): EntityOf<'column'> | undefined {
  const column = id === undefined || another !== undefined ? undefined : graph.get('column', id);
  if (column === undefined || !column.notNull || column.isInherited) return undefined;
  if (!(isTrail || isNamed(column.name, AUTHORS)) || keptByCheck(graph, [column]) !== undefined) return undefined;
  const isInKey = graph
    .dependentsOfKind(column.id, 'index')
    .some((index) => index.isUnique && index.keys.some((each) => each.column === column.id));
  return isInKey || columnsComparedWithCaller(graph, table).has(column.id) ? undefined : column;
}
