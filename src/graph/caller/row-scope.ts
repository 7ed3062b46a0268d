import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import { decidingClause, waysOf } from '../policies/policy-clauses.ts';
import { policiesFor, type RowCommand } from '../policies/row-security.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type TypeClass, typeClass } from '../types/type-class.ts';
import { alwaysAsks } from './always-asks.ts';
import { type CallerComparison, callerComparisons } from './caller-comparisons.ts';
import { asksCaller } from './caller-source.ts';
import { isOpenToSignedIn } from './signed-out.ts';

type Policy = EntityOf<'policy'>;

/** By what a role gets at the rows of a table. */
export interface RowScope {
  /** Each policy for the command compares these with what the caller belongs to, in each of its alternatives that is about the row. */
  readonly columns: readonly EntityId[];
  readonly policies: readonly Policy[];
}

/**
 * The columns without whose match a role reads no row (or adds, changes, deletes none): nothing else of the row lets it in, not even that it wrote
 * the row itself. Alternatives for callers of a standing of their own, whatever the row (is_admin()), do not count. Undefined where there is no such column.
 */
export function rowScope(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  command: RowCommand,
  role: Grantee,
): RowScope | undefined {
  const policies = policiesFor(graph, table, command, role).filter((each) => each.isPermissive);
  let columns: readonly EntityId[] | undefined;
  const deciding: Policy[] = [];
  for (const policy of policies) {
    const clause = decidingClause(policy, command);
    const value = clause === null ? false : foldBoolean(clause.tree);
    if (clause === null || value === false || value === null) continue;
    const ways = waysOf(clause);
    if (ways === undefined) return undefined;
    for (const conditions of ways) {
      const scoped = conditions.flatMap((each) => belongings(graph, each));
      if (scoped.length === 0) {
        if (!isStanding(graph, conditions)) return undefined;
        continue;
      }
      columns = columns === undefined ? [...new Set(scoped)] : columns.filter((each) => scoped.includes(each));
      if (!deciding.includes(policy)) deciding.push(policy);
    }
  }
  return columns === undefined || columns.length === 0 ? undefined : { columns, policies: deciding };
}

/** The columns that the condition compares with more than the user's own identity: a membership, a function's answer, a claim. */
function belongings(graph: SchemaGraph, condition: BoundExpression): readonly EntityId[] {
  if (!alwaysAsks(graph, condition)) return [];
  return callerComparisons(graph, condition)
    .filter((each, _, all) => {
      if (each.via === 'value') return each.sources.some((source) => source !== 'user');
      return each.via === 'membership' || (each.via === 'argument' && isGivenAsPlace(graph, each, all));
    })
    .map(({ column }) => column);
}

const KEY_TYPES: ReadonlySet<TypeClass | undefined> = new Set(['uuid', 'integer', 'text', 'other']);

/**
 * Is a function given the column as what the row belongs to? One that is given several (`can_read(household_id, owner_id, payload)`) may let in by any of
 * them: of these only keys count, and not those that say whose the row is.
 */
function isGivenAsPlace(graph: SchemaGraph, own: CallerComparison, all: readonly CallerComparison[]): boolean {
  const column = graph.get('column', own.column);
  if (!KEY_TYPES.has(typeClass(graph, column.type))) return false;
  const isAlone = all.every((each) => each.column === own.column || each.given?.routine !== own.given?.routine);
  const refersToPlace = () =>
    graph.foreignKeysOf(column).some(({ referencedTable }) => {
      const target = graph.find(referencedTable);
      return target?.kind === 'table' && !isAccountTable(graph, target);
    });
  return isAlone || refersToPlace();
}

/** Do they ask who calls, for more than to be signed in, and nothing of the row? */
export function isStanding(graph: SchemaGraph, conditions: readonly BoundExpression[]): boolean {
  const isAboutRow = conditions.some((each) => callerComparisons(graph, each).length > 0);
  return !isAboutRow && conditions.some((each) => asksCaller(graph, each.tree, each) && !isOpenToSignedIn(each));
}

/** Is a policy for callers of a standing only, whatever the row: is that asked on each way through each of its clauses? */
export function isForStandings(graph: SchemaGraph, { using, check }: Policy): boolean {
  return [using, check].every((each) => each === null || waysOf(each)?.every((way) => isStanding(graph, way)) === true);
}
