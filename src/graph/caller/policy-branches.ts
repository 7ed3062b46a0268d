import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { type BoundExpression, boundPart } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts, disjuncts, listedEqualities } from '../query-shapes/column-tests.ts';
import type { ColumnTest } from '../query-shapes/query.ts';
import { rowTests } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksCaller } from './caller-source.ts';

type Policy = EntityOf<'policy'>;

/** One of the alternatives of the policies of a table, and the columns by which an index could find its rows. */
export interface PolicyBranch {
  readonly policy: Policy;
  /** Compared by `=` with a value that comes from the caller and does not depend on the row; none where there is no such. */
  readonly columns: readonly EntityId[];
}

/**
 * The alternatives (policies, and what OR joins inside them) by which rows pass these policies. Postgres reads the table by
 * indexes only if each of them has a column to look up; one that has none means that every row is looked at. A policy that is
 * true for every row is a branch without columns; one that admits nothing is none.
 */
export function policyBranches(graph: SchemaGraph, policies: readonly Policy[]): readonly PolicyBranch[] {
  return policies.flatMap((policy) => {
    const { using } = policy;
    if (using === null) return [];
    return disjuncts(using.tree)
      .flatMap(listedEqualities)
      .filter((each) => {
        const value = foldBoolean(each);
        return value !== false && value !== null;
      })
      .map((each) => ({ policy, columns: comparedColumns(graph, boundPart(using, each)) }));
  });
}

function comparedColumns(graph: SchemaGraph, branch: BoundExpression): readonly EntityId[] {
  return conjuncts(branch.tree).flatMap((part) => {
    const tests = rowTests(boundPart(branch, part));
    const { kind, name, lexpr, rexpr } = fieldsOf(part, 'A_Expr') ?? {};
    const isEquality = kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=';
    if (!isEquality || ![lexpr, rexpr].some((side) => asksCaller(graph, side, branch))) return [];
    return tests.filter(isLookUp).map((each) => each.column);
  });
}

/** `column = value`, the value being no other column of the row and no subselect that reads. */
function isLookUp({ kind, isBare, against }: ColumnTest): boolean {
  return kind === 'equal' && isBare && against === 'expression';
}
