import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNullable } from '../nulls/nullability.ts';
import type { CheckThenInsert } from '../query-shapes/check-then-insert.ts';
import { isNewEachTime } from '../query-shapes/new-each-time.ts';
import { constantText, variableOf } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Routine = EntityOf<'function'>;

/**
 * A unique key of another table, for every row and never NULL, that an INSERT in front of the one that races fills with what is worked out from the values that
 * were looked for, and constants: `'INC-' || md5(p_key)`. The second of two callers fails there, and adds no row behind it either.
 */
export function keyOfParent(
  graph: SchemaGraph,
  routine: Routine,
  { check, relation, before }: CheckThenInsert,
): EntityOf<'index'> | undefined {
  const tests = check.sources.filter((each) => each.relation === relation).flatMap((each) => each.tests);
  const sought = new Set(
    tests.flatMap(({ kind, variable }) => (kind === 'equal' && variable !== null ? [variable] : [])),
  );
  const { queries } = routineShape(graph, routine);
  for (const write of before.flatMap((each) => each.writes)) {
    const query = queries.find((each) => each.writes.includes(write));
    if (query === undefined || write.kind !== 'insert' || write.relation === null) continue;
    if (write.relation === relation || write.onConflict !== null) continue;
    const key = graph
      .ownedBy(write.relation, 'index')
      .find(({ isUnique, isValid, predicate, keys, nullsNotDistinct }) => {
        if (!isUnique || !isValid || predicate !== null) return false;
        const kinds = keys.map(({ column }) => {
          const set = column === null ? undefined : write.sets.find((each) => each.column === column);
          if (set?.value === undefined || set.value === null || column === null) return undefined;
          if (!nullsNotDistinct && isNullable(graph, graph.get('column', column))) return undefined;
          return originOf(graph, routine, set.value, query.binding, sought, new Set());
        });
        return kinds.includes('sought') && kinds.every((each) => each !== undefined);
      });
    if (key !== undefined) return key;
  }
  return undefined;
}

/** `sought`: it is the same for the same values that were looked for; `constant`: always; undefined where it may be another each time. */
type ValueOrigin = 'sought' | 'constant' | undefined;

function originOf(
  graph: SchemaGraph,
  routine: Routine,
  value: Node,
  binding: Binding,
  sought: ReadonlySet<string>,
  followed: ReadonlySet<string>,
): ValueOrigin {
  let origin: ValueOrigin = 'constant';
  walk(value, (tag, node) => {
    if (origin === undefined || isDay(node)) return 'skip';
    if (tag === 'SubLink' || isNewEachTime(node)) origin = undefined;
    if (tag !== 'ColumnRef' && tag !== 'ParamRef') return undefined;
    const name = variableOf(node, binding);
    if (name !== null && sought.has(name)) origin &&= 'sought';
    else {
      const own = name === null || followed.has(name) ? [] : (variableSources(graph, routine).get(name) ?? []);
      const [only, another] = own;
      const inner =
        only === undefined || another !== undefined || 'column' in only || name === null
          ? undefined
          : originOf(graph, routine, only.node, only.binding, sought, new Set([...followed, name]));
      origin = inner === 'constant' ? origin : inner;
    }
    return 'skip';
  });
  return origin;
}

/** The time as a day, month or year, which is the same for callers at once: `to_char(now(), 'YYYYMMDD')`, current_date. */
function isDay(node: Node): boolean {
  if (fieldsOf(node, 'SQLValueFunction')?.op === 'SVFOP_CURRENT_DATE') return true;
  const { funcname, args = [] } = fieldsOf(node, 'FuncCall') ?? {};
  const format = stringsOf(funcname).at(-1) === 'to_char' ? constantText(args[1]) : null;
  return format !== null && /^(?:Y{2,4}|MM|DD|[-_./])+$/i.test(format);
}
