import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';
import { type HeldColumn, type HoldersAround, heldBy, type RowReading } from './held-columns.ts';
import type { Query } from './query.ts';
import { whereOf } from './row-equalities.ts';

/** What a routine has asked of a value that it read, before it goes on. */
export interface ValueGuard {
  readonly reading: RowReading;
  readonly column: EntityId;
  /**
   * By which the column compares where it goes on: `>=` behind `if v < n then raise`; `is` for a boolean and for NULL. Null where what is compared is
   * made of the column.
   */
  readonly operator: string | null;
}

const NEGATED: ReadonlyMap<string, string> = new Map([
  ['<', '>='],
  ['<=', '>'],
  ['>', '<='],
  ['>=', '<'],
  ['=', '<>'],
  ['<>', '='],
]);

const MIRRORED: ReadonlyMap<string, string> = new Map([
  ['<', '>'],
  ['<=', '>='],
  ['>', '<'],
  ['>=', '<='],
]);

/**
 * The comparisons of read values in a condition. Which of them AND and OR let count is not asked: `active and uses < 5` and `limit is null or uses < 5`
 * both ask how often it was used.
 * @param holds the routine goes on where the condition is true, and not where it is false
 */
export function valueGuards(
  node: Node | undefined,
  holds: boolean,
  binding: Binding,
  around: HoldersAround,
  own?: Query,
): readonly ValueGuard[] {
  const { boolop, args = [] } = fieldsOf(node, 'BoolExpr') ?? {};
  if (boolop !== undefined)
    return args.flatMap((each) => valueGuards(each, (boolop === 'NOT_EXPR') !== holds, binding, around, own));
  const { subLinkType, subselect } = fieldsOf(node, 'SubLink') ?? {};
  if (subLinkType === 'EXISTS_SUBLINK') {
    const query = around.queries.find((each) => each.node === subselect);
    return query === undefined ? [] : guardsOfRow(query, holds, around);
  }
  const missing = fieldsOf(node, 'NullTest');
  if (missing !== undefined)
    return askedOfRow(missing.arg, (missing.nulltesttype === 'IS_NOT_NULL') === holds, binding, around);
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (kind === 'AEXPR_IN') {
    const isOneOf = (stringsOf(name).at(-1) === '=') === holds;
    return heldBy(lexpr, binding, around, own).map(({ reading, column, isChanged }) => ({
      ...{ reading, column },
      operator: isChanged ? null : isOneOf ? '=' : '<>',
    }));
  }
  if (kind !== 'AEXPR_OP') return askedOfRow(node, holds, binding, around);
  const written = stringsOf(name).at(-1) ?? '';
  const operator = holds ? written : NEGATED.get(written);
  if (operator === undefined || !NEGATED.has(operator)) return [];
  const asked = (held: readonly HeldColumn[], by: string) =>
    held.map(({ reading, column, isChanged }) => ({ reading, column, operator: isChanged ? null : by }));
  return [
    ...asked(heldBy(lexpr, binding, around, own), operator),
    ...asked(heldBy(rexpr, binding, around, own), MIRRORED.get(operator) ?? operator),
  ];
}

/** What WHERE asks of the row, where the routine goes on because there is one: or, not `holds`, because there is none. */
export function guardsOfRow(query: Query, holds: boolean, around: HoldersAround): readonly ValueGuard[] {
  return valueGuards(whereOf(query), holds, query.binding, around, query);
}

/** FOUND, and a variable that is NULL where there was no row: besides itself what the query asked of the row. */
function askedOfRow(
  node: Node | undefined,
  isThere: boolean,
  binding: Binding,
  around: HoldersAround,
): readonly ValueGuard[] {
  const reference = fieldsOf(node, 'ColumnRef');
  const meaning = reference && binding.meanings.get(reference);
  if (meaning?.kind !== 'variable') return [];
  const held = around.variables.get(meaning.name) ?? [];
  const readings = isThere ? new Set(held.map(({ reading }) => reading)) : [];
  return [
    ...held.map(({ reading, column }) => ({ reading, column, operator: 'is' })),
    ...[...readings].flatMap(({ asks }) => asks),
  ];
}
