import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { Assumption, ConstantValue } from '../binding/questions/constant-value.ts';
import { rowField } from './row-field.ts';
import { isFor } from './trigger-ways.ts';

/** The row of an UPDATE, by the names of its columns. */
export interface UpdatedRow {
  readonly before: ReadonlyMap<string, ConstantValue>;
  readonly after: ReadonlyMap<string, ConstantValue>;
  /** The columns that stay as they are, known or not. */
  readonly unchanged: ReadonlySet<string>;
}

/** What is known of NEW and OLD in a trigger that runs for it. */
export function knownOfUpdate({ before, after, unchanged }: UpdatedRow): Assumption {
  const updating = isFor('update');
  return (node: Node) => {
    const field = rowField(node);
    if (field !== undefined) return (field.row === 'new' ? after : before).get(field.name);
    const { kind, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
    if (kind === 'AEXPR_DISTINCT' || kind === 'AEXPR_NOT_DISTINCT') {
      const sides = [lexpr, rexpr].map((each) => stringsOf(fieldsOf(each, 'ColumnRef')?.fields));
      const rows = new Set(sides.map(([first]) => first));
      const names = new Set(sides.map(([, second]) => second));
      const [only = ''] = names;
      const isSame = rows.has('new') && rows.has('old') && names.size === 1 && unchanged.has(only);
      if (isSame) return kind === 'AEXPR_NOT_DISTINCT';
    }
    return updating(node);
  };
}
