import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../../sql/nodes.ts';
import { walk } from '../../../sql/walk.ts';
import type { Binding } from '../binding.ts';

const JSON_AGGREGATES = new Set(['JsonObjectAgg', 'JsonArrayAgg']);

/**
 * Does an expression of a select give one value for each row: no aggregate, no window, no set, as far as what is called is known?
 * What a subselect does is its own.
 */
export function givesOneValue(part: Node | readonly Node[] | undefined, { meanings }: Binding): boolean {
  let gives = true;
  walk(part, (tag, node) => {
    if (tag === 'SubLink') return 'skip';
    if (JSON_AGGREGATES.has(tag)) gives = false;
    const call = fieldsOf(node, 'FuncCall');
    if (call !== undefined) {
      const meaning = meanings.get(call);
      gives &&= meaning?.kind === 'call' && meaning.function.kind === 'function' && !meaning.function.returnsSet;
    }
    return gives ? undefined : 'stop';
  });
  return gives;
}
