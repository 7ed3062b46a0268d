// Long because it is the whole vocabulary of a part; each method is a few lines.
import type { Node } from '@pgsql/types';
import { SourceError } from '../../../errors.ts';
import { bindExpression, bindQuery, type ExpressionScope } from '../../../graph/binding/bind.ts';
import { boundRelation } from '../../../graph/binding/bound-entity.ts';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { Entity, EntityKind, EntityOf, Relation } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { type Acl, type Grantee, letterOf, orderLetters } from '../../../graph/privileges/privileges.ts';
import type { Draft, SchemaBuilder } from '../../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import type { TypeRef } from '../../../graph/types/type-ref.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import { expressionRange, type TextRange } from '../../../sql/range.ts';
import { type CatalogAddress, type CatalogClass, EntitiesByAddress, keyOf } from './catalog-address.ts';
import { CatalogNames } from './catalog-names.ts';
import { parseDeparsed } from './parse-deparsed.ts';
import { type ParsedText, ParsedTexts } from './parsed-texts.ts';

/** aclexplode() as json: the grantee's oid (0 is PUBLIC), the privilege's SQL name, with grant option. */
export type ExplodedAcl = readonly (readonly [string, string, boolean])[] | null;

/** They stand in for what cannot be read; nothing is concluded from them. */
const EMPTY_QUERY: Node = { SelectStmt: { op: 'SETOP_NONE', limitOption: 'LIMIT_OPTION_DEFAULT' } };
const NULL: ParsedText = { tree: { A_Const: { isnull: true } }, range: { start: 0, end: 0 } };

/** What the parts share: the builder, entities by oid, types by oid, and expressions read in their context. */
export class Catalog {
  readonly builder: SchemaBuilder;
  readonly #names: CatalogNames;
  readonly #parsed = new ParsedTexts();
  readonly #entities = new EntitiesByAddress();
  #lastAcl: { readonly exploded: ExplodedAcl; readonly acl: Acl } = { exploded: null, acl: [] };
  readonly #descriptions = new Map<string, string>();
  readonly #extensionOf = new Map<string, string>();
  readonly #later: (() => void)[] = [];
  /** SQL that the grammar refuses: the server is newer, or the text nests too deeply. See `unreadable.ts`. */
  readonly unreadable = new Set<string>();
  readonly #types = new Map<string, TypeRef>();
  #typeOf: (oid: string) => TypeRef | undefined = () => undefined;

  constructor(builder: SchemaBuilder) {
    this.builder = builder;
    this.#names = new CatalogNames(builder.graph);
  }

  get graph(): SchemaGraph {
    return this.builder.graph;
  }

  /** Runs when every object has its place, so that whatever an expression names is there. */
  afterAll(action: () => void): void {
    this.#later.push(action);
  }

  runLater(): void {
    for (const action of this.#later) action();
  }

  describe(address: CatalogAddress, text: string): void {
    this.#descriptions.set(keyOf(address), text);
  }

  belongs(address: CatalogAddress, extensionOid: string): void {
    this.#extensionOf.set(keyOf(address), extensionOid);
  }

  /** Creates an entity, with its comment and the extension it is part of, and remembers it by its row. */
  create<K extends EntityKind>(address: CatalogAddress, draft: Draft<EntityOf<K>> & { readonly kind: K }): EntityOf<K> {
    const key = this.#descriptions.size + this.#extensionOf.size === 0 ? '' : keyOf(address);
    const extensionOid = this.#extensionOf.get(key);
    const extension = extensionOid === undefined ? undefined : this.find('pg_extension', extensionOid);
    const comment = this.#descriptions.get(key);
    const more = {
      ...(comment === undefined ? {} : { comment }),
      ...(extension === undefined ? {} : { extension }),
    };
    const isPlain = comment === undefined && extension === undefined;
    const entity = this.builder.create<K>(isPlain ? draft : { ...draft, ...more }, 'catalog');
    this.alias(address, entity.id);
    if (extensionOid !== undefined && extension === undefined) this.#belongsLater(entity, extensionOid);
    return entity;
  }

  /** Schemas are there before the extension that made them. */
  #belongsLater(entity: Entity, extensionOid: string): void {
    this.afterAll(() => {
      const extension = this.find('pg_extension', extensionOid);
      if (extension !== undefined) this.alter<Entity>(entity, { extension });
    });
  }

  alter<E extends Entity>(entity: E, facts: Parameters<typeof this.builder.alter<E>>[1]): E {
    return this.builder.alter(entity, facts, 'catalog');
  }

  /** A second row that stands for the entity: a table's row type in pg_type. */
  alias(address: CatalogAddress, id: EntityId): void {
    this.#entities.set(address, id);
  }

  find(catalogClass: CatalogClass, oid: string | null): EntityId | undefined {
    return oid === null ? undefined : this.#entities.find(catalogClass, oid);
  }

  /** A column by attnum; undefined for a system column. */
  column(relationOid: string, number: number): EntityId | undefined {
    return this.#entities.column(relationOid, number);
  }

  findOrNull(catalogClass: CatalogClass, oid: string | null): EntityId | null {
    return this.find(catalogClass, oid) ?? null;
  }

  /** The relation a row belongs to; undefined where it is not read (a temporary table's, a system catalog's). */
  relation(oid: string | null): Relation | undefined {
    const id = this.find('pg_class', oid);
    return id === undefined ? undefined : (this.graph.find(id) as Relation | undefined);
  }

  /** Columns by attnum, in the order given; those that are none (system columns) are left out. */
  columns(relationOid: string, numbers: readonly string[] | null): readonly EntityId[] {
    return (numbers ?? []).flatMap((number) => this.column(relationOid, Number(number)) ?? []);
  }

  /** @throws Error for a role that is not there: every object has an owner. */
  role(oid: string): EntityId {
    const id = this.find('pg_authid', oid);
    if (id === undefined) throw new Error(`no role with oid ${oid}`);
    return id;
  }

  grantee(oid: string): Grantee | undefined {
    return oid === '0' ? 'public' : this.find('pg_authid', oid);
  }

  /** The entries of one grantee are merged whoever granted; grants to a role that is gone are left out. */
  acl(exploded: ExplodedAcl): Acl {
    // Most objects of a schema have the list of the one before.
    if (!isSameAcl(exploded, this.#lastAcl.exploded)) this.#lastAcl = { exploded, acl: this.#readAcl(exploded) };
    return this.#lastAcl.acl;
  }

  #readAcl(exploded: ExplodedAcl): Acl {
    const entries = new Map<Grantee, { privileges: string; grantable: string }>();
    for (const [oid, privilege, isGrantable] of exploded ?? []) {
      const grantee = this.grantee(oid);
      const letter = letterOf(privilege.toLowerCase());
      if (grantee === undefined || letter === undefined) continue;
      const entry = entries.get(grantee) ?? { privileges: '', grantable: '' };
      entries.set(grantee, {
        privileges: entry.privileges + letter,
        grantable: isGrantable ? entry.grantable + letter : entry.grantable,
      });
    }
    return [...entries].map(([grantee, { privileges, grantable }]) => ({
      grantee,
      privileges: orderLetters(privileges),
      grantable: orderLetters(grantable),
    }));
  }

  resolveTypesWith(typeOf: (oid: string) => TypeRef | undefined): void {
    this.#typeOf = typeOf;
  }

  /** The type without modifiers. An oid nothing stands for (dropped meanwhile) gives an unresolved one. */
  type(oid: string): TypeRef {
    const known = this.#types.get(oid);
    if (known !== undefined) return known;
    const made = this.#typeOf(oid) ?? {
      name: { schema: '', name: `type ${oid}` },
      isArray: false,
      modifiers: [],
      isUnresolved: true,
    };
    this.#types.set(oid, made);
    return made;
  }

  /** What the server printed, completed by `prefix` to a statement; something without meaning where the grammar refuses it. */
  parse(prefix: string, text: string): Node {
    return this.#readable(text, () => parseDeparsed(prefix, text), EMPTY_QUERY);
  }

  parseExpression(text: string): Node {
    return this.#parse(text).tree;
  }

  #parse(text: string): ParsedText {
    return this.#readable(text, () => this.#parsed.expression(text), NULL);
  }

  #readable<T>(text: string, read: () => T, otherwise: T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.unreadable.add(text);
      return otherwise;
    }
  }

  /** An expression as pg_get_expr prints it, its names resolved. `scope` is what bare columns belong to. */
  expression(text: string, scope: Relation | ExpressionScope = {}): BoundExpression {
    const { tree, range } = this.#parse(text);
    return tree === NULL.tree ? this.unbound(tree, text) : this.#bind(tree, text, range, scope);
  }

  /** The same for a tree that was parsed as a part of something else, whose locations count in `text`. */
  bound(tree: Node, text: string, scope: Relation | ExpressionScope = {}): BoundExpression {
    return this.#bind(tree, text, expressionRange(tree, text), scope);
  }

  #bind(tree: Node, text: string, { start, end }: TextRange, scope: Relation | ExpressionScope): BoundExpression {
    const inside = 'kind' in scope ? this.rowOf(scope) : scope;
    return { tree, text: text.slice(start, end), start, ...bindExpression(tree, inside, this.#names) };
  }

  query(tree: Node, text: string, scope: ExpressionScope = {}): BoundExpression {
    return { tree, text, start: 0, ...bindQuery(tree, this.#names, scope) };
  }

  /** Bare names are the relation's columns. */
  rowOf(relation: Relation): ExpressionScope {
    return { target: boundRelation(this.graph, relation) };
  }

  /** A domain's CHECK names the value VALUE. */
  domainValue(domain: EntityId): ExpressionScope {
    const entity = this.graph.get('domain', domain);
    return { variables: { list: [{ name: 'value', type: entity.base }], conflict: 'variable' } };
  }

  /** NEW and OLD are the relation's rows (triggers, rules). */
  newAndOld(relation: Relation): ExpressionScope {
    const bound = boundRelation(this.graph, relation);
    return { rows: ['new', 'old'].map((name) => ({ name, relation: bound })) };
  }

  /** Stands in while not everything is there that the query or default names. */
  unbound(tree: Node, text: string): BoundExpression {
    const nothing = new Map<object, never>();
    return {
      tree,
      text,
      start: 0,
      references: [],
      unresolved: [],
      meanings: nothing,
      types: nothing,
      coercions: nothing,
    };
  }
}

/** `co.collname`, `con.nspname` and their like: both or none. */
export function nameOrNull(schema: string | null, name: string | null): QualifiedName | null {
  return schema === null || name === null ? null : { schema, name };
}

function isSameAcl(a: ExplodedAcl, b: ExplodedAcl): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.length === b.length &&
    a.every((entry, i) => entry[0] === b[i]?.[0] && entry[1] === b[i]?.[1] && entry[2] === b[i]?.[2])
  );
}
