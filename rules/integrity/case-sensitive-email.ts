import {
  addedChecks,
  brief,
  COLUMN_NAMES,
  columnsSetByTriggers,
  columnsWithRole,
  defineRule,
  domainsOf,
  type EntityOf,
  type Fix,
  isAccountTable,
  isAuthUsers,
  isCaseInsensitive,
  isLowerCaseCheck,
  lowerCaseKey,
  type NamePatterns,
  queriesInSchema,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
  standingTable,
  triggeredRelations,
  writesTo,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

const EMAILS: NamePatterns = COLUMN_NAMES.email;

export default defineRule({
  meta: {
    id: 'case-sensitive-email',
    category: 'integrity',
    severity: 'low',
    confidence: 'likely',
    summary: 'E-mail addresses that name someone are compared letter case and all.',
    why: 'People write their address now this way, now that. Where Ada@x.org and ada@x.org are two values, one person gets two accounts, and an invitation or a look-up by address finds nobody.',
    remedy: 'Keep addresses in lower case by a CHECK, make lower(email) unique and compare by it, or use citext.',
    scope: [
      'Addresses that are only written to (of a customer, in a log) are not meant, nor those copied from auth.users, which are in lower case there.',
    ],
    messages: {
      unique: '{{column}} is unique by letter case: Ada@x.org and ada@x.org are two {{table}} rows.',
      compared:
        '{{function}} looks for {{column}} by letter case: it does not find Ada@x.org when asked for ada@x.org.',
      account: '{{column}} names an account by letter case, and nothing keeps Ada@x.org and ada@x.org from being two.',
    },
    restsOn: ['columns', 'constraints', 'indexes', 'triggers', 'functions', 'types'],
    references: ['https://www.postgresql.org/docs/current/citext.html'],
    optionDocs: { columns: 'Names of columns that hold an e-mail address, by whole words.' },
  },
  defaults: { columns: EMAILS },
  visit: {
    table({ id }, { graph, options, report }) {
      const table = standingTable(graph, id);
      if (table === undefined) return;
      for (const column of columnsWithRole(graph, id, 'email', options.columns)) {
        if (column.isInherited || isFolded(graph, column)) continue;
        const data = { column: `${brief(table.name)}.${quoteIdentifier(column.name)}`, table: brief(table.name) };
        const seeker = seekerOf(graph, column);
        if (isUnique(graph, column)) {
          const fix: Fix = {
            title: 'Make lower(email) unique (fails while two rows differ by case only)',
            safety: 'review',
            sql: sql`create unique index on ${table.name} (lower(${column.name}));`,
          };
          report({ entity: column, message: 'unique', data, fix });
        } else if (seeker !== undefined)
          report({
            entity: column,
            message: 'compared',
            data: { column: data.column, function: brief(seeker.name) },
            fix: () => loweredFix(graph, table, column),
          });
        else if (isAccountTable(graph, table) && column.name === 'email')
          report({
            entity: column,
            message: 'account',
            data: { column: data.column },
            fix: () => loweredFix(graph, table, column),
          });
      }
    },
  },
});

/** Something makes letter case not matter, or keeps it out. */
function isFolded(graph: SchemaGraph, column: Column): boolean {
  if (isCaseInsensitive(graph, column.type) || column.generated !== null || column.collation !== null) return true;
  if (domainsOf(graph, column.type).length > 0 || isLowerCaseCheck(graph, column)) return true;
  if (lowerCaseKey(graph, column) !== undefined) return true;
  const { sets, unknown } = columnsSetByTriggers(graph, column.relation, 'insert');
  return unknown.length > 0 || sets.some((each) => each.column === column.id) || isCopied(graph, column);
}

/** A trigger on auth.users, whose addresses are in lower case, writes it. */
function isCopied(graph: SchemaGraph, column: Column): boolean {
  return writesTo(graph, column.relation).some(({ holder, write }) => {
    if (holder.kind !== 'function' || !write.sets.some((each) => each.column === column.id)) return false;
    return triggeredRelations(graph, holder).some((id) => {
      const relation = graph.find(id);
      return relation?.kind === 'table' && isAuthUsers(relation.name);
    });
  });
}

function isUnique(graph: SchemaGraph, { relation, id }: Column): boolean {
  return graph.ownedBy(relation, 'index').some((each) => each.isUnique && each.keys.some((key) => key.column === id));
}

/** A function that looks for a row by the bare address it was given. */
function seekerOf(graph: SchemaGraph, { relation, id }: Column): EntityOf<'function'> | undefined {
  for (const { holder, query } of queriesInSchema(graph)) {
    if (holder.kind !== 'function') continue;
    const tests = query.sources.filter((each) => each.relation === relation).flatMap((each) => each.tests);
    if (tests.some((each) => each.column === id && each.isBare && each.kind === 'equal' && each.against === 'variable'))
      return holder;
  }
  return undefined;
}

function loweredFix(graph: SchemaGraph, table: Table, { name }: Column): Fix {
  const lowered = sql`update ${table.name} set ${name} = lower(${name}) where ${name} <> lower(${name});`;
  const checked = addedChecks(graph, table, [
    { name: `${name}_in_lower_case`, condition: raw(sql`${name} = lower(${name})`) },
  ]);
  return {
    title: 'Keep the addresses in lower case (writers must lower them, and look-ups what they look for)',
    safety: 'review',
    sql: `${lowered}\n${checked}`,
  };
}
