import type { Node, RangeVar } from '@pgsql/types';

type KeysOfUnion<Union> = Union extends Union ? keyof Union : never;

/** The parser's name of a node type, e.g. 'FuncCall'. */
export type NodeTag = KeysOfUnion<Node>;

/** What stands inside the node with this tag, e.g. `FuncCall` for 'FuncCall'. */
export type FieldsOf<Tag extends NodeTag> = Extract<Node, Record<Tag, unknown>>[Tag];

/** The tag of a node; undefined for the empty node by which the grammar says "none" in a list. */
export function tagOf(node: Node): NodeTag | undefined {
  for (const tag in node) return tag as NodeTag;
  return undefined;
}

/** `{ ColumnRef: {…} }` → `{…}`: what stands in a node, whatever its tag; the object by which facts about it are kept. */
export function innerOf(node: Node): object {
  for (const tag in node) return (node as unknown as Record<string, object>)[tag] as object;
  return node;
}

/** The fields of a node if it has this tag. */
export function fieldsOf<Tag extends NodeTag>(node: Node | undefined, tag: Tag): FieldsOf<Tag> | undefined {
  return node !== undefined && tag in node ? (node as unknown as Record<Tag, FieldsOf<Tag>>)[tag] : undefined;
}

/** The strings of a list of String nodes, as the grammar gives names in parts; other nodes (such as `*`) are left out. */
export function stringsOf(list: readonly Node[] | undefined): string[] {
  const strings: string[] = [];
  for (const node of list ?? []) if ('String' in node) strings.push(node.String.sval ?? '');
  return strings;
}

/** A name as written: without a schema where none was. */
export interface WrittenName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** The name of a relation as written. A database name before the schema, which can only be the current one, is left out. */
export function qualifiedNameOf(relation: RangeVar): WrittenName {
  return { schema: relation.schemaname, name: relation.relname ?? '' };
}

/** A name in parts (of a function, type, operator…) as written. */
export function writtenName(list: readonly Node[] | undefined): WrittenName {
  let schema: string | undefined;
  let name: string | undefined;
  for (const node of list ?? []) {
    if (!('String' in node)) continue;
    schema = name;
    name = node.String.sval ?? '';
  }
  return { schema, name: name ?? '' };
}
