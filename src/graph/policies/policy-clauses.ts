import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { type BoundExpression, boundPart } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { conjuncts, listedEqualities } from '../query-shapes/column-tests.ts';
import { waysThrough } from '../query-shapes/ways-through.ts';
import type { RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;

/** The clause that decides which rows the command may see or, for INSERT, add (docs, CREATE POLICY, table 300); null where the policy has none for it. */
export function decidingClause(policy: Policy, command: RowCommand): BoundExpression | null {
  if (policy.command !== 'all' && policy.command !== command) return null;
  return command === 'insert' ? (policy.check ?? policy.using) : policy.using;
}

/** The clauses of a policy, as SQL calls them. */
export function clausesOf({
  using,
  check,
}: Policy): readonly { readonly name: 'USING' | 'WITH CHECK'; readonly expression: BoundExpression }[] {
  const written = [];
  if (using !== null) written.push({ name: 'USING' as const, expression: using });
  if (check !== null) written.push({ name: 'WITH CHECK' as const, expression: check });
  return written;
}

/** Is the deciding clause true for every row and caller? A missing clause is not. */
export function isAlwaysTrue(policy: Policy, command: RowCommand): boolean {
  const clause = decidingClause(policy, command);
  return clause !== null && foldBoolean(clause.tree) === true;
}

/** Can the permissive policy admit no row for the command: the clause is missing, or always false or NULL? */
export function admitsNothing(policy: Policy, command: RowCommand): boolean {
  const clause = decidingClause(policy, command);
  if (clause === null) return true;
  const value = foldBoolean(clause.tree);
  return value === false || value === null;
}

/** A restrictive policy that says more than true decides in a permissive one's place. */
export function restricts(policy: Policy, command: RowCommand): boolean {
  return !policy.isPermissive && decidingClause(policy, command) !== null && !isAlwaysTrue(policy, command);
}

/**
 * The ways through a clause, each as the conditions that have to hold together: `a and (b or c)` is a with b, or a with c. Undefined where there are too
 * many to go through.
 */
export function waysOf(clause: BoundExpression): readonly (readonly BoundExpression[])[] | undefined {
  const known = ways.get(clause);
  if (known !== undefined) return known === 'many' ? undefined : known;
  const made = waysThrough(clause.tree)?.map((parts) => parts.map((tree) => boundPart(clause, tree)));
  ways.set(clause, made ?? 'many');
  return made;
}

const ways = new WeakMap<BoundExpression, readonly (readonly BoundExpression[])[] | 'many'>();

/** The ways through a clause; `auth.uid() in (sender_id, receiver_id)` is one for each of the columns. */
export function sidedWays(clause: BoundExpression): readonly (readonly BoundExpression[])[] | undefined {
  return waysOf(clause)?.flatMap((way) =>
    way.reduce<readonly (readonly BoundExpression[])[]>(
      (ways, part) => {
        const sides = listedEqualities(part.tree).map((tree) => boundPart(part, tree));
        return ways.flatMap((each) => sides.map((side) => [...each, side]));
      },
      [[]],
    ),
  );
}

/** The conditions that AND connects at the top, each as an expression. */
export function conditionsOf(expression: BoundExpression): readonly BoundExpression[] {
  return conjuncts(expression.tree).map((tree) => boundPart(expression, tree));
}
