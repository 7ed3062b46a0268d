import { compareGraphs } from '../graph/difference/compare-graphs.ts';
import { entityKey } from '../graph/difference/entity-key.ts';
import type { GraphDifference } from '../graph/difference/graph-difference.ts';
import type { Entity, EntityKind } from '../graph/entities/index.ts';
import { addTo } from '../graph/grouping.ts';
import type { Aspect, Doubt } from '../graph/journal.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { isUsersOwn } from '../graph/users-own.ts';
import { serverMajorOf } from '../sources/server-version.ts';
import type { Reading, Source } from '../sources/source.ts';
import { columnOrderNotes, isColumnOrder } from './column-order.ts';
import type { Drifted, DriftFact, DriftReport } from './drift-report.ts';
import { isDrift } from './is-drift.ts';
import { causes } from './one-cause.ts';
import { renameDifferences, renames, withNamesOf } from './renames.ts';
import { bringSteps } from './sql/bring-steps.ts';
import { scriptText, unfeasible } from './sql/script.ts';
import { sideOf } from './sql/side.ts';
import type { Step } from './sql/step.ts';

/** What two schemas have differently: the comparison by which replay and catalog reader are tested, told for people. */
export async function drift(left: Source, right: Source): Promise<DriftReport> {
  const [a, b] = [await left.read(), await right.read()];
  return driftBetween(a, b, left.name, right.name);
}

export function driftBetween(left: Reading, right: Reading, leftName: string, rightName: string): DriftReport {
  const serverMajor = Math.min(serverMajorOf(left), serverMajorOf(right));
  const { differences, notes } = differencesOf(left.graph, right.graph, serverMajor);
  const byObject = new Map<string, GraphDifference[]>();
  for (const each of differences) {
    const key = `${each.kind}\0${each.path}`;
    addTo(byObject, key, each);
  }
  const objects = [...byObject.values()];
  const onLeft = stepsOf(objects, right.graph, left.graph, 'left', serverMajor);
  const onRight = stepsOf(objects, left.graph, right.graph, 'right', serverMajor);
  const found = objects.map((each) => ({
    each,
    drifted: drifted(each, left, right, onLeft.get(each), onRight.get(each)),
  }));
  const certain = found.filter(({ drifted: { doubt } }) => doubt === null).map(({ each }) => each);
  const scriptOf = (steps: ReadonlyMap<Differing, readonly Step[]>): string | null =>
    scriptText(certain.flatMap((each) => steps.get(each) ?? []));
  return {
    left: leftName,
    right: rightName,
    compared: ownObjects(left.graph, right.graph),
    drifted: found.map((each) => each.drifted).sort(byName),
    script: { onLeft: scriptOf(onLeft), onRight: scriptOf(onRight) },
    notes: [...left.notes, ...right.notes, ...notes],
    notChecked: [...(left.notChecked ?? []), ...(right.notChecked ?? [])],
    texts: new Map([...left.texts, ...right.texts]),
  };
}

/** All that one object has differently. */
type Differing = readonly GraphDifference[];

function differencesOf(
  left: SchemaGraph,
  right: SchemaGraph,
  serverMajor: number,
): { readonly differences: Differing; readonly notes: readonly string[] } {
  const renamed = renames(left, right);
  const named = withNamesOf(right, left, renamed);
  const found = [...compareGraphs(named, right, { serverMajor }), ...assumed(named, right)].filter((each) =>
    isDrift(each, named, right, serverMajor),
  );
  const isOrder = (each: GraphDifference): boolean => isColumnOrder(each, named);
  const differences = causes(
    found.filter((each) => !isOrder(each)),
    named,
    right,
  );
  // Told of the left side as it is.
  const told = differences.map((each): GraphDifference => {
    const leftEntity = each.leftEntity && (left.find(each.leftEntity.id) ?? null);
    return leftEntity === null ? each : { ...each, leftEntity, path: left.path(leftEntity) };
  });
  return {
    differences: [
      ...renameDifferences(renamed, left).filter((each) => isDrift(each, left, right, serverMajor)),
      ...told,
    ],
    notes: columnOrderNotes(found.filter(isOrder), left),
  };
}

/** Per object, what to run where `present` is so that it becomes like `wanted`; nothing where that cannot be written. */
function stepsOf(
  objects: readonly Differing[],
  wanted: SchemaGraph,
  present: SchemaGraph,
  presentIs: 'left' | 'right',
  serverMajor: number,
): ReadonlyMap<Differing, readonly Step[]> {
  const steps = new Map<Differing, readonly Step[]>();
  for (const each of objects) {
    const [{ leftEntity, rightEntity }] = each as readonly [GraphDifference];
    const [here, there] = presentIs === 'left' ? [leftEntity, rightEntity] : [rightEntity, leftEntity];
    const made = bringSteps(sideOf(there, wanted, serverMajor), sideOf(here, present, serverMajor), factsOf(each));
    if (made !== null) steps.set(each, made);
  }
  for (const each of unfeasible(steps, present)) steps.delete(each);
  return steps;
}

function factsOf(differing: Differing): readonly string[] {
  return differing.flatMap(({ fact }) => (fact === null ? [] : [fact]));
}

/** Objects that one side only takes to be there, because a statement needs them: nothing in it makes them. */
function assumed(left: SchemaGraph, right: SchemaGraph): readonly GraphDifference[] {
  const others = new Map([...right.all()].map((each) => [entityKey(right, each), each]));
  const found: GraphDifference[] = [];
  for (const entity of left.all()) {
    const other = others.get(entityKey(left, entity));
    if (other === undefined || entity.isAssumed === other.isAssumed || isPartOfAssumed(entity, left, other, right))
      continue;
    const side = other.isAssumed ? { leftEntity: entity, rightEntity: null } : { leftEntity: null, rightEntity: other };
    const path = left.path(entity);
    found.push({ kind: entity.kind, path, fact: null, left: null, right: null, ...side });
  }
  return found;
}

/** Said of the whole. */
function isPartOfAssumed(a: Entity, left: SchemaGraph, b: Entity, right: SchemaGraph): boolean {
  return left.parent(a)?.isAssumed === true || right.parent(b)?.isAssumed === true;
}

function ownObjects(left: SchemaGraph, right: SchemaGraph): number {
  const keys = new Set<string>();
  for (const graph of [left, right]) {
    for (const each of graph.all()) if (isUsersOwn(graph, each)) keys.add(entityKey(graph, each));
  }
  return keys.size;
}

function drifted(
  differences: Differing,
  left: Reading,
  right: Reading,
  onLeft: readonly Step[] | undefined,
  onRight: readonly Step[] | undefined,
): Drifted {
  const [first] = differences as readonly [GraphDifference];
  const { kind, path, leftEntity, rightEntity } = first;
  const names = factsOf(differences);
  const facts: readonly DriftFact[] = differences.flatMap(({ fact, left: a, right: b }) =>
    fact === null ? [] : [{ name: fact, left: a ?? '', right: b ?? '' }],
  );
  const sides = [
    { entity: leftEntity, graph: left.graph },
    { entity: rightEntity, graph: right.graph },
  ];
  const doubt = doubtAbout(kind, names, sides);
  return {
    kind,
    name: path,
    state: names.length > 0 ? 'changed' : leftEntity === null ? 'only-right' : 'only-left',
    facts,
    doubt: doubt ? { what: doubt.what, at: doubt.at } : null,
    at: placeOf(leftEntity, names) ?? placeOf(rightEntity, names),
    sql: { onLeft: text(onLeft), onRight: text(onRight) },
  };
}

function text(steps: readonly Step[] | undefined): string | null {
  return steps === undefined ? null : steps.flatMap(({ sql }) => sql).join('\n');
}

function placeOf(entity: Entity | null, facts: readonly string[]): Drifted['at'] {
  if (entity === null) return null;
  const origins = [...facts.map((fact) => entity.setBy[fact]), entity.origin];
  const found = origins.find((each) => each?.from === 'statement');
  return found?.from === 'statement' ? found.at : null;
}

const ASPECTS: { readonly [K in EntityKind]?: Aspect } = {
  column: 'columns',
  checkConstraint: 'constraints',
  primaryKey: 'constraints',
  uniqueConstraint: 'constraints',
  foreignKey: 'constraints',
  exclusionConstraint: 'constraints',
  index: 'indexes',
  policy: 'policies',
  trigger: 'triggers',
  function: 'functions',
  enumType: 'types',
  domain: 'types',
  compositeType: 'types',
  rangeType: 'types',
  defaultPrivileges: 'privileges',
};

/** An object, or its want, in a side's graph. */
interface Place {
  readonly entity: Entity | null;
  readonly graph: SchemaGraph;
}

/** A statement of a side that was not understood and may have made the difference. */
function doubtAbout(kind: EntityKind, facts: readonly string[], sides: readonly Place[]): Doubt | undefined {
  const aspects = new Set<Aspect>(
    facts.map((fact) => (fact === 'acl' || fact === 'owner' ? 'privileges' : (ASPECTS[kind] ?? 'existence'))),
  );
  if (facts.length === 0) aspects.add(ASPECTS[kind] ?? 'existence');
  if (facts.some((fact) => fact === 'rowSecurity' || fact === 'forceRowSecurity')) aspects.add('rowSecurity');
  const asked = [...aspects];
  for (const { entity, graph } of sides) {
    if (entity !== null) {
      const [doubt] = graph.doubtsAbout(entity, asked);
      if (doubt) return doubt;
      continue;
    }
    // It may have made what is not there.
    const other = sides.find((each) => each.entity !== null);
    const schema = other?.entity ? other.graph.schemaOf(other.entity) : undefined;
    const maker = graph.doubts.find(
      ({ aspects: touched, reach }) =>
        (touched === 'anything' || touched.some((each) => asked.includes(each) || each === 'existence')) &&
        (reach === 'any' || ('schemas' in reach && reach.schemas.includes(schema ?? ''))),
    );
    if (maker) return maker;
  }
  return undefined;
}

function byName(a: Drifted, b: Drifted): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.kind < b.kind ? -1 : 1;
}
