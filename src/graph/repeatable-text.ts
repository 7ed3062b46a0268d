import type { Node } from '@pgsql/types';
import { type NodeTag, stringsOf, tagOf } from '../sql/nodes.ts';
import { walk } from '../sql/walk.ts';
import type { NameReference } from './binding/binding.ts';
import type { BoundExpression } from './bound-expression.ts';
import type { EntityId } from './entity-id.ts';
import type { SchemaGraph } from './schema-graph.ts';

/** Where a new migration finds names without a schema, on either platform. */
const USUAL_PATH: ReadonlySet<string> = new Set(['public', 'extensions', 'pg_catalog']);

/**
 * Would the expression mean the same if its text were run again in a new migration? Not after something it names was renamed
 * or moved, nor where its names were found by a search_path of the file.
 * @param standing what is there now in the place of something that it names and that is gone
 */
export function isRepeatable(
  graph: SchemaGraph,
  expression: BoundExpression,
  standing: (gone: EntityId) => EntityId = (id) => id,
): boolean {
  const nodes = taggedNodes(expression.tree);
  return expression.references.every((reference) => {
    const node = nodes.get(reference.node);
    const target = standing(reference.target);
    return reference.field === -1 || (node !== undefined && namesItsTarget(graph, { ...reference, target }, node));
  });
}

function taggedNodes(tree: Node): ReadonlyMap<object, Node> {
  const nodes = new Map<object, Node>();
  walk(tree, (tag, node) => {
    const inner = (node as unknown as Record<NodeTag, object>)[tag];
    nodes.set(inner, node);
    return undefined;
  });
  return nodes;
}

function namesItsTarget(
  graph: SchemaGraph,
  { target, field, qualifier, relation }: NameReference,
  node: Node,
): boolean {
  const entity = graph.find(target);
  if (entity === undefined || !('name' in entity)) return false;
  const parts = partsOf(node);
  if (parts === undefined) return true;
  const { name } = entity;
  if (typeof name === 'string') {
    if (parts[field] !== name) return false;
    const owner = qualifier === undefined || relation === undefined ? undefined : graph.find(relation);
    if (owner === undefined || !('name' in owner) || typeof owner.name === 'string') return true;
    return parts[qualifier ?? 0] === owner.name.name;
  }
  const schema = parts.length > 1 ? parts.at(-2) : undefined;
  return parts.at(-1) === name.name && (schema === undefined ? USUAL_PATH.has(name.schema) : schema === name.schema);
}

/** The written parts of a name; undefined for what holds it in another way (`'t'::regclass`, USING). */
function partsOf(node: Node): readonly string[] | undefined {
  switch (tagOf(node)) {
    case 'ColumnRef':
      return 'ColumnRef' in node ? stringsOf(node.ColumnRef.fields) : undefined;
    case 'FuncCall':
      return 'FuncCall' in node ? stringsOf(node.FuncCall.funcname) : undefined;
    case 'TypeName':
      return 'TypeName' in node ? stringsOf(node.TypeName.names) : undefined;
    case 'RangeVar': {
      if (!('RangeVar' in node)) return undefined;
      const { schemaname, relname = '' } = node.RangeVar;
      return schemaname === undefined ? [relname] : [schemaname, relname];
    }
    default:
      return undefined;
  }
}
