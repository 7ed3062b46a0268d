import { entityKey } from '../../graph/difference/entity-key.ts';
import { dependenciesOf, type Entity, type EntityKind } from '../../graph/entities/index.ts';
import { addTo } from '../../graph/grouping.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { entitiesMadeBy } from './made-by.ts';
import type { Step } from './step.ts';

/** What is made first where nothing else decides; dropped, it goes last. */
const ORDER: readonly EntityKind[] = [
  ...(['schema', 'extension', 'enumType', 'domain', 'compositeType', 'defaultPrivileges'] as const),
  ...(['sequence', 'table', 'column', 'primaryKey', 'uniqueConstraint', 'exclusionConstraint', 'index'] as const),
  ...(['function', 'checkConstraint', 'foreignKey', 'view', 'materializedView', 'rewriteRule', 'trigger'] as const),
  ...(['policy', 'statistics', 'eventTrigger', 'publication'] as const),
];

/** The steps in an order in which they can be run: each after all that it needs, and after what it would be in the way of. */
export function inOrder(steps: readonly Step[]): readonly Step[] {
  const makers = new Map<string, Step>();
  const touching = new Map<string, Step[]>();
  const dropped = new Map<string, Step>();
  for (const each of steps) {
    const key = entityKey(each.graph, each.entity);
    addTo(touching, key, each);
    if (each.does === 'drop') dropped.set(key, each);
    if (each.does === 'make' || each.does === 'rename')
      for (const entity of entitiesMadeBy(each)) makers.set(entityKey(each.graph, entity), each);
  }
  const remade = new Set(steps.filter(({ does }) => does === 'make').map((each) => entityKey(each.graph, each.entity)));
  const before = (each: Step): readonly Step[] => {
    const key = entityKey(each.graph, each.entity);
    if (each.does === 'drop') return hangingOn(each.entity, each.graph).flatMap((one) => touchedFirst(one, touching));
    const needed = entitiesMadeBy(each)
      .flatMap((entity) => needs(entity, each.graph))
      .map((entity) => entityKey(each.graph, entity));
    // What changes of a sequence is whose it is: that comes after, when its column is there.
    return [
      ...[dropped.get(key), each.does === 'change' ? makers.get(key) : undefined].filter((one) => one !== undefined),
      ...needed.flatMap((one) => [
        ...[makers.get(one)].filter((step) => step !== undefined),
        ...(touching.get(one) ?? []).filter(({ does, entity }) => does === 'change' && entity.kind !== 'sequence'),
      ]),
    ];
  };
  const ordered = new Set<Step>();
  const visited = new Set<Step>();
  const visit = (each: Step): void => {
    if (visited.has(each)) return;
    visited.add(each);
    for (const first of before(each)) if (first !== each) visit(first);
    ordered.add(each);
  };
  for (const each of [...steps].sort((a, b) => rank(a, remade) - rank(b, remade))) visit(each);
  return [...ordered];
}

/** What is dropped to be made anew stays away as shortly as can be. */
function rank({ does, entity, graph }: Step, remade: ReadonlySet<string>): number {
  const place = ORDER.indexOf(entity.kind) + 1;
  if (does === 'rename' || (does === 'change' && entity.kind === 'enumType')) return 0;
  const isAnew = does === 'drop' && remade.has(entityKey(graph, entity));
  if (does === 'drop' && !isAnew) return 100 - place;
  return does === 'change' ? 300 + place : 200 + place - (isAnew ? 0.5 : 0);
}

function touchedFirst({ entity, graph }: Hanging, touching: ReadonlyMap<string, readonly Step[]>): readonly Step[] {
  const steps = touching.get(entityKey(graph, entity)) ?? [];
  const drops = steps.filter(({ does }) => does === 'drop');
  return drops.length > 0 ? drops : steps;
}

interface Hanging {
  readonly entity: Entity;
  readonly graph: SchemaGraph;
}

/** What depends on the entity, or on the index that stands behind it. */
function hangingOn(entity: Entity, graph: SchemaGraph): readonly Hanging[] {
  const wholes = [
    entity.id,
    ...('index' in entity ? [entity.index] : []),
    ...graph.columns(entity.id).map(({ id }) => id),
  ];
  return wholes
    .flatMap((id) => graph.dependents(id))
    .filter((each) => each.id !== entity.id && !isPartOf(each, entity, graph))
    .map((each) => ({ entity: each, graph }));
}

function isPartOf(each: Entity, whole: Entity, graph: SchemaGraph): boolean {
  for (let one: Entity | undefined = each; one; one = graph.parent(one)) if (one.id === whole.id) return true;
  return false;
}

/** What must be there before the entity can be. */
function needs(entity: Entity, graph: SchemaGraph): readonly Entity[] {
  const schema = graph.schemaOf(entity);
  const home = schema === undefined ? undefined : graph.global('schema', schema);
  return [
    ...(home && home.id !== entity.id ? [home] : []),
    ...dependenciesOf(entity).flatMap(({ on }) => graph.find(on) ?? []),
  ];
}

/**
 * Which objects' steps cannot be run: what they need is neither there nor made by another's steps, or what hangs on what they
 * drop stays.
 */
export function unfeasible<K>(all: ReadonlyMap<K, readonly Step[]>, present: SchemaGraph): ReadonlySet<K> {
  const there = new Set<string>();
  for (const each of present.all()) there.add(entityKey(present, each));
  const refused = new Set<K>();
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    const steps = [...all].flatMap(([of, each]) => (refused.has(of) ? [] : each));
    const made = new Set<string>();
    const touched = new Set<string>();
    for (const each of steps) {
      touched.add(entityKey(each.graph, each.entity));
      if (each.does === 'make' || each.does === 'rename')
        for (const entity of entitiesMadeBy(each)) made.add(entityKey(each.graph, entity));
    }
    const has = (entity: Entity, graph: SchemaGraph): boolean => {
      const key = entityKey(graph, entity);
      return there.has(key) || made.has(key) || isGiven(entity);
    };
    const canRun = (each: Step): boolean =>
      each.does === 'drop'
        ? hangingOn(each.entity, each.graph).every(
            ({ entity, graph }) =>
              touched.has(entityKey(graph, entity)) || !holds(entity, each) || isGoneWith(entity, each, touched),
          )
        : entitiesMadeBy(each)
            .flatMap((entity) => needs(entity, each.graph))
            .every((entity) => has(entity, each.graph));
    for (const [of, each] of all) {
      if (refused.has(of) || each.every(canRun)) continue;
      refused.add(of);
      isSettled = false;
    }
  }
  return refused;
}

/** What no migration makes: a cluster's roles, what an extension or the platform brings. */
function isGiven(entity: Entity): boolean {
  return entity.kind === 'role' || entity.extension !== undefined || entity.origin.from === 'platform';
}

/** Would the server refuse to drop what the entity hangs on? */
function holds(entity: Entity, { entity: gone, graph }: Step): boolean {
  const ids = new Set([
    gone.id,
    ...('index' in gone ? [gone.index] : []),
    ...graph.columns(gone.id).map(({ id }) => id),
  ]);
  return dependenciesOf(entity).some(({ on, strength }) => strength === 'normal' && ids.has(on));
}

/** Part of something that is itself dropped. */
function isGoneWith(entity: Entity, { graph }: Step, touched: ReadonlySet<string>): boolean {
  const parent = graph.parent(entity);
  const isOfQuery = parent?.kind === 'view' || parent?.kind === 'materializedView';
  return isOfQuery && touched.has(entityKey(graph, parent));
}

/** What is dropped or made with what it is a part of is said once. */
function withoutParts(steps: readonly Step[]): readonly Step[] {
  const wholes = new Set(steps.map(({ does, graph, entity }) => `${does} ${entityKey(graph, entity)}`));
  const seen = new Set<string>();
  return steps.filter(({ does, entity, graph }) => {
    const itself = `${does} ${entityKey(graph, entity)}`;
    if (seen.has(itself) && does === 'make') return false;
    seen.add(itself);
    const parent = graph.parent(entity);
    return does !== 'drop' || parent === undefined || !wholes.has(`drop ${entityKey(graph, parent)}`);
  });
}

/** As text to be run at once. */
export function scriptText(steps: readonly Step[]): string | null {
  if (steps.length === 0) return null;
  const statements = inOrder(withoutParts(steps)).flatMap(({ sql }) => sql);
  // As pg_dump does it: a body of SQL is checked when its function is made, which may be before what it reads.
  const isChecked = steps.some(({ does, entity }) => does !== 'drop' && isCheckedAtOnce(entity));
  const body = [...statements, ''].join('\n');
  return isChecked ? `set check_function_bodies = off;\n${body}reset check_function_bodies;\n` : body;
}

function isCheckedAtOnce(entity: Entity): boolean {
  return entity.kind === 'function' && entity.language === 'sql' && entity.body?.atomic === null;
}
