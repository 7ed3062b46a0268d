import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { ExtensionRelation } from '../../../platform/extensions.ts';
import type { ReplayContext } from '../context.ts';
import { createColumns } from './types.ts';

/** A relation that an extension brings, unless something has its name. */
export function createRelation(relation: ExtensionRelation, extension: EntityId, context: ReplayContext): void {
  const { builder, graph, by, session } = context;
  const { name } = relation;
  if (graph.relation(name)) return;
  const acl = context.initialAcl(relation.kind === 'sequence' ? 'sequence' : 'table', name.schema);
  const shared = { name, owner: session.role, acl, extension };
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
  createColumns(table, relation.columns, relation.notNull, context);
  createPrimaryKey(table, relation.primaryKey, context);
}

function createPrimaryKey(table: EntityOf<'table'>, names: readonly string[], context: ReplayContext): void {
  const { builder, graph, by } = context;
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
