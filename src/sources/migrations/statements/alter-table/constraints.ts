import type { AlterTableCmd } from '@pgsql/types';
import type { Entity, EntityOf } from '../../../../graph/entities/index.ts';
import type { Constraint } from '../../../../graph/schema-graph.ts';
import { quoteIdentifier } from '../../../../sql/name.ts';
import { fieldsOf } from '../../../../sql/nodes.ts';
import type { ReplayContext } from '../../context.ts';
import { dropObjects } from '../../drop-objects.ts';
import { childrenOf, inheritOnly, withDescendants } from '../../relations/children.ts';
import { dropNotNull } from '../../relations/not-null.ts';
import type { Run } from './run.ts';

type Owner = EntityOf<'table' | 'foreignTable'>;

/** DROP CONSTRAINT, of any kind: with its index, and from the tables that only inherited it. */
export function dropConstraint(command: AlterTableCmd, run: Run<Owner['kind']>): void {
  const { context, relation, origin, location } = run;
  const { graph } = context;
  const name = command.name ?? '';
  const constraint = graph.constraint(relation.id, name);
  if (constraint === undefined) {
    const column = graph.columns(relation.id).find((each) => each.notNullName === name);
    if (column) dropNotNull(context, relation, column, origin);
    else missing(name, run, command.missing_ok === true);
    return;
  }
  if (isInherited(constraint, context))
    context.refuse(`cannot drop inherited constraint "${name}" of relation "${relation.name.name}"`, location);
  const below = run.only ? [] : inheritedBelow(relation, name, context);
  if (run.only && constraint.kind === 'checkConstraint') makeLocal(relation, name, run);
  dropObjects(context, [constraint, ...below], { cascade: command.behavior === 'DROP_CASCADE', origin });
}

function missing(name: string, { context, relation, location }: Run, isAccepted: boolean): void {
  if (isAccepted || relation.isAssumed || context.graph.isDoubtful(relation, ['constraints'])) return;
  context.refuseUnknown('constraint', `${context.graph.path(relation)}.${quoteIdentifier(name)}`, location);
}

function isInherited(constraint: Constraint, { graph }: ReplayContext): boolean {
  if (constraint.kind === 'checkConstraint') return constraint.isInherited;
  if (constraint.kind === 'foreignKey') return constraint.parent !== null;
  const index = graph.find(constraint.index);
  return index?.kind === 'index' && index.parent !== null;
}

function inheritedBelow(relation: Owner, name: string, { graph }: ReplayContext): readonly Entity[] {
  const check = (id: Owner['id']): EntityOf<'checkConstraint'> | undefined => {
    const own = graph.constraint(id, name);
    return own?.kind === 'checkConstraint' ? own : undefined;
  };
  const has = (id: Owner['id']): boolean => check(id) !== undefined;
  const inherits = (id: Owner['id']): boolean => check(id)?.isInherited === true;
  return inheritOnly(graph, relation.id, has, inherits).flatMap((table) => check(table.id) ?? []);
}

function makeLocal(relation: Owner, name: string, { context, origin }: Run): void {
  for (const child of childrenOf(context.graph, relation.id)) {
    const own = context.graph.constraint(child.id, name);
    if (own?.kind === 'checkConstraint' && own.isInherited)
      context.builder.alter(own, { isInherited: false }, context.by, origin);
  }
}

/** VALIDATE CONSTRAINT: of a CHECK also on the tables below, of a foreign key also on the partitions. */
export function validateConstraint(command: AlterTableCmd, run: Run<Owner['kind']>): void {
  const { context, relation, origin } = run;
  const { graph, builder, by } = context;
  const name = command.name ?? '';
  const constraint = graph.constraint(relation.id, name);
  if (constraint === undefined) {
    const isNotNull = graph.columns(relation.id).some((each) => each.notNullName === name);
    if (!isNotNull) missing(name, run, false);
    return;
  }
  if (constraint.kind !== 'foreignKey' && constraint.kind !== 'checkConstraint')
    run.context.refuse(
      `cannot validate constraint "${name}" of relation "${relation.name.name}": this operation is not supported for this type of constraint`,
      run.location,
    );
  if (!constraint.isEnforced) context.refuse('cannot validate NOT ENFORCED constraint', run.location);
  const tables = relation.kind === 'table' ? withDescendants(graph, relation) : [relation];
  for (const table of tables) {
    for (const each of graph.constraints(table.id)) {
      const isSame = each.id === constraint.id || isCopyOf(each, constraint);
      if (isSame && (each.kind === 'foreignKey' || each.kind === 'checkConstraint') && !each.isValidated)
        builder.alter(each, { isValidated: true }, by, origin);
    }
  }
}

function isCopyOf(each: Constraint, constraint: Constraint): boolean {
  if (each.kind === 'foreignKey') return each.parent === constraint.id;
  return each.kind === 'checkConstraint' && each.isInherited && each.name === constraint.name;
}

/** ALTER CONSTRAINT … DEFERRABLE, [NOT] ENFORCED. */
export function alterConstraint(command: AlterTableCmd, run: Run<Owner['kind']>): void {
  const { context, relation, origin, location } = run;
  const { graph, builder, by } = context;
  const node = fieldsOf(command.def, 'ATAlterConstraint') ?? {};
  const name = node.conname ?? '';
  const constraint = graph.constraint(relation.id, name);
  if (constraint === undefined) {
    const isNotNull = graph.columns(relation.id).some((each) => each.notNullName === name);
    if (!isNotNull || node.alterDeferrability) missing(name, run, false);
    return;
  }
  if (constraint.kind !== 'foreignKey')
    run.context.refuse(
      `constraint "${name}" of relation "${relation.name.name}" is not a foreign key constraint`,
      location,
    );
  const copies = graph.ofKind('foreignKey').filter((each) => each.parent === constraint.id);
  for (const each of [constraint, ...copies]) {
    if (node.alterDeferrability) {
      const facts = { isDeferrable: node.deferrable === true, isInitiallyDeferred: node.initdeferred === true };
      builder.alter(each, facts, by, origin);
    }
    if (node.alterEnforceability) {
      const isEnforced = node.is_enforced === true;
      builder.alter(each, { isEnforced, isValidated: isEnforced }, by, origin);
    }
  }
}
