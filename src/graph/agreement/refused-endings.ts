import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { isStanding } from '../caller/row-scope.ts';
import type { EntityOf } from '../entities/index.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { excludesValue } from '../policies/excluded-value.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { admitsNothing, waysOf } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import { mayAnyColumn, mayColumn } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import { isSetByDefiner } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded } from '../triggers/trigger-guards.ts';
import { typeClass } from '../types/type-class.ts';
import { statusLabels } from '../values/status-labels.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** A value that takes a row out of use, which a policy lets clients write, while no SELECT policy shows them the row that has it. */
export interface RefusedEnding {
  readonly column: Column;
  readonly value: string;
  readonly policy: Policy;
  readonly roles: readonly string[];
  /** The policies by which they see rows. */
  readonly showing: readonly Policy[];
  /** Those that show the rows to others all the same, whatever the row: administrators. */
  readonly besides: readonly Policy[];
}

const ENDED =
  /^(?:archived|closed|inactive|deleted|removed|cancell?ed|withdrawn|disabled|deactivated|ended|unpublished|hidden)$/i;
const OPEN_FLAGS: NamePatterns = [
  ...['is_active', 'active', 'is_enabled', 'enabled', 'is_published', 'published', 'is_visible', 'visible'],
  ...['is_open', 'is_available', 'is_public', 'public'],
];
const ENDED_FLAGS: NamePatterns = [
  ...['is_archived', 'archived', 'is_closed', 'closed', 'is_hidden', 'hidden', 'is_inactive', 'is_disabled'],
  ...['disabled', 'is_cancelled', 'is_canceled'],
];

/**
 * By the values that an enum or CHECK lists, and by flags. Not where a SECURITY DEFINER function sets the column, a trigger may keep
 * the value out, or the UPDATE policy itself asks for another. What is marked as deleted is asked elsewhere.
 */
export function refusedEndings(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): readonly RefusedEnding[] {
  return graph.columns(table.id).flatMap((column) => {
    const value = endingOf(graph, column);
    if (value === undefined || isSetByDefiner(graph, column) || isGuarded(graph, table, column, 'update')) return [];
    return graph.ownedBy(table.id, 'policy').flatMap((policy) => {
      return refusedBy(graph, table, policy, { column, value }, clientRoles) ?? [];
    });
  });
}

function endingOf(graph: SchemaGraph, column: Column): string | undefined {
  if (hasRole(graph, column, 'softDelete')) return undefined;
  if (typeClass(graph, column.type) !== 'boolean') return statusLabels(graph, column).find((each) => ENDED.test(each));
  if (isNamed(column.name, OPEN_FLAGS)) return 'false';
  return isNamed(column.name, ENDED_FLAGS) ? 'true' : undefined;
}

type Ending = Pick<RefusedEnding, 'column' | 'value'>;

function refusedBy(
  graph: SchemaGraph,
  table: Table,
  policy: Policy,
  ending: Ending,
  clientRoles: readonly string[],
): RefusedEnding | undefined {
  const { using, check } = policy;
  const isUpdate = policy.command === 'update' || policy.command === 'all';
  if (!policy.isPermissive || !isUpdate || using === null || admitsNothing(policy, 'update')) return undefined;
  if (waysOf(check ?? using)?.every((way) => excludesValue(way, ending.column, ending.value)) !== false)
    return undefined;
  // Whoever changes rows by what they are may be whom another policy shows all of them.
  const isByRow = (waysOf(using) ?? []).every((way) => foldBoolean(using.tree) !== true && !isStanding(graph, way));
  const found = policyAudience(graph, policy, clientRoles).flatMap(({ role, name, commands }) => {
    if (!commands.includes('update') || !mayColumn(graph, role, ending.column, 'w')) return [];
    if (!mayAnyColumn(graph, role, table, 'r')) return [];
    const shown = shownTo(graph, table, role, ending);
    const isShown = shown.open.some(({ way }) => !isByRow || !isStanding(graph, way));
    return isShown || shown.showing.length === 0 ? [] : [{ name, ...shown }];
  });
  const [first] = found;
  if (first === undefined) return undefined;
  const besides = [...new Set(first.open.map((each) => each.policy))];
  return { ...ending, policy, roles: found.map(({ name }) => name), showing: first.showing, besides };
}

/** The ways by which a role sees rows with the value, and the policies that have others only. */
function shownTo(graph: SchemaGraph, table: Table, role: Grantee, ending: Ending) {
  const ways = policiesFor(graph, table, 'select', role).flatMap((policy) => {
    if (!policy.isPermissive || policy.using === null || admitsNothing(policy, 'select')) return [];
    return (waysOf(policy.using) ?? [[]]).map((way) => ({ policy, way }));
  });
  const open = ways.filter(({ way }) => !excludesValue(way, ending.column, ending.value));
  const shut = ways.filter((each) => !open.includes(each)).map((each) => each.policy);
  return { open, showing: [...new Set(shut)] };
}
