// Long because it is the whole vocabulary of questions; each is a few lines. Bigger questions live beside it (privilege-questions.ts, index-coverage.ts).
import { display, type QualifiedName, quoteIdentifier } from '../sql/name.ts';
import { inputTypes } from './entities/function-entity.ts';
import { type Entity, type EntityKind, type EntityOf, parentOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import type { EntityStore } from './entity-store.ts';
import type { Aspect, Doubt, Settlement } from './journal.ts';
import type { LiveStatistics } from './live-statistics.ts';
import { CONSTRAINT_NAMES } from './name-index.ts';
import { type TypeRef, typeText } from './types/type-ref.ts';

export type Constraint = EntityOf<
  'primaryKey' | 'uniqueConstraint' | 'foreignKey' | 'checkConstraint' | 'exclusionConstraint'
>;

const CONSTRAINT_KINDS = [
  'primaryKey',
  'uniqueConstraint',
  'foreignKey',
  'checkConstraint',
  'exclusionConstraint',
] as const;

/** The schema, read only. Questions are methods with names from the domain; what two rules ask becomes one. */
export class SchemaGraph {
  readonly #store: EntityStore;
  readonly #doubts: readonly Doubt[];
  readonly #settled: readonly Settlement[];
  /** What `askedOnce` was answered, by the number of the question and by its subject. */
  #answers: Map<unknown, unknown>[] = [];
  #answersHoldAt = 0;

  constructor(store: EntityStore, doubts: readonly Doubt[], settled: readonly Settlement[]) {
    this.#store = store;
    this.#doubts = doubts;
    this.#settled = settled;
  }

  all(): Iterable<Entity> {
    return this.#store.all();
  }

  /** What a live server counted; undefined for every other source (capability `statistics`). */
  get statistics(): LiveStatistics | undefined {
    return this.#store.statistics;
  }

  /** Where the project says that its API looks for names besides the schema of a request; undefined where it does not. */
  get extraSearchPath(): readonly string[] | undefined {
    return this.#store.extraSearchPath;
  }

  /** In the order in which they were made. */
  ofKind<K extends EntityKind>(kind: K): readonly EntityOf<K>[] {
    return this.#store.ofKind(kind) as readonly EntityOf<K>[];
  }

  /** @throws Error when there is no such entity of that kind: ids in the graph always resolve. */
  get<K extends EntityKind>(kind: K, id: EntityId): EntityOf<K> {
    const entity = this.#store.find(id);
    if (entity?.kind !== kind) throw new Error(`no ${kind} with id ${id}`);
    return entity as EntityOf<K>;
  }

  find(id: EntityId): Entity | undefined {
    return this.#store.find(id);
  }

  /** The parts of an entity: a table's columns, indexes, policies … in the order they were made (columns by position). */
  ownedBy<K extends EntityKind>(owner: EntityId, kind: K): readonly EntityOf<K>[] {
    return this.#store.partsOf(owner, kind) as readonly EntityOf<K>[];
  }

  columns(owner: EntityId): readonly EntityOf<'column'>[] {
    return this.ownedBy(owner, 'column');
  }

  column(owner: EntityId, name: string): EntityOf<'column'> | undefined {
    return this.#store.first('column', owner, name) as EntityOf<'column'> | undefined;
  }

  constraints(table: EntityId): readonly Constraint[] {
    return CONSTRAINT_KINDS.flatMap((kind) => this.ownedBy(table, kind) as readonly Constraint[]);
  }

  constraint(owner: EntityId, name: string): Constraint | undefined {
    return this.#store.first('constraint', owner, name) as Constraint | undefined;
  }

  /** Is the name taken by a constraint of any table or domain of the schema (NOT NULL constraints too)? */
  hasConstraintNamed(schema: string, name: string): boolean {
    return this.#store.named(CONSTRAINT_NAMES, '', name).some((each) => this.schemaOf(each) === schema);
  }

  primaryKey(table: EntityId): EntityOf<'primaryKey'> | undefined {
    return this.ownedBy(table, 'primaryKey')[0];
  }

  /** The keys by which a column of a table refers to others; asked of its table, as very many may refer to the column itself. */
  foreignKeysOf({ id, relation }: EntityOf<'column'>): readonly EntityOf<'foreignKey'>[] {
    return this.ownedBy(relation, 'foreignKey').filter((each) => each.columns.includes(id));
  }

  /** Keys of other tables (and its own) that reference this one. */
  referencedBy(table: EntityId): readonly EntityOf<'foreignKey'>[] {
    return this.dependentsOfKind(table, 'foreignKey').filter((each) => each.referencedTable === table);
  }

  /** Everything that points at the entity in any way. */
  dependents(id: EntityId): readonly Entity[] {
    return this.#store.dependentsOf(id);
  }

  dependentsOfKind<K extends EntityKind>(id: EntityId, kind: K): readonly EntityOf<K>[] {
    return this.#store.dependentsOfKind(id, kind) as EntityOf<K>[];
  }

  /** A number that grows whenever the row of the relation may look different: its columns, their types, the names of any of these. */
  rowChanges(relation: EntityId): number {
    return this.#store.rowChanges(relation) + this.#store.renames;
  }

  /** A number that grows with whatever happens to the graph. */
  get changes(): number {
    return this.#store.changes;
  }

  /** What a question that is asked once was answered so far, by its subjects; nothing as soon as the graph changes. */
  answersTo(question: number): Map<unknown, unknown> {
    if (this.#answersHoldAt !== this.#store.changes) {
      this.#answers = [];
      this.#answersHoldAt = this.#store.changes;
    }
    let answers = this.#answers[question];
    if (answers === undefined) {
      answers = new Map();
      this.#answers[question] = answers;
    }
    return answers;
  }

  /** A number that changes whenever a schema is made, renamed or dropped. */
  get schemaChanges(): number {
    return this.#store.schemaChanges;
  }

  parent(entity: Entity): Entity | undefined {
    const id = parentOf(entity);
    return id === undefined ? undefined : this.find(id);
  }

  /** A table, view, sequence, index, … by exact name. */
  relation(
    name: QualifiedName,
  ):
    | EntityOf<'table' | 'foreignTable' | 'view' | 'materializedView' | 'sequence' | 'index' | 'compositeType'>
    | undefined {
    return this.#store.first('relation', name.schema, name.name) as never;
  }

  type(name: QualifiedName): EntityOf<'enumType' | 'domain' | 'rangeType' | 'baseType'> | undefined {
    return this.#store.first('type', name.schema, name.name) as never;
  }

  /** All overloads of a function, procedure or aggregate name. */
  functions(name: QualifiedName): readonly EntityOf<'function'>[] {
    return this.#store.named('routine', name.schema, name.name) as readonly EntityOf<'function'>[];
  }

  schemaObject<K extends 'statistics' | 'operator' | 'operatorClass' | 'minorObject'>(
    kind: K,
    name: QualifiedName,
  ): readonly EntityOf<K>[] {
    return this.#store.named(kind, name.schema, name.name) as readonly EntityOf<K>[];
  }

  /** Schemas, roles, extensions, publications, event triggers, servers: names without a schema. */
  global<
    K extends
      | 'schema'
      | 'role'
      | 'extension'
      | 'publication'
      | 'eventTrigger'
      | 'foreignServer'
      | 'foreignDataWrapper'
      | 'bucket',
  >(kind: K, name: string): EntityOf<K> | undefined {
    return this.#store.first(kind, '', name) as EntityOf<K> | undefined;
  }

  /** A policy, trigger or rewrite rule of a relation. */
  part<K extends 'policy' | 'trigger' | 'rewriteRule'>(
    kind: K,
    owner: EntityId,
    name: string,
  ): EntityOf<K> | undefined {
    return this.#store.first(kind, owner, name) as EntityOf<K> | undefined;
  }

  columnNames(ids: readonly EntityId[]): readonly string[] {
    return ids.map((id) => this.get('column', id).name);
  }

  /** As SQL lists them: `a, "B"`. */
  columnsText(ids: readonly EntityId[]): string {
    return this.columnNames(ids).map(quoteIdentifier).join(', ');
  }

  /** May the fact be concluded from: false for a fact of an assumed entity that no statement set. */
  isKnown(entity: Entity, fact: string): boolean {
    return entity.isAssumed !== true || Object.hasOwn(entity.setBy, fact);
  }

  /** Does something that was not understood reach this fact of the entity (or of the relation it is part of)? */
  isDoubtful(entity: Entity, aspects: readonly Aspect[]): boolean {
    return this.#doubts.some((doubt) => this.#touches(doubt, entity, aspects));
  }

  /** What was not understood and may reach one of these facts of the entity. */
  doubtsAbout(entity: Entity, aspects: readonly Aspect[]): readonly Doubt[] {
    return this.#doubts.filter((doubt) => this.#touches(doubt, entity, aspects));
  }

  #touches(doubt: Doubt, entity: Entity, aspects: readonly Aspect[]): boolean {
    if (doubt.aspects !== 'anything' && !doubt.aspects.some((each) => aspects.includes(each))) return false;
    const root = this.parent(entity) ?? entity;
    if (root.id >= doubt.before || (doubt.onlyDrops === true && entity.id >= doubt.before)) return false;
    if (this.#isSettled(doubt, root)) return false;
    if (doubt.reach === 'any') return true;
    if ('entities' in doubt.reach)
      return doubt.reach.entities.includes(root.id) || doubt.reach.entities.includes(entity.id);
    return doubt.reach.schemas.includes(this.schemaOf(root) ?? '');
  }

  /** Is it known by now how the relation came out of what was not understood? */
  #isSettled(doubt: Doubt, root: Entity): boolean {
    if (doubt.onlyEnables === true) return root.kind === 'table' && root.rowSecurity;
    const { part } = doubt;
    return (
      part !== undefined &&
      this.#settled.some(
        ({ kind, owner, name, doubts }) =>
          kind === part.kind && owner === root.id && name === part.name && this.#doubts.indexOf(doubt) < doubts,
      )
    );
  }

  get doubts(): readonly Doubt[] {
    return this.#doubts;
  }

  /** The schema an entity is in, through its relation; undefined for roles, extensions, … */
  schemaOf(entity: Entity): string | undefined {
    if (entity.kind === 'schema') return entity.name;
    if ('name' in entity && typeof entity.name === 'object') return entity.name.schema;
    const parent = this.parent(entity);
    return parent === undefined ? undefined : this.schemaOf(parent);
  }

  /** What people and reports call it: public.orders.user_id, public.orders_pkey, public.f(integer), policy "p" of public.orders is `public.orders.p`. */
  path(entity: Entity): string {
    switch (entity.kind) {
      case 'function':
        return `${display(entity.name)}(${inputTypes(entity)
          .map((each) => this.typeName(each))
          .join(', ')})`;
      case 'cast':
        return `${this.typeName(entity.source)} as ${this.typeName(entity.target)}`;
      case 'defaultPrivileges':
        return `default privileges of ${this.path(this.get('role', entity.role))} on ${entity.objects}s${entity.schema === null ? '' : ` in ${this.path(this.get('schema', entity.schema))}`}`;
      default: {
        if (typeof entity.name === 'object')
          return entity.name.schema === '' ? quoteIdentifier(entity.name.name) : display(entity.name);
        const parent = this.parent(entity);
        return parent ? `${this.path(parent)}.${quoteIdentifier(entity.name)}` : quoteIdentifier(entity.name);
      }
    }
  }

  /** The current name of a type, also after a rename of the type. */
  typeName(type: TypeRef): string {
    const entity = type.entity === undefined ? undefined : this.find(type.entity);
    if (entity && 'name' in entity && typeof entity.name === 'object') return typeText({ ...type, name: entity.name });
    return typeText(type);
  }
}
