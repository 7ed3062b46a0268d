import type { Node } from '@pgsql/types';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { sameExpression } from '../../../graph/same-expression.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import { stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { defElems } from '../def-elem.ts';
import { carried, counterparts } from './carried-expression.ts';
import { type Checked, checkFacts, createCheck } from './checks.ts';
import { identityType } from './column-definition.ts';
import type { ColumnPlan, PlannedExpression } from './column-plan.ts';
import { addForeignKey, refuseTakenName } from './foreign-keys.ts';
import { defineIndex, type IndexPlan, planKey } from './keys.ts';
import { refuseMutable } from './mutable-expression.ts';
import { notNullName } from './not-null.ts';
import { chooseRelationName } from './object-name.ts';
import { sameIndex } from './same-index.ts';
import { sequenceFacts } from './sequence-facts.ts';
import { createSequence, nextvalOf } from './sequences.ts';
import { copyLikeParts } from './table-like.ts';
import type { Ancestry, TablePlan } from './table-plan.ts';

type Table = EntityOf<'table'>;
type Sequence = EntityOf<'sequence'>;

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

export interface ColumnMaking {
  readonly persistence: Sequence['persistence'];
  readonly owner: EntityId;
  readonly notNulls: ReadonlyMap<string, string>;
}

/** Makes one column with its sequence. Its table and, for a generated one, the columns it uses must be there. */
export function makeColumn(
  context: ReplayContext,
  table: Checked,
  plan: ColumnPlan,
  position: number,
  id: EntityId,
  { persistence, owner, notNulls }: ColumnMaking,
): EntityOf<'column'> {
  const { origin, name } = plan;
  const sequence = (
    isIdentity: boolean,
    facts: Parameters<typeof createSequence>[1]['facts'],
    given?: QualifiedName,
  ): Sequence => {
    const { schema } = table.name;
    const generated = { schema, name: chooseRelationName(context, schema, [table.name.name, name, 'seq']) };
    return createSequence(context, {
      name: given ?? generated,
      facts,
      ownedBy: id,
      isIdentity,
      persistence,
      owner,
      origin,
    });
  };
  let value = plan.default === null ? null : bound(plan.default, table, context, false);
  if (plan.serial !== null) {
    value = nextvalOf(context, sequence(false, { ...sequenceFacts([], null, context), ...bounds(plan.serial) }));
  }
  const generated = plan.generated && {
    expression: bound(plan.generated.expression, table, context, true),
    stored: plan.generated.stored,
  };
  if (generated) refuseMutable(generated.expression, 'generation expression is not immutable', context);
  const column = context.builder.create(
    {
      kind: 'column',
      relation: table.id,
      name,
      position,
      type: plan.type,
      notNull: notNulls.has(name),
      notNullName: notNulls.get(name) ?? null,
      default: value,
      identity: plan.identity?.kind ?? null,
      generated,
      collation: plan.collation,
      isInherited: plan.isInherited,
      acl: [],
      comment: plan.comment,
      origin,
    },
    context.by,
    id,
  );
  const identity = plan.identity?.sequence;
  if (identity && 'facts' in identity) sequence(true, pickFacts(identity.facts));
  else if (identity) {
    const dataType = identityType(plan.type, context);
    const { options } = identity;
    sequence(true, sequenceFacts([asType(dataType), ...options], null, context), givenName(options, table.name.schema));
  }
  return column;
}

function pickFacts(facts: ReturnType<typeof sequenceFacts>): ReturnType<typeof sequenceFacts> {
  const { dataType, start, increment, minimum, maximum, cache, cycles } = facts;
  return { dataType, start, increment, minimum, maximum, cache, cycles };
}

const HIGHEST = { smallint: '32767', integer: '2147483647', bigint: '9223372036854775807' } as const;

function bounds(dataType: keyof typeof HIGHEST): Pick<Sequence, 'dataType' | 'maximum'> {
  return { dataType, maximum: HIGHEST[dataType] };
}

function asType(dataType: keyof typeof HIGHEST): Node {
  const sval = { smallint: 'int2', integer: 'int4', bigint: 'int8' }[dataType];
  return { DefElem: { defname: 'as', arg: { TypeName: { names: [{ String: { sval } }] } } } };
}

/** SEQUENCE NAME among the options of an identity column, as pg_dump writes it. */
function givenName(options: readonly Node[], schema: string): QualifiedName | undefined {
  const arg = defElems(options).find((each) => each.defname === 'sequence_name')?.arg;
  if (arg === undefined || !('List' in arg)) return undefined;
  const parts = stringsOf(arg.List.items);
  return { schema: parts.at(-2) ?? schema, name: parts.at(-1) ?? '' };
}

export function bound(
  planned: PlannedExpression,
  table: Checked,
  context: ReplayContext,
  seesColumns: boolean,
): BoundExpression {
  if ('tree' in planned) return context.expression(planned.tree, seesColumns ? { relation: table } : {});
  return carried(planned.expression, counterparts(context.graph, planned.of, table.id));
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
  making: ColumnMaking,
): void {
  const numbered = plan.columns.map((column, i) => ({ column, position: i + 1 }));
  const ordered = [
    ...numbered.filter(({ column }) => column.generated === null),
    ...numbered.filter(({ column }) => column.generated !== null),
  ];
  for (const { column, position } of ordered) {
    const id = ids.get(column.name);
    if (id !== undefined) makeColumn(context, table, column, position, id, making);
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
