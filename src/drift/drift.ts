import { compareGraphs } from '../graph/difference/compare-graphs.ts';
import { entityKey } from '../graph/difference/entity-key.ts';
import type { GraphDifference } from '../graph/difference/graph-difference.ts';
import type { Entity, EntityKind } from '../graph/entities/index.ts';
import type { Aspect, Doubt } from '../graph/journal.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { isUsersOwn } from '../graph/users-own.ts';
import { serverMajorOf } from '../sources/server-version.ts';
import type { Reading, Source } from '../sources/source.ts';
import type { Drifted, DriftFact, DriftReport } from './drift-report.ts';
import { isDrift } from './is-drift.ts';
import { bringSql, type Side, sideOf } from './sql/bring-sql.ts';

/** What two schemas have differently: the comparison by which replay and catalog reader are tested, told for people. */
export async function drift(left: Source, right: Source): Promise<DriftReport> {
  const [a, b] = [await left.read(), await right.read()];
  return driftBetween(a, b, left.name, right.name);
}

export function driftBetween(left: Reading, right: Reading, leftName: string, rightName: string): DriftReport {
  const serverMajor = Math.min(serverMajorOf(left), serverMajorOf(right));
  const differences = [...compareGraphs(left.graph, right.graph, { serverMajor }), ...assumed(left.graph, right.graph)];
  const byObject = new Map<string, GraphDifference[]>();
  for (const each of differences.filter((one) => isDrift(one, left.graph, right.graph, serverMajor))) {
    const key = `${each.kind}\0${each.path}`;
    byObject.set(key, [...(byObject.get(key) ?? []), each]);
  }
  return {
    left: leftName,
    right: rightName,
    compared: ownObjects(left.graph, right.graph),
    drifted: [...byObject.values()].map((each) => drifted(each, left, right)).sort(byName),
    notes: [...left.notes, ...right.notes],
    notChecked: [...(left.notChecked ?? []), ...(right.notChecked ?? [])],
    texts: new Map([...left.texts, ...right.texts]),
  };
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

function drifted(differences: readonly GraphDifference[], left: Reading, right: Reading): Drifted {
  const [first] = differences as [GraphDifference];
  const { kind, path, leftEntity, rightEntity } = first;
  const isWhole = first.fact === null;
  const facts: readonly DriftFact[] = isWhole
    ? []
    : differences.map(({ fact, left: a, right: b }) => ({ name: fact ?? '', left: a ?? '', right: b ?? '' }));
  const names = facts.map(({ name }) => name);
  const [a, b] = [sideOf(leftEntity, left.graph), sideOf(rightEntity, right.graph)];
  const doubt = doubtAbout(kind, names, [a, b]);
  return {
    kind,
    name: path,
    state: !isWhole ? 'changed' : leftEntity === null ? 'only-right' : 'only-left',
    facts,
    doubt: doubt ? { what: doubt.what, at: doubt.at } : null,
    at: placeOf(leftEntity, names) ?? placeOf(rightEntity, names),
    sql: { onLeft: text(bringSql(b, a, names)), onRight: text(bringSql(a, b, names)) },
  };
}

function text(statements: readonly string[] | null): string | null {
  return statements === null ? null : statements.join('\n');
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

/** A statement of a side that was not understood and may have made the difference. */
function doubtAbout(kind: EntityKind, facts: readonly string[], sides: readonly Side[]): Doubt | undefined {
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
