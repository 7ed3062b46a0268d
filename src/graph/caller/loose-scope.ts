import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isMembershipTable } from '../lexicon/table-roles.ts';
import { conditionsOf } from '../policies/policy-clauses.ts';
import { namesRowOutside } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksCaller } from './caller-source.ts';
import { isOpenToSignedIn } from './signed-out.ts';

/**
 * What a clause asks of the caller without tying it to the row: `signedIn` only to be signed in, or to be found in a table at
 * all, whose rows have a column of that name (a member of any tenant). Undefined where it asks for anything else.
 */
export type LooseScope = { readonly asks: 'signedIn' } | { readonly asks: 'member'; readonly of: EntityOf<'table'> };

export function looseScope(graph: SchemaGraph, clause: BoundExpression, column: string): LooseScope | undefined {
  const scopes = conditionsOf(clause).map((each) => scopeOf(graph, each, column));
  if (scopes.some((each) => each === undefined)) return undefined;
  return scopes.find((each) => each?.asks === 'member') ?? scopes[0];
}

function scopeOf(graph: SchemaGraph, condition: BoundExpression, column: string): LooseScope | undefined {
  const isNotDeleted = (node: Node) => (testsDeletion(graph, node, condition) ? true : undefined);
  if (isOpenToSignedIn(condition, isNotDeleted)) return { asks: 'signedIn' };
  const link = fieldsOf(condition.tree, 'SubLink');
  if (link === undefined || !asksCaller(graph, condition.tree, condition)) return undefined;
  let hasConstant = false;
  const relations: EntityOf<'table'>[] = [];
  walk(condition.tree, (_, node) => {
    const constant = fieldsOf(node, 'A_Const');
    hasConstant ||= constant?.sval !== undefined || constant?.boolval !== undefined;
    const range = fieldsOf(node, 'RangeVar');
    const source = range && condition.meanings.get(range);
    const relation =
      source?.kind === 'source' && source.relation !== undefined ? graph.find(source.relation) : undefined;
    if (relation?.kind === 'table') relations.push(relation);
    return undefined;
  });
  const [only, ...others] = relations;
  if (
    namesRowOutside(condition.tree, condition) ||
    only === undefined ||
    others.length > 0 ||
    graph.column(only.id, column) === undefined
  )
    return undefined;
  // A role asked for by name may be one that stands above all tenants, unless it is a role in one of them.
  return hasConstant && !isMembershipTable(graph, only) ? undefined : { asks: 'member', of: only };
}

/** `deleted_at is null`: true for every row that is there. */
function testsDeletion(graph: SchemaGraph, node: Node, { meanings }: BoundExpression): boolean {
  const test = fieldsOf(node, 'NullTest');
  const reference = test?.nulltesttype === 'IS_NULL' ? fieldsOf(test.arg, 'ColumnRef') : undefined;
  const meaning = reference && meanings.get(reference);
  const column = meaning?.kind === 'column' && meaning.column !== undefined ? graph.find(meaning.column) : undefined;
  return column?.kind === 'column' && hasRole(graph, column, 'softDelete');
}
