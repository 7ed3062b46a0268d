import type { TypeRef } from '../../types/type-ref.ts';
import { normalInterval } from './interval-text.ts';
import { normalJson } from './json-text.ts';
import { normalDate, normalTime, normalTimestamp } from './timestamp-text.ts';

const NORMAL: ReadonlyMap<string, (text: string) => string> = new Map([
  ['bool', normalBoolean],
  ['int2', normalNumber],
  ['int4', normalNumber],
  ['int8', normalNumber],
  ['numeric', normalNumber],
  ['float4', normalFloat],
  ['float8', normalFloat],
  ['uuid', (text) => text.toLowerCase().replace(/[{}-]/g, '')],
  ['interval', normalInterval],
  ['date', normalDate],
  ['timestamp', normalTimestamp],
  ['timestamptz', normalTimestamp],
  ['time', normalTime],
  ['jsonb', normalJson],
  ['tsquery', (text) => text.replace(/'(\w+)'|\s+/g, '$1')],
  ['jsonpath', normalJsonPath],
  ['bytea', normalBytes],
]);

/** A literal of a built-in type as the type's output function would print it, so far as that matters; else as written. */
export function normalLiteral(type: TypeRef, text: string): string {
  const normal = NORMAL.get(type.name.name);
  if (type.isArray) return normalArray(text, normal ?? ((element) => element));
  return normal ? normal(text) : text;
}

/** jsonpath_out() quotes all member names and sets its own blanks. */
function normalJsonPath(text: string): string {
  return text.replace(
    /("(?:[^"\\]|\\.)*")|\s+/g,
    (_, name: string | undefined) => name?.replace(/^"([A-Za-z_]\w*)"$/, '$1') ?? '',
  );
}

/** byteain() without backslashes takes the characters' own bytes; byteaout() writes hexadecimal. */
function normalBytes(text: string): string {
  if (text.startsWith('\\x')) return text.toLowerCase();
  return text.includes('\\') ? text : `\\x${Buffer.from(text, 'utf8').toString('hex')}`;
}

/** boolin(): any prefix of the words, in any case. */
function normalBoolean(text: string): string {
  const word = text.trim().toLowerCase();
  if (word !== '' && ['true', 'yes', 'on', '1'].some((each) => each.startsWith(word) && word !== 'o')) return 'true';
  if (word !== '' && ['false', 'no', 'off', '0'].some((each) => each.startsWith(word) && word !== 'o')) return 'false';
  return text;
}

/** numeric keeps the digits behind the point, so `1.50` is not `1.5`; an exponent is written out. */
function normalNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?\s*$/.exec(text) ?? [];
  if (whole === '' && fraction === '') return text.trim();
  const power = Number(exponent);
  const digits = whole + fraction + '0'.repeat(Math.max(0, power - fraction.length));
  const point = Math.max(0, whole.length + power);
  const padded = power < 0 && whole.length + power < 0 ? '0'.repeat(-(whole.length + power)) + digits : digits;
  const integer = padded.slice(0, point).replace(/^0+(?=\d)/, '') || '0';
  const rest = padded.slice(point);
  const isZero = /^0*$/.test(integer + rest);
  return `${sign === '-' && !isZero ? '-' : ''}${integer}${rest === '' ? '' : `.${rest}`}`;
}

function normalFloat(text: string): string {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text.trim() : String(number);
}

const ELEMENT = /\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}]*?))\s*([,}])/y;

/** `{a, "b"}` in the form of array_out(), for one dimension; other arrays stay as written. */
function normalArray(text: string, normalElement: (text: string) => string): string {
  const open = /^\s*\{/.exec(text);
  if (!open) return text;
  if (/^\s*\{\s*\}\s*$/.test(text)) return '{}';
  const elements: string[] = [];
  ELEMENT.lastIndex = open[0].length;
  for (;;) {
    const match = ELEMENT.exec(text);
    if (!match) return text;
    const [, inQuotes, plain = '', end] = match;
    const isNull = inQuotes === undefined && plain.toLowerCase() === 'null';
    elements.push(
      isNull
        ? 'NULL'
        : JSON.stringify(normalElement(inQuotes === undefined ? plain : inQuotes.replace(/\\(.)/g, '$1'))),
    );
    if (end === '}') return `{${elements.join(',')}}`;
  }
}
