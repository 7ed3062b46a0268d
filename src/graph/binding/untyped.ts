import type { Node, TypeName } from '@pgsql/types';
import type { TypeRef } from '../type-ref.ts';
import type { Analysis } from './analysis.ts';
import type { Level } from './level.ts';
import { bindTypeName } from './type-name.ts';

/**
 * Walks a construct (SQL/JSON, XML) for the expressions and type names inside it, so that no name is missed.
 * @param type what it returns, where that is known
 */
export function bindParts(inner: object, analysis: Analysis, level: Level, type?: TypeRef): TypeRef | undefined {
  for (const [key, value] of Object.entries(inner)) {
    if (key === 'typeName') bindTypeName(value as TypeName, analysis);
    else if (Array.isArray(value)) for (const each of value) bindPart(each, analysis, level);
    else bindPart(value, analysis, level);
  }
  return type;
}

function bindPart(value: unknown, analysis: Analysis, level: Level): void {
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value)) analysis.expression(value, level);
  else bindParts(value, analysis, level);
}

/** Wrapped nodes have one key, which is a type name of the grammar; fields begin in lower case. */
function isNode(value: object): value is Node {
  const [key = '', ...rest] = Object.keys(value);
  return rest.length === 0 && /^[A-Z]/.test(key);
}
