import type { Node, RangeVar, SelectStmt } from '@pgsql/types';
import type { Expression } from '../../sql/expression.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';
import { placeOf } from '../place.ts';
import type { PlacedTest } from './column-tests.ts';
import type { ColumnTest, QuerySource } from './query.ts';

/** A relation of FROM or the target, and its number among the entries of the query, as the binder counts them. */
export interface Entry {
  readonly position: number;
  readonly range: RangeVar;
  readonly relation: EntityId | undefined;
  readonly isTarget: boolean;
}

/** A query in FROM, and its number among the entries. */
export interface SubselectEntry {
  readonly position: number;
  readonly select: SelectStmt;
}

/** What a query's FROM holds, conditions of joins included. */
export interface FromParts {
  readonly entries: readonly Entry[];
  readonly subselects: readonly SubselectEntry[];
  readonly conditions: readonly Node[];
}

/** @param target of INSERT, UPDATE, DELETE, MERGE: entry 0 */
export function fromParts(
  target: RangeVar | undefined,
  items: readonly Node[] | undefined,
  binding: Binding,
): FromParts {
  const entries: Entry[] = [];
  const subselects: SubselectEntry[] = [];
  const conditions: Node[] = [];
  let position = 0;
  const add = (range: RangeVar, isTarget: boolean) => {
    const meaning = binding.meanings.get(range);
    const relation = meaning?.kind === 'source' && !meaning.isCte ? meaning.relation : undefined;
    entries.push({ position: position++, range, relation, isTarget });
  };
  const visit = (item: Node): void => {
    const join = fieldsOf(item, 'JoinExpr');
    const sampled = fieldsOf(item, 'RangeTableSample')?.relation;
    if ('RangeVar' in item) add(item.RangeVar, false);
    else if (sampled !== undefined) visit(sampled);
    else if (join !== undefined) {
      for (const side of [join.larg, join.rarg]) if (side !== undefined) visit(side);
      if (join.quals !== undefined) conditions.push(join.quals);
      // USING merges columns in an entry of its own, an alias makes another.
      if (binding.meanings.get(join)?.kind === 'join') position++;
      if (join.alias !== undefined) position++;
    } else {
      const select = fieldsOf(fieldsOf(item, 'RangeSubselect')?.subquery, 'SelectStmt');
      if (select !== undefined) subselects.push({ position, select });
      position++;
    }
  };
  if (target !== undefined) add(target, true);
  for (const item of items ?? []) visit(item);
  return { entries, subselects, conditions };
}

/** The relations among the entries, each with its tests. */
export function querySources(
  entries: readonly Entry[],
  tests: readonly PlacedTest[],
  bound: Expression & Binding,
): readonly QuerySource[] {
  return entries.flatMap(({ position, range, relation, isTarget }): readonly QuerySource[] => {
    if (relation === undefined) return [];
    const own: ColumnTest[] = [];
    for (const { test, source, isOuter } of tests) if (source === position && !isOuter) own.push(test);
    return [
      {
        relation,
        name: range.alias?.aliasname ?? range.relname ?? '',
        isTarget,
        tests: own,
        at: placeOf(bound, { RangeVar: range }),
      },
    ];
  });
}
