import type { BoundColumn } from '../../graph/binding/name-source.ts';
import type { Entity, EntityOf } from '../../graph/entities/index.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import type { TypeRef } from '../../graph/type-ref.ts';
import {
  type ExtensionContents,
  type ExtensionRelation,
  type ExtensionType,
  extensionContents,
} from '../../platform/extensions.ts';
import type { ReplayContext } from './context.ts';
import { superuserOf } from './privileges/authority.ts';

/**
 * Makes entities of what an extension brings and SQL can name: schemas, types, relations, operator classes, access methods,
 * languages. Its functions and operators are answered by ProvidedNames instead: there are thousands.
 */
export function createMembers(extension: EntityOf<'extension'>, home: string, context: ReplayContext): void {
  const contents = extensionContents(extension.name, home);
  if (contents === undefined) return;
  const { session } = context;
  const role = session.role;
  // The script runs as the superuser who made the cluster, whoever asked for it (docs 36.17, "trusted").
  session.role = superuserOf(context);
  try {
    new Members(extension.id, context).create(contents);
  } finally {
    session.role = role;
  }
}

class Members {
  readonly #extension: EntityId;
  readonly #context: ReplayContext;

  constructor(extension: EntityId, context: ReplayContext) {
    this.#extension = extension;
    this.#context = context;
  }

  create(contents: ExtensionContents): void {
    const { builder, graph, by, session } = this.#context;
    const extension = this.#extension;
    for (const name of contents.schemas) {
      if (graph.global('schema', name)) continue;
      const acl = this.#context.initialAcl('schema', undefined);
      builder.create({ kind: 'schema', name, owner: session.role, acl, extension }, by);
    }
    for (const type of contents.types) this.#type(type);
    for (const relation of contents.relations) this.#relation(relation);
    for (const { name, method, type, isDefault } of contents.operatorClasses)
      builder.create({ kind: 'operatorClass', name, method, type: this.#known(type), isDefault, extension }, by);
    for (const name of contents.foreignDataWrappers) {
      if (!graph.global('foreignDataWrapper', name))
        builder.create({ kind: 'foreignDataWrapper', name, extension }, by);
    }
    for (const [object, names] of [
      ['accessMethod', contents.accessMethods],
      ['language', contents.languages],
    ] as const) {
      for (const name of names)
        builder.create({ kind: 'minorObject', object, name: { schema: '', name }, extension }, by);
    }
  }

  #type(type: ExtensionType): void {
    const { builder, graph, by, session } = this.#context;
    const { name } = type;
    if (graph.type(name) || graph.relation(name)) return;
    const shared = {
      name,
      owner: session.role,
      acl: this.#context.initialAcl('type', name.schema),
      extension: this.#extension,
    };
    switch (type.kind) {
      case 'enum':
        builder.create({ kind: 'enumType', ...shared, labels: type.labels ?? [] }, by);
        return;
      case 'domain':
        if (type.base)
          builder.create(
            { kind: 'domain', ...shared, base: this.#known(type.base), notNull: false, default: null, collation: null },
            by,
          );
        return;
      case 'composite': {
        const made = builder.create({ kind: 'compositeType', ...shared }, by);
        this.#columns(made, type.columns ?? [], []);
        return;
      }
      case 'range':
        if (type.base)
          builder.create({ kind: 'rangeType', ...shared, subtype: this.#known(type.base), multirangeName: '' }, by);
        return;
      default:
        builder.create({ kind: 'baseType', ...shared }, by);
    }
  }

  #relation(relation: ExtensionRelation): void {
    const { builder, graph, by, session } = this.#context;
    const { name } = relation;
    if (graph.relation(name)) return;
    const acl = this.#context.initialAcl(relation.kind === 'sequence' ? 'sequence' : 'table', name.schema);
    const shared = { name, owner: session.role, acl, extension: this.#extension };
    // A view's query is not known: to name lookup it is a table, and no rule is shown what belongs to an extension.
    if (relation.kind === 'sequence') {
      builder.create(
        {
          kind: 'sequence',
          ...shared,
          dataType: 'bigint',
          start: '1',
          increment: '1',
          minimum: '1',
          maximum: '9223372036854775807',
          cache: '1',
          cycles: false,
          ownedBy: null,
          isIdentity: false,
          persistence: 'permanent',
        },
        by,
      );
      return;
    }
    const table = builder.create(
      {
        kind: 'table',
        ...shared,
        persistence: 'permanent',
        rowSecurity: relation.rowSecurity,
        forceRowSecurity: false,
        inherits: [],
        partitionOf: null,
        partitionBound: null,
        partitionKey: null,
        options: [],
        replicaIdentity: 'default',
        ofType: null,
      },
      by,
    );
    this.#columns(table, relation.columns, relation.notNull);
    this.#primaryKey(table, relation.primaryKey);
  }

  #columns(owner: Entity, columns: readonly BoundColumn[], notNull: readonly string[]): void {
    const { builder, by } = this.#context;
    for (const [at, { name, type }] of columns.entries()) {
      builder.create(
        {
          kind: 'column',
          relation: owner.id,
          name,
          position: at + 1,
          type: type === undefined ? null : this.#known(type),
          notNull: notNull.includes(name),
          notNullName: null,
          default: null,
          identity: null,
          generated: null,
          collation: null,
          isInherited: false,
          acl: [],
        },
        by,
      );
    }
  }

  #primaryKey(table: EntityOf<'table'>, names: readonly string[]): void {
    const { builder, graph, by } = this.#context;
    const columns = names.flatMap((name) => graph.column(table.id, name)?.id ?? []);
    if (columns.length === 0) return;
    const name = `${table.name.name}_pkey`;
    const [index, constraint] = [builder.reserve(), builder.reserve()];
    builder.create(
      {
        kind: 'index',
        relation: table.id,
        name: { schema: table.name.schema, name },
        method: 'btree',
        isUnique: true,
        nullsNotDistinct: false,
        keys: columns.map((column) => ({
          column,
          expression: null,
          opclass: null,
          opclassOptions: [],
          descending: false,
          nullsFirst: false,
          collation: null,
        })),
        include: [],
        predicate: null,
        options: [],
        constraint,
        parent: null,
        isValid: true,
      },
      by,
      index,
    );
    const facts = { table: table.id, name, columns, index, isDeferrable: false, isInitiallyDeferred: false };
    builder.create({ kind: 'primaryKey', ...facts }, by, constraint);
  }

  /** Types come by name; those that are entities here get their id. */
  #known(type: TypeRef): TypeRef {
    const { schema, name } = type.name;
    const entity = schema === 'pg_catalog' ? undefined : this.#context.names.typeEntity(schema, name);
    return entity === undefined ? type : { ...type, entity: entity.id };
  }
}
