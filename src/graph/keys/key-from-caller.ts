import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNullable } from '../nulls/nullability.ts';
import type { CheckThenInsert } from '../query-shapes/check-then-insert.ts';
import { isNewEachTime } from '../query-shapes/new-each-time.ts';
import { eachStatement, variablesSetBy } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * A unique key of the table, for every row and never NULL, that an INSERT fills with what belongs to the caller alone (the e-mail
 * address that auth.users has for auth.uid()), where it was the caller whose row was looked for: one caller cannot add two.
 */
export function keyFromCaller(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { relation, check, insert, write }: CheckThenInsert,
): EntityOf<'index'> | undefined {
  const callers = callersVariables(graph, routine);
  const isCallers = (node: Node | undefined, binding: Binding) => isFromCaller(graph, node, binding, callers);
  if (!isCallers(fieldsOf(check.node, 'SelectStmt')?.whereClause, check.binding)) return undefined;
  return graph.ownedBy(relation, 'index').find(({ isUnique, isValid, predicate, keys, nullsNotDistinct }) => {
    if (!isUnique || !isValid || predicate !== null) return false;
    const values = keys.map(({ column }) => {
      const set = column === null ? undefined : write.sets.find((each) => each.column === column);
      if (set === undefined || column === null) return undefined;
      if (!nullsNotDistinct && isNullable(graph, graph.get('column', column))) return undefined;
      if (set.constant !== null) return 'constant';
      return isCallers(set.value ?? undefined, insert.binding) ? 'caller' : undefined;
    });
    return values.includes('caller') && !values.includes(undefined);
  });
}

/** The variables that nothing but the caller decides: set from auth.uid() or by a SELECT whose condition asks for the caller. */
function callersVariables(graph: SchemaGraph, routine: EntityOf<'function'>): ReadonlySet<string> {
  const { block, expressions } = routineShape(graph, routine);
  const callers = new Set<string>();
  const others = new Set<string>();
  const bound = new Map(expressions.map((each) => [each.tree, each] as const));
  const set = (name: string | undefined, node: Node | undefined, tree: Node) => {
    const binding = bound.get(tree);
    if (name === undefined) return;
    if (binding !== undefined && isFromCaller(graph, node, binding, callers)) callers.add(name);
    else others.add(name);
  };
  for (const { statement } of block === null ? [] : eachStatement([block])) {
    if (statement.kind === 'assign') {
      const [name] = variablesSetBy(statement);
      set(name, statement.value.tree, statement.value.tree);
    } else if (statement.kind === 'sql') {
      const { tree } = statement.sql;
      const where = fieldsOf(tree, 'SelectStmt')?.whereClause;
      for (const each of statement.into?.targets ?? []) set(each.name[0], where, tree);
    } else if (statement.kind === 'block') {
      for (const each of statement.declarations)
        if (each.kind === 'variable' && each.default) set(each.name, each.default.tree, each.default.tree);
    } else for (const each of variablesSetBy(statement)) others.add(each);
  }
  return new Set([...callers].filter((each) => !others.has(each)));
}

/** Made from who calls and from nothing that is another each time. */
function isFromCaller(
  graph: SchemaGraph,
  node: Node | undefined,
  binding: Binding,
  callers: ReadonlySet<string>,
): boolean {
  if (node === undefined || anyNode(node, isNewEachTime)) return false;
  const isVariable = (each: Node) => {
    const [name, ...more] = stringsOf(fieldsOf(each, 'ColumnRef')?.fields);
    return name !== undefined && more.length === 0 && callers.has(name);
  };
  return asksCaller(graph, node, binding) || anyNode(node, isVariable);
}
