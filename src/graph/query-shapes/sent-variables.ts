import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { eachStatement } from './pl-statements.ts';
import type { RoutineShape } from './routine-shape.ts';

/** Variables, and the fields of the new row that they are made from. */
export type SentVariables = ReadonlyMap<string, ReadonlySet<string>>;

/** The fields of NEW that the value is made from, also through variables. */
export function namesFrom(value: Node, sent: SentVariables): ReadonlySet<string> {
  const names = new Set<string>();
  walk(value, (_, node) => {
    const [row = '', name] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    if (row === 'new' && name !== undefined) names.add(name);
    if (name === undefined) for (const each of sent.get(row) ?? []) names.add(each);
    return undefined;
  });
  return names;
}

/** The variables of a trigger's function that nothing but the new row decides. */
export function sentVariables({ block, assignments }: RoutineShape): SentVariables {
  const values = new Map<string, Node[]>();
  const others = new Set<string>();
  for (const { target, value } of assignments) {
    const [name = '', more] = target;
    if (value === null || more !== undefined || anyNode(value.tree, (_, tag) => tag === 'SubLink')) others.add(name);
    else values.set(name, [...(values.get(name) ?? []), value.tree]);
  }
  for (const { statement } of block === null ? [] : eachStatement([block]))
    if ('targets' in statement) for (const each of statement.targets) others.add(each.name[0] ?? '');
  const sent = new Map<string, Set<string>>();
  for (let size = -1; size !== count(sent); ) {
    size = count(sent);
    for (const [name, trees] of values) {
      const names = trees.flatMap((each) => [...namesFrom(each, sent)]);
      if (names.length > 0 && !others.has(name)) sent.set(name, new Set([...(sent.get(name) ?? []), ...names]));
    }
  }
  return sent;
}

function count(sent: SentVariables): number {
  return [...sent.values()].reduce((sum, each) => sum + each.size, 0);
}
