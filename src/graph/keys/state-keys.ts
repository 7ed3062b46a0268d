import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { constantOf } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isPlainKey, keyColumns } from './outdone-keys.ts';

type Column = EntityOf<'column'>;

/** A unique key in which a flag stands that one row of several has: it holds for the rows without the flag as well. */
export interface StateKey {
  readonly flag: Column;
  /** It is chosen for one of the rows later (is_default), and not taken from one (is_active). */
  readonly isChosen: boolean;
  readonly others: readonly Column[];
}

/** What the one row of several is that counts now. */
const CURRENT: NamePatterns = ['is_active', 'is_current', 'active', 'current'];
const CHOSEN: NamePatterns = ['is_default', 'is_primary', 'is_main'];
const PERIODS: NamePatterns = ['*_year', '*_month', '*_week', '*_quarter', '*_season', '*_day', '*_date'];

/**
 * `unique (user_id, year, is_active)`: one active plan a year, and one that is not. Only where what else is in the key says what the row belongs to (at least
 * one foreign key) or when it is, not what it is called, and no narrower key says so for all rows.
 */
export function stateKey(graph: SchemaGraph, index: EntityOf<'index'>): StateKey | undefined {
  const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
  if (!isPlainKey(index) || constraint?.kind === 'primaryKey') return undefined;
  const columns = keyColumns(index).map((id) => graph.get('column', id));
  const [flag, another] = columns.filter((each) => typeClass(graph, each.type) === 'boolean');
  const others = columns.filter((each) => each !== flag);
  if (flag === undefined || another !== undefined || !isState(flag)) return undefined;
  const referring = new Set(graph.ownedBy(index.relation, 'foreignKey').flatMap((key) => key.columns));
  const isOfOwner = others.some(({ id }) => referring.has(id));
  const isOfPeriod = (each: Column) =>
    isNamed(each.name, PERIODS) && ['integer', 'date', 'decimal'].includes(typeClass(graph, each.type) ?? '');
  if (!isOfOwner || !others.every((each) => referring.has(each.id) || isOfPeriod(each))) return undefined;
  const isOutdone = graph.ownedBy(index.relation, 'index').some((each) => {
    const keys = keyColumns(each);
    return (
      each.isUnique &&
      each.predicate === null &&
      keys.length > 0 &&
      each.keys.length === keys.length &&
      keys.every((id) => others.some((other) => other.id === id))
    );
  });
  return isOutdone
    ? undefined
    : { flag, isChosen: isNamed(flag.name, CHOSEN) && constantOf(flag.default?.tree) !== 'true', others };
}

/** By its name, and what a new row has in it: an active one is active at first, a default one is chosen later. */
function isState({ name, default: given, generated }: Column): boolean {
  const first = constantOf(given?.tree);
  if (isNamed(name, CURRENT)) return first === 'true' || generated !== null;
  return isNamed(name, CHOSEN) && (first === 'false' || first === 'true' || generated !== null);
}
