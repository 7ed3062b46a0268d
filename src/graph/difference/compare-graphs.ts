import type { Entity, EntityKind } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { factsOf } from './entity-facts.ts';
import { entityKey } from './entity-key.ts';
import { FactWriter, UNKNOWN } from './fact.ts';
import type { GraphDifference } from './graph-difference.ts';

export interface CompareOptions {
  /** The older major version of the two sides' servers; replay models 18, which is the default. */
  readonly serverMajor?: number;
}

/** How the graphs differ, sorted by kind and path. Entities meet by kind and name, never by id. */
export function compareGraphs(
  left: SchemaGraph,
  right: SchemaGraph,
  options: CompareOptions = {},
): readonly GraphDifference[] {
  const major = options.serverMajor ?? 18;
  // Multiranges are of PG 14, MAINTAIN is of PG 17, names of NOT NULL constraints are of PG 18.
  const letters = new Set(major < 17 ? ['m'] : []);
  const facts = new Set([...(major < 18 ? ['notNullName'] : []), ...(major < 14 ? ['multirangeName'] : [])]);
  const sides = [new Side(left, letters), new Side(right, letters)] as const;
  const differences: GraphDifference[] = [];
  for (const key of new Set([...sides[0].entities.keys(), ...sides[1].entities.keys()])) {
    const [a, b] = [sides[0].entities.get(key), sides[1].entities.get(key)];
    if (a && b) {
      const ignored = major < 17 && isOfPartition(a, left) ? new Set([...facts, 'identity']) : facts;
      differences.push(...compareEntities(a, sides[0], b, sides[1], ignored));
    } else if (major < 18 && isPredefinedRole(a ?? b)) continue;
    else if (a && !sides[1].mayHold(a, sides[0])) differences.push(onlyIn(a, sides[0], 'left'));
    else if (b && !sides[0].mayHold(b, sides[1])) differences.push(onlyIn(b, sides[1], 'right'));
  }
  return differences.sort(byPlace);
}

/** A column of a partition: until PG 17 an identity column of its parent was none there (release notes of 17, E.20.3.4). */
function isOfPartition(entity: Entity, graph: SchemaGraph): boolean {
  const relation = entity.kind === 'column' ? graph.find(entity.relation) : undefined;
  return relation?.kind === 'table' && relation.partitionOf !== null;
}

/** Each version brings some of these (docs 21.5). */
function isPredefinedRole(entity: Entity | undefined): boolean {
  return entity?.kind === 'role' && entity.name.startsWith('pg_');
}

/** One graph, its comparable entities by what names them. */
class Side {
  readonly graph: SchemaGraph;
  readonly facts: FactWriter;
  readonly entities: ReadonlyMap<string, Entity>;

  constructor(graph: SchemaGraph, ignoredLetters: ReadonlySet<string>) {
    this.graph = graph;
    this.facts = new FactWriter(graph, ignoredLetters);
    this.entities = new Map(
      [...graph.all()].filter((each) => this.#isComparable(each)).map((each) => [entityKey(graph, each), each]),
    );
  }

  #isComparable(entity: Entity): boolean {
    for (let each: Entity | undefined = entity; each; each = this.graph.parent(each)) {
      // What an extension brings is not written in any migration.
      if (each.extension !== undefined) return false;
      // What is temporary ends with its session: a catalog read later does not have it.
      if (this.graph.schemaOf(each) === 'pg_temp') return false;
    }
    return true;
  }

  /**
   * Is the other side's entity no difference though this side lacks it: a part of something that is missing as a whole (said
   * once), or of something that is only assumed here, whose parts nobody knows.
   */
  mayHold(entity: Entity, other: Side): boolean {
    // A column's own sequence comes and goes with it.
    const owner = entity.kind === 'sequence' && entity.ownedBy !== null ? entity.ownedBy : undefined;
    const parent = owner === undefined ? other.graph.parent(entity) : other.graph.find(owner);
    if (parent === undefined) return false;
    const mine = this.entities.get(entityKey(other.graph, parent));
    return mine === undefined || mine.isAssumed === true;
  }
}

function compareEntities(
  a: Entity,
  left: Side,
  b: Entity,
  right: Side,
  ignored: ReadonlySet<string>,
): GraphDifference[] {
  const theirs = factsOf(b, right.facts);
  return [...factsOf(a, left.facts)].flatMap(([fact, mine]) => {
    const other = theirs.get(fact) ?? UNKNOWN;
    if (mine === UNKNOWN || other === UNKNOWN || mine.key === other.key || ignored.has(fact)) return [];
    if (!left.graph.isKnown(a, fact) || !right.graph.isKnown(b, fact)) return [];
    const sides = { leftEntity: a, rightEntity: b };
    return [{ kind: a.kind, path: left.graph.path(a), fact, left: mine.text, right: other.text, ...sides }];
  });
}

function onlyIn(entity: Entity, side: Side, which: 'left' | 'right'): GraphDifference {
  const path = side.graph.path(entity);
  const nowhere = { left: null, right: null, leftEntity: null, rightEntity: null };
  return { kind: entity.kind, path, fact: null, ...nowhere, [which]: path, [`${which}Entity`]: entity };
}

function byPlace(a: GraphDifference, b: GraphDifference): number {
  const [one, two] = [a, b].map(({ kind, path, fact }): [EntityKind, string, string] => [kind, path, fact ?? '']);
  for (const index of [0, 1, 2] as const) {
    const [x = '', y = ''] = [one?.[index], two?.[index]];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
