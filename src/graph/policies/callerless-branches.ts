import type { Node, SelectStmt, SubLink } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import { placeOf } from '../place.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayTable } from '../privileges/privilege-questions.ts';
import { namesRowOutside } from '../query-shapes/operand.ts';
import { waysThrough } from '../query-shapes/ways-through.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { mayReadEveryRow } from './open-reading.ts';
import { admittingPolicies, policyAudience } from './policy-audience.ts';
import { clausesOf, decidingClause, isAlwaysTrue, waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Policy = EntityOf<'policy'>;

/** A side of an OR in a subselect of a policy that asks nothing of the caller, beside one that does. */
export interface CallerlessBranch {
  /** What the subselect reads. */
  readonly relation: EntityOf<'table'>;
  /** What that side asks of the row, by the names of its columns. */
  readonly columns: readonly string[];
  /** Where it stands; null from a catalog. */
  readonly at: SourceLocation | null;
  /** Whom it lets in, and for which commands. */
  readonly access: readonly ClientAccess[];
  /** They may read all rows there, whosever they are, and not only some. */
  readonly seesAll: boolean;
}

/**
 * `exists (select 1 from people where (id = auth.uid() and role = 'editor') or role = 'admin')`: AND binds before OR, and one row of an admin is enough for
 * everybody. Only where nothing else on the way asks the caller, the clients may read rows of others in the subselect (else each sees his own there, and
 * the side means him), and no policy beside it lets them do it anyway.
 */
export function callerlessBranch(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): CallerlessBranch | undefined {
  if (!policy.isPermissive) return undefined;
  for (const { expression } of clausesOf(policy)) {
    const found = branchIn(graph, expression);
    if (found === undefined) continue;
    const access = lettingIn(graph, policy, expression, found.relation, clientRoles);
    const seesAll = access.every(({ role }) => mayReadEveryRow(graph, role, found.relation) === true);
    if (access.length > 0) return { ...found, access, seesAll };
  }
  return undefined;
}

function branchIn(
  graph: SchemaGraph,
  clause: BoundExpression,
): Pick<CallerlessBranch, 'relation' | 'columns' | 'at'> | undefined {
  for (const way of waysOf(clause) ?? []) {
    const [only, ...others] = way;
    const link = others.length > 0 ? undefined : fieldsOf(only?.tree, 'SubLink');
    const found = link === undefined ? undefined : branchOf(graph, clause, link);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Of EXISTS alone: what IN finds is compared with the row. */
function branchOf(
  graph: SchemaGraph,
  clause: BoundExpression,
  { subLinkType, subselect }: SubLink,
): Pick<CallerlessBranch, 'relation' | 'columns' | 'at'> | undefined {
  const select = fieldsOf(subselect, 'SelectStmt');
  if (subLinkType !== 'EXISTS_SUBLINK' || select?.whereClause === undefined || !isPlainSelect(select)) return undefined;
  const [from, ...more] = select.fromClause ?? [];
  const range = more.length > 0 ? undefined : fieldsOf(from, 'RangeVar');
  const source = range && clause.meanings.get(range);
  const relation = source?.kind === 'source' && source.relation !== undefined ? graph.find(source.relation) : undefined;
  if (relation?.kind !== 'table') return undefined;
  const ways = waysThrough(select.whereClause) ?? [];
  const asks = (parts: readonly Node[]) => parts.some((each) => asksCaller(graph, each, clause));
  if (!ways.some(asks)) return undefined;
  const parts = ways.find((each) => !asks(each) && each.every((part) => isOfRowAlone(part, clause)));
  if (parts === undefined) return undefined;
  return { relation, columns: columnsIn(parts, clause), at: parts[0] === undefined ? null : placeOf(clause, parts[0]) };
}

function columnsIn(parts: readonly Node[], { meanings }: BoundExpression): readonly string[] {
  const names = new Set<string>();
  for (const part of parts)
    walk(part, (_, node) => {
      const reference = fieldsOf(node, 'ColumnRef');
      const meaning = reference && meanings.get(reference);
      if (meaning?.kind === 'column') names.add(stringsOf(reference?.fields).at(-1) ?? '');
      return undefined;
    });
  return [...names].sort();
}

/** No grouping, nor a set of several selects. */
export function isPlainSelect({ op, groupClause, havingClause, withClause, limitCount }: SelectStmt): boolean {
  return (
    [groupClause, havingClause, withClause, limitCount].every((each) => each === undefined) &&
    (op ?? 'SETOP_NONE') === 'SETOP_NONE'
  );
}

/** It asks nothing of the row outside, and nothing but what stands in the row. */
export function isOfRowAlone(part: Node, clause: BoundExpression): boolean {
  return !namesRowOutside(part, clause) && callsNothing(part);
}

function lettingIn(
  graph: SchemaGraph,
  policy: Policy,
  clause: BoundExpression,
  relation: EntityOf<'table'>,
  clientRoles: readonly string[],
): readonly ClientAccess[] {
  const table = graph.get('table', policy.table);
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return [];
  return policyAudience(graph, policy, clientRoles).flatMap((each) => {
    if (!showsRowsOfOthers(graph, each, relation)) return [];
    const commands = each.commands.filter((command) => {
      if (decidingClause(policy, command) !== clause) return false;
      const met = policiesFor(graph, table, command, each.role);
      return met.every((other) => (other.isPermissive ? !isAlwaysTrue(other, command) : false));
    });
    return commands.length === 0 ? [] : [{ ...each, commands }];
  });
}

/** Does the role see rows of others in a table: all of them, or those that a policy shows by something of the row alone (`is_public`)? */
export function showsRowsOfOthers(
  graph: SchemaGraph,
  access: Pick<ClientAccess, 'name' | 'role'>,
  relation: EntityOf<'table'>,
): boolean {
  if (mayReadEveryRow(graph, access.role, relation) === true) return true;
  if (!relation.rowSecurity || !mayTable(graph, access.role, relation, 'r')) return false;
  if (policiesFor(graph, relation, 'select', access.role).some(({ isPermissive }) => !isPermissive)) return false;
  return admittingPolicies(graph, relation, 'select', access).some(({ using }) =>
    (using === null ? [] : (waysOf(using) ?? [])).some((way) => way.every(({ tree }) => callsNothing(tree))),
  );
}

function callsNothing(part: Node): boolean {
  return !anyNode(part, (_, tag) => CALLING.has(tag));
}

/** Another query, a function that may ask who calls, a setting, an argument. */
const CALLING: ReadonlySet<string> = new Set(['SubLink', 'FuncCall', 'SQLValueFunction', 'ParamRef']);
