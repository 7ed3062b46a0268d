import { fieldsOf, innerOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import { givesOneValue } from '../binding/questions/one-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo, groupedBy } from '../grouping.ts';
import { mayHaveUniqueKeyOf } from '../indexes/index-keys.ts';
import { isSameNoun } from '../lexicon/noun.ts';
import { wordsOf } from '../lexicon/words.ts';
import { eachStatement, handlersAround } from '../query-shapes/pl-statements.ts';
import type { Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { type QueryHolder, queriesInSchema, userRoutines } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isKeyToOther } from '../standing-table.ts';

type Column = EntityOf<'column'>;

/** Columns by which the schema itself looks for one row, and that no unique key is about: with a second row the statement fails. */
export interface SingleLookup {
  /** In the order of the table. */
  readonly columns: readonly Column[];
  readonly holders: readonly QueryHolder[];
  /** Only by SELECT INTO STRICT, which fails with P0003; a subselect that is taken for one value does with 21000. */
  readonly isStrict: boolean;
  /** One of them is called what names a row of just this table (`number`, `round_number` of rounds), and the others are given as well. */
  readonly isByName: boolean;
  /** Whatever is given: nothing is compared with a constant, which could be there once. */
  readonly isOpen: boolean;
}

/** Those of a table that ask for nothing but that columns equal something. */
export function singleLookups(graph: SchemaGraph, table: EntityOf<'table'>): readonly SingleLookup[] {
  const lookups = byTable(graph).get(table.id) ?? [];
  const columns = graph.columns(table.id);
  const groups = groupedBy(lookups, ({ given, constant }) => [...given, ...constant].sort().join());
  return [...groups.values()].map((same) => ({
    columns: columns.filter(({ id }) => same.some((each) => each.given.has(id) || each.constant.has(id))),
    holders: [...new Set(same.map(({ holder }) => holder))],
    isStrict: same.every(({ isStrict }) => isStrict),
    isByName: same.some((each) => isByName(graph, table, each)),
    isOpen: same.every(({ constant }) => constant.size === 0),
  }));
}

interface Lookup {
  readonly holder: QueryHolder;
  readonly table: EntityId;
  readonly given: ReadonlySet<EntityId>;
  /** What must equal a constant. */
  readonly constant: ReadonlySet<EntityId>;
  readonly isStrict: boolean;
}

const NUMBERS: ReadonlySet<string> = new Set(['number', 'no', 'nr', 'version', 'slug', 'key', 'code', 'sku']);

function isByName(graph: SchemaGraph, { name }: EntityOf<'table'>, { given, constant }: Lookup): boolean {
  const noun = wordsOf(name.name).at(-1) ?? '';
  const names = [...given, ...constant].filter((id) => {
    const column = graph.get('column', id);
    const words = wordsOf(column.name);
    const [of, ...more] = words.slice(0, -1);
    const isOwn = of === undefined || (more.length === 0 && isSameNoun(of, noun));
    return isOwn && NUMBERS.has(words.at(-1) ?? '') && !isKeyToOther(graph, column);
  });
  return names.length === 1 && [...constant].every((id) => names.includes(id));
}

const byTable = askedOnce((graph): ReadonlyMap<EntityId, readonly Lookup[]> => {
  const strict = strictQueries(graph);
  const found = new Map<EntityId, Lookup[]>();
  for (const { holder, query } of queriesInSchema(graph)) {
    const isStrict = strict.has(innerOf(query.node));
    if (!isStrict && !query.isScalar) continue;
    const lookup = lookupOf(graph, query);
    if (lookup !== undefined) addTo(found, lookup.table, { holder, isStrict, ...lookup });
  }
  return found;
});

const MANY: ReadonlySet<string> = new Set(['others', 'too_many_rows', 'P0003', 'plpgsql_error', 'P0000']);

function strictQueries(graph: SchemaGraph): ReadonlySet<object> {
  const trees = userRoutines(graph).flatMap((routine) => {
    const { block } = routineShape(graph, routine);
    const statements = block === null ? [] : [...eachStatement([block])];
    return statements.flatMap(({ statement, parents }) => {
      const isStrict = statement.kind === 'sql' && statement.into?.strict === true;
      // Whoever catches it knows of several.
      const caught = handlersAround(statement, parents).flatMap(({ conditions }) => conditions);
      return isStrict && !caught.some(({ value }) => MANY.has(value)) ? [innerOf(statement.sql.tree)] : [];
    });
  });
  return new Set(trees);
}

function lookupOf(graph: SchemaGraph, query: Query): Pick<Lookup, 'table' | 'given' | 'constant'> | undefined {
  const select = fieldsOf(query.node, 'SelectStmt');
  const [source, another] = query.sources;
  if (select?.larg !== undefined || source === undefined || another !== undefined) return undefined;
  if (select?.fromClause?.length !== 1 || select.havingClause !== undefined || query.unresolved.length > 0)
    return undefined;
  if (query.limit !== 'none' || query.groups || query.isDistinct || query.otherConditions.length > 0) return undefined;
  if (!givesOneValue(select.targetList, query.binding)) return undefined;
  if (graph.find(source.relation)?.kind !== 'table') return undefined;
  if (source.tests.length === 0 || source.tests.some(({ kind, isBare }) => kind !== 'equal' || !isBare))
    return undefined;
  const columns = (isConstant: boolean) =>
    new Set(source.tests.flatMap(({ column, against }) => ((against === 'constant') === isConstant ? [column] : [])));
  const [given, constant] = [columns(false), columns(true)];
  const asked = new Set([...given, ...constant]);
  // Whatever the key's condition: rows that it lets be alike are few.
  return mayHaveUniqueKeyOf(graph, source.relation, asked) ? undefined : { table: source.relation, given, constant };
}
