import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { singularOf } from './noun.ts';
import { wordsOf } from './words.ts';

/** The tables that a name holds, in the plural or not: touch_order_items is for order_items, and not for orders or items. */
export function tablesInName(graph: SchemaGraph, name: string): readonly EntityOf<'table'>[] {
  const held = `_${wordsOf(name).join('_')}_`;
  const found = tableNames(graph).flatMap(({ table, names }) => {
    const spelled = names.find((each) => held.includes(`_${each}_`));
    return spelled === undefined ? [] : [{ table, spelled }];
  });
  const isWithinAnother = (name: string) =>
    found.some(({ spelled }) => spelled !== name && `_${spelled}_`.includes(`_${name}_`));
  return found.filter(({ spelled }) => !isWithinAnother(spelled)).map(({ table }) => table);
}

const tableNames = askedOnce((graph: SchemaGraph) =>
  graph
    .ofKind('table')
    .filter((table) => isUsersOwn(graph, table))
    .map((table) => {
      const words = wordsOf(table.name.name);
      const singular = [...words.slice(0, -1), singularOf(words.at(-1) ?? '')];
      return { table, names: [words.join('_'), singular.join('_')] };
    }),
);
