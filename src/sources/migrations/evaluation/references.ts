import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { type TypeRef, typeText } from '../../../graph/type-ref.ts';
import { quoteIdentifier } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import { ObjectReference, UNKNOWN, type Value } from './value.ts';

/** A name as regclass input takes it: `public.orders`, `"Weird".t`, `orders`; undefined when it is none. */
export function parseName(text: string): { readonly schema: string | undefined; readonly name: string } | undefined {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
    const bare = /^[^\s."']+/.exec(rest);
    const found = quoted ?? bare;
    if (!found) return undefined;
    parts.push(quoted ? (quoted[1] ?? '').replaceAll('""', '"') : found[0].toLowerCase());
    rest = rest.slice(found[0].length);
    if (rest === '') break;
    if (!rest.startsWith('.')) return undefined;
    rest = rest.slice(1);
  }
  const name = parts.at(-1);
  return name === undefined ? undefined : { schema: parts.at(-2), name };
}

/** Built-in types are no entities: numbers below zero stand for their OIDs, which no entity has. */
const builtInTypes: string[] = [];

function builtInType(name: string): number {
  if (!builtInTypes.includes(name)) builtInTypes.push(name);
  return -1 - builtInTypes.indexOf(name);
}

/** What a catalog column of types holds: an OID that casts to regtype. */
export function typeReference(type: TypeRef, graph: SchemaGraph): Value {
  const id = type.isArray ? undefined : (type.entity ?? builtInType(type.name.name));
  return id === undefined ? UNKNOWN : new ObjectReference(id, graph.typeName(type));
}

/** The value of `id::regclass` and its siblings: written with its schema where the search_path does not find it. */
export function objectReference(type: string, id: number, { graph, names }: ReplayContext): Value {
  const builtIn = builtInTypes[-1 - id];
  if (builtIn !== undefined)
    return new ObjectReference(
      id,
      typeText({ name: { schema: 'pg_catalog', name: builtIn }, isArray: false, modifiers: [] }),
    );
  const entity = graph.find(id as never);
  if (entity === undefined) return UNKNOWN;
  const path = graph.path(entity);
  if (!('name' in entity) || typeof entity.name !== 'object') return new ObjectReference(id, path);
  const own = quoteIdentifier(entity.name.name);
  const args = type === 'regprocedure' ? path.slice(path.indexOf('(')) : '';
  const schema = names.path().includes(entity.name.schema) ? '' : `${quoteIdentifier(entity.name.schema)}.`;
  return new ObjectReference(id, `${schema}${own}${args}`);
}

/** What `'text'::regclass` and its siblings refer to, as an entity id; null: there is no such object; undefined: not decided. */
export function referenceOf(type: string, text: string, context: ReplayContext): number | null | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  switch (type) {
    case 'regclass': {
      const name = parseName(text);
      const found = name && context.names.relationEntity(name.schema, name.name);
      return name === undefined || found?.isAssumed ? undefined : (found?.id ?? null);
    }
    case 'regnamespace':
      return context.graph.global('schema', parseName(text)?.name ?? '')?.id ?? null;
    case 'regrole':
      return context.graph.global('role', parseName(text)?.name ?? '')?.id ?? null;
    case 'regtype': {
      const name = parseName(text);
      if (name === undefined) return undefined;
      return (
        context.names.typeEntity(name.schema, name.name)?.id ??
        (context.provided.hasBuiltInType(name.name) ? builtInType(name.name) : null)
      );
    }
    case 'regproc': {
      const name = parseName(text);
      const found = name ? context.names.functionEntities(name.schema, name.name) : [];
      return found.length === 1 ? found[0]?.id : found.length === 0 ? null : undefined;
    }
    case 'regprocedure': {
      const name = parseName(text.replace(/\(.*$/s, ''));
      const found = name ? context.names.functionEntities(name.schema, name.name) : [];
      if (found.length === 0) return null;
      const wanted = text.slice(text.indexOf('(')).replace(/\s/g, '');
      const same = found.filter((each) => {
        const path = context.graph.path(each);
        return path.slice(path.indexOf('(')).replace(/\s/g, '') === wanted;
      });
      return same.length === 1 ? same[0]?.id : found.length === 1 ? found[0]?.id : undefined;
    }
    default:
      return undefined;
  }
}
