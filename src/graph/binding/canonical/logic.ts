import { builtin } from '../builtin/builtins.ts';
import { key } from './form.ts';
import { list } from './key-syntax.ts';
import type { Form } from './writer.ts';

/** AND and OR as one flat list each, however they were nested. One part stands for itself. */
export function logic(operator: 'and' | 'or', parts: readonly Form[]): Form {
  const flat = parts.flatMap((part) => (part.kind === 'logic' && part.operator === operator ? part.parts : [part]));
  const [only] = flat;
  return only && flat.length === 1 ? only : { kind: 'logic', type: builtin('bool'), operator, parts: flat };
}

export function negated(text: string): Form {
  return key(list('not', text));
}
