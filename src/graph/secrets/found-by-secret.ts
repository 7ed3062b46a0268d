import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { constantText } from '../query-shapes/operand.ts';
import { type ColumnTest, NULL, type Query, type QuerySource } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';

type Routine = EntityOf<'function'>;
type Column = EntityOf<'column'>;

const SECRETS: NamePatterns = ['*_token_*', '*_code_*', '*_secret_*'];
/** An argument that says on whom or on what to act, or what to become. */
export const CHOICES: NamePatterns = ['*_id', '*_uid', '*_user', '*_email', '*_role', '*_plan', '*_key', '*_slug'];

/**
 * The random key by which a routine finds all of its rows, given as an argument, as the link of an invitation does: who has none meets nothing. Undefined where
 * another argument chooses as well, or the key may be one that can be guessed.
 */
export function foundBySecret(graph: SchemaGraph, routine: Routine): Column | undefined {
  const { queries, isWhole } = routineShape(graph, routine);
  if (!isWhole) return undefined;
  const given = routine.parameters.flatMap((each, at) => {
    return isInput(each) ? [{ each, names: [`$${at + 1}`, ...(each.name === null ? [] : [each.name])] }] : [];
  });
  const argumentOf = ({ variable }: ColumnTest) =>
    given.find(({ names }) => variable !== null && names.includes(variable));
  const sources = queries.flatMap((query) => query.sources.map((source) => ({ query, source })));
  const tests = sources.flatMap(({ source }) => source.tests.filter((each) => argumentOf(each) !== undefined));
  const [key] = tests.flatMap(({ column }) => graph.get('column', column));
  if (key === undefined || !isRandomKey(graph, key)) return undefined;
  if (tests.some(({ column, kind, isBare }) => column !== key.id || kind !== 'equal' || !isBare)) return undefined;
  const used = new Set(tests.map((each) => argumentOf(each)));
  const isChoosing = given.some((one) => {
    if (used.has(one)) return false;
    return typeClass(graph, one.each.type) === 'uuid' || isNamed(one.each.name ?? '', CHOICES);
  });
  const isPinned = ({ query, source }: (typeof sources)[number]) =>
    source.tests.some((each) => each.kind === 'equal' && each.variable !== null) ||
    isReachedBesides(query, source, graph);
  return isChoosing || !sources.every(isPinned) ? undefined : key;
}

/** What an INSERT adds to, and what is joined with rows that are found so. */
function isReachedBesides({ kind, joins }: Query, { relation, isTarget }: QuerySource, graph: SchemaGraph): boolean {
  if (isTarget && kind === 'insert') return true;
  return joins.some(({ left, right }) => [left, right].some((each) => graph.get('column', each).relation === relation));
}

/**
 * Called a secret, and filled at random only: by its default, or where it has none and may not be NULL by what is written. Unique as well, but for a UUID by
 * its default, of which no two rows have the same.
 */
export function isRandomKey(graph: SchemaGraph, column: Column): boolean {
  if (!isNamed(column.name, SECRETS)) return false;
  const isByDefault = column.default !== null && isFilledAtRandom(graph, column);
  if (column.default === null ? !column.notNull : !isByDefault) return false;
  const isDistinct = isByDefault && typeClass(graph, column.type) === 'uuid';
  if (!isDistinct && !isUniqueAlone(graph, column)) return false;
  const sets = writesTo(graph, column.relation).flatMap(({ write, query: { binding } }) =>
    write.sets.flatMap((set) => (set.column === column.id ? [{ set, binding }] : [])),
  );
  if (column.default === null && sets.length === 0) return false;
  return sets.every(
    ({ set, binding }) => set.from === 'default' || set.constant === NULL || isRandom(graph, set.value, binding),
  );
}

/** Does a default fill it at random? */
export function isFilledAtRandom(graph: SchemaGraph, { default: value }: Column): boolean {
  return value !== null && isRandom(graph, value.tree, value);
}

const RANDOM: ReadonlySet<string> = new Set(['gen_random_uuid', 'uuid_generate_v4', 'gen_random_bytes']);
/** They write it in another way and leave nothing out. */
const WRITTEN_OUT: ReadonlySet<string> = new Set(['encode', 'replace', 'translate', 'concat']);
const FEWEST_BYTES = 8;

function isRandom(
  graph: SchemaGraph,
  tree: Node | null,
  binding: Pick<Binding, 'meanings'>,
  isWithin = false,
): boolean {
  if (tree === null) return false;
  let isFound = false;
  let isWeakened = false;
  walk(tree, (_, node) => {
    const { funcname, args } = fieldsOf(node, 'FuncCall') ?? {};
    const name = stringsOf(funcname).at(-1);
    if (name === undefined) return undefined;
    const called = isWithin ? undefined : calledFunction(graph, node, binding);
    if (RANDOM.has(name) || (called !== undefined && givesRandom(graph, called))) isFound = true;
    else if (!WRITTEN_OUT.has(name)) isWeakened = true;
    if (name === 'gen_random_bytes' && Number(constantText(args?.[0]) ?? 0) < FEWEST_BYTES) isWeakened = true;
    return undefined;
  });
  return isFound && !isWeakened;
}

/** A function that takes nothing, and only gives back what is random by itself: `generate_token()`. */
function givesRandom(graph: SchemaGraph, routine: Routine): boolean {
  if (routine.parameters.length > 0 || !isUsersOwn(graph, routine)) return false;
  const { block, expressions, isWhole } = routineShape(graph, routine);
  const [only, ...more] = expressions;
  if (!isWhole || only === undefined || more.length > 0 || (block !== null && block.handlers.length > 0)) return false;
  const select = fieldsOf(only.tree, 'SelectStmt');
  const value = select === undefined ? only.tree : fieldsOf(select.targetList?.[0], 'ResTarget')?.val;
  return value !== undefined && select?.fromClause === undefined && isRandom(graph, value, only, true);
}
