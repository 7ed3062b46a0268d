import {
  brief,
  conflictsNaming,
  defineRule,
  type EntityOf,
  type Fix,
  isRestedOn,
  keysText,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  type StateKey,
  sql,
  stateKey,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'state-in-unique-key',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A flag such as is_active stands in a unique key, which then allows only one row without it, too.',
    why: 'UNIQUE (user_id, is_active) is meant to say that each user has one active row. It says that no two rows agree in both: there is one active row and one that is not. The first time a row is put aside all is well; the second time the UPDATE fails with 23505, and with it whatever makes a new row the active one.',
    remedy:
      'Drop the key and make a partial unique index: … (user_id) WHERE is_active. It holds for the active rows alone. In the place of a DEFERRABLE key an exclusion constraint, EXCLUDE USING btree (user_id WITH =) WHERE (is_active) DEFERRABLE, waits as long as that did.',
    scope: [
      'Not reported: keys in which something else tells the rows apart, as a name does, and flags that a new row does not have by default.',
    ],
    messages: {
      state:
        'The unique key {{key}} of {{table}} keeps rows apart by {{flag}} as well: {{others}} may have one row with {{flag}} and one without, so that {{second}} fails with 23505.',
    },
    restsOn: ['columns', 'constraints', 'indexes'],
    references: ['https://www.postgresql.org/docs/current/indexes-partial.html'],
  },
  visit: {
    index(index, { graph, report }) {
      const table = graph.find(index.relation);
      if (table?.kind !== 'table' || table.isAssumed || table.partitionOf !== null) return;
      const found = stateKey(graph, index);
      if (found === undefined) return;
      const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
      const flag = quoteIdentifier(found.flag.name);
      const others = found.others.map(({ name }) => quoteIdentifier(name)).join(', ');
      report({
        entity: index,
        origin: constraint?.origin ?? index.origin,
        message: 'state',
        data: {
          key: keysText(graph, index),
          table: brief(table.name),
          flag,
          others: found.others.length === 1 ? `each ${others}` : `each (${others})`,
          second: found.isChosen ? `the second row that is not ${flag}` : `the second one that stops being ${flag}`,
        },
        fix: () => fixFor(graph, index, table, found),
      });
    },
  },
});

/** Not where a foreign key or ON CONFLICT needs the key. */
function fixFor(graph: SchemaGraph, index: Index, table: Table, found: StateKey): Fix | undefined {
  const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
  if (isRestedOn(graph, index) || conflictsNaming(graph, index).length > 0) return undefined;
  if (constraint !== undefined && constraint.kind !== 'uniqueConstraint') return undefined;
  const dropped =
    constraint === undefined
      ? sql`drop index ${index.name};`
      : sql`alter table ${table.name} drop constraint ${constraint.name};`;
  return {
    title: `Keep apart only the rows that are ${found.flag.name}`,
    safety: 'review',
    sql: [
      constraint?.isDeferrable === true ? excluding(table, constraint, found) : unique(table, found),
      ...referenceIndex(graph, index, table),
      dropped,
    ].join('\n'),
  };
}

function unique(table: Table, { flag, others }: StateKey): string {
  return sql`create unique index on ${table.name} (${others.map(({ name }) => name)}) where ${flag.name};`;
}

/** An index cannot wait until a statement or transaction ends, in which the flag changes hands: of keys for some of the rows, only an exclusion constraint can. */
function excluding(
  table: Table,
  { isInitiallyDeferred }: EntityOf<'uniqueConstraint'>,
  { flag, others }: StateKey,
): string {
  const keys = others.map(({ name }) => `${quoteIdentifier(name)} with =`).join(', ');
  const late = raw(isInitiallyDeferred ? ' initially deferred' : '');
  return sql`alter table ${table.name} add exclude using btree (${raw(keys)}) where (${flag.name}) deferrable${late};`;
}

/** A foreign key that found its rows by the old key needs an index on all rows. */
function referenceIndex(graph: SchemaGraph, index: Index, table: Table): readonly string[] {
  const first = index.keys[0]?.column ?? null;
  const isReference = graph.ownedBy(table.id, 'foreignKey').some(({ columns }) => columns[0] === first);
  const isServed = graph.ownedBy(table.id, 'index').some((each) => {
    return each.id !== index.id && each.predicate === null && each.keys[0]?.column === first;
  });
  if (first === null || !isReference || isServed) return [];
  return [sql`create index on ${table.name} (${graph.get('column', first).name});`];
}
