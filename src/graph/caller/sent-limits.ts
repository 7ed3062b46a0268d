import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { elementsOf } from '../query-shapes/compared-constants.ts';
import { constantOf, constantText } from '../query-shapes/operand.ts';

/** Which of the values sent under a key get to a place: only these (null: all), but none of those. */
export interface Limit {
  readonly only: readonly string[] | null;
  readonly except: readonly string[];
}

/** By key; a key that is not named is not limited. */
export type Limits = ReadonlyMap<string, Limit>;

export const NO_LIMITS: Limits = new Map();

export const UNLIMITED: Limit = { only: null, except: [] };

/** What passes one limit and the other. */
export function narrowed(one: Limit, other: Limit): Limit {
  const { only } = one;
  const isIn = (value: string) => other.only === null || other.only.includes(value);
  return { only: only === null ? other.only : only.filter(isIn), except: [...one.except, ...other.except] };
}

/** Both hold; undefined where of one it is not known. */
export function both(one: Limits | undefined, other: Limits | undefined): Limits | undefined {
  if (one === undefined || other === undefined) return undefined;
  const all = new Map(one);
  for (const [key, limit] of other) all.set(key, narrowed(all.get(key) ?? UNLIMITED, limit));
  return all;
}

/** One of them holds. */
function either(one: Limits | undefined, other: Limits | undefined): Limits | undefined {
  if (one === undefined || other === undefined) return undefined;
  const all = new Map<string, Limit>();
  for (const [key, limit] of one) {
    const second = other.get(key);
    if (second !== undefined) all.set(key, widened(limit, second));
  }
  return all;
}

function widened(one: Limit, other: Limit): Limit {
  if (one.only !== null && other.only !== null) return { only: [...one.only, ...other.only], except: [] };
  const passes = (value: string, { only, except }: Limit) =>
    !except.includes(value) && (only === null || only.includes(value));
  const except = [...one.except, ...other.except].filter((each) => !passes(each, one) && !passes(each, other));
  return { only: null, except };
}

/** The key whose value a node is, unchanged or a constant in its place; null for anything else. */
export type KeyOf = (node: Node | undefined) => string | null;

/**
 * How a condition, where it holds or where it does not, limits what was sent. Undefined where it asks for something else than what was sent and whether the
 * row of auth.users is there: who signs up may not have that in hand.
 */
export function limitsOf(tree: Node | undefined, isTrue: boolean, keyOf: KeyOf): Limits | undefined {
  const { boolop, args = [] } = fieldsOf(tree, 'BoolExpr') ?? {};
  if (boolop === 'NOT_EXPR') return limitsOf(args[0], !isTrue, keyOf);
  if (boolop !== undefined) {
    const parts = args.map((each) => limitsOf(each, isTrue, keyOf));
    return parts.reduce((boolop === 'AND_EXPR') === isTrue ? both : either);
  }
  const presence = fieldsOf(tree, 'NullTest');
  if (presence !== undefined) {
    const isAbsent = (presence.nulltesttype === 'IS_NULL') === isTrue;
    const key = keyOf(presence.arg);
    if (key !== null) return isAbsent ? limitedTo(key, []) : NO_LIMITS;
    return isOfRow(presence.arg) ? NO_LIMITS : undefined;
  }
  const compared = comparisonIn(tree, keyOf);
  if (compared !== undefined) {
    const { key, constants, isEqual } = compared;
    const values = constants.filter((each) => each !== '');
    return isEqual === isTrue ? limitedTo(key, values) : new Map([[key, { only: null, except: values }]]);
  }
  const key = keyOf(tree);
  if (key !== null) return isTrue ? limitedTo(key, ['true']) : new Map([[key, { only: null, except: ['true'] }]]);
  return isMetByAll(tree, isTrue) ? NO_LIMITS : undefined;
}

function limitedTo(key: string, only: readonly string[]): Limits {
  return new Map([[key, { only, except: [] }]]);
}

interface Compared {
  readonly key: string;
  readonly constants: readonly string[];
  readonly isEqual: boolean;
}

const EQUAL = new Set(['=', 'AEXPR_IN =', 'AEXPR_OP_ANY =', 'AEXPR_NOT_DISTINCT =']);
const UNEQUAL = new Set(['<>', '!=', 'AEXPR_IN <>', 'AEXPR_OP_ALL <>', 'AEXPR_DISTINCT =']);

function comparisonIn(tree: Node | undefined, keyOf: KeyOf): Compared | undefined {
  const { kind, name, lexpr, rexpr } = fieldsOf(tree, 'A_Expr') ?? {};
  const operator = stringsOf(name).at(-1) ?? '';
  const written = kind === 'AEXPR_OP' ? operator : `${kind} ${operator}`;
  if (!EQUAL.has(written) && !UNEQUAL.has(written)) return undefined;
  for (const [side, other] of [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ]) {
    const [key, constants] = [keyOf(side), constantsOf(other)];
    if (key !== null && constants !== undefined) return { key, constants, isEqual: EQUAL.has(written) };
  }
  return undefined;
}

function constantsOf(node: Node | undefined): readonly string[] | undefined {
  const items = fieldsOf(node, 'List')?.items;
  if (items !== undefined) {
    const all = items.map((each) => constantOf(each));
    return all.includes(null) ? undefined : all.filter((each) => typeof each === 'string');
  }
  const elements = elementsOf(node);
  if (elements.length > 0) return elements;
  const constant = constantText(node);
  return constant === null ? undefined : [constant];
}

/** `tg_op = 'INSERT'`, `old.confirmed_at is distinct from new.confirmed_at`, `not exists (select from profiles where id = new.id)`, `true`. */
function isMetByAll(tree: Node | undefined, isTrue: boolean): boolean {
  if (constantOf(tree) !== null) return true;
  const link = fieldsOf(tree, 'SubLink');
  if (link !== undefined) return link.subLinkType === 'EXISTS_SUBLINK' && !isTrue && namesNewUser(link.subselect);
  const { kind, name, lexpr, rexpr } = fieldsOf(tree, 'A_Expr') ?? {};
  if (kind === 'AEXPR_DISTINCT') return isOfRow(lexpr) && isOfRow(rexpr);
  if (kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '?') return isOfRow(lexpr);
  return [lexpr, rexpr].some((each) => stringsOf(fieldsOf(each, 'ColumnRef')?.fields)[0] === 'tg_op');
}

function isOfRow(node: Node | undefined): boolean {
  const [row] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
  return row === 'new' || row === 'old';
}

/** Does it ask for the id of the new row: `where id = new.id`? */
export function namesNewUser(tree: Node | undefined): boolean {
  return tree !== undefined && anyNode(tree, (node) => isNewId(node));
}

export function isNewId(node: Node | undefined): boolean {
  return stringsOf(fieldsOf(node, 'ColumnRef')?.fields).join('.') === 'new.id';
}
