import { type EntityKind, grouped } from '../src/rule/index.ts';

/** The kinds a summary counts, in its order. */
const COUNTED: readonly EntityKind[] = [
  'table',
  'view',
  'materializedView',
  'column',
  'foreignKey',
  'index',
  'policy',
  'function',
  'trigger',
  'enumType',
];

/** `foreignKey` as people say it: foreign key. */
export function kindInWords(kind: string): string {
  return kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** 1 policy, 2 policies, 3 indexes. */
export function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  const plural = /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : noun.endsWith('x') ? `${noun}es` : `${noun}s`;
  return `${grouped(count)} ${plural}`;
}

/** a, b and c. */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

export function objectsInWords(objects: ReadonlyMap<EntityKind, number>): string {
  const parts = COUNTED.flatMap((kind) => {
    const count = objects.get(kind) ?? 0;
    return count === 0 ? [] : [counted(count, kindInWords(kind))];
  });
  return parts.length === 0 ? 'no objects' : listed(parts);
}
