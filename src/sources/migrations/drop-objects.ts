import { dropPlan } from '../../graph/drop-plan.ts';
import type { Entity, EntityKind } from '../../graph/entities/index.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import type { Aspect } from '../../graph/journal.ts';
import type { Origin } from '../../graph/origin.ts';
import type { ReplayContext } from './context.ts';
import { describeObject } from './describe-object.ts';
import { closeUp } from './relations/column-order.ts';

interface Manner {
  readonly cascade: boolean;
  readonly origin?: Origin;
}

/** performMultipleDeletions() (src/backend/catalog/dependency.c): drops the objects and what goes with them, or refuses. */
export function dropObjects(context: ReplayContext, roots: readonly Entity[], { cascade, origin }: Manner): void {
  const { graph, builder, by } = context;
  const [first] = roots;
  if (first === undefined) return;
  const plan = dropPlan(graph, roots, cascade);
  const certain = plan.blockedBy.filter((each) => !graph.isDoubtful(each, ASPECTS.get(each.kind) ?? ['existence']));
  const [blocker] = certain;
  if (blocker) {
    const what = roots.length > 1 ? 'desired object(s)' : describeObject(first, graph);
    const message = `cannot drop ${what} because other objects depend on it: ${describeObject(blocker, graph)}`;
    context.refuseDrop(
      message,
      roots.filter(({ kind }) => kind === 'column'),
    );
  }
  // Only what may be gone already stands against it: Postgres decides, and the rest follows as if it were gone.
  const { drop, loseParts } = plan.blockedBy.length > 0 ? dropPlan(graph, roots, true) : plan;
  for (const { entity, part, on } of loseParts) losePart(context, entity, part, on, origin);
  const shrunk = new Set<EntityId>();
  for (const entity of drop) {
    if (entity.kind === 'column') shrunk.add(entity.relation);
    builder.drop(entity, by);
  }
  for (const id of shrunk) closeUp(context, id);
  for (const entity of drop) if (entity.kind === 'index') forgetReplicaIdentity(context, entity.relation, entity.id);
}

/** What of a dependent object would have to be doubted for it to be gone in truth. */
const ASPECTS: ReadonlyMap<EntityKind, readonly Aspect[]> = new Map<EntityKind, readonly Aspect[]>([
  ['policy', ['policies', 'existence']],
  ['trigger', ['triggers', 'existence']],
  ['foreignKey', ['constraints', 'existence']],
  ['checkConstraint', ['constraints', 'existence']],
  ['column', ['columns', 'existence']],
  ['function', ['functions', 'existence']],
]);

/** The default of a column or domain, a publication's table or schema. */
function losePart(
  { graph, builder, by }: ReplayContext,
  before: Entity,
  part: string,
  on: EntityId,
  origin?: Origin,
): void {
  const entity = graph.find(before.id);
  if (entity?.kind === 'column' || entity?.kind === 'domain') builder.alter(entity, { default: null }, by, origin);
  if (entity?.kind !== 'publication') return;
  if (part === 'schemas') builder.alter(entity, { schemas: entity.schemas.filter((each) => each !== on) }, by, origin);
  else {
    const uses = (each: (typeof entity.tables)[number]): boolean =>
      each.table === on ||
      each.columns.includes(on) ||
      (each.where?.references.some((reference) => reference.target === on) ?? false);
    builder.alter(entity, { tables: entity.tables.filter((each) => !uses(each)) }, by, origin);
  }
}

/** Without its index, REPLICA IDENTITY USING INDEX means the same as NOTHING (docs, ALTER TABLE). */
function forgetReplicaIdentity({ graph, builder, by }: ReplayContext, relation: EntityId, index: EntityId): void {
  const table = graph.find(relation);
  if (table?.kind !== 'table' || typeof table.replicaIdentity === 'string') return;
  if (table.replicaIdentity.index === index) builder.alter(table, { replicaIdentity: 'nothing' }, by);
}
