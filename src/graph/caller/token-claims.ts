import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { RoutineShape } from '../query-shapes/routine-shape.ts';
import { shapesBelow } from '../query-shapes/shapes-below.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { bareValue, claimOf, textOf, USER_CLAIMS } from './signed-out.ts';

/** What Supabase Auth itself puts into app_metadata of every user (Supabase docs, JWT claims reference). */
const PROVIDED: ReadonlySet<string> = new Set(['provider', 'providers']);

/**
 * The claim that a part of an expression takes from the caller's token, if only some users have it: `app_metadata.role` of
 * `auth.jwt() -> 'app_metadata' ->> 'role'`, `user_role` of `auth.jwt() ->> 'user_role'`. What users write themselves, user_metadata, is none.
 */
export function claimOfSome(node: Node, binding: Pick<Binding, 'meanings'>): string | undefined {
  const claim = claimOf(node, binding);
  if (claim !== undefined) return USER_CLAIMS.has(claim) ? undefined : claim;
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  const operator = stringsOf(name).at(-1) ?? '';
  const within = bareValue(lexpr);
  if (kind !== 'AEXPR_OP' || (operator !== '->' && operator !== '->>') || within === undefined) return undefined;
  const key = claimOf(within, binding) === 'app_metadata' ? textOf(rexpr) : undefined;
  return key === undefined || PROVIDED.has(key) ? undefined : `app_metadata.${key}`;
}

/** The claims of some users that a body asks for, also by functions it calls; without those that functions of the schema put into tokens or accounts. */
export function claimsAsked(graph: SchemaGraph, shape: RoutineShape): ReadonlySet<string> {
  const expressions = [...shapesBelow(graph, shape)].flatMap((each) => each.expressions);
  const asked = expressions.flatMap((each) =>
    nodesOf(each.tree, 'A_Expr').flatMap((expression) => claimOfSome({ A_Expr: expression }, each) ?? []),
  );
  return new Set(asked.filter((each) => !keysPut(graph).has(each.slice(each.indexOf('.') + 1))));
}

/** The keys that bodies put into JSON, as a hook for tokens does: `jsonb_set(claims, '{user_role}', …)`, `jsonb_build_object('role', …)`, `'{"role": "user"}'`. */
const keysPut = askedOnce((graph: SchemaGraph): ReadonlySet<string> => {
  const keys = new Set<string>();
  for (const routine of graph.ofKind('function')) {
    if (!isUsersOwn(graph, routine)) continue;
    for (const { tree } of expressionsOf(bodyTree(routine))) {
      for (const { sval } of nodesOf(tree, 'A_Const'))
        for (const [, path, json] of (sval?.sval ?? '').matchAll(/[{,]\s*(\w+)\s*(?=[},])|"(\w+)"\s*:/g))
          keys.add(path ?? json ?? '');
      for (const { funcname, args = [] } of nodesOf(tree, 'FuncCall'))
        if (/^jsonb?_build_object$/.test(writtenName(funcname).name))
          for (const each of args) keys.add(textOf(each) ?? '');
    }
  }
  return keys;
});
