import type { Node, SelectStmt } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { canonical } from '../binding/canonical.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Grantee } from '../privileges/privileges.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { armsOf, joined } from '../query-shapes/select-arms.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Table = EntityOf<'table'>;

/**
 * Does a view, read with its owner's rights, show the role no row of a table that its policies would keep back, whatever its grants? So it is where the
 * WHERE of the view asks all that one way through one of the policies for reading asks: `is_public` of `owner_id = auth.uid() or is_public = true`.
 * Nothing is concluded where either looks into other tables, as those would be read with other rights, or where the table is read twice.
 */
export function showsAsPolicies(graph: SchemaGraph, { query }: EntityOf<'view'>, table: Table, role: Grantee): boolean {
  const policies = policiesFor(graph, table, 'select', role);
  if (policies.some((each) => !each.isPermissive)) return false;
  const select = fieldsOf(query.tree, 'SelectStmt');
  const arm = select && armReadingOnce(select, query, table);
  if (arm === undefined) return false;
  const asked = new Set(conjuncts(arm.whereClause).map((each) => canonical(withoutTrue(each), query, String)));
  return policies.some(({ using }) => {
    const ways = using === null ? [] : (waysOf(using) ?? []);
    return ways.some((way) =>
      way.every(
        ({ tree, ...part }) =>
          !anyNode(tree, (node) => 'SubLink' in node) && asked.has(canonical(withoutTrue(tree), part, String)),
      ),
    );
  });
}

/** A condition holds where `x = true` and `x is true` hold, and the other way round. */
function withoutTrue(condition: Node): Node {
  const { kind, name, lexpr, rexpr } = fieldsOf(condition, 'A_Expr') ?? {};
  const isEqual = kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=';
  if (isEqual && lexpr !== undefined && isTrue(rexpr)) return lexpr;
  if (isEqual && rexpr !== undefined && isTrue(lexpr)) return rexpr;
  const { booltesttype, arg } = fieldsOf(condition, 'BooleanTest') ?? {};
  return booltesttype === 'IS_TRUE' && arg !== undefined ? arg : condition;
}

function isTrue(node: Node | undefined): boolean {
  return fieldsOf(node, 'A_Const')?.boolval?.boolval === true;
}

/** The query of a UNION, or the only one, that reads the table in its own FROM; undefined where the table is read twice in all, or elsewhere. */
function armReadingOnce(select: SelectStmt, { tree, meanings }: BoundExpression, table: Table): SelectStmt | undefined {
  const isOf = (node: Node | undefined) => {
    const range = fieldsOf(node, 'RangeVar');
    const meaning = range && meanings.get(range);
    return meaning?.kind === 'source' && meaning.relation === table.id;
  };
  let count = 0;
  walk(tree, (_, node) => {
    if (isOf(node)) count++;
    return undefined;
  });
  return count === 1 ? armsOf(select).find(({ fromClause }) => joined(fromClause ?? []).some(isOf)) : undefined;
}
