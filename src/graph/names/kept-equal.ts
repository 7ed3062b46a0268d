import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { ColumnMeaning } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowEqualities } from '../query-shapes/row-equalities.ts';
import { rowField } from '../query-shapes/row-field.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { mayRaise } from '../triggers/trigger-guards.ts';
import type { Capture } from './captured-columns.ts';

type Column = EntityOf<'column'>;

/** What keeps the two columns equal that a captured comparison was to compare. */
type Keeper = EntityOf<'trigger'> | EntityOf<'foreignKey'>;

/** The row of the subselect is found by its key from a column outside, and both rows have a column of the name that was captured. */
interface Tie {
  readonly inner: { readonly key: Column; readonly kept: Column };
  readonly outer: { readonly key: Column; readonly kept: Column };
}

/**
 * `s.id = shop_id and s.org_id = org_id` compares s.org_id with itself; where a foreign key over both columns, or a trigger that looks the row up by the
 * key and refuses another value or puts that one there, keeps the two equal in every row that is written, it was true anyhow.
 */
export function keptEqual(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  expression: BoundExpression,
  capture: Capture,
): Keeper | undefined {
  const tie = capture.kind === 'itself' ? tieOf(graph, policy, expression, capture) : undefined;
  if (tie === undefined) return undefined;
  const key = graph.ownedBy(policy.table, 'foreignKey').find((each) => isOfBoth(each, tie));
  const written = policy.command === 'insert' || policy.command === 'update' ? [policy.command] : WRITES;
  const triggers = graph.ownedBy(policy.table, 'trigger').filter((each) => isKeeping(graph, each, tie));
  const all = written.map((command) => triggers.find((each) => firesFor(each, command, tie)));
  return key ?? (all.includes(undefined) ? undefined : all[0]);
}

const WRITES = ['insert', 'update'] as const;

function tieOf(
  graph: SchemaGraph,
  { table }: EntityOf<'policy'>,
  expression: BoundExpression,
  { node, name, subselect }: Capture,
): Tie | undefined {
  const captured = columnMeaning(node, expression);
  const kept = [
    captured?.column === undefined ? undefined : graph.get('column', captured.column),
    graph.column(table, name),
  ];
  const [inner, outer] = kept;
  if (captured === undefined || inner === undefined || outer === undefined) return undefined;
  const isOfRow = (each: ColumnMeaning | undefined) =>
    each?.level === captured.level && each.source === captured.source && each.isDirect;
  for (const each of conjuncts(subselect?.whereClause))
    for (const [one, other] of equalSides(each)) {
      const [own, outside] = [columnMeaning(one, expression), columnMeaning(other, expression)];
      if (!isOfRow(own) || own?.column === undefined || outside?.column === undefined || !outside.isOuter) continue;
      const key = graph.get('column', own.column);
      if (!isUniqueAlone(graph, key)) continue;
      return { inner: { key, kept: inner }, outer: { key: graph.get('column', outside.column), kept: outer } };
    }
  return undefined;
}

function isOfBoth({ columns, referencedColumns, isEnforced }: EntityOf<'foreignKey'>, { inner, outer }: Tie): boolean {
  const refers = (from: Column, to: Column) =>
    columns.some((each, at) => each === from.id && referencedColumns[at] === to.id);
  return isEnforced && refers(outer.key, inner.key) && refers(outer.kept, inner.kept);
}

function firesFor(
  { events, updateColumns }: EntityOf<'trigger'>,
  command: 'insert' | 'update',
  { outer }: Tie,
): boolean {
  if (!events.includes(command)) return false;
  if (command === 'insert' || updateColumns.length === 0) return true;
  return [outer.key, outer.kept].every(({ id }) => updateColumns.includes(id));
}

/** Does its function look up the row by `new.shop_id`, and refuse some rows, or put a value of its own there? */
function isKeeping(graph: SchemaGraph, trigger: EntityOf<'trigger'>, { inner, outer }: Tie): boolean {
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (called?.kind !== 'function' || trigger.level !== 'row' || trigger.when !== null || !firesInOrigin(trigger))
    return false;
  const { queries, assignments, expressions } = routineShape(graph, called);
  const isNew = (each: Parameters<typeof rowField>[0], name: string) => {
    const field = rowField(each);
    return field?.row === 'new' && field.name === name;
  };
  const isLookedUp = queries.some((query) =>
    query.sources.some(
      (source) =>
        source.relation === inner.key.relation &&
        rowEqualities(query, source).some(
          ({ column, value }) => column === inner.key.id && isNew(value, outer.key.name),
        ) &&
        reads(query.binding, inner.kept),
    ),
  );
  if (!isLookedUp) return false;
  const isPut = assignments.some(({ target: [row, name] }) => row === 'new' && name === outer.kept.name);
  const isCompared = expressions.some(({ tree }) =>
    anyNode(tree, (each) => {
      const { lexpr, rexpr } = fieldsOf(each, 'A_Expr') ?? {};
      return isNew(lexpr, outer.kept.name) || isNew(rexpr, outer.kept.name);
    }),
  );
  return (isPut && trigger.timing === 'before') || (isCompared && mayRaise(graph, called));
}

function reads(
  { references }: { readonly references: readonly { readonly target: Column['id'] }[] },
  { id }: Column,
): boolean {
  return references.some(({ target }) => target === id);
}
