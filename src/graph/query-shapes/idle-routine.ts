import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { Bound } from './block-queries.ts';
import { routineShape } from './routine-shape.ts';

/** Is all that a routine does to work out a value from its arguments: no table is touched, and nothing called that does more? */
export function isIdle(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  const { isWhole, queries, expressions } = routineShape(graph, routine);
  if (!isWhole || queries.some(({ sources, writes }) => sources.length + writes.length > 0)) return false;
  return expressions.every(
    (each) => isQueryOrValue(each.tree) && !anyNode(each.tree, (node) => mayDoMore(graph, node, each)),
  );
}

/** `isWhole` statements that are no query (REFRESH, ALTER, NOTIFY …) have trees of their own kinds. */
function isQueryOrValue(tree: Node): boolean {
  return 'SelectStmt' in tree || !Object.keys(tree).some((tag) => tag.endsWith('Stmt'));
}

/** A relation of the catalogs, or a function that is not known to give a value and nothing else. */
function mayDoMore(graph: SchemaGraph, node: Node, { meanings }: Bound): boolean {
  if ('RangeVar' in node) return true;
  const call = fieldsOf(node, 'FuncCall');
  if (call === undefined || isCallerCall(call, { meanings })) return false;
  const meaning = meanings.get(call);
  if (meaning?.kind !== 'call') return true;
  const { id, name, volatility } = meaning.function;
  if (GIVES_CHANCE.has(name.name)) return id !== undefined && !isOfExtension(graph, id);
  return id !== undefined || volatility === 'volatile' || volatility === undefined;
}

/** Volatile, as they give another value each time, and nothing more (docs 9.14, 9.9.5, 9.3; pgcrypto, uuid-ossp). */
const GIVES_CHANCE: ReadonlySet<string> = new Set([
  ...['gen_random_uuid', 'uuidv4', 'uuidv7', 'random', 'random_normal', 'clock_timestamp', 'timeofday'],
  ...['gen_random_bytes', 'uuid_generate_v1', 'uuid_generate_v1mc', 'uuid_generate_v4'],
]);

function isOfExtension(graph: SchemaGraph, id: EntityId): boolean {
  const called = graph.find(id);
  return called?.kind === 'function' && called.extension !== undefined;
}
