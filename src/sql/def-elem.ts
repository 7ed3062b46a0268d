import type { DefElem, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from './nodes.ts';

/** The `name = value` options of a statement. */
export function defElems(nodes: readonly Node[] | undefined): readonly DefElem[] {
  return (nodes ?? []).flatMap((each) => ('DefElem' in each ? [each.DefElem] : []));
}

/** The value as text (defGetString() in src/backend/commands/define.c); undefined for an option without one. */
export function defText(option: DefElem | undefined): string | undefined {
  const arg = option?.arg;
  if (arg === undefined) return undefined;
  const number = fieldsOf(arg, 'Integer');
  if (number !== undefined) return String(number.ival ?? 0);
  const boolean = fieldsOf(arg, 'Boolean');
  if (boolean !== undefined) return boolean.boolval === true ? 'true' : 'false';
  const typeName = fieldsOf(arg, 'TypeName');
  if (typeName !== undefined) return stringsOf(typeName.names).at(-1) ?? '';
  const list = fieldsOf(arg, 'List');
  if (list !== undefined) return stringsOf(list.items).at(-1) ?? '';
  return fieldsOf(arg, 'Float')?.fval ?? fieldsOf(arg, 'String')?.sval ?? '';
}

/** A boolean option: bare it means true, otherwise any spelling parse_bool() takes; undefined for none of them. */
export function defBoolean(option: DefElem): boolean | undefined {
  const text = defText(option);
  return text === undefined ? true : parseBoolean(text);
}

const TRUE = ['true', 'yes', 'on', '1'];
const FALSE = ['false', 'no', 'off', '0'];

/** parse_bool() (src/backend/utils/adt/bool.c): any unique prefix, in any case. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (word === '' || word === 'o') return undefined;
  if (TRUE.some((each) => each.startsWith(word))) return true;
  if (FALSE.some((each) => each.startsWith(word))) return false;
  return undefined;
}
