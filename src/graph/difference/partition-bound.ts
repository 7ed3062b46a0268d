import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { readSql } from '../../sql/parse.ts';

/**
 * `FOR VALUES FROM ('2024-01-01') TO (MAXVALUE)` in a form that is equal however the values are written: the server prints
 * dates and times in full and drops casts. An expression that only the server can compute keeps its text.
 */
export function partitionBoundKey(bound: string): string {
  const { statements } = readSql(`CREATE TABLE t PARTITION OF p ${bound}`, '');
  const spec = fieldsOf(statements[0]?.node, 'CreateStmt')?.partbound;
  if (spec === undefined) return bound;
  const { is_default, strategy, modulus, remainder, listdatums = [], lowerdatums = [], upperdatums = [] } = spec;
  if (is_default) return 'default';
  const lists = [listdatums, lowerdatums, upperdatums].map((values) => values.map(valueKey));
  // The order of a list's values is not kept; that of a range's columns is.
  return JSON.stringify([strategy, modulus, remainder, lists[0]?.toSorted(), lists[1], lists[2]]);
}

function valueKey(node: Node): string {
  const value = fieldsOf(node, 'A_Const');
  if (value) {
    if (value.isnull) return 'null';
    if (value.ival) return `'${value.ival.ival ?? 0}`;
    if (value.boolval) return `'${value.boolval.boolval ?? false}`;
    return `'${momentKey(value.fval?.fval ?? value.sval?.sval ?? '')}`;
  }
  const cast = fieldsOf(node, 'TypeCast');
  if (cast?.arg) return valueKey(cast.arg);
  const column = fieldsOf(node, 'ColumnRef');
  // MINVALUE and MAXVALUE are column names to the grammar.
  return column ? stringsOf(column.fields).join('.') : JSON.stringify(node, withoutPlaces);
}

function withoutPlaces(key: string, value: unknown): unknown {
  return key === 'location' ? undefined : value;
}

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?)?(?:Z|([+-]\d{2}):?(\d{2})?)?$/;

/** A date or time as UTC milliseconds, any other text as it is. Sessions are taken to be in UTC. */
function momentKey(text: string): string {
  const parts = MOMENT.exec(text);
  if (!parts) return text;
  const [, date, minutes = '00:00', seconds = ':00', hours = '+00', rest = '00'] = parts;
  return String(Date.parse(`${date}T${minutes}${seconds}${hours}:${rest}`));
}
