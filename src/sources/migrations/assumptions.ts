// Long because it makes every kind of object that a statement may need, and each is known by another fact.
import type { RangeVar } from '@pgsql/types';
import type { NameReference, UnresolvedName } from '../../graph/binding/binding.ts';
import type { BoundRelation } from '../../graph/binding/name-source.ts';
import type { Entity, EntityOf } from '../../graph/entities/index.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import type { Aspect, Change, Problem, Statement } from '../../graph/journal.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { display, quoteIdentifier } from '../../sql/name.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { ReplayContext } from './context.ts';
import { isHistoryTable } from './history-tables.ts';
import { type LaterFiles, NO_LATER_FILES } from './later-files.ts';
import { Refusal } from './refusal.ts';

/**
 * What statements need and nothing made: histories whose first tables were made in a dashboard, functions defined later.
 * Each missing object is one problem however often it is used, and leaves an assumed entity of which only the name is known.
 */
export class Assumptions {
  readonly #context: ReplayContext;
  readonly #reported = new Map<string, { readonly change: Change; readonly index: number }>();

  /** Inside a block whose EXCEPTION handlers would see the error: a missing object is refused there, never assumed. */
  isStrict = false;

  /** Asked where something is missing: what is made later is a matter of order, and is assumed. */
  later: LaterFiles = NO_LATER_FILES;

  /** Was a column ever assumed? */
  #hasColumns = false;

  /** A file needed a table that only a later one makes: the files ran in another order than this. */
  #isOrderUnknown = false;

  /** The foreign key whose target is being looked up: its own columns. */
  #key: string | undefined;

  /** Relations that statements which may or may not have run would have made. */
  readonly #perhaps = new Set<string>();

  /** Relations whose CREATE TABLE is not accepted. */
  readonly #rejected = new Set<string>();

  /** Functions that were made in a schema which nothing had made. */
  readonly #schemaless = new Set<EntityId>();

  /** Words of the migrations that are programs: what they name, they may have made. */
  readonly ofPrograms = new Set<string>();

  constructor(context: ReplayContext) {
    this.#context = context;
  }

  report(objectKind: string, name: string, at: SourceLocation): void {
    if (objectKind === 'table' && this.#perhaps.has(name)) return;
    // Told already, by the statement that cannot be read.
    if (objectKind === 'table' && this.#rejected.has(name) && !this.isStrict) return;
    if (mayBeMade(objectKind, this.#context) || this.ofPrograms.has(bareName(name))) return;
    if (this.isStrict || (objectKind === 'column' && this.#isRefused(bareName(name))))
      throw new Refusal(this.problemOf(objectKind, name, at));
    if (objectKind === 'table' && this.later.makeTable(bareName(name), at.file)) this.#isOrderUnknown = true;
    const extension = this.#extensionWith(objectKind, name);
    if (extension !== undefined) {
      this.#context.fail({ type: 'missingExtension', extension, needed: name, at });
      return;
    }
    this.#context.fail(this.problemOf(objectKind, name, at));
  }

  /**
   * A column that a known table lacks, and that no file brings: the statement does nothing, as on the server. Statements that
   * make what others need in turn are left standing, or one cause would be told of many objects.
   */
  #isRefused(column: string): boolean {
    const { statement, file } = this.#context.running;
    return (
      statement !== null &&
      statement.within === null &&
      makesNothingElse(statement) &&
      !this.later.addColumn(column, file)
    );
  }

  /** A column that stands in the graph only because a statement before this one named it. */
  refuseAssumed(owner: Entity, column: EntityOf<'column'>, location?: number): void {
    if (column.isAssumed !== true || owner.isAssumed === true || !this.#isRefused(column.name)) return;
    if (!this.#context.graph.isDoubtful(owner, ['columns'])) this.#missingColumn(owner, column.name, location);
  }

  /** The same of the columns that an expression names. */
  refuseAssumedIn(references: readonly NameReference[]): void {
    if (!this.#hasColumns) return;
    const { graph } = this.#context;
    for (const { kind, target, relation, node } of references) {
      const column = kind === 'column' ? graph.find(target) : undefined;
      const owner = relation === undefined ? undefined : graph.find(relation);
      if (column?.kind !== 'column' || owner === undefined) continue;
      this.refuseAssumed(owner, column, (node as { location?: number }).location);
    }
  }

  #missingColumn(owner: Entity, name: string, location?: number): void {
    this.report('column', `${this.#context.graph.path(owner)}.${quoteIdentifier(name)}`, this.#context.at(location));
  }

  /** The extension that would have made this relation or schema of its own. */
  #extensionWith(objectKind: string, name: string): string | undefined {
    if (objectKind !== 'table' && objectKind !== 'schema') return undefined;
    return this.#context.provided.extensionOf(objectKind === 'table' ? 'relation' : 'schema', name);
  }

  /**
   * Records the problem unless it is about an object that was reported before (by something that was not undone since).
   * @param isRefused the statement fails with it: then it is recorded all the same, as one that was told before
   */
  recordOnce(problem: Problem, by: Statement, isRefused = false): void {
    const { builder } = this.#context;
    const key = keyOf(problem);
    const known = key === undefined ? undefined : this.#reported.get(key);
    if (known && builder.stands(known.change, known.index)) {
      if (isRefused && problem.type === 'unknownObject') builder.failed({ ...problem, again: true }, by);
      return;
    }
    const index = builder.mark().changes;
    const change = builder.failed(problem, by);
    if (key !== undefined) this.#reported.set(key, { change, index });
  }

  problemOf(objectKind: string, name: string, at: SourceLocation): Problem {
    return {
      type: 'unknownObject',
      objectKind,
      name,
      at,
      ...(this.#key === undefined ? {} : { referredToBy: this.#key }),
    };
  }

  /** May a table be there that nothing here named so far, as the files before a later one that makes it cannot all have run in this order? */
  mayBeThere(table: string): boolean {
    const { names, running } = this.#context;
    if (!this.#isOrderUnknown || names.relationEntity(undefined, table) !== undefined) return false;
    return this.later.makeTable(table, running.file);
  }

  /** What `look` misses is the target of a foreign key. */
  ofForeignKey<T>(key: string, look: () => T): T {
    this.#key = key;
    try {
      return look();
    } finally {
      this.#key = undefined;
    }
  }

  /** A statement that may or may not run makes this relation: who needs it later may find it. */
  perhapsMade(range: RangeVar): void {
    this.#perhaps.add(this.#displayed(range));
  }

  /** A statement that Postgres cannot read was to make this relation. */
  rejected(range: RangeVar): void {
    this.#rejected.add(this.#displayed(range));
  }

  #displayed({ schemaname, relname = '' }: RangeVar): string {
    return display({ schema: schemaname ?? this.#context.names.creationSchema() ?? 'public', name: relname });
  }

  schema(name: string, location?: number): EntityOf<'schema'> {
    const { graph, builder } = this.#context;
    const found = graph.global('schema', name);
    if (found) return found;
    // Of a foreign key's target, the table is what is missed.
    if (this.#key === undefined) this.report('schema', quoteIdentifier(name), this.#context.at(location));
    return builder.create(
      { kind: 'schema', name, owner: this.#context.session.role, acl: [], isAssumed: true },
      this.#context.by,
    );
  }

  /** A function in a schema that is not there yet: Postgres refuses to make it. */
  madeIn(routine: EntityOf<'function'>): void {
    if (this.#context.graph.global('schema', routine.name.schema)?.isAssumed === true) this.#schemaless.add(routine.id);
  }

  /** Is its schema there only now, so that it cannot be? */
  wasRefused(routine: EntityOf<'function'>): boolean {
    if (this.#context.graph.global('schema', routine.name.schema)?.isAssumed === true) return false;
    return this.#schemaless.delete(routine.id);
  }

  role(name: string, location?: number): EntityOf<'role'> {
    this.report('role', quoteIdentifier(name), this.#context.at(location));
    return this.#context.builder.create(
      {
        kind: 'role',
        name,
        isSuperuser: false,
        inherits: true,
        canLogin: false,
        createsRoles: false,
        createsDatabases: false,
        replication: false,
        bypassesRowSecurity: false,
        memberOf: [],
        config: [],
        isAssumed: true,
      },
      this.#context.by,
    );
  }

  table(range: RangeVar): EntityOf<'table'> {
    const context = this.#context;
    const schema = range.schemaname ?? context.names.creationSchema() ?? 'public';
    const name = { schema, name: range.relname ?? '' };
    if (range.schemaname !== undefined) this.schema(schema, range.location);
    if (!isHistoryTable(name.name)) this.report('table', display(name), context.at(range.location));
    // It is there, and the search_path, whose schemas nothing makes, does not lead to it: two of one name there cannot be.
    const there = context.graph.relation(name);
    if (there?.kind === 'table') return there;
    return context.builder.create(
      {
        kind: 'table',
        name,
        persistence: 'permanent',
        rowSecurity: false,
        forceRowSecurity: false,
        inherits: [],
        partitionOf: null,
        partitionBound: null,
        partitionKey: null,
        options: [],
        replicaIdentity: 'default',
        ofType: null,
        owner: context.session.role,
        acl: [],
        isAssumed: true,
      },
      context.by,
    );
  }

  column(owner: Entity, name: string, location?: number): EntityOf<'column'> {
    const { graph, builder } = this.#context;
    if (owner.isAssumed !== true && !graph.isDoubtful(owner, ['columns'])) this.#missingColumn(owner, name, location);
    this.#hasColumns = true;
    return builder.create(
      {
        kind: 'column',
        relation: owner.id,
        name,
        position: graph.columns(owner.id).length + 1,
        type: null,
        notNull: false,
        notNullName: null,
        default: null,
        identity: null,
        generated: null,
        collation: null,
        isInherited: false,
        acl: [],
        isAssumed: true,
      },
      this.#context.by,
    );
  }

  /** A name inside an expression that nothing answers to. Only what Postgres would certainly not find either is reported. */
  unresolved(unresolved: UnresolvedName, target: BoundRelation | undefined): void {
    if (unresolved.reason !== 'unknown') return;
    const { schema, name, kind } = unresolved;
    if ((kind === 'function' || kind === 'type') && this.#context.provided.isOpen(kind, name)) return;
    const location = (unresolved.node as { location?: number }).location;
    if (kind === 'relation' && 'fields' in unresolved.node && !ROWS.has(name)) {
      const entry = unresolved.isHidden === true ? 'invalid reference to' : 'missing';
      this.#context.refuse(`${entry} FROM-clause entry for table "${name}"`, location);
    }
    if (kind === 'column') {
      const owner = unresolved.relation ?? target?.id;
      const relation = owner === undefined ? undefined : this.#context.graph.find(owner);
      const prefix = relation ? `${this.#context.graph.path(relation)}.` : '';
      this.report('column', `${prefix}${quoteIdentifier(name)}`, this.#context.at(location));
      return;
    }
    const extension = kind === 'relation' ? undefined : this.#context.provided.extensionOf(kind, name);
    if (extension !== undefined) {
      this.#missingExtension(extension, name, location);
      return;
    }
    // Unqualified, it is wanted where CREATE would put it: one object has one name, however it is written.
    const written = this.#context.written(schema ?? this.#context.names.creationSchema(), name);
    if (kind === 'relation' && isHistoryTable(name)) return;
    this.report(kind === 'relation' ? 'table' : kind, written, this.#context.at(location));
  }

  #missingExtension(extension: string, needed: string, location: number | undefined): void {
    const problem: Problem = { type: 'missingExtension', extension, needed, at: this.#context.at(location) };
    if (this.isStrict) throw new Refusal(problem);
    this.#context.fail(problem);
  }
}

/** Their rows stand in triggers and rules only, which is what is wrong elsewhere. */
const ROWS: ReadonlySet<string> = new Set(['old', 'new']);

/** Does the statement make nothing that later ones name, but for what is dropped or made again? */
function makesNothingElse({ kind, node }: Statement): boolean {
  if (kind !== 'AlterTableStmt') return SELF_CONTAINED.has(kind);
  const { cmds = [] } = fieldsOf(node, 'AlterTableStmt') ?? {};
  return cmds.every((each) => fieldsOf(each, 'AlterTableCmd')?.subtype !== 'AT_AddColumn');
}

const SELF_CONTAINED: ReadonlySet<string> = new Set([
  ...['IndexStmt', 'CreatePolicyStmt', 'AlterPolicyStmt', 'CreateTrigStmt', 'CreateStatsStmt', 'GrantStmt'],
]);

/** `status` of `public.subs.status`. */
function bareName(name: string): string {
  return /"((?:[^"]|"")+)"$/.exec(name)?.[1]?.replaceAll('""', '"') ?? name.slice(name.lastIndexOf('.') + 1);
}

/** Which doubt would cover the making of such an object. */
const MADE_BY: ReadonlyMap<string, Aspect> = new Map([
  ['table', 'existence'],
  ['schema', 'existence'],
  ['function', 'functions'],
  ['type', 'types'],
  ['policy', 'policies'],
  ['trigger', 'triggers'],
]);

/** Was something not understood before, that can have made anything of this kind: dynamic SQL of which nothing is known. */
function mayBeMade(objectKind: string, { graph }: ReplayContext): boolean {
  const aspect = MADE_BY.get(objectKind);
  return (
    aspect !== undefined &&
    graph.doubts.some(({ aspects, reach }) => reach === 'any' && (aspects === 'anything' || aspects.includes(aspect)))
  );
}

function keyOf(problem: Problem): string | undefined {
  if (problem.type === 'unknownObject') return `${problem.objectKind}\0${problem.name}`;
  return problem.type === 'missingExtension' ? `extension\0${problem.extension}` : undefined;
}
