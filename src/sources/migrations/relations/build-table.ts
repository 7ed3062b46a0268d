import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { sameExpression } from '../../../graph/same-expression.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import { carried, counterparts } from './carried-expression.ts';
import { type Checked, checkFacts, createCheck } from './checks.ts';
import { addForeignKey, refuseTakenName } from './foreign-keys.ts';
import { defineIndex, type IndexPlan, planKey } from './keys.ts';
import { makeColumn } from './make-column.ts';
import { notNullName } from './not-null.ts';
import { sameIndex } from './same-index.ts';
import { copyLikeParts } from './table-like.ts';
import type { Ancestry, TablePlan } from './table-plan.ts';

type Table = EntityOf<'table'>;

/** The ids of the columns to be made; of a table that was assumed before, those of its assumed columns. */
export function reserveColumns(
  context: ReplayContext,
  plan: TablePlan,
  assumed: EntityId | undefined,
): ReadonlyMap<string, EntityId> {
  const { graph, builder } = context;
  return new Map(
    plan.columns.map(({ name }) => {
      const known = assumed === undefined ? undefined : graph.column(assumed, name);
      return [name, known?.id ?? builder.reserve()];
    }),
  );
}

/** AddRelationNotNullConstraints(): the names of the NOT NULL constraints by column. */
export function notNullNames(
  context: ReplayContext,
  table: QualifiedName,
  plan: TablePlan,
  { parents }: Ancestry,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const wanted = new Map<string, string | undefined>();
  for (const { column, name } of plan.notNulls) {
    const before = wanted.get(column);
    if (before !== undefined && name !== undefined && before !== name)
      context.refuse(`conflicting not-null constraint names "${before}" and "${name}"`);
    wanted.set(column, before ?? name);
  }
  const settle = (column: string, name: string): void => {
    names.set(column, name);
    taken.add(name);
  };
  for (const [column, name] of wanted) settle(column, name ?? notNullName(context, table, column, taken));
  for (const parent of parents) {
    for (const column of context.graph.columns(parent.id)) {
      if (!column.notNull || names.has(column.name)) continue;
      const inherited = column.notNullName;
      const isFree = inherited !== null && !taken.has(inherited);
      settle(column.name, isFree ? inherited : notNullName(context, table, column.name, taken));
    }
  }
  return names;
}

/** Columns, generated ones last, for they see the others. */
export function makeColumns(
  context: ReplayContext,
  table: Checked,
  plan: TablePlan,
  ids: ReadonlyMap<string, EntityId>,
  notNulls: ReadonlyMap<string, string>,
): void {
  const numbered = plan.columns.map((column, i) => ({ column, position: i + 1 }));
  const ordered = [
    ...numbered.filter(({ column }) => column.generated === null),
    ...numbered.filter(({ column }) => column.generated !== null),
  ];
  for (const { column, position } of ordered) {
    const id = ids.get(column.name);
    const notNullName = notNulls.get(column.name) ?? null;
    if (id !== undefined) makeColumn(context, table, column, { position, id, notNullName });
  }
}

export function makeChecks(context: ReplayContext, table: Checked, plan: TablePlan, { parents }: Ancestry): void {
  const { graph, builder, by } = context;
  for (const parent of parents) {
    const to = counterparts(graph, parent.id, table.id);
    for (const check of graph.ownedBy(parent.id, 'checkConstraint')) {
      if (check.noInherit || graph.constraint(table.id, check.name) !== undefined) continue;
      const { name, isValidated, isEnforced } = check;
      const facts = { name, isValidated, isEnforced, noInherit: false, isInherited: true, origin: table.origin };
      createCheck(context, table, { ...facts, expression: carried(check.expression, to) });
    }
  }
  const taken = new Set<string>();
  for (const { node, origin } of plan.checks) {
    const facts = checkFacts(context, table, node, { origin, isValidated: true, taken });
    taken.add(facts.name);
    const inherited = graph.constraint(table.id, facts.name);
    if (
      inherited?.kind === 'checkConstraint' &&
      inherited.isInherited &&
      sameExpression(inherited.expression, facts.expression)
    )
      builder.alter(inherited, { isInherited: false }, by, origin);
    else {
      refuseTakenName(context, table, facts.name);
      createCheck(context, table, facts);
    }
  }
}

/** Keys in Postgres' order; two that ask for the same index are one (transformIndexConstraints()). */
export function makeKeys(context: ReplayContext, table: Table, plan: TablePlan): void {
  const plans: IndexPlan[] = [];
  for (const { node, origin } of plan.keys) {
    const wanted = planKey(node, table, origin, context);
    if (wanted.role === 'primary' && plans.some((each) => each.role === 'primary'))
      context.refuse(`multiple primary keys for table "${table.name.name}" are not allowed`, node.location);
    const prior = plans.findIndex(
      (each) =>
        sameIndex({ ...each.shape, isUnique: true }, { ...wanted.shape, isUnique: true }) &&
        each.operators.join(' ') === wanted.operators.join(' ') &&
        each.isDeferrable === wanted.isDeferrable &&
        each.isInitiallyDeferred === wanted.isInitiallyDeferred,
    );
    const before = plans[prior];
    if (before === undefined) plans.push(wanted);
    else plans[prior] = { ...before, name: before.name ?? wanted.name };
  }
  for (const each of plans) defineIndex(context, table, each);
}

export function makeLikeParts(context: ReplayContext, table: Checked, plan: TablePlan): void {
  for (const source of plan.likes) copyLikeParts(context, table, source);
}

/** Keys declared with the table hold from the start: NOT VALID has no meaning there (transformFKConstraints()). */
export function makeForeignKeys(context: ReplayContext, table: Table, plan: TablePlan): void {
  for (const { node, origin } of plan.foreignKeys) addForeignKey(context, table, node, { origin, isValidated: true });
}
