import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { type ExtensionContents, extensionContents } from '../../../platform/extensions.ts';
import type { ReplayContext } from '../context.ts';
import { superuserOf } from '../privileges/authority.ts';
import { createRelation } from './relations.ts';
import { createType, known } from './types.ts';

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
    createSchemas(contents, extension.id, context);
    for (const type of contents.types) createType(type, extension.id, context);
    for (const relation of contents.relations) createRelation(relation, extension.id, context);
    createOthers(contents, extension.id, context);
  } finally {
    session.role = role;
  }
}

function createSchemas({ schemas }: ExtensionContents, extension: EntityId, context: ReplayContext): void {
  const { builder, graph, by, session } = context;
  for (const name of schemas) {
    if (graph.global('schema', name)) continue;
    const acl = context.initialAcl('schema', undefined);
    builder.create({ kind: 'schema', name, owner: session.role, acl, extension }, by);
  }
}

function createOthers(contents: ExtensionContents, extension: EntityId, context: ReplayContext): void {
  const { builder, graph, by } = context;
  for (const { name, method, type, isDefault } of contents.operatorClasses)
    builder.create({ kind: 'operatorClass', name, method, type: known(type, context), isDefault, extension }, by);
  for (const name of contents.foreignDataWrappers) {
    if (!graph.global('foreignDataWrapper', name)) builder.create({ kind: 'foreignDataWrapper', name, extension }, by);
  }
  for (const [object, names] of [
    ['accessMethod', contents.accessMethods],
    ['language', contents.languages],
  ] as const) {
    for (const name of names)
      builder.create({ kind: 'minorObject', object, name: { schema: '', name }, extension }, by);
  }
}
