import type { AlterTableCmd } from '@pgsql/types';
import type { EntityOf } from '../../../../graph/entities/index.ts';
import { defElems, defText } from '../../../../sql/def-elem.ts';
import { quoteIdentifier } from '../../../../sql/name.ts';
import { fieldsOf } from '../../../../sql/nodes.ts';
import { changeOwner } from '../../privileges/owner.ts';
import { ownedSequences } from '../../relations/sequences.ts';
import { byName, withOptions, withoutOptions } from '../../relations/storage-options.ts';
import { withoutViewOptions, withViewOptions } from '../../relations/view-options.ts';
import { columnOf, type Run } from './run.ts';

/** ENABLE, DISABLE, FORCE, NO FORCE ROW LEVEL SECURITY. */
export function rowSecurity(facts: Partial<Pick<EntityOf<'table'>, 'rowSecurity' | 'forceRowSecurity'>>) {
  return (_command: AlterTableCmd, { context, relation, origin }: Run<'table'>): void => {
    context.builder.alter(relation, facts, context.by, origin);
  };
}

export function owner(command: AlterTableCmd, run: Run): void {
  const { context, relation } = run;
  const role = context.grantee(command.newowner);
  if (role === 'public') run.context.refuse('role "public" does not exist', command.newowner?.location);
  if ('owner' in relation) changeOwner(relation, role, context);
}

/** SET (…) and RESET (…) of storage parameters and view options. */
export function relOptions(isReset: boolean) {
  return (command: AlterTableCmd, { context, relation, origin }: Run): void => {
    const list = fieldsOf(command.def, 'List')?.items;
    const { builder, by } = context;
    if (relation.kind === 'view') {
      const facts = isReset ? withoutViewOptions(relation, list) : withViewOptions(relation, list);
      const { securityInvoker, securityBarrier, checkOption } = facts;
      builder.alter(relation, { securityInvoker, securityBarrier, checkOption }, by, origin);
    } else if (relation.kind === 'table' || relation.kind === 'materializedView' || relation.kind === 'index') {
      const changed = isReset ? withoutOptions(relation.options, list) : withOptions(relation.options, list);
      const options = relation.kind === 'index' ? byName(changed) : changed;
      builder.alter<EntityOf<'table' | 'materializedView' | 'index'>>(relation, { options }, by, origin);
    }
  };
}

/** OPTIONS (ADD …, SET …, DROP …) of a foreign table. */
export function foreignOptions(command: AlterTableCmd, { context, relation, origin }: Run<'foreignTable'>): void {
  let { options } = relation;
  for (const each of defElems(fieldsOf(command.def, 'List')?.items)) {
    const name = each.defname ?? '';
    options = options.filter((option) => option.name !== name);
    if (each.defaction !== 'DEFELEM_DROP') options = [...options, { name, value: defText(each) ?? '' }];
  }
  context.builder.alter(relation, { options }, context.by, origin);
}

const IDENTITIES: ReadonlyMap<string, 'default' | 'full' | 'nothing'> = new Map([
  ['d', 'default'],
  ['f', 'full'],
  ['n', 'nothing'],
]);

export function replicaIdentity(command: AlterTableCmd, run: Run<'table'>): void {
  const { context, relation, origin, location } = run;
  const node = fieldsOf(command.def, 'ReplicaIdentityStmt') ?? {};
  const plain = IDENTITIES.get(node.identity_type ?? '');
  if (plain !== undefined) {
    context.builder.alter(relation, { replicaIdentity: plain }, context.by, origin);
    return;
  }
  const name = { schema: relation.name.schema, name: node.name ?? '' };
  const index = context.graph.relation(name);
  if (index?.kind !== 'index' || index.relation !== relation.id) {
    if (relation.isAssumed) return;
    run.context.refuseUnknown('index', context.written(name.schema, name.name), location);
  }
  if (!index.isUnique) context.refuse(`cannot use non-unique index "${name.name}" as replica identity`, location);
  if (index.predicate !== null) context.refuse(`cannot use partial index "${name.name}" as replica identity`, location);
  const nullable = index.keys
    .flatMap((key) => (key.column === null ? [] : [context.graph.get('column', key.column)]))
    .find((column) => !column.notNull && !column.isAssumed);
  if (nullable)
    context.refuse(
      `index "${name.name}" cannot be used as replica identity because column "${nullable.name}" is nullable`,
      location,
    );
  context.builder.alter(relation, { replicaIdentity: { index: index.id } }, context.by, origin);
}

/** SET LOGGED, SET UNLOGGED: of the sequences it owns too. */
export function persistence(value: 'permanent' | 'unlogged') {
  return (_command: AlterTableCmd, { context, relation, origin }: Run<'table' | 'sequence'>): void => {
    const { builder, graph, by } = context;
    builder.alter<EntityOf<'table' | 'sequence'>>(relation, { persistence: value }, by, origin);
    for (const column of graph.columns(relation.id)) {
      for (const sequence of ownedSequences(context, column.id))
        builder.alter(sequence, { persistence: value }, by, origin);
    }
  };
}

/** What the graph keeps nothing of: statistics targets, storage, compression. The column has to be there. */
export function columnAttribute(command: AlterTableCmd, run: Run): void {
  if (command.name !== undefined) columnOf(run, command.name);
}

/** What the graph keeps nothing of: tablespaces, clustering, access methods. */
export function withoutEffect(): void {}

/** CLUSTER ON: the index has to be there. */
export function clusterOn(command: AlterTableCmd, { context, relation, location }: Run): void {
  const name = { schema: relation.name.schema, name: command.name ?? '' };
  if (relation.isAssumed || context.graph.relation(name)?.kind === 'index') return;
  context.refuseUnknown('index', context.written(name.schema, name.name), location);
}

/** OF type, NOT OF. */
export function typedTable(command: AlterTableCmd, { context, relation, origin }: Run<'table'>): void {
  const typeName = fieldsOf(command.def, 'TypeName');
  const type = typeName === undefined ? undefined : context.type(typeName).entity;
  context.builder.alter(relation, { ofType: type ?? null }, context.by, origin);
}

/** ENABLE and DISABLE RULE: the graph does not keep it, but the rule has to be there. */
export function enableRule(command: AlterTableCmd, { context, relation, location }: Run): void {
  const name = command.name ?? '';
  if (relation.isAssumed || context.graph.part('rewriteRule', relation.id, name)) return;
  context.refuseUnknown('rule', `${context.graph.path(relation)}.${quoteIdentifier(name)}`, location);
}
