import {
  addTo,
  andList,
  anotherAt,
  areAllWritersCareful,
  askedOnce,
  brief,
  COLUMN_NAMES,
  columnsCounted,
  columnsSetByTriggers,
  columnsWithRole,
  constantText,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  holdsOneRow,
  isAuditTable,
  isHabit,
  isSetterDropped,
  isUsersOwn,
  lostSetter,
  type NamePatterns,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
  standingTable,
  tablesInName,
  timeSetters,
  usesPrisma,
  wordsOf,
  writesTo,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** `changed_at` says when the change that the row is about was made. */
const UPDATED: NamePatterns = [...COLUMN_NAMES.updated, '!changed_at'];

export default defineRule({
  meta: {
    id: 'stale-updated-at',
    category: 'integrity',
    severity: 'medium',
    summary: 'No trigger keeps a column that says when the row was changed.',
    why: 'A default fills the column when the row is made, and never again. What reads it to find changes (synchronisation, caches, incremental exports) misses each change whose writer did not set it.',
    remedy:
      'A BEFORE UPDATE trigger that sets it, written once and hung on every such table. Where something only counts, the trigger of the fix is for the other columns.',
    scope: [
      'Columns that Prisma, Drizzle or Active Record set are not reported; nor are those that have a fixed time for their default (1970-01-01), those whose trigger a migration drops by name, audit tables, whose rows nobody changes, and tables that only functions of the schema change, if all of these set it that do more than count (views = views + 1), or that nobody may change, or that they delete and insert anew, and a table for one row that no client changes, such as the token of a job.',
      'Low in a history of drizzle-kit, unless triggers set such a column in most tables: whether the schema in TypeScript has $onUpdate, the files do not tell.',
      'Several tables of a schema in which one has the trigger at most are one finding (three or more where it is usual in another schema, eight or more where it is in this one); `"habit": 0` shows each.',
    ],
    messages: {
      plain:
        'No trigger sets {{column}} when a row is changed: where a writer does not, it goes on saying when the row was made.',
      several:
        'No trigger sets {{column}} when a row of {{tables}} is changed: where a writer does not, it goes on saying an earlier time.',
      mapped:
        'No trigger sets {{column}} when a row of {{tables}} is changed: where neither a writer does nor drizzle ($onUpdate, of which the files tell nothing, and which is why this is low), it goes on saying an earlier time.',
      'several others':
        'No trigger sets {{column}} when a row of {{tables}} is changed, as it does in {{count}}: where a writer does not, it goes on saying when the row was made.',
      others:
        'No trigger sets {{column}} when a row is changed, as it does in {{count}}: where a writer does not, it goes on saying when the row was made.',
      never:
        'No trigger sets {{column}} when a row is changed, as it does in {{count}}: it is right only where each writer sets it.',
      lost: '{{column}} lost its trigger {{trigger}} when the former table was dropped: where a writer does not set it, it goes on saying when the row was made.',
    },
    restsOn: ['columns', 'triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/plpgsql-trigger.html'],
    optionDocs: {
      columns: 'Names of columns that say when the row was last changed, by whole words.',
      habit:
        'So many tables of a schema in which one has the trigger at most are one finding, with one fix; 0 tells of each.',
    },
  },
  defaults: { columns: UPDATED, habit: 2 },
  visit: {
    graph(graph, { journal, options, settings, statements, shown, isApart, report }) {
      if (isKeptByMapper(graph, settings.migrationTool)) return;
      // $onUpdate stands in its schema alone, and no migration tells of it.
      const mayBeMapped = settings.migrationTool === 'drizzle';
      const unkept = new Map<string, Stale[]>();
      for (const table of shown('table')) {
        const column = staleColumn(graph, table, options.columns, settings.clientRoles);
        if (column === undefined || isSetterDropped(graph, journal, column)) continue;
        if (holdsOneRow(graph, table, statements, settings.clientRoles)) continue;
        const stale = { table, column };
        const lost = lostSetter(graph, journal, column);
        if (lost !== undefined) {
          const data = { column: spelled(stale), trigger: quoteIdentifier(lost.trigger.name) };
          report({
            entity: column,
            message: 'lost',
            data,
            related: [{ note: 'the former table', at: lost.by.at }],
            fix: () => fixFor(graph, [stale], lost.function),
          });
          continue;
        }
        const kept = keepers(graph, column.name).length;
        if (!isApart(column)) addTo(unkept, `${table.name.schema} ${column.name}`, stale);
        else if (kept > 0 || isFilledWhenMade(column)) one(stale, kept);
      }
      for (const all of unkept.values()) {
        const keeping = keepers(graph, all[0]?.column.name ?? '');
        const kept = keeping.length;
        if (isUsuallyKept(kept, all) && !isOtherwiseMade(graph, keeping, all)) {
          const filled = all.filter(({ column }) => isFilledWhenMade(column));
          const [first] = filled;
          const isFolded = first !== undefined && filled.length >= MANY && isHabit(options.habit, filled.length);
          if (isFolded) several(first, filled, kept);
          for (const each of all) if (!isFolded || !filled.includes(each)) one(each, kept);
          continue;
        }
        // Without a time anywhere by default the column is plainly the writers' own.
        if (!all.some(({ column }) => isFilledWhenMade(column))) continue;
        const [first] = all;
        if (first !== undefined && isHabit(options.habit, all.length)) several(first, all);
        else for (const each of all) one(each, kept);
      }

      function one(stale: Stale, kept: number): void {
        const { column } = stale;
        const about = { entity: column, fix: () => fixFor(graph, [stale]) };
        const data = { column: spelled(stale) };
        const count = counted(kept, 'other table');
        const isFilled = isFilledWhenMade(column);
        if (kept === 0 && mayBeMapped) several(stale, [stale]);
        else if (kept === 0 && isFilled) report({ ...about, message: 'plain', data });
        else if (kept === 0) several(stale, [stale]);
        else if (!isFilled) report({ ...about, message: 'never', data: { ...data, count } });
        else report({ ...about, message: 'others', data: { ...data, count } });
      }

      /** @param kept in how many other tables a trigger does it, where that is usual */
      function several(first: Stale, all: readonly Stale[], kept?: number): void {
        const tables = andList(
          all.map(({ table }) => brief(table.name)),
          6,
        );
        const data = { column: quoteIdentifier(first.column.name), tables };
        const related = all
          .filter((each) => each !== first)
          .flatMap((each) => anotherAt(each.column, `${spelled(each)} as well`));
        const about = { entity: first.column, fix: () => fixFor(graph, all), related };
        if (kept === undefined && mayBeMapped) report({ ...about, message: 'mapped', severity: 'low', data });
        else if (kept === undefined) report({ ...about, message: 'several', data });
        else report({ ...about, message: 'several others', data: { ...data, count: counted(kept, 'other table') } });
      }
    },
  },
});

interface Stale {
  readonly table: Table;
  readonly column: Column;
}

/** Does its default say when a row is made? A fixed time ('1970-01-01': never so far) says that writers are to set it, and when. */
function isFilledWhenMade({ default: given }: Column): boolean {
  if (given === null) return false;
  const constant = constantText(given.tree);
  return constant === null || constant.toLowerCase() === 'now';
}

/** One table of many that has the trigger is no habit, and that the others have none is one cause. */
function isUsuallyKept(kept: number, unkept: readonly Stale[]): boolean {
  return kept > 1 || (kept === 1 && unkept.length === 1);
}

/** Is it another schema where the trigger is a habit, and are several tables of this one without it and none with it? That is one cause too. */
function isOtherwiseMade(graph: SchemaGraph, keeping: readonly Keeper[], unkept: readonly Stale[]): boolean {
  const schema = unkept[0]?.table.name.schema;
  const kept = keeping.map(({ table }) => graph.find(table));
  return unkept.length >= FEW && kept.every((each) => each?.kind === 'table' && each.name.schema !== schema);
}

const FEW = 3;

/** Fewer were forgotten, one by one, where the trigger is usual. */
const MANY = 8;

function spelled({ table, column }: Stale): string {
  return `${brief(table.name)}.${quoteIdentifier(column.name)}`;
}

function staleColumn(
  graph: SchemaGraph,
  { id }: Table,
  names: NamePatterns,
  clientRoles: readonly string[],
): Column | undefined {
  const table = standingTable(graph, id);
  if (table === undefined || isAuditTable(graph, table)) return undefined;
  const column = columnsWithRole(graph, id, 'updated', names).find(
    (each) => each.generated === null && !each.isInherited,
  );
  // "updatedAt" is how object mappers spell what they set themselves.
  if (column === undefined || column.name !== column.name.toLowerCase()) return undefined;
  const isKept = isSetByTrigger(graph, column) || areAllWritersCareful(graph, table, column, clientRoles);
  return isKept ? undefined : column;
}

/** Object mappers that set the column with every update of theirs, known by their tool or by the table it keeps its history in. */
function isKeptByMapper(graph: SchemaGraph, tool: string): boolean {
  const histories = ['__drizzle_migrations', 'ar_internal_metadata'];
  return usesPrisma(graph, tool) || histories.some((name) => graph.relation({ schema: 'public', name }) !== undefined);
}

function isSetByTrigger(graph: SchemaGraph, column: Column): boolean {
  const { sets, unknown } = columnsSetByTriggers(graph, column.relation, 'update');
  if (unknown.length > 0 || sets.some((each) => each.column === column.id)) return true;
  const functions = new Set(graph.ownedBy(column.relation, 'trigger').map((each) => each.function));
  return writesTo(graph, column.relation).some(
    ({ holder, write }) => functions.has(holder.id) && write.sets.some((each) => each.column === column.id),
  );
}

interface Keeper {
  readonly table: Table['id'];
  readonly function: EntityOf<'function'>;
  /** It sets nothing else, and so serves any table with the column. */
  readonly isGeneral: boolean;
}

/** The tables on which a trigger sets a column of the name, with its function. */
const keepers = askedOnce((graph: SchemaGraph, name: string): readonly Keeper[] => {
  const tables = new Set(graph.ofKind('trigger').map((each) => each.relation));
  return [...tables].flatMap((table): readonly Keeper[] => {
    const owner = graph.find(table);
    if (owner === undefined || !isUsersOwn(graph, owner)) return [];
    const { sets } = columnsSetByTriggers(graph, table, 'update');
    const own = sets.find((each) => each.assignment !== null && graph.columnNames([each.column])[0] === name);
    const called = own?.trigger.function;
    if (own === undefined || called === null || called === undefined) return [];
    const isGeneral = sets.every((each) => each.trigger !== own.trigger || each === own) && own.trigger.when === null;
    return [{ table, function: graph.get('function', called), isGeneral }];
  });
});

/** The function for these tables: one that names none of the schema's tables, or their own, before one that is another table's; of several the one that most have. */
function generalKeeper(graph: SchemaGraph, name: string, all: readonly Stale[]): EntityOf<'function'> | undefined {
  const hung = keepers(graph, name).flatMap((each) => (each.isGeneral ? [each.function] : []));
  const uses = (fn: EntityOf<'function'>) => hung.filter((each) => each === fn).length;
  const general = [...new Set(hung)].sort((a, b) => uses(b) - uses(a));
  const isPlain = (each: EntityOf<'function'>) => wordsOf(each.name.name).every((word) => PLAIN_WORDS.has(word));
  // What is named for another table, and hangs there alone, is that table's.
  return (
    general.find(isPlain) ?? general.find((each) => isFree(graph, each, all)) ?? general.find((each) => uses(each) > 1)
  );
}

/** Is it named for no table, or for these? */
function isFree(graph: SchemaGraph, { name }: EntityOf<'function'>, all: readonly Stale[]): boolean {
  const named = tablesInName(graph, name.name);
  return named.length === 0 || all.every(({ table }) => named.includes(table));
}

/** Of names that say no more than what the function does: set_updated_at, update_updated_at_column. */
const PLAIN_WORDS: ReadonlySet<string> = new Set([
  ...['set', 'update', 'updated', 'touch', 'handle', 'trigger', 'tg', 'trg', 'fn', 'at', 'on', 'column', 'timestamp'],
  ...['modified', 'time', 'now', 'auto', 'refresh', 'keep'],
]);

/** @param former the function that kept it in the former table */
function fixFor(graph: SchemaGraph, all: readonly Stale[], former?: EntityOf<'function'>): Fix | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  const { table, column } = first;
  const hanging = former ?? generalKeeper(graph, column.name, all);
  const [unused] =
    hanging === undefined
      ? timeSetters(
          graph,
          column.name,
          all.map((each) => each.table),
        ).filter((each) => isFree(graph, each, all))
      : [];
  const general = (hanging ?? unused)?.name;
  const called = general ?? { schema: table.name.schema, name: freeFunction(graph, table, column) };
  const made = sql`create or replace function ${called}()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.${column.name} := pg_catalog.now();
  return new;
end;
$$;`;
  const hung = all.map((each) => {
    const trigger = freeTrigger(graph, each.table, `set_${column.name}`);
    return sql`create trigger ${trigger} before update${raw(whatOf(graph, each))} on ${each.table.name}
  for each row execute function ${called}();`;
  });
  return {
    title:
      former !== undefined
        ? 'Set it by the trigger function that the former table had'
        : general === undefined
          ? 'Set it by a trigger'
          : unused === undefined
            ? 'Set it by the trigger function that other tables use'
            : `Set it by ${brief(unused.name)}(), which does that`,
    safety: 'review',
    sql: [...(general === undefined ? [made] : []), ...hung].join('\n'),
  };
}

/** Of which columns, where functions of the schema only count others. */
function whatOf(graph: SchemaGraph, { table, column }: Stale): string {
  const left = columnsCounted(graph, table.id, column.id);
  if (left.size === 0) return '';
  const columns = graph.columns(table.id).filter(({ id, generated }) => generated === null && !left.has(id));
  return sql` of ${raw(columns.map(({ name }) => quoteIdentifier(name)).join(', '))}`;
}

/** The name of the fix's function: one that no function of the user's has. */
function freeFunction(graph: SchemaGraph, { name: { schema } }: Table, { name }: Column): string {
  const wished = [`set_${name}`, `set_${name}_to_now`, `keep_${name}`];
  return wished.find((each) => graph.functions({ schema, name: each }).length === 0) ?? `set_${name}_by_trigger`;
}

function freeTrigger(graph: SchemaGraph, table: Table, wished: string): string {
  let name = wished;
  for (let n = 2; graph.part('trigger', table.id, name) !== undefined; n++) name = `${wished}_${n}`;
  return name;
}
