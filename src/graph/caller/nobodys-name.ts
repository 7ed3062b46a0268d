import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { type BoundExpression, boundPart } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { callerComparisons } from './caller-comparisons.ts';
import { asksCaller } from './caller-source.ts';
import { knownOfNobody } from './signed-out.ts';

/** A way through a clause for those who are not signed in, by which they write another's name. */
export interface NobodysName {
  readonly branch: Node;
  /** Which the other ways compare with the caller, and this one only looks up. */
  readonly column: EntityId;
  /** Where it does. */
  readonly reads: readonly EntityId[];
}

/**
 * `author = auth.uid() or (auth.uid() is null and exists (select 1 from profiles p where p.id = author and p.role = 'editor'))`: those who have no user
 * name one who has. Not where that way asks for a role, a setting or anything else of who calls, or something else of the row.
 */
export function nobodysName(graph: SchemaGraph, check: BoundExpression): NobodysName | undefined {
  const ways = disjuncts(check.tree);
  const own = new Set(
    ways.flatMap((tree) => {
      const found = callerComparisons(graph, boundPart(check, tree));
      return found.flatMap((each) => (each.via === 'value' && each.isOwnValue ? [each.column] : []));
    }),
  );
  const known = knownOfNobody(check);
  for (const branch of ways) {
    const parts = conjuncts(branch);
    const asked = parts.filter((each) => !('NullTest' in each) || foldBoolean(each, known) !== true);
    if (asked.length === 0 || asked.length === parts.length || !asked.every((each) => isOpen(graph, each, check)))
      continue;
    const found = asked.flatMap((tree) => callerComparisons(graph, boundPart(check, tree)));
    const [first] = found;
    if (first === undefined || !own.has(first.column)) continue;
    if (found.some(({ column, via }) => column !== first.column || via !== 'otherTable')) continue;
    return { branch, column: first.column, reads: found.flatMap(({ reads }) => reads) };
  }
  return undefined;
}

function isOpen(graph: SchemaGraph, tree: Node, check: BoundExpression): boolean {
  if (asksCaller(graph, tree, check) || callsUsersFunction(graph, boundPart(check, tree))) return false;
  return !anyNode(tree, (node) => writtenName(fieldsOf(node, 'FuncCall')?.funcname).name === 'current_setting');
}
