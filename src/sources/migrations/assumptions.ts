import type { RangeVar } from '@pgsql/types';
import type { UnresolvedName } from '../../graph/binding/binding.ts';
import type { BoundRelation } from '../../graph/binding/name-source.ts';
import type { Entity, EntityOf } from '../../graph/entities/index.ts';
import type { Change, Problem, Statement } from '../../graph/journal.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { display, quoteIdentifier } from '../../sql/name.ts';
import type { ReplayContext } from './context.ts';
import { isHistoryTable } from './history-tables.ts';
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

  constructor(context: ReplayContext) {
    this.#context = context;
  }

  report(objectKind: string, name: string, at: SourceLocation): void {
    if (this.isStrict) throw new Refusal(this.problemOf(objectKind, name, at));
    this.#context.fail(this.problemOf(objectKind, name, at));
  }

  /** Records the problem unless it is about an object that was reported before (by something that was not undone since). */
  recordOnce(problem: Problem, by: Statement): void {
    const { builder } = this.#context;
    const key = keyOf(problem);
    const known = key === undefined ? undefined : this.#reported.get(key);
    if (known && builder.stands(known.change, known.index)) return;
    const index = builder.mark().changes;
    const change = builder.failed(problem, by);
    if (key !== undefined) this.#reported.set(key, { change, index });
  }

  problemOf(objectKind: string, name: string, at: SourceLocation): Problem {
    return { type: 'unknownObject', objectKind, name, at };
  }

  schema(name: string, location?: number): EntityOf<'schema'> {
    const { graph, builder } = this.#context;
    const found = graph.global('schema', name);
    if (found) return found;
    this.report('schema', quoteIdentifier(name), this.#context.at(location));
    return builder.create(
      { kind: 'schema', name, owner: this.#context.session.role, acl: [], isAssumed: true },
      this.#context.by,
    );
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
    if (owner.isAssumed !== true && !graph.isDoubtful(owner, ['columns']))
      this.report('column', `${graph.path(owner)}.${quoteIdentifier(name)}`, this.#context.at(location));
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
    this.#context.fail({ type: 'missingExtension', extension, needed, at: this.#context.at(location) });
  }
}

function keyOf(problem: Problem): string | undefined {
  if (problem.type === 'unknownObject') return `${problem.objectKind}\0${problem.name}`;
  return problem.type === 'missingExtension' ? `extension\0${problem.extension}` : undefined;
}
