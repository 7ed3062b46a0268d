import type { Entity } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { SourceLocation } from '../sql/location.ts';
import { display, type QualifiedName, quoteIdentifier } from '../sql/name.ts';

/** `a`, `a and b`, `a, b and c`; with `limit`, the first so many and how many more. */
export function andList(items: readonly string[], limit = items.length): string {
  return listed(items, 'and', limit);
}

/** `a, b or c`; as `andList` otherwise. */
export function orList(items: readonly string[], limit = items.length): string {
  return listed(items, 'or', limit);
}

function listed(items: readonly string[], word: 'and' | 'or', limit: number): string {
  const shown = items.slice(0, limit);
  const more = items.length - shown.length;
  const all = more > 0 ? [...shown, `${more} more`] : shown;
  const last = all.at(-1) ?? '';
  return all.length < 2 ? last : `${all.slice(0, -1).join(', ')} ${word} ${last}`;
}

/** `1 row`, `3 rows`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** `1,234,567`, without the number formats of a language: to load those takes longer than a small audit's rules. */
export function grouped(count: number, separator = ','): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, separator);
}

/** How a sentence names a relation: without the schema where that is public. */
export function brief(name: QualifiedName): string {
  return name.schema === 'public' ? quoteIdentifier(name.name) : display(name);
}

/** The same for one of which the id is known; empty for what has no such name. */
export function relationName(graph: SchemaGraph, id: EntityId | null): string {
  const found = id === null ? undefined : graph.find(id);
  return found !== undefined && 'name' in found && typeof found.name === 'object' ? brief(found.name) : '';
}

/** How a sentence names what holds SQL: `match_sections()`, a view, `the policy "own"`. */
export function spoken(entity: Extract<Entity, { readonly name: unknown }>): string {
  const { kind, name } = entity;
  if (kind === 'function') return `${brief(entity.name)}()`;
  if (typeof name === 'object') return brief(name);
  return `the ${kind === 'rewriteRule' ? 'rule' : kind} ${quoteIdentifier(name)}`;
}

/** `an orders row`, `a users row`: one row of the relation that is called so in the sentence. */
export function rowOf(relation: string): string {
  return `${withArticle(relation)} row`;
}

/** `an email`, `a username`: by how the word most likely sounds. */
export function withArticle(word: string): string {
  return `${/^"?(?:[aeio]|u(?!s|ni))/i.test(word) ? 'an' : 'a'} ${word}`;
}

/** The file of a place, without its folders; with the last, where all files of a tool have one name. */
export function fileName({ file }: SourceLocation): string {
  const parts = file.split('/');
  const name = parts.at(-1) ?? file;
  return /^(?:up|migration)\.sql$/.test(name) ? parts.slice(-2).join('/') : name;
}
