import type { Node } from '@pgsql/types';
import { unlikeSides } from '../../sql/equality.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { eachStatement, ownExpressions, raisesError, variablesSetBy } from '../query-shapes/pl-statements.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** A trigger for UPDATE, and not for INSERT, that raises an error where the column changes. */
export interface ChangeGuard {
  readonly kind: 'guard';
  readonly trigger: EntityOf<'trigger'>;
  /** Beside that it asks who calls, and not whether that is an author of the row: for some it raises none. */
  readonly isForSome: boolean;
}

/** The triggers with an IF (or WHEN) that asks whether the column changes, and an error inside. */
export function changeGuards(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  column: EntityOf<'column'>,
  authors: ReadonlySet<EntityId>,
): readonly ChangeGuard[] {
  return graph.ownedBy(table.id, 'trigger').flatMap((trigger): readonly ChangeGuard[] => {
    if (trigger.events.includes('insert')) return [];
    const { shape, raising } = raisingAbout(graph, trigger, column) ?? NONE;
    if (shape === undefined || raising.length === 0) return [];
    const { when } = trigger;
    const own = new Set([...authors].map((each) => graph.get('column', each).name));
    const isForSome =
      raising.some((each) => isDecidedByCaller(graph, shape, each, own)) ||
      (when !== null && asksCaller(graph, when.tree, when) && !namesAny(when.tree, own));
    return [{ kind: 'guard', trigger, isForSome }];
  });
}

/** A trigger that raises an error where an UPDATE changes the column, for some callers or rows at least: also where another trigger's UPDATE does. */
export function guardOfChange(graph: SchemaGraph, column: EntityOf<'column'>): EntityOf<'trigger'> | undefined {
  return graph
    .ownedBy(column.relation, 'trigger')
    .find((each) => (raisingAbout(graph, each, column) ?? NONE).raising.length > 0);
}

interface Asking {
  readonly statement: PlStatement;
  readonly parents: readonly PlStatement[];
}

const NONE: { readonly shape: RoutineShape | undefined; readonly raising: readonly Asking[] } = {
  shape: undefined,
  raising: [],
};

/** What raises an error inside a row trigger for UPDATE where the column changes, as an IF or its WHEN asks. */
function raisingAbout(
  graph: SchemaGraph,
  trigger: EntityOf<'trigger'>,
  column: EntityOf<'column'>,
): { readonly shape: RoutineShape; readonly raising: readonly Asking[] } | undefined {
  const { events, level, updateColumns, when } = trigger;
  if (level !== 'row' || !firesInOrigin(trigger) || !events.includes('update')) return undefined;
  if (updateColumns.length > 0 && !updateColumns.includes(column.id)) return undefined;
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (called?.kind !== 'function') return undefined;
  const shape = routineShape(graph, called);
  if (shape.block === null || !shape.isWhole) return undefined;
  const isAsked = when !== null && asksForChange(when.tree, column.name);
  const all = [...eachStatement([shape.block])];
  const asking = isAsked
    ? all.slice(0, 1)
    : all.filter(
        ({ statement }) =>
          statement.kind === 'if' &&
          statement.branches.some(({ condition }) => asksForChange(condition.tree, column.name)),
      );
  return { shape, raising: asking.filter(({ statement }) => raises(statement)) };
}

function raises(statement: PlStatement): boolean {
  return [...eachStatement([statement])].some(({ statement: each }) => {
    return raisesError(each);
  });
}

/** Is who calls asked for around the error, or before it for a variable that is asked for there, and none of the author's columns? */
function isDecidedByCaller(
  graph: SchemaGraph,
  { block, expressions }: RoutineShape,
  { statement, parents }: { readonly statement: PlStatement; readonly parents: readonly PlStatement[] },
  own: ReadonlySet<string>,
): boolean {
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  const asks = (tree: Node) => {
    const expression = bound.get(tree);
    return expression !== undefined && asksCaller(graph, tree, expression);
  };
  const around = [...parents, ...[...eachStatement([statement])].map((each) => each.statement)];
  const conditions = around.filter(({ kind }) => kind === 'if' || kind === 'case').flatMap(ownExpressions);
  if (conditions.some(({ tree }) => namesAny(tree, own))) return false;
  if (conditions.some(({ tree }) => asks(tree))) return true;
  const names = new Set(conditions.flatMap(({ tree }) => variablesIn(tree)));
  return [...eachStatement(block === null ? [] : [block])].some(
    ({ statement: each }) =>
      [...variablesSetBy(each), ...declaredIn(each)].some((name) => names.has(name)) &&
      ownExpressions(each).some(({ tree }) => asks(tree)),
  );
}

/** Is one of these columns of the row named? */
function namesAny(condition: Node, columns: ReadonlySet<string>): boolean {
  return anyNode(condition, (node) => {
    const [row, name] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    return (row === 'new' || row === 'old') && name !== undefined && columns.has(name);
  });
}

/** The names that stand alone: variables, and columns of what a condition queries. */
function variablesIn(condition: Node): readonly string[] {
  const names: string[] = [];
  walk(condition, (_, node) => {
    const [name, more] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    if (name !== undefined && more === undefined) names.push(name);
    return undefined;
  });
  return names;
}

function declaredIn(statement: PlStatement): readonly string[] {
  return statement.kind === 'block'
    ? statement.declarations.flatMap((each) => (each.kind === 'variable' ? [each.name] : []))
    : [];
}

/** `new.status is distinct from old.status`, `old.status <> new.status`. */
export function asksForChange(condition: Node, column: string): boolean {
  return anyNode(condition, (node) => {
    return unlikeSides(node).some((sides) => {
      const [one, other] = sides.map((each) => {
        const [row, field] = stringsOf(fieldsOf(each, 'ColumnRef')?.fields);
        return field === column ? row : undefined;
      });
      return one === 'new' && other === 'old';
    });
  });
}
