import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isRequestRole } from '../caller/request-role.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { constantOf, unwrapped } from '../query-shapes/operand.ts';
import { leaves } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Clause = Pick<Binding, 'meanings'>;

/** Is all that the policy asks for that the service key is used: `auth.role() = 'service_role'`, or the role of the JWT? */
export function isForServiceRole({ using, check }: EntityOf<'policy'>): boolean {
  const clauses = [using, check].filter((each) => each !== null);
  return clauses.length > 0 && clauses.every(asksForServiceRole);
}

/**
 * Does a body refuse every client before it does anything else: `if auth.role() <> 'service_role' then raise …`? (Through the API the role is
 * never NULL.)
 */
export function refusesAllButServiceRole(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  const { block, expressions } = routineShape(graph, routine);
  const [first] = block?.body ?? [];
  if (first?.kind !== 'if') return false;
  const [guard] = first.branches;
  const bound = expressions.find(({ tree }) => tree === guard?.condition.tree);
  return guard !== undefined && bound !== undefined && leaves(guard.body) && asksForOther(bound);
}

const OTHER: ReadonlyMap<string, string> = new Map([
  ['AEXPR_OP', '<>'],
  ['AEXPR_DISTINCT', '='],
]);

function asksForOther(bound: Bound): boolean {
  const { kind, name, lexpr, rexpr } = fieldsOf(unwrapped(bound.tree), 'A_Expr') ?? {};
  const isOther = kind !== undefined && OTHER.get(kind) === stringsOf(name).at(-1);
  return isOther && comparesRole(lexpr, rexpr, bound);
}

/** Does the condition ask for nothing but the service key: `auth.role() = 'service_role'`? */
export function asksForServiceRole(clause: BoundExpression): boolean {
  const { kind, name, lexpr, rexpr } = fieldsOf(clause.tree, 'A_Expr') ?? {};
  if (kind !== 'AEXPR_OP' || stringsOf(name).at(-1) !== '=') return false;
  return comparesRole(lexpr, rexpr, clause);
}

function comparesRole(left: Node | undefined, right: Node | undefined, clause: Clause): boolean {
  return [
    [left, right],
    [right, left],
  ].some(([role, value]) => constantOf(value) === 'service_role' && isRequestRole(role, clause));
}
