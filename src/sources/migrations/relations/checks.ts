import type { Constraint } from '@pgsql/types';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { Origin } from '../../../graph/origin.ts';
import { sameExpression } from '../../../graph/same-expression.ts';
import type { ReplayContext } from '../context.ts';
import { carried, counterparts } from './carried-expression.ts';
import { childrenOf } from './children.ts';
import { refuseTakenName } from './foreign-keys.ts';
import { chooseConstraintName } from './object-name.ts';

type Check = EntityOf<'checkConstraint'>;
export type Checked = EntityOf<'table' | 'foreignTable'>;
export type CheckFacts = Omit<Check, 'kind' | 'id' | 'setBy' | 'comment' | 'on'>;

export function createCheck(context: ReplayContext, table: Checked, facts: CheckFacts): Check {
  return context.builder.create({ kind: 'checkConstraint', on: table.id, ...facts }, context.by);
}

/** The generated name: `t_a_check` where the condition is about one column, else `t_check` (AddRelationNewConstraints()). */
export function checkName(
  context: ReplayContext,
  table: Checked,
  expression: BoundExpression,
  others?: ReadonlySet<string>,
): string {
  return chooseConstraintName(
    context,
    table.name.schema,
    [table.name.name, onlyColumn(context, table, expression), 'check'],
    others,
  );
}

function onlyColumn({ graph }: ReplayContext, table: Checked, expression: BoundExpression): string | null {
  const used = new Set<number>();
  for (const each of expression.references)
    if (each.kind === 'column' && each.relation === table.id) used.add(each.target);
  const usesRow = [...expression.meanings.values()].some((each) => each.kind === 'row' && each.relation === table.id);
  const [only] = used;
  if (usesRow || used.size !== 1 || only === undefined) return null;
  const column = graph.find(only as Check['id']);
  return column?.kind === 'column' ? column.name : null;
}

/** CHECK as a constraint node says it. The columns must be there. */
export function checkFacts(
  context: ReplayContext,
  table: Checked,
  node: Constraint,
  {
    origin,
    isValidated,
    taken,
  }: { readonly origin: Origin; readonly isValidated: boolean; readonly taken?: ReadonlySet<string> },
): CheckFacts {
  const expression = context.condition(node.raw_expr ?? { A_Const: { isnull: true } }, { relation: table });
  const isEnforced = node.is_enforced === true;
  return {
    name: node.conname ?? checkName(context, table, expression, taken),
    expression,
    isValidated: isValidated && isEnforced,
    isEnforced,
    noInherit: node.is_no_inherit === true,
    isInherited: false,
    origin,
  };
}

/** ALTER TABLE … ADD CHECK on a table and, unless NO INHERIT, on all below it (ATAddCheckNNConstraint()). */
export function addCheck(context: ReplayContext, table: Checked, facts: CheckFacts, only: boolean): void {
  const existing = context.graph.constraint(table.id, facts.name);
  const isMerged = existing?.kind === 'checkConstraint' && mergeCheck(context, table, existing, facts);
  if (!isMerged) {
    refuseTakenName(context, table, facts.name);
    createCheck(context, table, facts);
  }
  if (facts.noInherit || table.kind !== 'table') return;
  const children = childrenOf(context.graph, table.id);
  if (only && children.length > 0) context.refuse('constraint must be added to child tables too');
  for (const child of children) {
    const to = counterparts(context.graph, table.id, child.id);
    addCheck(context, child, { ...facts, expression: carried(facts.expression, to), isInherited: true }, false);
  }
}

/** MergeWithExistingConstraint(): the same condition under the same name, once inherited and once declared, is one constraint. */
function mergeCheck(context: ReplayContext, table: Checked, existing: Check, facts: CheckFacts): boolean {
  if (existing.isInherited === facts.isInherited && !facts.isInherited) return false;
  if (!sameExpression(existing.expression, facts.expression))
    context.refuse(`constraint "${facts.name}" for relation "${table.name.name}" already exists`);
  if (existing.isInherited && !facts.isInherited)
    context.builder.alter(existing, { isInherited: false }, context.by, facts.origin);
  return true;
}
