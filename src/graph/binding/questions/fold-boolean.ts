import type { Node } from '@pgsql/types';
import { type Assumption, foldValue } from './constant-value.ts';

/**
 * What a condition always is, with SQL's three values: `true or x`, `1 = 1`, `false and x`, `null = 1`. Undefined where it
 * depends on data. A row passes a policy, a CHECK or a predicate by true (a CHECK also by null).
 * @param assume what parts of it are taken to be
 */
export function foldBoolean(tree: Node, assume?: Assumption): boolean | null | undefined {
  if (assume !== undefined) return fold(tree, assume);
  const known = folded.get(tree);
  if (known !== undefined) return known.value;
  const value = fold(tree);
  folded.set(tree, { value });
  return value;
}

/** By tree: a policy's clause is asked about for each command and role. */
const folded = new WeakMap<Node, { readonly value: boolean | null | undefined }>();

function fold(tree: Node, assume?: Assumption): boolean | null | undefined {
  const value = foldValue({ BooleanTest: { arg: tree, booltesttype: 'IS_TRUE' } }, assume);
  if (value === true) return true;
  if (value === undefined) return undefined;
  return foldValue({ BooleanTest: { arg: tree, booltesttype: 'IS_FALSE' } }, assume) === true ? false : null;
}
