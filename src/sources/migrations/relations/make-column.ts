import type { Node } from '@pgsql/types';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { Origin } from '../../../graph/origin.ts';
import { defElems } from '../../../sql/def-elem.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import { stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { carried, counterparts } from './carried-expression.ts';
import type { Checked } from './checks.ts';
import { identityType } from './column-definition.ts';
import type { ColumnPlan, PlannedExpression } from './column-plan.ts';
import { refuseGeneration } from './generation-expression.ts';
import { chooseRelationName } from './object-name.ts';
import { asType, newSequenceFacts, type SequenceFacts, sequenceFacts } from './sequence-facts.ts';
import { createSequence, nextvalOf } from './sequences.ts';
import { storedDefault } from './stored-default.ts';

type Column = EntityOf<'column'>;
type Sequence = EntityOf<'sequence'>;

export interface ColumnMaking {
  readonly position: number;
  /** Reserved before, or that of an assumed column. */
  readonly id: EntityId;
  /** Of its NOT NULL constraint, if it has one. */
  readonly notNullName: string | null;
}

/** Makes one column with its sequence. Its table and, for a generated one, the columns it uses must be there. */
export function makeColumn(context: ReplayContext, table: Checked, plan: ColumnPlan, making: ColumnMaking): Column {
  const { origin, name } = plan;
  const { id, position, notNullName } = making;
  let value = plan.default === null ? null : storedDefault(bound(plan.default, table, context, false), plan, context);
  if (plan.serial !== null) {
    const facts = newSequenceFacts(plan.serial, context);
    const sequence = columnSequence(context, table, { id, name }, { facts, isIdentity: false, origin });
    value = nextvalOf(context, sequence);
  }
  const generated = plan.generated && {
    expression: bound(plan.generated.expression, table, context, true),
    stored: plan.generated.stored,
  };
  if (generated) refuseGeneration(generated.expression, context);
  const column = context.builder.create(
    {
      kind: 'column',
      relation: table.id,
      name,
      position,
      type: plan.type,
      notNull: notNullName !== null,
      notNullName,
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
  if (identity && 'facts' in identity) {
    const { dataType, start, increment, minimum, maximum, cache, cycles } = identity.facts;
    const facts = { dataType, start, increment, minimum, maximum, cache, cycles };
    columnSequence(context, table, column, { facts, isIdentity: true, origin });
  } else if (identity) makeIdentitySequence(context, table, column, identity.options, origin);
  return column;
}

/** The letters of pg_attribute.attidentity. */
export function identityOf(letter: string | undefined): 'always' | 'byDefault' {
  return letter === 'a' ? 'always' : 'byDefault';
}

export function makeIdentitySequence(
  context: ReplayContext,
  table: Checked,
  column: Column,
  options: readonly Node[],
  origin: Origin,
): Sequence {
  const facts = sequenceFacts([asType(identityType(column.type, context)), ...options], null, context);
  const given = givenName(options, table.name.schema);
  return columnSequence(context, table, column, { facts, isIdentity: true, origin, given });
}

interface OwnSequence {
  readonly facts: SequenceFacts;
  readonly isIdentity: boolean;
  readonly origin: Origin;
  readonly given?: QualifiedName | undefined;
}

/** The sequence of a serial or identity column: t_c_seq, in the table's schema and of its owner. */
function columnSequence(
  context: ReplayContext,
  table: Checked,
  column: { readonly id: EntityId; readonly name: string },
  { facts, isIdentity, origin, given }: OwnSequence,
): Sequence {
  const { schema } = table.name;
  const name = given ?? { schema, name: chooseRelationName(context, schema, [table.name.name, column.name, 'seq']) };
  const existing = context.graph.relation(name);
  if (existing) context.refuseDuplicate(existing);
  const persistence = table.kind === 'table' ? table.persistence : 'permanent';
  return createSequence(context, {
    name,
    facts,
    ownedBy: column.id,
    isIdentity,
    persistence,
    owner: table.owner,
    origin,
  });
}

/** SEQUENCE NAME among the options of an identity column, as pg_dump writes it. */
function givenName(options: readonly Node[], schema: string): QualifiedName | undefined {
  const arg = defElems(options).find((each) => each.defname === 'sequence_name')?.arg;
  if (arg === undefined || !('List' in arg)) return undefined;
  const parts = stringsOf(arg.List.items);
  return { schema: parts.at(-2) ?? schema, name: parts.at(-1) ?? '' };
}

function bound(
  planned: PlannedExpression,
  table: Checked,
  context: ReplayContext,
  seesColumns: boolean,
): BoundExpression {
  if ('tree' in planned) return context.expression(planned.tree, seesColumns ? { relation: table } : {});
  return carried(planned.expression, counterparts(context.graph, planned.of, table.id));
}
