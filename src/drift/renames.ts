import { factsOf } from '../graph/difference/entity-facts.ts';
import { entityKey } from '../graph/difference/entity-key.ts';
import { FactWriter, UNKNOWN } from '../graph/difference/fact.ts';
import type { GraphDifference } from '../graph/difference/graph-difference.ts';
import type { Entity, EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { SchemaBuilder } from '../graph/schema-builder.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { usualOwner } from './usual-owner.ts';

/** One thing under two names. What names it in turn differs for that alone. */
export type Rename =
  | { readonly of: 'column'; readonly left: EntityOf<'column'>; readonly right: EntityOf<'column'> }
  | {
      readonly of: 'label';
      readonly left: EntityOf<'enumType'>;
      readonly right: EntityOf<'enumType'>;
      readonly index: number;
    };

/**
 * Columns that stand at the same place of a table and are alike, and labels of enums that alone differ, at the same place:
 * taken for renamed. A column that was dropped and added again stands at the end, so one that others stand behind need not
 * be alike; and a label cannot be dropped.
 */
export function renames(left: SchemaGraph, right: SchemaGraph): readonly Rename[] {
  const others = new Map<string, Entity>();
  for (const kind of ['table', 'enumType'] as const) {
    for (const each of right.ofKind(kind)) others.set(entityKey(right, each), each);
  }
  const found: Rename[] = [];
  for (const table of left.ofKind('table')) {
    const other = others.get(entityKey(left, table));
    if (other?.kind === 'table' && !table.isAssumed && !other.isAssumed)
      found.push(...renamedColumns(table, left, other, right));
  }
  for (const type of left.ofKind('enumType')) {
    const other = others.get(entityKey(left, type));
    const index = other?.kind === 'enumType' ? renamedLabel(type.labels, other.labels) : undefined;
    if (other?.kind === 'enumType' && index !== undefined) found.push({ of: 'label', left: type, right: other, index });
  }
  return found;
}

function renamedColumns(
  table: EntityOf<'table'>,
  left: SchemaGraph,
  other: EntityOf<'table'>,
  right: SchemaGraph,
): readonly Rename[] {
  const [mine, theirs] = [left.columns(table.id), right.columns(other.id)];
  if (mine.length !== theirs.length) return [];
  const lacks = (columns: typeof mine, name: string): boolean => columns.every((each) => each.name !== name);
  return mine.flatMap((column, index): readonly Rename[] => {
    const there = theirs[index];
    if (there === undefined || !lacks(theirs, column.name) || !lacks(mine, there.name)) return [];
    const isAhead = mine.slice(index + 1).some(({ name }, next) => theirs[index + 1 + next]?.name === name);
    return isAhead || isLike(column, left, there, right) ? [{ of: 'column', left: column, right: there }] : [];
  });
}

/** What a column of another name shares with one that was renamed. */
const SAME: readonly string[] = ['type', 'notNull', 'default', 'identity', 'generated', 'collation', 'isInherited'];

function isLike(a: Entity, left: SchemaGraph, b: Entity, right: SchemaGraph): boolean {
  const [mine, theirs] = [factsOf(a, new FactWriter(left, new Set())), factsOf(b, new FactWriter(right, new Set()))];
  return SAME.every((fact) => {
    const [one, other] = [mine.get(fact), theirs.get(fact)];
    if (one === undefined || other === undefined || one === UNKNOWN || other === UNKNOWN) return false;
    // A serial's default names the sequence, which keeps its name.
    return one.key === other.key;
  });
}

/** The place of the one label that differs. */
export function renamedLabel(labels: readonly string[], others: readonly string[]): number | undefined {
  if (labels.length !== others.length) return undefined;
  const differing = labels.flatMap((label, index) => (label === others[index] ? [] : [index]));
  const [index] = differing;
  if (index === undefined || differing.length > 1) return undefined;
  return others.includes(labels[index] ?? '') || labels.includes(others[index] ?? '') ? undefined : index;
}

/** The left schema with the names of the right one; who runs the migrations is called as there. */
export function withNamesOf(right: SchemaGraph, graph: SchemaGraph, found: readonly Rename[]): SchemaGraph {
  const changed = new Map<EntityId, Entity>([
    ...counterparts(graph, right),
    ...found.map((rename): [EntityId, Entity] => {
      if (rename.of === 'column') return [rename.left.id, { ...rename.left, name: rename.right.name }];
      const { left, right, index } = rename;
      const [before = '', after = ''] = [left.labels[index], right.labels[index]];
      const renamed = new Map([...(left.renamed ?? [])].map(([old, now]) => [old, now === before ? after : now]));
      return [left.id, { ...left, labels: right.labels, renamed: renamed.set(before, after) }];
    }),
  ]);
  if (changed.size === 0) return graph;
  const builder = new SchemaBuilder();
  const entities = [...graph.all()].map((each) => changed.get(each.id) ?? each);
  builder.adopt({ entities, lastId: entities.reduce((last, { id }) => Math.max(last, id), 0) }, graph.doubts);
  return builder.graph;
}

function counterparts(left: SchemaGraph, right: SchemaGraph): readonly (readonly [EntityId, Entity])[] {
  const [mine, theirs] = [usualOwner(left), usualOwner(right)];
  if (mine === undefined || theirs === undefined) return [];
  const [role, { name }] = [left.get('role', mine), right.get('role', theirs)];
  if (role.name === name) return [];
  // A role of that name may be there and own nothing, or little.
  const other = left.global('role', name);
  return [[role.id, { ...role, name }], ...(other ? [[other.id, { ...other, name: role.name }] as const] : [])];
}

/** As differences of the two schemas as they are. */
export function renameDifferences(found: readonly Rename[], left: SchemaGraph): readonly GraphDifference[] {
  return found.map((rename): GraphDifference => {
    const sides = { leftEntity: rename.left, rightEntity: rename.right };
    const path = left.path(rename.left);
    return rename.of === 'column'
      ? { kind: 'column', path, fact: 'name', left: rename.left.name, right: rename.right.name, ...sides }
      : {
          kind: 'enumType',
          path,
          fact: 'labels',
          left: rename.left.labels.join(', '),
          right: rename.right.labels.join(', '),
          ...sides,
        };
  });
}
