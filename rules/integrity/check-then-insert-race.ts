// Long because it tells a look that a lock, a key or the row of the trigger itself makes safe from one that nothing does.
import {
  andList,
  breakBefore,
  brief,
  type CheckThenInsert,
  type ColumnTest,
  clauseStart,
  defineRule,
  type EntityId,
  type EntityOf,
  type Fix,
  failuresOf,
  generatedFrom,
  type Insertion,
  insertsValues,
  isBuiltIn,
  isNamed,
  isNullable,
  isOutsideIndex,
  isRefusedWhereFound,
  isReturningUsed,
  isUsersOwn,
  keyFromCaller,
  keyFromParameters,
  keyOfParent,
  mayInsertSeveral,
  mayWrite,
  type NamePatterns,
  NOT_DISTINCT,
  NULL,
  quoteIdentifier,
  quoteLiteral,
  raw,
  redefined,
  routineShape,
  type SchemaGraph,
  sql,
  standingTable,
  triggeredRelations,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;
type Index = EntityOf<'index'>;

export default defineRule({
  meta: {
    id: 'check-then-insert-race',
    category: 'integrity',
    severity: 'medium',
    summary: 'A function looks whether a row is there and inserts it if not, and nothing keeps two callers apart.',
    why: 'Between the look and the insert another transaction does the same: neither sees the row of the other, which is not committed, and both insert. It happens as soon as a button is pressed twice.',
    remedy:
      'A unique key on what was looked for, and INSERT … ON CONFLICT; or a lock that both take before they look: that alone where several rows are inserted that agree in what was looked for.',
    scope: [
      'A look that is serialized by a lock, a handler of unique_violation or the row that fired the trigger is not reported; nor is one that a unique key backs where a call that finds the row ends in an error as well.',
    ],
    messages: {
      twice:
        '{{function}} looks for {{table}} rows by {{columns}}{{more}} and {{inserts}}: two callers at once both insert, as no unique key keeps the second out.',
      twiceWithNull:
        '{{function}} looks for {{table}} rows by {{columns}}{{more}} and {{inserts}}: where {{nullable}} is NULL two callers at once both insert, as {{key}} takes each NULL for another value.',
      refused:
        '{{function}} looks for {{table}} rows by {{columns}}{{more}} and {{inserts}}: of two callers at once the second fails with a violation of {{key}}, which is why this is low.',
      sameArguments:
        '{{function}} looks for {{table}} rows by {{columns}}{{more}} and {{inserts}}: two callers at once both insert, unless they give the same values for {{key}}, where the second fails, which is why this is low.',
    },
    restsOn: ['functions', 'indexes', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT'],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      if (routine.language !== 'plpgsql') return;
      const seen = new Set<EntityId>();
      for (const look of routineShape(graph, routine).checksThenInserts) {
        const table = standingTable(graph, look.relation);
        if (table === undefined || !isUsersOwn(graph, table) || seen.has(table.id)) continue;
        if (look.isHandled || look.lockedBy !== null || look.write.onConflict !== null) continue;
        const sought = soughtColumns(graph, look);
        if (sought.length === 0 || failsByItself(graph, routine, look) || isSerializedByTrigger(graph, routine, look))
          continue;
        seen.add(table.id);
        const key = keyOver(graph, look, sought) ?? keyFromCaller(graph, routine, look);
        const ofParent = key === undefined ? keyOfParent(graph, routine, look) : undefined;
        const isSeveral = mayInsertSeveral(graph, routineShape(graph, routine), look);
        const nullable = key === undefined || key.nullsNotDistinct ? [] : nullsSought(graph, look, key);
        const about = {
          entity: routine,
          ...(look.at === null ? {} : { origin: { from: 'statement', at: look.at } as const }),
          related: look.insert.at === null ? [] : [{ note: 'the insert', at: look.insert.at }],
          fix: () =>
            nullable.length > 0 || isSeveral || look.isPartial || ofParent !== undefined
              ? undefined
              : fixFor(graph, routine, table, look, key, texts),
          discriminator: table.name.name,
        };
        const data = {
          function: brief(routine.name),
          table: brief(table.name),
          columns: andList(graph.columnNames(sought).map(quoteIdentifier)),
          more: asksMore(look, sought) ? ', among other conditions,' : '',
          inserts: isSeveral ? 'inserts rows if there are none' : 'inserts one if there is none',
        };
        if (key !== undefined && nullable.length > 0) {
          const named = andList(graph.columnNames(nullable).map(quoteIdentifier));
          report({
            ...about,
            message: 'twiceWithNull',
            data: { ...data, nullable: named, key: quoteIdentifier(key.name.name) },
          });
          continue;
        }
        // The race only changes which error the second caller gets.
        if (key !== undefined && (look.isPartial || isRefusedWhereFound(look))) continue;
        const other = key ?? ofParent ?? keyFromParameters(graph, routine, look.insert, look.write);
        if (other === undefined) {
          report({ ...about, message: 'twice', data });
          continue;
        }
        const refusing = {
          ...about,
          severity: 'low',
          data: { ...data, key: quoteIdentifier(other.name.name) },
        } as const;
        if (key === undefined && ofParent === undefined) report({ ...refusing, message: 'sameArguments' });
        else report({ ...refusing, message: 'refused' });
      }
    },
  },
});

/** An insert that always ends in an error races with nothing: broken-function tells of it. */
function failsByItself(graph: SchemaGraph, routine: Routine, { insert }: CheckThenInsert): boolean {
  return failuresOf(graph, routine).some(
    ({ statement, isCaught }) => !isCaught && statement?.kind === 'sql' && statement.sql.tree === insert.node,
  );
}

function testsOf({ check, relation }: CheckThenInsert): readonly ColumnTest[] {
  return check.sources.filter((each) => each.relation === relation).flatMap((each) => each.tests);
}

/** What the look compares with something given and the insert sets, itself or through what it is generated from: the row that would be there twice. */
function soughtColumns(graph: SchemaGraph, look: CheckThenInsert): readonly EntityId[] {
  const set = new Set(look.write.sets.map((each) => each.column));
  const isSet = (column: EntityId) => [column, ...generatedFrom(graph, column)].some((each) => set.has(each));
  const read = new Set(look.check.sources.map((each) => each.relation));
  const joined = new Set(
    look.check.joins.flatMap(({ left, right }) => {
      const isWithin = [left, right].every((id) => read.has(graph.get('column', id).relation));
      return isWithin ? [left, right] : [];
    }),
  );
  const sought = testsOf(look).filter(
    ({ kind, against, column }) => kind === 'equal' && against !== 'constant' && isSet(column) && !joined.has(column),
  );
  return [...new Set(sought.map((each) => each.column))];
}

/** The look has conditions besides those on the columns that the message names. */
function asksMore(look: CheckThenInsert, sought: readonly EntityId[]): boolean {
  const { sources, otherConditions } = look.check;
  return (
    sources.length > 1 || otherConditions.length > 0 || testsOf(look).some(({ column }) => !sought.includes(column))
  );
}

/** The columns of a key that may be NULL and that the look finds as NULL, too: IS NOT DISTINCT FROM. */
function nullsSought(graph: SchemaGraph, look: CheckThenInsert, { keys }: Index): readonly EntityId[] {
  const columns = keys.flatMap(({ column }) => column ?? []);
  const sought = testsOf(look).filter(({ column, operator }) => operator === NOT_DISTINCT && columns.includes(column));
  return [...new Set(sought.map((each) => each.column))].filter((each) => isNullable(graph, graph.get('column', each)));
}

/** A unique key whose columns the look all asks for, or the insert fills with constants: with it the same row cannot be there twice. */
function keyOver(
  graph: SchemaGraph,
  { relation, write }: CheckThenInsert,
  sought: readonly EntityId[],
): Index | undefined {
  const fixed = write.sets.filter(({ constant }) => constant !== null && constant !== NULL).map((each) => each.column);
  const isFollowed = (column: EntityId) => {
    const from = generatedFrom(graph, column);
    return from.length > 0 && from.every((each) => sought.includes(each));
  };
  return graph
    .ownedBy(relation, 'index')
    .find(
      (each) =>
        each.isUnique &&
        !isOutsideIndex(graph, each, write.sets) &&
        each.keys.some(({ column }) => column === null || sought.includes(column) || isFollowed(column)) &&
        each.keys.every(({ column, expression }) =>
          column === null
            ? expression?.references.every(({ kind, target }) => kind !== 'column' || sought.includes(target))
            : sought.includes(column) || fixed.includes(column) || isFollowed(column),
        ),
    );
}

/**
 * In a row trigger the look by the fired row's own primary key is safe: the row is locked by this transaction, and one that is
 * only being inserted nobody else can name.
 */
function isSerializedByTrigger(graph: SchemaGraph, routine: Routine, look: CheckThenInsert): boolean {
  if (!isBuiltIn(routine.returns, 'trigger')) return false;
  const keys = triggeredRelations(graph, routine).map((id) => graph.primaryKey(id)?.columns ?? []);
  const own = new Set(keys.flatMap((columns) => (columns.length === 1 ? columns : [])));
  if (look.check.joins.some(({ left, right }) => own.has(left) || own.has(right))) return true;
  const names = new Set(graph.columnNames([...own]));
  return testsOf(look).some(({ variable }) => {
    const [row, name] = variable?.split('.') ?? [];
    return (row === 'new' || row === 'old') && name !== undefined && names.has(name);
  });
}

/**
 * The key, where there is none, and ON CONFLICT DO NOTHING; the key alone where the code goes on with what RETURNING gives, or writes
 * what is right only with a row of its own: that would be written a second time where the insert does nothing, and an error takes it back.
 */
function fixFor(
  graph: SchemaGraph,
  routine: Routine,
  table: EntityOf<'table'>,
  look: CheckThenInsert,
  key: Index | undefined,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const clause = onConflict(look, texts);
  if (clause === undefined) return undefined;
  const { block, writes } = routineShape(graph, routine);
  const goesOn =
    mayWrite(graph, [...look.before, ...look.behind]) ||
    (block !== null && isReturningUsed(routine, block, look.insert));
  const leaving = goesOn ? leavingInstead(graph, look, texts) : undefined;
  const written = redefined(graph, routine, texts, leaving === undefined ? [clause] : followed(clause, leaving));
  if (written === undefined) return undefined;
  // What the call does to a row that is there would be lost where the row has come meanwhile.
  const changesFound = writes.some(({ write }) => write.kind === 'update' && write.relation === look.relation);
  const isKept = changesFound || (goesOn && leaving === undefined);
  if (key !== undefined)
    return isKept
      ? undefined
      : {
          title:
            leaving === undefined
              ? 'Let the insert do nothing where the row has come meanwhile'
              : 'Where the row has come meanwhile, do what is done where it is found',
          safety: 'review',
          sql: written,
        };
  const made = keyFor(graph, table, look);
  if (made === undefined) return undefined;
  return isKept
    ? {
        title:
          'Make what was looked for unique, so that the second insert fails (as does this, while rows are there twice)',
        safety: 'review',
        sql: made,
      }
    : {
        title:
          leaving === undefined
            ? 'Make what was looked for unique, and let the second insert do nothing (fails while rows are there twice)'
            : 'Make what was looked for unique, and let the second caller go as one that finds the row (fails while rows are there twice)',
        safety: 'review',
        sql: `${made}\n${written}`,
      };
}

/** Behind the insert of one row the statement that leaves where a row is found: nothing is done then that counts on a row of its own. */
function leavingInstead(
  graph: SchemaGraph,
  { insert, leaving, before, form }: CheckThenInsert,
  texts: ReadonlyMap<string, string>,
): Insertion | undefined {
  // What a SELECT INTO gave would be what is returned, and that was nothing.
  if (insert.at === null || leaving === null || form !== 'exists' || mayWrite(graph, before)) return undefined;
  if (!insertsValues(insert)) return undefined;
  const { file, start, end } = leaving.at;
  const text = (texts.get(file)?.slice(start, end) ?? '').replace(/\s*;\s*$/, '');
  if (text === '') return undefined;
  return { at: insert.at.end, text: `;${breakBefore(texts, insert.at)}if not found then ${text}; end if` };
}

/** Of two at one place the order is not kept. */
function followed(first: Insertion, second: Insertion): readonly Insertion[] {
  return first.at === second.at ? [{ at: first.at, text: first.text + second.text }] : [first, second];
}

function onConflict(
  { insert, write, form }: CheckThenInsert,
  texts: ReadonlyMap<string, string>,
): Insertion | undefined {
  if (insert.at === null || insert.role !== 'statement') return undefined;
  // After an UPDATE that met nothing the second caller's values would be lost; of a row that is there, RETURNING gives nothing.
  if (form === 'updated' || (write.hasReturning && form !== 'exists')) return undefined;
  const text = texts.get(insert.at.file)?.slice(insert.at.start, insert.at.end) ?? '';
  if (!/^insert\b/i.test(text)) return undefined;
  if (!write.hasReturning) return { at: insert.at.end, text: ' on conflict do nothing' };
  const returning = clauseStart(text, 'returning');
  return returning === undefined ? undefined : { at: insert.at.start + returning, text: 'on conflict do nothing ' };
}

/** The table has rows beside each other that agree in these columns: in an order, one of them the default, unique only under a condition. */
function isListOf(graph: SchemaGraph, table: EntityOf<'table'>, given: ReadonlySet<EntityId>): boolean {
  const others = graph.columns(table.id).filter(({ id }) => !given.has(id));
  return (
    others.some(({ name }) => isNamed(name, AMONG_OTHERS)) ||
    graph.ownedBy(table.id, 'index').some(({ isUnique, keys, predicate }) => {
      return isUnique && predicate !== null && keys.every(({ column }) => column !== null && given.has(column));
    })
  );
}

/** What a row is or has among others of its kind. */
const AMONG_OTHERS: NamePatterns = [
  ...['position', 'sort_order', 'sort_index', 'display_order', 'order_index', 'list_order', 'ordinal'],
  ...['is_default', 'is_primary', 'is_main', 'is_current', 'is_active', 'is_latest', 'default'],
];

/** Only where the look is made of equalities, with values or with constants: they are the key and its condition. */
function keyFor(graph: SchemaGraph, table: EntityOf<'table'>, look: CheckThenInsert): string | undefined {
  const tests = testsOf(look);
  const isPlain = tests.every(({ kind, isBare, against, constants }) =>
    kind === 'equal' ? isBare : kind === 'in' && isBare && against === 'constant' && constants.length > 0,
  );
  // A condition that is not understood may be what tells the rows apart: a key without it would keep others out.
  if (!isPlain || look.check.sources.length !== 1 || look.check.otherConditions.length > 0) return undefined;
  const compared = tests.filter((each) => each.against !== 'constant');
  const given = new Set(compared.map((each) => each.column));
  const nullable = compared.filter(({ column }) => isNullable(graph, graph.get('column', column)));
  const areNullsSought = nullable.some((each) => each.operator === NOT_DISTINCT);
  // By `=` a row with NULL is never found, so that each call adds one: NULLS NOT DISTINCT would refuse it.
  if (areNullsSought && !nullable.every((each) => each.operator === NOT_DISTINCT)) return undefined;
  const nulls = areNullsSought ? raw(' nulls not distinct') : raw('');
  const conditions = tests
    .filter((each) => each.against === 'constant')
    .map(({ column, constants }) => {
      const [name = ''] = graph.columnNames([column]);
      const list = constants.map((each) => raw(quoteLiteral(each)));
      return constants.length === 1 ? sql`${name} = ${list}` : sql`${name} in (${list})`;
    });
  // Within another row the table has such values twice: a key of them alone would refuse rows that are meant.
  const isKeyedWithin = graph.ownedBy(table.id, 'index').some(({ isUnique, keys }) => {
    const own = new Set(keys.map(({ column }) => column));
    return isUnique && own.size > given.size && [...given].every((each) => own.has(each));
  });
  if (isKeyedWithin || isListOf(graph, table, given)) return undefined;
  const columns = graph.columnNames([...given]);
  return conditions.length === 0
    ? sql`create unique index on ${table.name} (${columns})${nulls};`
    : sql`create unique index on ${table.name} (${columns})${nulls} where ${raw(conditions.join(' and '))};`;
}
