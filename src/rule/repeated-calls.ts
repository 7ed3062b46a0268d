import type { Call } from '../graph/binding/questions/calls.ts';
import type { BoundExpression } from '../graph/bound-expression.ts';
import { brokenBySubselect } from '../graph/broken-by-subselect.ts';
import { columnFoundBy } from '../graph/caller/found-by-index.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { isForbiddenToAll } from '../graph/forbidden-reads.ts';
import { policyAudience } from '../graph/policy-audience.ts';
import { isAlwaysTrue } from '../graph/policy-clauses.ts';
import { bypassesRowSecurity } from '../graph/privilege-questions.ts';
import { provisionedBeside } from '../graph/provisioned-rows.ts';
import { policiesFor } from '../graph/row-security.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { isToBeMerged } from './crowd-merged.ts';
import type { Fix, RelatedPlace } from './finding.ts';
import { andList, brief, relationName } from './prose.ts';
import type { Severity } from './severity.ts';
import { type RepeatingClause, repeatingClauses, wrappedPolicy, wrappingWarning } from './wrapped-policy.ts';

type Policy = EntityOf<'policy'>;

/** What both rules about such calls say: the values of their messages, and how bad it is. */
type Told = {
  readonly entity: Policy;
  readonly fix?: () => Fix | undefined;
  readonly related: readonly RelatedPlace[];
  readonly severity?: Severity;
} & (
  | { readonly message: 'outer'; readonly data: Named }
  | { readonly message: 'written'; readonly data: Named }
  | { readonly message: 'indexed'; readonly data: Named & { readonly columns: string } }
  | { readonly message: 'inner'; readonly data: Named & { readonly relations: string } }
  | { readonly message: 'searched'; readonly data: Named & { readonly relations: string; readonly columns: string } }
);

interface Named {
  readonly calls: string;
  readonly clauses: string;
  readonly policy: string;
  readonly runs: string;
  readonly table: string;
}

/**
 * The worst that a policy in force does with these calls; undefined where row security does not reach, or there are none.
 * @param spelled a call as a message names it
 * @param isStable of a VOLATILE function no index condition is made
 */
export function repeatedCallsIn(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
  how: {
    readonly callsIn: (expression: BoundExpression) => readonly Call[];
    readonly spelled: (call: Call) => string;
    readonly isStable: (call: Call) => boolean;
  },
): Told | undefined {
  const table = graph.get('table', policy.table);
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return undefined;
  if (policy.roles.every((role) => bypassesRowSecurity(graph, role))) return undefined;
  if (isForbiddenToAll(graph, policy, clientRoles)) return undefined;
  const clauses = repeatingClauses(policy, how.callsIn);
  const worst = repeatedCalls(graph, clauses, how.isStable);
  if (worst === undefined) return undefined;
  const names = [...new Set(worst.calls.map(how.spelled))];
  const data = {
    calls: andList(names),
    clauses: worst.clauses,
    policy: quoteIdentifier(policy.name),
    runs: names.length === 1 ? 'runs' : 'run',
    table: brief(table.name),
  };
  if (worst.kind !== 'written' && isOutvoted(graph, policy, clientRoles)) return undefined;
  const broken = brokenBySubselect(graph, policy, clientRoles);
  // Policies that multiple-permissive-policies merges have their calls wrapped there: this may be done before that, never after.
  const fix = () => {
    const wrapped = wrappedPolicy(graph, policy);
    if (wrapped !== undefined && provisionedBeside(graph, policy, clientRoles) !== undefined)
      return { ...wrapped, title: `${wrapped.title} (not once the policy is dropped)`, safety: 'review' as const };
    if (wrapped === undefined || !isToBeMerged(graph, policy, clientRoles)) return wrapped;
    if (worst.kind !== 'outer') return undefined;
    const title = `${wrapped.title} (not once the policies of the table are merged)`;
    return { ...wrapped, title, safety: 'review' as const };
  };
  const about = { entity: policy, ...(broken === undefined ? { fix } : {}), related: wrappingWarning(broken) };
  const { columns } = worst;
  const relations = andList(worst.relations.map((id) => relationName(graph, id)));
  switch (worst.kind) {
    case 'outer':
      return { ...about, message: 'outer', data };
    case 'indexed':
      return { ...about, message: 'indexed', data: { ...data, columns }, severity: 'medium' };
    case 'inner':
      return { ...about, message: 'inner', data: { ...data, relations }, severity: 'medium' };
    case 'searched':
      return { ...about, message: 'searched', data: { ...data, relations, columns }, severity: 'low' };
    case 'written':
      return { ...about, message: 'written', data, severity: 'low' };
  }
}

/**
 * Has each role that meets the policy, for each command, another that lets it have every row? What the two come to is true, and Postgres works that out
 * before it reads a row.
 */
function isOutvoted(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): boolean {
  const table = graph.get('table', policy.table);
  const audience = policy.isPermissive ? policyAudience(graph, policy, clientRoles) : [];
  const cases = audience.flatMap(({ role, commands }) =>
    commands
      .filter((each) => each !== 'insert')
      .map((command) => policiesFor(graph, table, command, role).map((each) => ({ each, command }))),
  );
  return (
    cases.length > 0 &&
    cases.every((policies) =>
      policies.some(({ each, command }) => each !== policy && each.isPermissive && isAlwaysTrue(each, command)),
    )
  );
}

/** The calls of a policy that run most often, and for which rows. */
interface RepeatedCalls {
  /**
   * `outer`: for each row of the policy's table that is looked at; `indexed`: the same, but where an index on the columns compared
   * finds the rows; `inner`: for each row that a subselect reads; `searched`: the same, but where such an index finds
   * them; `written`: for each row that is written.
   */
  readonly kind: 'outer' | 'indexed' | 'inner' | 'searched' | 'written';
  readonly calls: readonly Call[];
  /** `USING and WITH CHECK clauses`. */
  readonly clauses: string;
  readonly columns: string;
  readonly relations: readonly EntityId[];
}

/** Of the calls in the clauses, the worst. */
function repeatedCalls(
  graph: SchemaGraph,
  clauses: readonly RepeatingClause[],
  isStable: (call: Call) => boolean,
): RepeatedCalls | undefined {
  const calls = clauses.flatMap(({ name, expression, calls: some }) =>
    some.map((call) => ({
      call,
      clause: name,
      indexed: isStable(call) ? columnFoundBy(graph, expression, call.call) : undefined,
    })),
  );
  const per = (row: Call['runs']['per'], clause?: RepeatingClause['name']) =>
    calls.filter((each) => each.call.runs.per === row && (clause === undefined || each.clause === clause));
  const outer = per('outer row', 'USING');
  const inner = per('inner row').filter(({ indexed }) => indexed === undefined);
  const searched = per('inner row').filter(({ indexed }) => indexed !== undefined);
  const written = per('outer row', 'WITH CHECK');
  const told = [outer, inner, searched, written].find((each) => each.length > 0);
  if (told === undefined) return undefined;
  const isIndexed = told === outer && outer.every(({ indexed }) => indexed !== undefined);
  const meant = told === outer ? [...outer, ...written] : told;
  const names = CLAUSES.filter((name) => meant.some(({ clause }) => clause === name));
  const columns = new Set(
    told.flatMap(({ indexed }) => (indexed === undefined ? [] : [quoteIdentifier(indexed.name)])),
  );
  return {
    kind: kindOf(),
    calls: told.map(({ call }) => call),
    clauses: `${andList(names)} ${names.length === 1 ? 'clause' : 'clauses'}`,
    columns: andList([...columns]),
    relations: [...new Set(told.flatMap(({ call: { runs } }) => (runs.per === 'inner row' ? runs.relations : [])))],
  };

  function kindOf(): RepeatedCalls['kind'] {
    if (told === outer) return isIndexed ? 'indexed' : 'outer';
    if (told === inner) return 'inner';
    return told === searched ? 'searched' : 'written';
  }
}

const CLAUSES = ['USING', 'WITH CHECK'] as const;
