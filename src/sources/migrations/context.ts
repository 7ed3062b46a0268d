// Long because it is the whole vocabulary of a handler; what takes more than a few lines lives in the lookups it is made of.
import type { List, Node, RangeVar, RoleSpec, TypeName } from '@pgsql/types';
import type { Variables } from '../../graph/binding/analysis.ts';
import { type ExpressionScope as BindingScope, bindExpression, bindQuery } from '../../graph/binding/bind.ts';
import type { Binding, CheckedBinding, QueryBinding } from '../../graph/binding/binding.ts';
import { builtin } from '../../graph/binding/builtin/builtins.ts';
import type { BoundRelation } from '../../graph/binding/name-source.ts';
import type { BoundExpression } from '../../graph/bound-expression.ts';
import type { Entity, EntityOf, Relation } from '../../graph/entities/index.ts';
import type { DefaultAclClass } from '../../graph/entities/role.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import type { Difference, Doubt, Problem, Statement } from '../../graph/journal.ts';
import { type Origin, PLATFORM } from '../../graph/origin.ts';
import { type Acl, defaultAcl, type Grantee, withGrant } from '../../graph/privileges/privileges.ts';
import type { SchemaBuilder, Writer } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import type { TypeRef } from '../../graph/types/type-ref.ts';
import type { WrittenExpression } from '../../sql/expression.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { display, type QualifiedName, quoteIdentifier } from '../../sql/name.ts';
import { type WrittenName, writtenName } from '../../sql/nodes.ts';
import { makeExpression, type TextRange } from '../../sql/range.ts';
import { tokenEnd } from '../../sql/token.ts';
import type { NotUnderstood } from '../source.ts';
import { Assumptions } from './assumptions.ts';
import { refuseUnknownLabels } from './enum-labels.ts';
import type { Value } from './evaluation/value.ts';
import { FilledTables } from './filled-tables.ts';
import { ListedRows } from './listed-rows.ts';
import { NameLookup } from './name-lookup.ts';
import type { ProvidedNames } from './provided-names.ts';
import { Refusal } from './refusal.ts';
import { isNot } from './relation-words.ts';
import type { Session } from './session.ts';
import { TEMPORARY_SCHEMA } from './temporary.ts';
import { refuseClashes } from './type-clashes.ts';
import { typeRefOf } from './type-lookup.ts';

/** What is being run, and where. Replaced for each statement by the replay. */
export interface Running {
  readonly statement: Statement | null;
  readonly writer: Writer;
  /** The text that the node's locations count in. */
  readonly text: string;
  readonly file: string;
  /** Where everything in it is said to stand, when its text is not the file's (the text of an EXECUTE). */
  readonly fixedPlace?: SourceLocation;
}

/** What unqualified columns in an expression stand for. */
export interface ExpressionScope {
  /** The relation whose row the expression sees. */
  readonly relation?: Relation;
  /** NEW and OLD stand for its rows (trigger WHEN, rules). */
  readonly rows?: readonly string[];
  /** A function's parameters, PL/pgSQL variables. */
  readonly variables?: Variables;
  /** The type that the value becomes. */
  readonly goal?: TypeRef;
}

/** All a handler may use: the graph so far, names, types, expressions, privileges, and ways to say what went wrong. */
export class ReplayContext {
  readonly builder: SchemaBuilder;
  readonly session: Session;
  readonly names: NameLookup;
  readonly provided: ProvidedNames;
  readonly assumptions: Assumptions;
  /** What CREATE EXTENSION can find; null where that is the server's affair. */
  readonly offeredExtensions: readonly string[] | null;
  readonly filled = new FilledTables();
  readonly listed = new ListedRows();
  readonly notes: NotUnderstood[] = [];
  readonly #noted = new Set<string>();
  /** What ran so far. */
  readonly statements: Statement[] = [];
  /** Runs a statement inside another one (an element of CREATE SCHEMA, a statement of a DO block), as `runOrThrow` of the replay. */
  readonly run: (node: Node, kind: string) => void;
  /** Inside statements that may or may not run. */
  isUndecided = false;
  /** The routines that are being followed, so that a recursive one is not followed for ever. */
  readonly calls = new Set<EntityId>();
  /**
   * Roles that objects were given to without a membership that allows it. The history ran, so its session may act as them:
   * it is a superuser, or was made a member elsewhere.
   */
  readonly actsFor = new Set<EntityId>();
  /** What pg_event_trigger_ddl_commands() returns in the event trigger that is being run. */
  ddlCommands: readonly ReadonlyMap<string, Value>[] = [];
  #running: Running;

  constructor(
    builder: SchemaBuilder,
    session: Session,
    provided: ProvidedNames,
    offeredExtensions: readonly string[] | null,
    running: Running,
    run: (node: Node, kind: string, context: ReplayContext) => void,
  ) {
    this.run = (node, kind) => run(node, kind, this);
    this.builder = builder;
    this.session = session;
    this.provided = provided;
    this.offeredExtensions = offeredExtensions;
    this.names = new NameLookup(builder.graph, session, provided);
    this.assumptions = new Assumptions(this);
    this.#running = running;
  }

  get graph(): SchemaGraph {
    return this.builder.graph;
  }

  get running(): Running {
    return this.#running;
  }

  get by(): Writer {
    return this.#running.writer;
  }

  /** Runs `action` as another statement (one of a DO block, of CREATE SCHEMA, …), then goes back. */
  runAs<T>(running: Running, action: () => T): T {
    const before = this.#running;
    this.#running = running;
    try {
      return action();
    } finally {
      this.#running = before;
    }
  }

  // Places

  /** The place from a node's own location to the end of its first token, or the whole statement for a node without one. */
  at(location: number | undefined, end?: number): SourceLocation {
    if (this.#running.fixedPlace) return this.#running.fixedPlace;
    const whole = this.#running.statement?.at ?? { file: this.#running.file, start: 0, end: this.#running.text.length };
    if (location === undefined || location < 0) return whole;
    return { file: this.#running.file, start: location, end: end ?? tokenEnd(this.#running.text, location) };
  }

  /** The origin of a fact that one clause of the statement sets; the platform's own statements have no places. */
  origin(location: number | undefined, end?: number): Origin {
    return typeof this.by === 'object' ? { from: 'statement', at: this.at(location, end) } : PLATFORM;
  }

  // Saying what went wrong

  /** Postgres would raise an error that no assumption mends: the statement has no effect. */
  refuse(message: string, location?: number): never {
    throw new Refusal({ type: 'refused', message, at: this.at(location) });
  }

  /** DROP of what others depend on: the statement has no effect. */
  refuseDrop(message: string, roots: readonly Entity[]): never {
    throw new Refusal(
      { type: 'refused', message, at: this.at(undefined) },
      roots.map(({ id }) => id),
    );
  }

  /** CREATE of something that exists: the statement has no effect. */
  refuseDuplicate(existing: Entity, location?: number): never {
    throw new Refusal({ type: 'duplicateObject', existing, name: this.graph.path(existing), at: this.at(location) });
  }

  /** A needed object that is not there and that nothing can stand in for: the statement has no effect. */
  refuseUnknown(objectKind: string, name: string, location?: number): never {
    throw new Refusal(this.assumptions.problemOf(objectKind, name, this.at(location)));
  }

  /** Records that an object is missing, once however often it is needed; the statement goes on with an assumption. */
  reportUnknown(objectKind: string, name: string, location?: number): void {
    this.assumptions.report(objectKind, name, this.at(location));
  }

  /**
   * A statement or clause that is not modelled: noted once, however often a loop comes to it.
   * @param doubt which facts it may have changed; omit only when certainly none of the schema
   */
  notUnderstood(what: string, location?: number, doubt?: Omit<Doubt, 'what' | 'at' | 'before'>): void {
    const at = this.at(location);
    const key = `${what}\0${at.file}\0${at.start}\0${at.end}`;
    if (!this.#noted.has(key)) this.notes.push({ what, at });
    this.#noted.add(key);
    if (doubt) this.builder.doubt({ what, at, ...doubt });
  }

  /** Records a problem; of a missing object only the first, but for further statements that fail without it. */
  fail(problem: Problem, isRefused = false): void {
    const { statement } = this.#running;
    if (statement) this.assumptions.recordOnce(problem, statement, isRefused);
  }

  /** IF NOT EXISTS met something: nothing happens. */
  skipped(existing: Entity, differences: readonly Difference[] = []): void {
    const { statement } = this.#running;
    if (statement) this.builder.skipped(existing, differences, statement);
  }

  // Names

  /** The schema-qualified name for a new object; refuses when the named schema does not exist (assumes it) or none is on the path. */
  newName(range: {
    readonly schemaname?: string | undefined;
    readonly relname?: string | undefined;
    readonly location?: number | undefined;
  }): QualifiedName {
    return this.newNameIn(range.schemaname, range.relname ?? '', range.location);
  }

  newNameIn(schema: string | undefined, name: string, location?: number): QualifiedName {
    if (schema !== undefined) {
      if (schema !== TEMPORARY_SCHEMA) this.assumptions.schema(schema, location);
      return { schema, name };
    }
    const current = this.names.creationSchema();
    if (current === undefined) this.refuse('no schema has been selected to create in', location);
    return { schema: current, name };
  }

  /** [schema, name] of a list of String nodes: a function, type, operator or object name as the parser gives it. */
  nameOf(list: readonly Node[] | undefined): WrittenName {
    return writtenName(list);
  }

  nameOfList(node: Node | undefined): WrittenName {
    return this.nameOf(node && 'List' in node ? (node.List as List).items : node === undefined ? [] : [node]);
  }

  written(schema: string | undefined, name: string): string {
    return schema === undefined ? quoteIdentifier(name) : display({ schema, name });
  }

  /** What the name stands for, or undefined. */
  lookup(range: RangeVar): Relation | undefined {
    return this.names.relationEntity(range.schemaname, range.relname ?? '');
  }

  /**
   * The relation a statement needs. Missing: one unknown-object problem, and an assumed table. A relation of another kind: the
   * statement is refused, as Postgres does ("x" is not a table).
   */
  relation<K extends Relation['kind']>(range: RangeVar, ...kinds: readonly K[]): EntityOf<K> {
    const found = this.lookup(range) ?? this.assumptions.table(range);
    if (kinds.includes(found.kind as K)) return found as unknown as EntityOf<K>;
    this.refuse(isNot(range.relname ?? '', ...kinds), range.location);
  }

  /** Reports a relation that a statement needs and leaves unchanged. */
  needed(range: RangeVar): void {
    if (this.lookup(range) !== undefined || this.names.relation(range.schemaname, range.relname ?? '')) return;
    const name = this.written(range.schemaname ?? this.names.creationSchema(), range.relname ?? '');
    this.reportUnknown('table', name, range.location);
  }

  /** A column of a relation: of an assumed one it is assumed in silence; missing in a known one it is reported and assumed. */
  column(owner: Entity, name: string, location?: number): EntityOf<'column'> {
    const found = this.graph.column(owner.id, name);
    if (found === undefined) return this.assumptions.column(owner, name, location);
    this.assumptions.refuseAssumed(owner, found, location);
    return found;
  }

  columns(owner: Entity, names: readonly Node[] | undefined, location?: number): readonly EntityId[] {
    return (names ?? []).flatMap((each) =>
      'String' in each ? [this.column(owner, each.String.sval ?? '', location).id] : [],
    );
  }

  /** A role by specification; a role nobody created is assumed and reported. */
  grantee(spec: RoleSpec | undefined): Grantee {
    switch (spec?.roletype) {
      case 'ROLESPEC_PUBLIC':
        return 'public';
      case 'ROLESPEC_CSTRING':
        return this.role(spec.rolename ?? '', spec.location).id;
      default:
        return this.session.role;
    }
  }

  role(name: string, location?: number): EntityOf<'role'> {
    return this.graph.global('role', name) ?? this.assumptions.role(name, location);
  }

  // Types and expressions

  type(typeName: TypeName | undefined): TypeRef {
    return typeRefOf(typeName, this);
  }

  /** An expression with its names resolved; unknown names are reported once each. */
  expression(tree: Node, scope: ExpressionScope = {}): BoundExpression {
    const written = this.#written(tree);
    const outer = this.#outerScope(scope);
    const binding = bindExpression(tree, outer, this.names);
    this.#report(binding, outer.target);
    return boundAs(written, binding);
  }

  /** An expression that is to be true or false: NULL alone becomes a boolean there, and is printed as one. */
  condition(tree: Node, scope: ExpressionScope = {}): BoundExpression {
    const isNull = 'A_Const' in tree && tree.A_Const.isnull === true;
    return this.expression(tree, isNull ? { ...scope, goal: builtin('bool') } : scope);
  }

  /** A query with its names resolved and its output columns. */
  query(
    tree: Node,
    scope: ExpressionScope = {},
  ): { readonly expression: BoundExpression; readonly binding: QueryBinding } {
    // The actions of a rule are inside it; any other query is all that its statement says after AS.
    const written = this.#written(tree, scope.rows ? undefined : this.#wholeText());
    const binding = bindQuery(tree, this.names, this.#outerScope(scope));
    this.#report(binding, undefined);
    return { expression: boundAs(written, binding), binding };
  }

  /** What a query makes that may name variables of the block it stands in: CREATE TABLE AS is given their values, as CREATE VIEW is not. */
  output(tree: Node): QueryBinding {
    const binding = bindQuery(tree, this.names, this.#outerScope({}));
    this.#report(this.#withoutVariables(binding), undefined);
    return binding;
  }

  /** Reports the names of a statement that nothing answers to, for one of which nothing else is kept. */
  checkNames(tree: Node, scope: ExpressionScope = {}): void {
    this.#report(this.#withoutVariables(bindQuery(tree, this.names, this.#outerScope(scope))), undefined);
  }

  /** In a block or a routine's body, what looks like a column may be a variable, and its qualifier a record or the routine. */
  #withoutVariables(binding: QueryBinding): QueryBinding {
    const isInRoutine = this.#running.fixedPlace !== undefined;
    const isInBlock = this.#running.statement?.within != null || isInRoutine;
    const unresolved = binding.unresolved.filter(
      ({ kind, node }) => !isInBlock || (!('fields' in node) && !(kind === 'column' && isInRoutine)),
    );
    return { ...binding, unresolved };
  }

  #wholeText(): TextRange {
    const { statement, text, fixedPlace } = this.#running;
    return fixedPlace || statement === null ? { start: 0, end: text.length } : statement.at;
  }

  #written(tree: Node, within?: TextRange): WrittenExpression {
    const { text, file, fixedPlace } = this.#running;
    const written = makeExpression(tree, text, file, within);
    return fixedPlace ? { ...written, at: fixedPlace } : written;
  }

  #outerScope({ relation, rows, variables, goal }: ExpressionScope): BindingScope {
    const target = relation ? this.names.relation(relation.name.schema, relation.name.name) : undefined;
    if (target && rows) return { rows: rows.map((name) => ({ name, relation: target })), variables, goal };
    return { target, variables, goal };
  }

  #report(binding: CheckedBinding, target: BoundRelation | undefined): void {
    for (const each of binding.unresolved) this.assumptions.unresolved(each, target);
    if (this.#running.statement === null) return;
    this.assumptions.refuseAssumedIn(binding.references);
    refuseUnknownLabels(binding, this);
    refuseClashes(binding, this);
  }

  // Privileges

  /** The list a new object gets: the built-in or global default, and what the schema's default privileges add (docs, ALTER DEFAULT PRIVILEGES). */
  initialAcl(objects: DefaultAclClass, schema: string | undefined): Acl {
    const owner = this.session.role;
    const schemaId = schema === undefined ? undefined : this.graph.global('schema', schema)?.id;
    let global: EntityOf<'defaultPrivileges'> | undefined;
    let local: EntityOf<'defaultPrivileges'> | undefined;
    for (const each of this.graph.ofKind('defaultPrivileges')) {
      if (each.role !== owner || each.objects !== objects) continue;
      if (each.schema === null) global ??= each;
      else if (each.schema === schemaId) local ??= each;
    }
    const base = global?.acl ?? defaultAcl(objects, owner);
    return (local?.acl ?? []).reduce(
      (acl, entry) => withGrant(acl, entry.grantee, entry.privileges, entry.grantable),
      base,
    );
  }
}

/** Field by field: this runs for each default, check, policy and index predicate, and spreading takes several times as long. */
function boundAs(written: WrittenExpression, binding: Binding): BoundExpression {
  const { tree, text, start, at } = written;
  const { references, unresolved, meanings, types, coercions } = binding;
  return { tree, text, start, at, references, unresolved, meanings, types, coercions };
}
