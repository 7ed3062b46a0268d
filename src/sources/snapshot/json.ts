export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** What stands on a line of its own if it fits: a longer value is broken up. */
const WIDEST = 120;

/**
 * JSON as people and git read it: one fact a line, lists and objects without depth on one line where they fit. The same value
 * gives the same bytes.
 */
export function printJson(value: Json): string {
  return `${print(value, '')}\n`;
}

function print(value: Json, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isList = isArray(value);
  const parts = isList
    ? value.map((each) => print(each, inner))
    : Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${print(each, inner)}`);
  const [open, close, gap] = isList ? ['[', ']', ''] : ['{', '}', ' '];
  if (parts.length === 0) return `${open}${close}`;
  const isFlat = (isList ? value : Object.values(value)).every((each) => typeof each !== 'object' || each === null);
  const line = `${open}${gap}${parts.join(', ')}${gap}${close}`;
  if (isFlat && indent.length + line.length <= WIDEST) return line;
  return `${open}\n${parts.map((part) => `${inner}${part}`).join(',\n')}\n${indent}${close}`;
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
