import { askedByRoles } from '../graph/asked-once.ts';
import type { Call } from '../graph/binding/questions/calls.ts';
import type { BoundExpression } from '../graph/bound-expression.ts';
import { columnFoundBy, relationComparedWith } from '../graph/caller/found-by-index.ts';
import { repeatedCallerCalls, repeatedHelperCalls } from '../graph/caller/helper-calls.ts';
import { isEvaluated, isMetByAdministratorsAlone, isOutvoted, standsAlone } from '../graph/costs/evaluated-policies.ts';
import { guardInAnd, isBehindOr } from '../graph/costs/guarded-call.ts';
import { rowHelperAround } from '../graph/costs/row-helpers.ts';
import { leavesIndexUsable } from '../graph/costs/served-policies.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { brokenBySubselect } from '../graph/policies/broken-by-subselect.ts';
import { provisionedBeside } from '../graph/policies/provisioned-rows.ts';
import { isCallerCall } from '../graph/routines/caller-calls.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { isUsersOwn } from '../graph/users-own.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { type MergeOfPolicy, mergedWith } from './crowd-merged.ts';
import type { Fix, RelatedPlace } from './finding.ts';
import { andList, brief, relationName } from './prose.ts';
import type { Severity } from './severity.ts';
import {
  castWarning,
  type RepeatingClause,
  repeatingClauses,
  rowsWarning,
  wrappedPolicy,
  wrappingWarning,
} from './wrapped-policy.ts';

type Policy = EntityOf<'policy'>;

/** What both rules about such calls say: the values of their messages, and how bad it is. */
type Told = {
  readonly entity: Policy;
  /** The user's functions that are called; of `given` those that are given the caller. */
  readonly functions: readonly EntityOf<'function'>[];
  readonly fix?: () => Fix | undefined;
  readonly related: readonly RelatedPlace[];
  readonly severity?: Severity;
  readonly mendedWith?: { readonly fixTrusts: readonly Policy[]; readonly places: readonly RelatedPlace[] };
} & (
  | { readonly message: 'outer'; readonly data: Named & { readonly only: string } }
  | { readonly message: 'written'; readonly data: Named }
  | { readonly message: 'indexed'; readonly data: Named & { readonly found: string } }
  | { readonly message: 'inner'; readonly data: Named & { readonly relations: string; readonly only: string } }
  | { readonly message: 'searched'; readonly data: Named & { readonly relations: string; readonly found: string } }
  | { readonly message: 'given'; readonly data: Named & { readonly helpers: string } }
);

interface Named {
  readonly calls: string;
  readonly clauses: string;
  readonly policy: string;
  readonly runs: string;
  readonly table: string;
}

/** Which calls are asked for. */
interface Sort {
  readonly callsIn: (graph: SchemaGraph, expression: BoundExpression) => readonly Call[];
  /** Of a VOLATILE function no index condition is made. */
  readonly isStable: (graph: SchemaGraph, call: Call) => boolean;
}

const CALLER: Sort = { callsIn: repeatedCallerCalls, isStable: () => true };
const HELPER: Sort = {
  callsIn: repeatedHelperCalls,
  isStable: (graph, call) => {
    const fn = calledFunction(graph, call);
    return fn?.kind === 'function' && fn.volatility !== 'volatile';
  },
};
const BOTH: Sort = {
  callsIn: (graph, expression) => [
    ...repeatedCallerCalls(graph, expression),
    ...repeatedHelperCalls(graph, expression),
  ],
  isStable: (graph, call) => calledFunction(graph, call)?.kind !== 'function' || HELPER.isStable(graph, call),
};

/** What is told of a policy, and how bad that is: 0 is the worst. */
interface Ranked {
  readonly told: Told;
  readonly rank: number;
}

/** The worst first. */
const KINDS: readonly Told['message'][] = ['outer', 'indexed', 'inner', 'searched', 'given', 'written'];

/**
 * The worst that a policy in force does with calls of auth.uid() and its like (`caller`), or of the user's own functions
 * (`helper`); undefined where row security does not reach, or there are none. One fix wraps both, so that a policy with both is
 * told of once: as the worse of the two, with the names of both where they are alike, and then as the caller's.
 */
export function repeatedCallsIn(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
  of: 'caller' | 'helper',
): Told | undefined {
  const [caller, helper] = toldByPolicy(graph, policy, clientRoles);
  const own = of === 'caller' ? caller : helper;
  if (caller === undefined || helper === undefined) return own?.told;
  if (caller.rank === helper.rank) return of === 'caller' ? toldOf(graph, policy, clientRoles, BOTH)?.told : undefined;
  return own === (caller.rank < helper.rank ? caller : helper) ? own.told : undefined;
}

/** What is told of the user's own functions. */
export function repeatedHelpersIn(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): ToldOfHelper | undefined {
  const told = repeatedCallsIn(graph, policy, clientRoles, 'helper');
  return told === undefined || told.message === 'given' ? undefined : told;
}

export type ToldOfHelper = Exclude<Told, { readonly message: 'given' }>;

/** Of the caller's calls, and of the helpers': each of the two rules asks for both. */
const toldByPolicy = askedByRoles((graph, policy: Policy, clientRoles): readonly (Ranked | undefined)[] =>
  [CALLER, HELPER].map((sort) => toldOf(graph, policy, clientRoles, sort)),
);

function calledFunction(graph: SchemaGraph, { function: called }: Call): EntityOf<'function'> | undefined {
  const fn = called?.id === undefined ? undefined : graph.find(called.id);
  return fn?.kind === 'function' && isUsersOwn(graph, fn) ? fn : undefined;
}

/** A call as a message names it. */
function spelled(graph: SchemaGraph, call: Call): string {
  const fn = calledFunction(graph, call);
  if (fn !== undefined) return `${brief(fn.name)}()`;
  return call.name.schema === 'auth' ? `auth.${call.name.name}()` : `${call.name.name}()`;
}

function toldOf(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
  { callsIn, isStable }: Sort,
): Ranked | undefined {
  const table = graph.get('table', policy.table);
  const clauses = repeatingClauses(policy, (each) => callsIn(graph, each));
  if (clauses.length === 0 || !isEvaluated(graph, policy, clientRoles)) return undefined;
  const worst = repeatedCalls(graph, policy, clauses, clientRoles, (call) => isStable(graph, call));
  if (worst === undefined) return undefined;
  const names = [...new Set(worst.calls.map((each) => spelled(graph, each)))];
  const data = {
    calls: andList(names),
    clauses: worst.clauses,
    policy: quoteIdentifier(policy.name),
    runs: names.length === 1 ? 'runs' : 'run',
    table: brief(table.name),
  };
  if (worst.kind !== 'written' && isOutvoted(graph, policy, clientRoles)) return undefined;
  const broken = brokenBySubselect(graph, policy, clientRoles);
  // What multiple-permissive-policies merges has its calls wrapped there: done after that, this would take back what the others let in.
  const merged = mergedWith(graph, policy, clientRoles);
  const fix = () => {
    const wrapped = wrappedPolicy(graph, policy);
    if (wrapped === undefined || provisionedBeside(graph, policy, clientRoles) === undefined) return wrapped;
    return { ...wrapped, title: `${wrapped.title} (not once the policy is dropped)`, safety: 'review' as const };
  };
  const functions = worst.helpers.length > 0 ? worst.helpers : worst.calls.map((each) => calledFunction(graph, each));
  const about = {
    entity: policy,
    functions: [...new Set(functions.flatMap((each) => each ?? []))],
    ...(broken === undefined ? { fix } : {}),
    ...(merged === undefined
      ? {}
      : { mendedWith: { fixTrusts: merged.trusted, places: mergedPlaces(policy, merged) } }),
    related: [
      ...wrappingWarning(broken),
      ...castWarning(policy, clauses),
      ...rowsWarning(
        graph,
        clauses.flatMap((each) => each.calls),
      ),
    ],
  };
  const found = `the ${worst.columns.length === 1 ? 'index' : 'indexes'} on ${andList(worst.columns)} ${worst.columns.length === 1 ? 'finds' : 'find'}`;
  // A table that nothing made has no name here.
  const relations = andList(worst.relations.map((id) => relationName(graph, id))) || 'the table';
  return { told: told(worst), rank: rankOf(worst) };

  function told({ kind, guard }: RepeatedCalls): Told {
    const isOfHelpers = worst?.calls.every((each) => calledFunction(graph, each) !== undefined) === true;
    const isForFew = isOfHelpers && !isMilder(guard) && isMetByAdministratorsAlone(graph, policy, clientRoles);
    switch (kind) {
      case 'outer':
        return {
          ...about,
          message: 'outer',
          data: { ...data, only: isForFew ? FOR_FEW : ONLY[guard] },
          ...(isForFew || isMilder(guard) ? { severity: 'medium' as const } : {}),
        };
      case 'indexed':
        return { ...about, message: 'indexed', data: { ...data, found }, severity: 'medium' };
      case 'inner':
        return { ...about, message: 'inner', data: { ...data, relations, only: '' }, severity: 'medium' };
      case 'searched':
        return { ...about, message: 'searched', data: { ...data, relations, found }, severity: 'low' };
      case 'given': {
        const helpers = andList([...new Set(worst?.helpers.map((each) => `${brief(each.name)}()`))]);
        return { ...about, message: 'given', data: { ...data, helpers }, severity: 'low' };
      }
      case 'written':
        return { ...about, message: 'written', data, severity: 'low' };
    }
  }
}

/** The fix that merges the policies of the table mends this as well. */
function mergedPlaces(policy: Policy, { policies, becomes }: MergeOfPolicy): readonly RelatedPlace[] {
  const others = policies.filter((each) => each !== policy);
  const [other] = others.flatMap(({ name, origin }) => (origin.from === 'statement' ? [{ name, at: origin.at }] : []));
  if (other === undefined) return [];
  const note = `the fix of multiple-permissive-policies, which is about ${quoteIdentifier(other.name)} here as well, ${ENDS[becomes]}`;
  return [{ note, at: other.at }];
}

const ENDS: Readonly<Record<MergeOfPolicy['becomes'], string>> = {
  merged: 'merges both and has the calls run once',
  dropped: 'drops this policy, as another lets all of that through, and its calls with it',
  'for the server': 'gives this policy to service_role, which never asks it',
};

/** A policy for writing alone is one step milder, and says why: such statements mostly find their rows by a key. */
export function milderForFewRows(told: ToldOfHelper, policy: Policy): ToldOfHelper;
export function milderForFewRows(told: Told, policy: Policy): Told;
export function milderForFewRows(told: Told, { command }: Policy): Told {
  if (command === 'select' || command === 'all') return told;
  const severity = told.severity === undefined ? 'medium' : 'low';
  const few = FEW_ROWS[command];
  if (told.message === 'outer')
    return { ...told, severity, data: { ...told.data, only: because(told.data.only, few) } };
  if (told.message === 'inner')
    return { ...told, severity, data: { ...told.data, only: because(told.data.only, few) } };
  return { ...told, severity };
}

const FEW_ROWS = {
  insert: 'an INSERT mostly adds few rows',
  update: 'an UPDATE mostly looks at few rows',
  delete: 'a DELETE mostly looks at few rows',
} as const;

/** The end of the reason why calls that run for fewer rows are told of milder. */
export const MILDER = ', which is why this is milder';

function because(only: string, few: string): string {
  if (only.endsWith(MILDER)) return only;
  return `${only}, ${only === '' ? 'but' : 'and'} ${few}${MILDER}`;
}

/** Why calls run only for some of the rows, the least reason first. `beside`: a flag or the like stands in an AND with them. */
const GUARDS = ['none', 'beside', 'behind OR', 'behind AND'] as const;
type Guard = (typeof GUARDS)[number];

const ONLY: Readonly<Record<Guard, string>> = {
  none: '',
  beside: ', but only for rows that what stands beside it in an AND lets through',
  'behind OR': ', but only where what stands before it in an OR is not true, which is why this is milder',
  'behind AND': ', but only for rows that what stands beside it in an AND lets through, which is why this is milder',
};

const FOR_FEW = ', and nobody but administrators gets to see any, which is why this is milder';

function isMilder(guard: Guard): boolean {
  return guard === 'behind OR' || guard === 'behind AND';
}

function guardOf(graph: SchemaGraph, expression: BoundExpression, { call }: Call, isSorted: boolean): Guard {
  if (isBehindOr(expression, call)) return 'behind OR';
  const guard = guardInAnd(graph, expression, call, isSorted);
  return guard === undefined ? 'none' : guard === 'few' ? 'behind AND' : 'beside';
}

/** The worse, the less: by what the calls run for, and where that is the same, by what keeps them from it. */
function rankOf({ kind, guard }: RepeatedCalls): number {
  return KINDS.indexOf(kind) * GUARDS.length + (kind === 'outer' ? GUARDS.indexOf(guard) : 0);
}

/** The calls of a policy that run most often, and for which rows. */
interface RepeatedCalls {
  /**
   * `outer`: for each row of the policy's table that is looked at; `indexed`: the same, but where an index on the columns compared
   * finds the rows, which the policies beside it let it do; `inner`: for each row that a subselect reads; `searched`: the same, but where such an index finds
   * them; `given`: for each row that is looked at, but only for a helper that is given the row as well and costs far more; `written`: for each row that is
   * written.
   */
  readonly kind: Told['message'];
  /** Of `given` those helpers. */
  readonly helpers: readonly EntityOf<'function'>[];
  readonly calls: readonly Call[];
  /** `USING and WITH CHECK clauses`. */
  readonly clauses: string;
  readonly columns: readonly string[];
  readonly relations: readonly EntityId[];
  /** What keeps them from running for all of these rows. */
  readonly guard: Guard;
}

/** Of the calls in the clauses, the worst. */
function repeatedCalls(
  graph: SchemaGraph,
  policy: Policy,
  clauses: readonly RepeatingClause[],
  clientRoles: readonly string[],
  isStable: (call: Call) => boolean,
): RepeatedCalls | undefined {
  const isSorted = standsAlone(graph, policy, clientRoles);
  const calls = clauses.flatMap(({ name, expression, calls: some }) =>
    some.map((call) => ({
      call,
      clause: name,
      guard: guardOf(graph, expression, call, isSorted && name === 'USING'),
      asked: relationComparedWith(graph, expression, call.call),
      indexed: isStable(call) ? columnFoundBy(graph, expression, call.call) : undefined,
      helper: isCallerCall(call.call, expression) ? rowHelperAround(graph, expression, call.call) : undefined,
    })),
  );
  const per = (row: Call['runs']['per'], clause?: RepeatingClause['name']) =>
    calls.filter((each) => each.call.runs.per === row && (clause === undefined || each.clause === clause));
  const looked = per('outer row', 'USING').filter(({ helper }) => helper === undefined);
  const given = per('outer row', 'USING').filter(({ helper }) => helper !== undefined);
  const least = GUARDS.find((guard) => looked.some((each) => each.guard === guard));
  // Those that run for fewer rows are not said to run for all.
  const outer = looked.filter(({ guard }) => guard === least);
  const inner = per('inner row').filter(({ indexed }) => indexed === undefined);
  const searched = per('inner row').filter(({ indexed }) => indexed !== undefined);
  const written = per('outer row', 'WITH CHECK');
  const told = [outer, inner, searched, given, written].find((each) => each.length > 0);
  if (told === undefined) return undefined;
  const outerCalls = outer.map(({ call }) => call);
  const isIndexed =
    told === outer &&
    outer.every(({ indexed }) => indexed !== undefined) &&
    leavesIndexUsable(graph, policy, outerCalls, clientRoles);
  const meant = told === outer ? [...outer, ...written] : told;
  const names = CLAUSES.filter((name) => meant.some(({ clause }) => clause === name));
  const columns = new Set(
    told.flatMap(({ indexed }) => (indexed === undefined ? [] : [quoteIdentifier(indexed.name)])),
  );
  return {
    kind: kindOf(),
    calls: told.map(({ call }) => call),
    helpers: told === given ? given.flatMap(({ helper }) => helper ?? []) : [],
    guard: told === outer ? (least ?? 'none') : 'none',
    clauses: `${andList(names)} ${names.length === 1 ? 'clause' : 'clauses'}`,
    columns: [...columns],
    relations: [...new Set(told.flatMap(relationsOf))],
  };

  function relationsOf({ call: { runs }, asked }: (typeof calls)[number]): readonly EntityId[] {
    if (runs.per !== 'inner row') return [];
    return asked !== undefined && runs.relations.includes(asked) ? [asked] : runs.relations;
  }

  function kindOf(): RepeatedCalls['kind'] {
    if (told === outer) return isIndexed ? 'indexed' : 'outer';
    if (told === inner) return 'inner';
    if (told === searched) return 'searched';
    return told === given ? 'given' : 'written';
  }
}

const CLAUSES = ['USING', 'WITH CHECK'] as const;
