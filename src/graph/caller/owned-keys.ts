import type { Node, SelectStmt } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding, ColumnMeaning } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import type { Query } from '../query-shapes/query.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { asksCaller } from './caller-source.ts';

/** A column that holds the key of a row of the caller's, of a deck, where decks are told apart by their owner; or that is the key of a row which one of the caller's names: of a team. */
export interface OwnedKey {
  readonly column: EntityId;
  /** The column by which the row with that key is the caller's. */
  readonly through: EntityId;
}

/** `deck_id in (select id from decks where owner_id = auth.uid())`, or with EXISTS: asked of the row that a policy is about. */
export function ownedKeyAsked(graph: SchemaGraph, part: BoundExpression): OwnedKey | undefined {
  return ownedKeyIn(graph, part.tree, part, ({ isOuter }) => isOuter);
}

/** The same in the conditions of a query, asked of its own rows, also by a join: `from deck_cards c join decks d on d.id = c.deck_id where d.owner_id = auth.uid()`. */
export function ownedKeysOf(
  graph: SchemaGraph,
  { binding, joins, sources }: Pick<Query, 'binding' | 'joins' | 'sources'>,
  conditions: readonly Node[],
  callers: readonly EntityId[],
): readonly OwnedKey[] {
  const looked = conditions.flatMap((each) => {
    const isExists = fieldsOf(each, 'SubLink')?.subLinkType === 'EXISTS_SUBLINK';
    return ownedKeyIn(graph, each, binding, ({ isOuter, level }) => !isOuter && level === (isExists ? 1 : 0)) ?? [];
  });
  const joined = callers.flatMap((through) =>
    joins
      .flatMap(({ left, right }) => [
        [left, right],
        [right, left],
      ])
      .flatMap(([key, column]): readonly OwnedKey[] => {
        if (key === undefined || column === undefined) return [];
        if (!isKeyBeside(graph, key, through) && !isNamedBeside(graph, key, column, through)) return [];
        const { relation } = graph.get('column', column);
        return sources.some((each) => each.relation === relation && !each.isTarget) ? [{ column, through }] : [];
      }),
  );
  return [...looked, ...joined];
}

/**
 * The other way round: the key of a row that the caller's row of another table names, `from members m join events e on e.id = m.event_id where m.user_id =
 * auth.uid()`.
 */
export function namedKeysOf(
  graph: SchemaGraph,
  { joins, sources }: Pick<Query, 'joins' | 'sources'>,
  callers: readonly EntityId[],
): readonly OwnedKey[] {
  const isRead = (relation: EntityId) => sources.some((each) => each.relation === relation && !each.isTarget);
  return callers.flatMap((through) => {
    const members = graph.get('column', through).relation;
    return joins
      .flatMap(({ left, right }) => [
        [left, right],
        [right, left],
      ])
      .flatMap(([naming, key]): readonly OwnedKey[] => {
        if (naming === undefined || key === undefined || naming === through) return [];
        const column = graph.get('column', key);
        if (graph.get('column', naming).relation !== members || column.relation === members) return [];
        const table = graph.find(column.relation);
        const isKey = table?.kind === 'table' && isUsersOwn(graph, table) && isUniqueAlone(graph, column);
        return isKey && isRead(column.relation) ? [{ column: key, through }] : [];
      });
  });
}

function ownedKeyIn(
  graph: SchemaGraph,
  condition: Node,
  binding: Binding,
  isOfRow: (meaning: ColumnMeaning) => boolean,
): OwnedKey | undefined {
  const link = fieldsOf(condition, 'SubLink');
  const select = fieldsOf(link?.subselect, 'SelectStmt');
  if (link === undefined || select === undefined || !isOfOneTable(select)) return undefined;
  const parts = conjuncts(select.whereClause);
  const through = parts.flatMap(equalSides).flatMap(([own, other]) => {
    const meaning = columnMeaning(own, binding);
    return meaning !== undefined && isInner(meaning) && asksCaller(graph, other, binding) ? (meaning.column ?? []) : [];
  })[0];
  if (through === undefined) return undefined;
  const pairs: readonly (readonly [Node | undefined, Node | undefined])[] =
    link.subLinkType === 'ANY_SUBLINK'
      ? [[fieldsOf(select.targetList?.[0], 'ResTarget')?.val, link.testexpr]]
      : link.subLinkType === 'EXISTS_SUBLINK'
        ? parts.flatMap(equalSides)
        : [];
  for (const [own, other] of pairs) {
    const [key, column] = [columnMeaning(own, binding), columnMeaning(other, binding)];
    if (key?.column === undefined || !isInner(key) || column?.column === undefined || !isOfRow(column)) continue;
    const isMember = !column.isOuter && isNamedBeside(graph, key.column, column.column, through);
    if (isMember || isKeyBeside(graph, key.column, through)) return { column: column.column, through };
  }
  return undefined;
}

function isInner({ level, isOuter, isDirect }: ColumnMeaning): boolean {
  return level === 0 && !isOuter && isDirect;
}

/** Does the one, beside what says whose a row is, refer to the row that the other is the key of: is the caller a member of it? */
function isNamedBeside(graph: SchemaGraph, name: EntityId, key: EntityId, through: EntityId): boolean {
  const [column, of] = [graph.get('column', name), graph.get('column', key)];
  const table = graph.find(of.relation);
  return (
    name !== through &&
    column.relation === graph.get('column', through).relation &&
    column.relation !== of.relation &&
    table?.kind === 'table' &&
    isUsersOwn(graph, table) &&
    isUniqueAlone(graph, of) &&
    graph.foreignKeysOf(column).some((each) => each.columns.length === 1 && each.referencedTable === of.relation)
  );
}

/** Is the one the key of the table in which the other says whose a row is? */
function isKeyBeside(graph: SchemaGraph, key: EntityId, through: EntityId): boolean {
  const column = graph.get('column', key);
  const table = graph.find(column.relation);
  return (
    key !== through &&
    column.relation === graph.get('column', through).relation &&
    table?.kind === 'table' &&
    isUsersOwn(graph, table) &&
    isUniqueAlone(graph, column)
  );
}

function isOfOneTable({ fromClause, groupClause, limitCount, op }: SelectStmt): boolean {
  const [from, another] = fromClause ?? [];
  const isPlain = groupClause === undefined && limitCount === undefined && (op === undefined || op === 'SETOP_NONE');
  return isPlain && another === undefined && from !== undefined && 'RangeVar' in from;
}
