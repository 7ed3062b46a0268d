import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { type Folded, foldValue } from '../binding/questions/constant-value.ts';
import { textValue } from '../binding/questions/text-value.ts';
import type { Known } from './certain-run.ts';
import { constantText } from './operand.ts';
import { rowField } from './row-field.ts';
import { startsFor } from './trigger-ways.ts';

/** What is taken to be in the new row of an INSERT. */
export interface TakenRow {
  /** By the names of the columns. */
  readonly values: ReadonlyMap<string, Folded>;
  /** What a field of the column raw_user_meta_data holds. */
  readonly sent?: (key: string) => Folded;
}

/** All that whoever signs up sent. */
const SENT = Symbol('raw_user_meta_data');

/** What expressions of a trigger's function come to for such a row. */
export function knownOfRow({ values, sent }: TakenRow): Known {
  const starts = startsFor('insert');
  return (node, assume) => {
    const worthOf = (part: Node | undefined) => foldValue(part, assume);
    const field = rowField(node);
    if (field?.row === 'new') return field.name === 'raw_user_meta_data' && sent ? SENT : values.get(field.name);
    const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
    const isField = kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '->>' && sent !== undefined;
    if (isField && worthOf(lexpr) === SENT) return sent(constantText(rexpr) ?? '');
    return textValue(node, worthOf) ?? starts(node);
  };
}
