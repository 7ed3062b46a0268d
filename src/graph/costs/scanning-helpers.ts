import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { callsOf } from '../binding/questions/calls.ts';
import type { EntityOf } from '../entities/index.ts';
import { estimatedRows } from '../estimated-rows.ts';
import { policyCallsOf } from '../policies/policy-calls.ts';
import type { Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Routine = EntityOf<'function'>;
type Policy = EntityOf<'policy'>;

/** A function that policies for reading run for each row, and that reads all of a table each time. */
export interface ScanningHelper {
  readonly policies: readonly Policy[];
  readonly scanned: EntityOf<'table'>;
  /** All that is asked of the rows there is what this function says of a column of theirs. */
  readonly asked: Routine;
}

/** No index answers a call of a function; none of a table that the server knows to be small. */
export function scanningHelper(graph: SchemaGraph, routine: Routine): ScanningHelper | undefined {
  if (!isUsersOwn(graph, routine) || graph.isDoubtful(routine, ['functions'])) return undefined;
  const policies = policyCallsOf(graph, routine.id).flatMap(({ policy }) => {
    const isRead = policy.isPermissive && (policy.command === 'select' || policy.command === 'all');
    const isAsked = policy.using !== null && callsOf(policy.using).some((each) => each.function?.id === routine.id);
    return isRead && isAsked ? [policy] : [];
  });
  const { queries, isWhole } = routineShape(graph, routine);
  if (policies.length === 0 || !isWhole) return undefined;
  for (const query of queries) {
    const scan = scanIn(graph, query);
    if (scan !== undefined) return { policies: [...new Set(policies)], ...scan };
  }
  return undefined;
}

/** A few pages are read as quickly as an index. */
const FEW_ROWS = 1000;

function scanIn(graph: SchemaGraph, query: Query): Pick<ScanningHelper, 'scanned' | 'asked'> | undefined {
  const [source, more] = query.sources;
  if (query.kind !== 'select' || source === undefined || more !== undefined || query.unresolved.length > 0)
    return undefined;
  if (source.tests.length > 0 || query.joins.length > 0 || query.otherConditions.length !== 1) return undefined;
  const scanned = graph.find(source.relation);
  if (scanned?.kind !== 'table' || !isUsersOwn(graph, scanned) || scanned.isAssumed === true) return undefined;
  if ((estimatedRows(graph, scanned.id) ?? FEW_ROWS) < FEW_ROWS) return undefined;
  const [condition] = query.otherConditions;
  const call = fieldsOf(condition, 'FuncCall');
  const asked = calledFunction(graph, condition, query.binding);
  const isOfRow = call?.args?.some((argument) =>
    anyNode(argument, (node) => {
      const reference = fieldsOf(node, 'ColumnRef');
      const meaning = reference && query.binding.meanings.get(reference);
      return (
        meaning?.kind === 'column' &&
        meaning.column !== undefined &&
        graph.get('column', meaning.column).relation === scanned.id
      );
    }),
  );
  return asked !== undefined && isOfRow === true && isUsersOwn(graph, asked) ? { scanned, asked } : undefined;
}
