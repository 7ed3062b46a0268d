import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from './nodes.ts';

type Sides = readonly [Node | undefined, Node | undefined];

/** The sides of `a = b` in both orders, for whoever looks for `x = …` either way round; none of any other node. */
export function equalSides(node: Node | undefined): readonly Sides[] {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (kind !== 'AEXPR_OP' || stringsOf(name).at(-1) !== '=') return [];
  return [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ];
}

/** The same of `a <> b` and `a is distinct from b`. */
export function unlikeSides(node: Node | undefined): readonly Sides[] {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  const isUnlike = kind === 'AEXPR_DISTINCT' || (kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '<>');
  return isUnlike
    ? [
        [lexpr, rexpr],
        [rexpr, lexpr],
      ]
    : [];
}

/** The same of `a < b`, `a <= b`, `a > b` and `a >= b`, whichever of them it is. */
export function orderedSides(node: Node | undefined): readonly Sides[] {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (kind !== 'AEXPR_OP' || !ORDERING.has(stringsOf(name).at(-1) ?? '')) return [];
  return [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ];
}

const ORDERING: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);
