import type { IndexStmt } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { Difference } from '../../../graph/journal.ts';
import { sameExpression } from '../../../graph/same-expression.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { quoteIdentifier } from '../../../sql/name.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import {
  type Indexed,
  type IndexShape,
  includedColumns,
  indexKey,
  indexOptions,
  indexPredicate,
} from '../relations/indexes.ts';
import { defineIndex } from '../relations/keys.ts';
import { accessMethod } from '../relations/operator-class.ts';
import { sameIds, sameKey } from '../relations/same-index.ts';

type Index = EntityOf<'index'>;

/** CREATE INDEX; CONCURRENTLY makes no difference to what stands in the end. */
export function createIndex(node: IndexStmt, context: ReplayContext): void {
  const relation = indexed(node, context);
  const name = node.idxname;
  const existing = name === undefined ? undefined : context.graph.relation({ schema: relation.name.schema, name });
  if (existing && node.if_not_exists) {
    context.skipped(existing, existing.kind === 'index' ? differences(node, relation, existing, context) : []);
    return;
  }
  if (existing) context.refuseDuplicate(existing);
  const only = node.relation?.inh !== true;
  if (node.concurrent && relation.kind === 'table' && relation.partitionKey !== null)
    context.refuse(`cannot create index on partitioned table "${relation.name.name}" concurrently`);
  const plan = {
    shape: shapeOf(node, relation, context),
    role: 'plain' as const,
    name,
    isDeferrable: false,
    isInitiallyDeferred: false,
    operators: [],
    origin: context.origin(undefined),
  };
  defineIndex(context, relation, plan, { only });
}

function indexed(node: IndexStmt, context: ReplayContext): Indexed {
  const range = node.relation ?? {};
  const found = context.lookup(range) ?? context.assumptions.table(range);
  if (found.kind === 'table' || found.kind === 'materializedView') return found;
  return context.refuse(`cannot create index on relation "${found.name.name}"`, range.location);
}

function shapeOf(node: IndexStmt, relation: Indexed, context: ReplayContext): IndexShape {
  const method = accessMethod(node.accessMethod, context);
  refuseUnsupported(node, method, context);
  return {
    method,
    isUnique: node.unique === true,
    nullsNotDistinct: node.nulls_not_distinct === true,
    keys: (node.indexParams ?? []).map((each) =>
      indexKey(fieldsOf(each, 'IndexElem') ?? {}, method, relation, context),
    ),
    include: includedColumns(node.indexIncludingParams, relation, context),
    predicate: indexPredicate(node.whereClause, relation, context),
    options: indexOptions(node.options),
  };
}

/** amcanunique, amcanmulticol, amcaninclude and amcanorder of the access methods (docs 64). */
const ABILITIES: ReadonlyMap<string, readonly string[]> = new Map([
  ['btree', ['unique', 'multicolumn', 'include', 'order']],
  ['hash', []],
  ['gin', ['multicolumn']],
  ['gist', ['multicolumn', 'include']],
  ['spgist', ['include']],
  ['brin', ['multicolumn']],
  ['hnsw', []],
  ['ivfflat', []],
]);

function refuseUnsupported(node: IndexStmt, method: string, context: ReplayContext): void {
  const abilities = ABILITIES.get(method);
  if (abilities === undefined) return;
  const refuseWithout = (ability: string, isUsed: boolean, what: string): void => {
    if (isUsed && !abilities.includes(ability)) context.refuse(`access method "${method}" does not support ${what}`);
  };
  const keys = (node.indexParams ?? []).flatMap((each) => fieldsOf(each, 'IndexElem') ?? []);
  const isOrdered = keys.some((key) => key.ordering !== 'SORTBY_DEFAULT');
  const placesNulls = keys.some((key) => key.nulls_ordering !== 'SORTBY_NULLS_DEFAULT');
  refuseWithout('unique', node.unique === true, 'unique indexes');
  refuseWithout('include', (node.indexIncludingParams ?? []).length > 0, 'included columns');
  refuseWithout('multicolumn', keys.length > 1, 'multicolumn indexes');
  refuseWithout('order', isOrdered, 'ASC/DESC options');
  refuseWithout('order', placesNulls, 'NULLS FIRST/LAST options');
}

/** In what an index that stands differs from the one asked for under its name. */
function differences(
  node: IndexStmt,
  relation: Indexed,
  existing: Index,
  context: ReplayContext,
): readonly Difference[] {
  const { graph, builder } = context;
  const own = graph.find(existing.relation);
  if (own && own.id !== relation.id)
    return [{ what: 'table', existing: graph.path(own), wanted: graph.path(relation) }];
  const mark = builder.mark();
  try {
    return shapeDifferences(existing, shapeOf(node, relation, context), graph);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [];
  } finally {
    builder.undoTo(mark);
  }
}

function shapeDifferences(existing: Index, wanted: IndexShape, graph: SchemaGraph): readonly Difference[] {
  const found: Difference[] = [];
  const compare = (what: string, left: string, right: string): void => {
    if (left !== right) found.push({ what, existing: left, wanted: right });
  };
  compare('method', existing.method, wanted.method);
  compare('uniqueness', existing.isUnique ? 'unique' : 'not unique', wanted.isUnique ? 'unique' : 'not unique');
  const sameKeys =
    existing.keys.length === wanted.keys.length &&
    wanted.keys.every((key, i) => {
      const other = existing.keys[i];
      return sameKey(key, other) && key.descending === other?.descending && key.nullsFirst === other.nullsFirst;
    });
  if (!sameKeys) found.push({ what: 'keys', existing: keysText(existing, graph), wanted: keysText(wanted, graph) });
  if (!sameIds(existing.include, wanted.include))
    found.push({
      what: 'included columns',
      existing: list(existing.include, graph),
      wanted: list(wanted.include, graph),
    });
  if (!sameExpression(existing.predicate, wanted.predicate))
    found.push({
      what: 'predicate',
      existing: existing.predicate?.text ?? 'none',
      wanted: wanted.predicate?.text ?? 'none',
    });
  return found;
}

function list(ids: Index['include'], graph: SchemaGraph): string {
  return ids.length === 0 ? 'none' : graph.columnNames(ids).map(quoteIdentifier).join(', ');
}

function keysText({ keys }: Pick<Index, 'keys'>, graph: SchemaGraph): string {
  const texts = keys.map((key) => {
    const what = key.column === null ? `(${key.expression?.text ?? ''})` : list([key.column], graph);
    const opclass = key.opclass === null ? '' : ` ${key.opclass.name}`;
    return `${what}${opclass}${key.descending ? ' desc' : ''}`;
  });
  return `(${texts.join(', ')})`;
}
