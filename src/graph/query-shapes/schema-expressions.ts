import type { Node } from '@pgsql/types';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { columnsIn } from './operand.ts';
import { routineShape } from './routine-shape.ts';
import { userRoutines } from './schema-queries.ts';

/** A tree, and what its names mean. */
export interface BoundTree {
  readonly tree: Node;
  readonly binding: Binding;
}

/**
 * Every statement and expression of the user's part of the schema, whole: bodies of routines with the constant texts that they
 * EXECUTE, views, policies, conditions of triggers and rules, indexes, enforced checks of several columns, generated columns.
 */
export const expressionsInSchema = askedOnce((graph): readonly BoundTree[] => [
  ...userRoutines(graph).flatMap((routine) => {
    const { expressions, dynamic } = routineShape(graph, routine);
    const executed = dynamic.flatMap(({ queries }) => queries).filter(({ parent }) => parent === null);
    return [
      ...expressions.map((each) => ({ tree: each.tree, binding: each })),
      ...executed.map(({ node, binding }) => ({ tree: node, binding })),
    ];
  }),
  ...standing(graph).map((each) => ({ tree: each.tree, binding: each })),
]);

function standing(graph: SchemaGraph): readonly BoundExpression[] {
  const own = <T extends Parameters<typeof isUsersOwn>[1]>(list: readonly T[]) =>
    list.filter((each) => isUsersOwn(graph, each));
  const all: readonly (BoundExpression | null)[] = [
    ...own(graph.ofKind('view')).map(({ query }) => query),
    ...own(graph.ofKind('materializedView')).map(({ query }) => query),
    ...own(graph.ofKind('policy')).flatMap(({ using, check }) => [using, check]),
    ...own(graph.ofKind('trigger')).map(({ when }) => when),
    ...own(graph.ofKind('rewriteRule')).flatMap(({ condition, actions }) => [condition, ...actions]),
    ...graph.ofKind('index').flatMap(({ keys, predicate }) => [predicate, ...keys.map((each) => each.expression)]),
    ...graph.ofKind('checkConstraint').flatMap((each) => (tiesColumns(each) ? [each.expression] : [])),
    ...graph.ofKind('column').flatMap(({ generated }) => generated?.expression ?? []),
  ];
  return all.flatMap((each) => each ?? []);
}

/** A check of one column says what may stand there, and what may not. */
function tiesColumns({ expression, isEnforced }: EntityOf<'checkConstraint'>): boolean {
  return isEnforced && new Set(columnsIn(expression.tree, expression).map(({ column }) => column)).size > 1;
}
