import type { Folded } from '../binding/questions/constant-value.ts';
import type { EntityOf } from '../entities/index.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';
import { type RefusedDuplicate, refusedDuplicates } from './refused-duplicates.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** A trigger that lets a table have one row only with a value that several of its rows are meant to have. */
export interface RefusedSecondRow extends RefusedDuplicate {
  /** Null where it lets it have one row at all. */
  readonly shared: Column | null;
}

/** Each key once. */
export function refusedSecondRows(graph: SchemaGraph, trigger: EntityOf<'trigger'>): readonly RefusedSecondRow[] {
  const table = graph.find(trigger.relation);
  if (table?.kind !== 'table' || table.isAssumed === true || !isUsersOwn(graph, table)) return [];
  const ask = (values: ReadonlyMap<string, Folded>, named: readonly Column[]) =>
    refusedDuplicates(graph, trigger, [{ values }], named);
  const found: RefusedSecondRow[] = ask(new Map(), []).map((each) => ({ ...each, shared: null }));
  for (const column of graph.columns(table.id).filter((each) => isShared(graph, table, each))) {
    const value = typeClass(graph, column.type) === 'text' ? 'ann@example.com' : Symbol(column.name);
    for (const each of ask(new Map([[column.name, value]]), [column]))
      if (!found.some(({ index }) => index === each.index)) found.push({ ...each, shared: column });
  }
  return found;
}

/**
 * Are several rows surely meant to have one value there: by a unique key that tells them apart by another column, or since it is the address of somebody of
 * whom the table holds what he does?
 */
function isShared(graph: SchemaGraph, table: Table, column: Column): boolean {
  if (column.identity !== null || column.generated !== null || column.isAssumed === true) return false;
  const keys = graph.ownedBy(table.id, 'index').filter(({ isUnique }) => isUnique);
  if (keys.some((each) => each.keys.every((key) => key.column === column.id || holds(key, column)))) return false;
  const isPart = keys.some((each) => each.predicate === null && each.keys.some((key) => key.column === column.id));
  return isPart || (hasRole(graph, column, 'email') && !isAccountTable(graph, table));
}

function holds({ expression }: EntityOf<'index'>['keys'][number], { id }: Column): boolean {
  return expression?.references.some(({ target }) => target === id) === true;
}
