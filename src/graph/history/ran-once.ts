import { writtenName } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Statement } from '../journal.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Did a migration run the function itself before that statement, and is nothing in the schema seen to: `select backfill_stages();`? Then it was made for that.
 * A trigger, a policy or a default that calls it depends on it, and the body of another, or a job, names it.
 */
export function ranOnce(
  graph: SchemaGraph,
  statements: readonly Statement[],
  routine: EntityOf<'function'>,
  before: Statement,
): boolean {
  const { name } = routine.name;
  const isNamedElsewhere = userRoutines(graph).some(
    (each) => each !== routine && each.body?.text.includes(name) === true,
  );
  if (isNamedElsewhere || graph.dependents(routine.id).length > 0) return false;
  return statements.some(
    ({ index, kind, node }) => kind === 'SelectStmt' && index < before.index && callsOnly(node, name),
  );
}

function callsOnly(node: Statement['node'], name: string): boolean {
  const [call, another] = nodesOf(node, 'FuncCall');
  return call !== undefined && another === undefined && writtenName(call.funcname).name === name;
}
