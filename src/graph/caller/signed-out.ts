import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import { type Assumption, foldValue } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { isAlwaysNull, isEmpty, isNeverTrue } from '../binding/questions/never-true.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import { legacySetting } from './legacy-settings.ts';

/** What is known of nobody in particular: `signedOut` a request without a user's token; `unset` a session in which no setting was made. */
export type Nobody = 'signedOut' | 'unset';

/** Claims that the API's own keys carry as well. */
const KEY_CLAIMS: ReadonlySet<string> = new Set(['role', 'iss', 'ref', 'iat', 'exp', 'aud']);

/**
 * For a signed-out caller auth.uid(), auth.email() and the claims of a user are NULL, and the role is anon; what nothing sets any more is NULL for all
 * (`legacySetting`). Where nobody made a setting, current_setting(name, true) is NULL.
 */
function assumptionOf(nobody: Nobody, binding: Pick<Binding, 'meanings'>): Assumption {
  return (node) => {
    const call = fieldsOf(node, 'FuncCall');
    if (call !== undefined && isCallerCall(call, binding)) {
      const { name } = writtenName(call.funcname);
      if (nobody === 'unset') return name === 'current_setting' && isCustom(call.args?.[0]) ? null : undefined;
      if (name === 'current_setting') return legacySetting(textOf(call.args?.[0])) === undefined ? undefined : null;
      return name === 'uid' || name === 'email' ? null : name === 'role' ? 'anon' : undefined;
    }
    if (nobody === 'unset') return undefined;
    const claim = claimOf(node, binding);
    if (claim === undefined) return undefined;
    return claim === 'role' ? 'anon' : KEY_CLAIMS.has(claim) ? undefined : null;
  };
}

/** A setting of the user's, not one that the API fills for every request. */
function isCustom(argument: Node | undefined): boolean {
  const name = textOf(argument);
  return name?.includes('.') === true && !name.startsWith('request.');
}

/** The first key of `auth.jwt() ->> 'sub'`, `(select auth.jwt()) -> 'app_metadata'`, also of current_setting('request.jwt.claims', true)::json. */
export function claimOf(node: Node, binding: Pick<Binding, 'meanings'>): string | undefined {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  const operator = stringsOf(name).at(-1) ?? '';
  if (kind !== 'AEXPR_OP' || (operator !== '->' && operator !== '->>') || !isClaims(lexpr, binding)) return undefined;
  return textOf(rexpr);
}

function isClaims(node: Node | undefined, binding: Pick<Binding, 'meanings'>): boolean {
  const call = fieldsOf(bareValue(node), 'FuncCall');
  if (call === undefined || !isCallerCall(call, binding)) return false;
  const { name } = writtenName(call.funcname);
  return name === 'jwt' || (name === 'current_setting' && textOf(call.args?.[0]) === 'request.jwt.claims');
}

/**
 * Is it about the token as a whole that is asked, and then whether there is an answer: `(auth.jwt() ? 'service_role') is not null`? There always is one,
 * as each request has claims, if only the role anon (PostgREST docs, Authentication).
 */
function isAnsweredByClaims(node: Node, binding: Pick<Binding, 'meanings'>): boolean {
  const { kind, name, lexpr, rexpr } = fieldsOf(bareValue(fieldsOf(node, 'NullTest')?.arg), 'A_Expr') ?? {};
  const isTest = kind === 'AEXPR_OP' && CLAIM_TESTS.has(stringsOf(name).at(-1) ?? '');
  return isTest && isClaims(lexpr, binding) && textOf(rexpr) !== undefined;
}

/** That give true or false of a jsonb (docs 9.16, table 9.48). */
const CLAIM_TESTS: ReadonlySet<string> = new Set(['?', '@>', '<@', '=', '<>']);

/** Without casts around it, and subselects that read nothing. */
export function bareValue(node: Node | undefined): Node | undefined {
  const link = fieldsOf(node, 'SubLink');
  const query = link?.subLinkType === 'EXPR_SUBLINK' ? fieldsOf(link.subselect, 'SelectStmt') : undefined;
  const isBare = query !== undefined && query.fromClause === undefined && query.whereClause === undefined;
  const inner: Node | undefined =
    fieldsOf(node, 'TypeCast')?.arg ?? (isBare ? fieldsOf(query.targetList?.[0], 'ResTarget')?.val : undefined);
  return inner === undefined ? node : bareValue(inner);
}

/** The text of a constant, without its casts. */
export function textOf(node: Node | undefined): string | undefined {
  let current = node;
  while (current !== undefined && 'TypeCast' in current) current = current.TypeCast.arg;
  return fieldsOf(current, 'A_Const')?.sval?.sval;
}

/**
 * Does a condition of a function's body never hold for a signed-out caller who gives every argument? `p is null or p <> auth.uid()` is NULL then,
 * and an IF that was to refuse is passed over.
 */
export function isPassedSignedOut(
  tree: Node,
  binding: Pick<Binding, 'meanings'>,
  nullVariables: ReadonlySet<string>,
  isNullCall?: NullCall,
): boolean {
  const signedOut = withNull(nullVariables, binding, isNullCall);
  return isNeverTrue(tree, (node) => {
    const test = fieldsOf(node, 'NullTest');
    const reference = fieldsOf(test?.arg, 'ColumnRef');
    const meaning = reference && binding.meanings.get(reference);
    if (meaning?.kind !== 'variable' || isVariableAmong(nullVariables, meaning.name)) return signedOut(node);
    return test?.nulltesttype === 'IS_NOT_NULL';
  });
}

/** Is the value of an assignment NULL for a signed-out caller? */
export function isNullSignedOut(
  tree: Node,
  binding: Pick<Binding, 'meanings'>,
  nullVariables: ReadonlySet<string>,
  isNullCall?: NullCall,
): boolean {
  return isAlwaysNull(tree, withNull(nullVariables, binding, isNullCall));
}

/** Does a query give no row then, so that its INTO leaves NULL? */
export function isEmptySignedOut(
  tree: Node,
  binding: Pick<Binding, 'meanings'>,
  nullVariables: ReadonlySet<string>,
  isNullCall?: NullCall,
): boolean {
  const query = fieldsOf(tree, 'SelectStmt');
  return query !== undefined && isEmpty(query, withNull(nullVariables, binding, isNullCall));
}

/** Is a call of a user's function NULL then? `isNull` says it of an argument. */
export type NullCall = (call: FuncCall, binding: Pick<Binding, 'meanings'>, isNull: (node: Node) => boolean) => boolean;

/** Is the variable one of these, or a field of one: `member.id` for the row `member`? */
export function isVariableAmong(names: ReadonlySet<string>, name: string): boolean {
  const dot = name.indexOf('.');
  return names.has(name) || (dot > 0 && names.has(name.slice(0, dot)));
}

/** What is known of a signed-out caller, and of variables that are NULL for him. */
function withNull(
  names: ReadonlySet<string>,
  binding: Pick<Binding, 'meanings'>,
  isNullCall: NullCall | undefined,
): Assumption {
  const signedOut = assumptionOf('signedOut', binding);
  const assume: Assumption = (node) => {
    const call = fieldsOf(node, 'FuncCall');
    if (call !== undefined && isNullCall?.(call, binding, (each) => isAlwaysNull(each, assume)) === true) return null;
    const reference = fieldsOf(node, 'ColumnRef');
    const meaning = reference && binding.meanings.get(reference);
    return meaning?.kind === 'variable' && isVariableAmong(names, meaning.name) ? null : signedOut(node);
  };
  return assume;
}

/**
 * Does a condition never hold for a signed-out caller, with these variables NULL? False also where that cannot be told.
 * @param also what else is known of its parts
 */
export function isNeverTrueSignedOut(
  tree: Node,
  binding: Pick<Binding, 'meanings'>,
  nullVariables: ReadonlySet<string>,
  also?: Assumption,
): boolean {
  const signedOut = withNull(nullVariables, binding, undefined);
  return isNeverTrue(tree, (node) => {
    const value = also?.(node);
    return value === undefined ? signedOut(node) : value;
  });
}

/** What is known of a request of somebody who is not signed in. */
export function knownOfNobody(binding: Pick<Binding, 'meanings'>): Assumption {
  return assumptionOf('signedOut', binding);
}

/** What is known of a request with the service key: no user is signed in, and the role is its own. */
export function knownOfServiceKey(binding: Pick<Binding, 'meanings'>): Assumption {
  const signedOut = assumptionOf('signedOut', binding);
  return (node) => {
    const value = signedOut(node);
    return value === 'anon' ? 'service_role' : value;
  };
}

/** Stands for the id of whoever is signed in: never NULL, and nothing but itself is known to equal it. */
export const SIGNED_IN: unique symbol = Symbol('auth.uid()');

/** What is known of a request of somebody who is signed in: the id, and the role. */
export function knownOfUser(binding: Pick<Binding, 'meanings'>): Assumption {
  const signedOut = assumptionOf('signedOut', binding);
  return (node) => {
    const value = signedOut(node);
    if (value === 'anon') return 'authenticated';
    const call = fieldsOf(node, 'FuncCall');
    const isId = call === undefined ? claimOf(node, binding) === 'sub' : writtenName(call.funcname).name === 'uid';
    return value === null && isId ? SIGNED_IN : undefined;
  };
}

/** Is it true for everyone who is not signed in, whatever the row: `auth.role() = 'anon'`? */
export function isOpenToSignedOut(expression: BoundExpression): boolean {
  const signedOut = assumptionOf('signedOut', expression);
  return foldBoolean(expression.tree, (node) => answeredByClaims(node, expression) ?? signedOut(node)) === true;
}

function answeredByClaims(node: Node, expression: BoundExpression): boolean | undefined {
  const test = fieldsOf(node, 'NullTest');
  if (test === undefined || !isAnsweredByClaims(node, expression)) return undefined;
  return test.nulltesttype === 'IS_NOT_NULL';
}

/** Does the condition never hold for anyone who is signed in, whatever the row? False also where that cannot be told. */
export function isNeverTrueSignedIn(expression: BoundExpression): boolean {
  return isNeverTrue(expression.tree, (node) => signedInValue(node, expression));
}

/** What is NULL for the signed-out has a value for a user; which one is not known. */
function signedInValue(node: Node, expression: BoundExpression) {
  const value = assumptionOf('signedOut', expression)(node);
  return value === 'anon' ? 'authenticated' : value === null ? undefined : value;
}

/** Is it true for everyone who is signed in, whatever the row: `auth.uid() is not null`, `auth.role() = 'authenticated'`? */
export function isOpenToSignedIn(expression: BoundExpression, also?: Assumption): boolean {
  if (also !== undefined) return isOpenAssuming(expression, also);
  const known = openToSignedIn.get(expression) ?? isOpenAssuming(expression);
  openToSignedIn.set(expression, known);
  return known;
}

/** Is it true for whoever acts as the client role, whatever the row? False for roles other than `anon` and `authenticated`, of which that cannot be told. */
export function isOpenToRole(expression: BoundExpression, role: string): boolean {
  if (role === 'anon') return isOpenToSignedOut(expression);
  return role === 'authenticated' && isOpenToSignedIn(expression);
}

const openToSignedIn = new WeakMap<BoundExpression, boolean>();

function isOpenAssuming(expression: BoundExpression, also?: Assumption): boolean {
  const assume: Assumption = (node) => {
    const value = also?.(node) ?? answeredByClaims(node, expression) ?? signedInValue(node, expression);
    if (value !== undefined) return value;
    const test = fieldsOf(node, 'NullTest');
    return test?.arg !== undefined && isIdentity(test.arg, expression)
      ? test.nulltesttype === 'IS_NOT_NULL'
      : undefined;
  };
  return foldBoolean(expression.tree, assume) === true;
}

/** auth.uid() or auth.jwt() itself, perhaps in a subselect or cast. Not a claim that a hook puts into some tokens. */
function isIdentity(node: Node, expression: BoundExpression): boolean {
  if (isClaims(node, expression)) return true;
  const known = assumptionOf('signedOut', expression);
  const assume: Assumption = (each) => {
    const claim = claimOf(each, expression);
    return claim === undefined || USER_CLAIMS.has(claim) ? known(each) : undefined;
  };
  return foldValue(node, assume) === null && foldValue(node) !== null;
}

/** In the token of everybody who is signed in (Supabase docs, JWT claims reference). */
export const USER_CLAIMS: ReadonlySet<string> = new Set([
  ...['sub', 'role', 'aud', 'exp', 'iat', 'iss', 'aal', 'amr', 'session_id', 'email', 'phone'],
  ...['app_metadata', 'user_metadata', 'is_anonymous'],
]);

/**
 * The branch by which everything is open to nobody: `auth.uid() is null or …`. Not one that says so of the role by name, nor a
 * condition that is nothing but such a test and so is meant for the signed-out.
 */
export function branchOpenToNobody(expression: BoundExpression, nobody: Nobody): Node | undefined {
  const assume = assumptionOf(nobody, expression);
  const withoutRole: Assumption = (node) => {
    const value = assume(node);
    return value === 'anon' ? undefined : value;
  };
  const branches = disjuncts(expression.tree);
  if (branches.length === 1 && 'NullTest' in expression.tree) return undefined;
  return branches.find((each) => foldBoolean(each, withoutRole) === true && foldBoolean(each) !== true);
}
