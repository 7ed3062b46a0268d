import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { bodyTree, expressionsOf } from './body-tree.ts';

/** Functions of the server and its usual extensions whose result changes within a statement, or that do more than give one. */
const VOLATILE_NAMES =
  /^(?:random|nextval|setval|lastval|currval|clock_timestamp|timeofday|set_config|gen_|uuid|pg_|dblink|http|net_|notify|lo_|txid_|crypt)/;

/** Could the function be STABLE: everything it does is known, it writes and locks nothing, and calls nothing volatile? */
export function onlyReads(graph: SchemaGraph, fn: EntityOf<'function'>): boolean {
  const shape = routineShape(graph, fn);
  if (!shape.isWhole || shape.writes.length > 0 || shape.locks.length > 0) return false;
  if (shape.queries.some((each) => each.lock !== null || each.unresolved.length > 0)) return false;
  const called = shape.calls.map((id) => graph.find(id));
  if (!called.every((each) => each?.kind === 'function' && (each.volatility !== 'volatile' || each.id === fn.id)))
    return false;
  return !expressionsOf(bodyTree(fn)).some(({ tree }) =>
    anyNode(tree, (node) => {
      const call = fieldsOf(node, 'FuncCall');
      return call !== undefined && VOLATILE_NAMES.test(writtenName(call.funcname).name);
    }),
  );
}
