import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { holdsAccount } from '../lexicon/table-roles.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { refusingConditions } from './caller-tests.ts';
import { keptArguments } from './sent-identity.ts';
import { isRank } from './standing-alone.ts';

/** What somebody is called who does something, and nobody to whom it is done. */
const ACTORS =
  /(?:^|_)(?:actor|caller|requester|requestor|requesting|acting|invoker|performer|performed_by|requested_by|current)(?:_|$)/i;

/**
 * The argument that says who acts, where a body which never asks who calls refuses by it: `if not exists (select from members where user_id = p_actor_id and role =
 * 'admin') then raise …`. Whoever calls sends the id of an administrator. Only where the table says that the column holds an account and a rank is asked for, so
 * that it is no look whether somebody is there or fits.
 */
export const statedActor = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): string | undefined => {
  const { block, expressions, queries } = routineShape(graph, routine);
  if (block === null) return undefined;
  const kept = keptArguments(routine, block, expressions);
  const guards = new Set(refusingConditions(block).map(({ tree }) => tree));
  for (const { tree } of expressions.filter((each) => guards.has(each.tree))) {
    const selects = new Set<object>(nodesOf(tree, 'SelectStmt'));
    for (const { node, sources } of queries) {
      if (!('SelectStmt' in node) || !selects.has(node.SelectStmt)) continue;
      for (const { tests } of sources) {
        const isRanked = tests.some(({ column, kind, constants: values }) => {
          return (kind === 'equal' || kind === 'in') && isRank(graph, { by: 'value', column, values });
        });
        const actor = tests.find(({ column, kind, variable }) => {
          const isActor = kind === 'equal' && variable !== null && kept.has(variable) && ACTORS.test(variable);
          return isActor && holdsAccount(graph, graph.get('column', column));
        });
        if (isRanked && actor !== undefined) return actor.variable ?? undefined;
      }
    }
  }
  return undefined;
});
