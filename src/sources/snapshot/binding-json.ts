import type { Node } from '@pgsql/types';
import type { Binding } from '../../graph/binding/binding.ts';
import { boundFunction } from '../../graph/binding/bound-entity.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';

/**
 * What names mean, as JSON: the nodes of the tree by their number in it, entities by their address. Only what cannot be found
 * again by reading the text is written so: `select *` from before a column was added, a name from before a rename.
 */
export function bindingAsJson(binding: Binding, tree: Node, addressOf: (id: EntityId) => string): JsonObject {
  const numbers = new Map(nodesOf(tree).map((node, number) => [node, number]));
  const json = (value: unknown): Json => {
    if (typeof value !== 'object' || value === null) return value as Json;
    const number = numbers.get(value);
    if (number !== undefined) return { node: number };
    if (Array.isArray(value)) return value.map(json);
    const facts: Record<string, Json> = {};
    for (const [key, each] of Object.entries(value)) {
      if (each === undefined) continue;
      if (IDS.has(key) && typeof each === 'number') facts[key] = addressOf(each as EntityId);
      else if (key === 'candidates') facts[key] = (each as EntityId[]).map(addressOf);
      // A function of the graph is what it is when it is read.
      else if (key === 'function' && 'id' in each && each.id !== undefined) facts[key] = { id: addressOf(each.id) };
      else facts[key] = json(each);
    }
    return facts;
  };
  const byNode = (map: ReadonlyMap<object, unknown>): Json =>
    [...map].flatMap(([node, value]) => {
      const number = numbers.get(node);
      return number === undefined ? [] : [[number, json(value)]];
    });
  const { references, unresolved, meanings, types, coercions } = binding;
  return {
    references: json(references.filter(({ node }) => numbers.has(node))),
    unresolved: json(unresolved.filter(({ node }) => numbers.has(node))),
    meanings: byNode(meanings),
    types: byNode(types),
    coercions: byNode(coercions),
  };
}

/** Properties whose numbers are entities. */
const IDS: ReadonlySet<string> = new Set(['id', 'entity', 'target', 'relation', 'column']);

export function bindingFromJson(
  written: JsonObject,
  tree: Node,
  idOf: (address: string) => EntityId,
  graph: SchemaGraph,
): Binding {
  const nodes = nodesOf(tree);
  const value = (json: Json): unknown => {
    if (isArray(json)) return json.map(value);
    if (!isObject(json)) return json;
    if (typeof json.node === 'number' && Object.keys(json).length === 1) return nodes[json.node] ?? {};
    return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, fact(key, each)]));
  };
  const fact = (key: string, each: Json): unknown => {
    if (IDS.has(key) && typeof each === 'string') return idOf(each);
    if (key === 'candidates' && isArray(each)) return each.map((one) => idOf(String(one)));
    if (key !== 'function' || !isObject(each) || typeof each.id !== 'string') return value(each);
    const found = graph.find(idOf(each.id));
    return found?.kind === 'function' ? boundFunction(found) : value(each);
  };
  const list = (name: string): readonly Json[] => {
    const found = written[name];
    return isArray(found) ? found : [];
  };
  const byNode = <T>(name: string): ReadonlyMap<object, T> =>
    new Map(
      list(name).flatMap((each) => {
        const [number, json] = isArray(each) ? each : [];
        const node = typeof number === 'number' ? nodes[number] : undefined;
        return node === undefined || json === undefined ? [] : [[node, value(json) as T] as const];
      }),
    );
  return {
    references: list('references').map(value) as Binding['references'],
    unresolved: list('unresolved').map(value) as Binding['unresolved'],
    meanings: byNode('meanings'),
    types: byNode('types'),
    coercions: byNode('coercions'),
  };
}

/** Every object in the tree that is no list, parents before children: the same for the same tree, wherever it was parsed. */
function nodesOf(tree: Node): readonly object[] {
  const nodes: object[] = [];
  const todo: unknown[] = [tree];
  for (let next = todo.pop(); next !== undefined || todo.length > 0; next = todo.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) nodes.push(next);
    todo.push(...Object.values(next).reverse());
  }
  return nodes;
}
