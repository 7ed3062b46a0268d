import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import type { FilledColumn, RefusedDuplicate } from '../keys/refused-duplicates.ts';
import { ownColumns } from '../own-column.ts';
import { type Insertion, putBehind } from '../routines/redefinition.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * What makes the values that a trigger on auth.users puts into its keys another for each user, of texts of any length and form. Undefined where what is made for
 * him cannot be told from what he sent.
 * @param keys under which he may send a value that comes first
 */
export function toldApart(
  graph: SchemaGraph,
  alike: readonly RefusedDuplicate[],
  keys: readonly string[],
  texts: ReadonlyMap<string, string>,
): readonly Insertion[] | undefined {
  const columns = new Map(
    alike.flatMap(({ filled, statement }) => filled.map((each) => [each.column, { ...each, statement }])),
  );
  const all = [...columns.values()].map(({ column, set, statement }) => {
    const text = texts.get(statement.at.file);
    const made = set?.value && madeFor(set.value, keys);
    return text === undefined || made === undefined || made === null || !takesMore(graph, column)
      ? undefined
      : putBehind(made, " || '_' || left(new.id::text, 8)", text);
  });
  return all.some((each) => each === undefined) ? undefined : all.flatMap((each) => each ?? []);
}

/** The last of coalesce(), where only what was sent comes before it. */
function madeFor(value: Node, keys: readonly string[]): Node | undefined {
  if (keys.length === 0) return value;
  const choices = fieldsOf(value, 'CoalesceExpr')?.args ?? [];
  const isSent = choices.slice(0, -1).every((each) => {
    const { kind, name, lexpr } = fieldsOf(each, 'A_Expr') ?? {};
    const [row, field] = stringsOf(fieldsOf(lexpr, 'ColumnRef')?.fields);
    return kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '->>' && row === 'new' && field === 'raw_user_meta_data';
  });
  return isSent ? choices.at(-1) : undefined;
}

/** No CHECK, length or domain says what it may be. */
function takesMore(graph: SchemaGraph, { id, relation, type }: FilledColumn['column']): boolean {
  const isText = type !== null && ['text', 'varchar', 'citext'].includes(type.name.name) && !type.isArray;
  const checks: readonly EntityOf<'checkConstraint'>[] = graph.ownedBy(relation, 'checkConstraint');
  return (
    isText &&
    type.modifiers.length === 0 &&
    !checks.some(({ expression }) => ownColumns(expression.tree, expression).has(id))
  );
}
