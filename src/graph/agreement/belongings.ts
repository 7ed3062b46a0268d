import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { askedStandings, type Standing } from '../caller/caller-standing.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { columnsNamed } from '../own-column.ts';
import { partOf } from '../policies/alternatives.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import { queriesIn } from '../query-shapes/queries-in.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** Where a part of a clause looks for the caller, and by which columns of the row. */
interface Belonging {
  readonly places: readonly EntityId[];
  readonly members: readonly EntityId[];
}

/** A way through a clause that asks the caller to belong to something. */
export interface BelongingWay {
  /** Its conditions, all of which have to hold. */
  readonly way: readonly BoundExpression[];
  /** The columns of the row by which the caller is found to belong to it. */
  readonly places: readonly Column[];
  /** Where the caller is looked for. */
  readonly members: readonly EntityId[];
}

/** The ways through a clause that ask to belong to something, for nothing more, and nothing of the author. */
export function belongingsOf(
  graph: SchemaGraph,
  policy: Policy,
  clause: BoundExpression,
  author: Column,
): readonly BelongingWay[] {
  return (waysOf(clause) ?? []).flatMap((way): readonly BelongingWay[] => {
    const parts = way.map((each) => belongingAsked(graph, policy, partOf(clause, each.tree), author));
    const asked = parts.flatMap((each) => each ?? []);
    if (parts.includes(undefined) || asked.length === 0) return [];
    const places = [...new Set(asked.flatMap((each) => each.places))].map((id) => graph.get('column', id));
    return [{ way, places, members: [...new Set(asked.flatMap((each) => each.members))] }];
  });
}

/** Nothing where it asks the caller for nothing more than an account; undefined where it asks for more than to belong to something. */
export function belongingAsked(
  graph: SchemaGraph,
  policy: Policy,
  part: BoundExpression,
  author?: Column,
): readonly Belonging[] | undefined {
  if (author !== undefined && columnsNamed(part).has(author.id)) return undefined;
  if (isOpenToSignedIn(part)) return [];
  const comparisons = callerComparisons(graph, part).filter(({ via }) => via !== 'otherTable');
  if (comparisons.length === 0)
    return asksCaller(graph, part.tree, part) || callsUsersFunction(graph, part) ? undefined : [];
  const isByUser = comparisons.every(({ sources }) => sources.every((each) => each === 'user' || each === 'function'));
  if (!isByUser || comparisons.some(({ via }) => via === 'value')) return undefined;
  const places = comparisons.map(({ column }) => column);
  const sides = sidesAsked(graph, part);
  if (sides !== undefined) return [{ places, members: [sides] }];
  const standings = askedStandings(graph, policy, part);
  const asked = standings.filter((each) => !isState(graph, each));
  const isShared =
    asked.length > 0 &&
    asked.every(({ by, column }) => by === 'row' && !isUniqueAlone(graph, graph.get('column', column)));
  return isShared ? [{ places, members: asked.map(({ user }) => graph.get('column', user).relation) }] : undefined;
}

/** `status = 'active'`, `is_active`: that the caller still belongs to it is no role. */
export function isState(graph: SchemaGraph, { by, column }: Standing): boolean {
  return by === 'value' && isNamed(graph.get('column', column).name, STATES);
}

const STATES: NamePatterns = [
  '*_status',
  'status',
  '*_state',
  'is_active',
  'active',
  'is_accepted',
  'accepted',
  'has_left',
  'left',
  'is_banned',
  'is_muted',
];

/** `c.buyer_id = auth.uid() or c.seller_id = auth.uid()`: the table of which one row names several callers. */
function sidesAsked(graph: SchemaGraph, part: BoundExpression): EntityId | undefined {
  for (const { node, binding } of queriesIn(graph, part)) {
    let found: EntityId | undefined;
    walk(node, (_, each) => {
      const { boolop } = fieldsOf(each, 'BoolExpr') ?? {};
      const columns = boolop === 'OR_EXPR' ? disjuncts(each).map((one) => callersSide(graph, one, binding)) : [];
      const [first, ...others] = columns;
      if (
        first !== undefined &&
        others.length > 0 &&
        others.every((one) => one?.relation === first.relation && one !== first)
      )
        found ??= first.relation;
      return undefined;
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The column that the condition compares with the caller. */
function callersSide(graph: SchemaGraph, condition: Node, binding: Binding): Column | undefined {
  for (const [own, other] of equalSides(condition)) {
    const column = columnMeaning(own, binding)?.column;
    if (column !== undefined && asksCaller(graph, other, binding)) return graph.get('column', column);
  }
  return undefined;
}
