import type { Node } from '@pgsql/types';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { Origin } from '../../../graph/origin.ts';
import { sameExpression } from '../../../graph/same-expression.ts';
import { sameType, type TypeRef, typeText } from '../../../graph/types/type-ref.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import type { ColumnDefinition } from './column-definition.ts';
import type { SequenceFacts, SequenceType } from './sequence-facts.ts';

type Column = EntityOf<'column'>;

/** An expression that is still to be bound to the new table, or one of another table that is to be carried over. */
export type PlannedExpression =
  | { readonly tree: Node }
  | { readonly expression: BoundExpression; readonly of: EntityId };

/** A column of a table to be made. */
export interface ColumnPlan {
  readonly name: string;
  readonly origin: Origin;
  readonly type: TypeRef | null;
  readonly collation: QualifiedName | null;
  readonly serial: SequenceType | null;
  readonly default: PlannedExpression | null;
  readonly identity: {
    readonly kind: 'always' | 'byDefault';
    /** Options as written, or the facts of a sequence to be copied; null where the parent's sequence serves (a partition). */
    readonly sequence: { readonly options: readonly Node[] } | { readonly facts: SequenceFacts } | null;
  } | null;
  readonly generated: { readonly expression: PlannedExpression; readonly stored: boolean } | null;
  readonly isInherited: boolean;
  /** Two parents give it different defaults: it has to declare its own. */
  readonly isContradictory?: boolean;
  readonly comment: string | null;
}

/** A NOT NULL constraint to be made; a name it inherits gives way to one that is given. */
export interface NotNullPlan {
  readonly column: string;
  readonly name: string | undefined;
  readonly inheritedName?: string;
}

export function plannedColumn(definition: ColumnDefinition, origin: Origin): ColumnPlan {
  const { name, type, collation, serial, identity, generated } = definition;
  return {
    name,
    origin,
    type,
    collation,
    serial,
    default: definition.default === null ? null : { tree: definition.default },
    identity: identity === null ? null : { kind: identity.kind, sequence: { options: identity.options } },
    generated: generated === null ? null : { expression: { tree: generated.tree }, stored: generated.stored },
    isInherited: false,
    comment: null,
  };
}

/** A parent's column, as its child gets it (MergeAttributes(), src/backend/commands/tablecmds.c). */
export function inheritedColumn(column: Column, isPartition: boolean, origin: Origin): ColumnPlan {
  return {
    name: column.name,
    origin,
    type: column.type,
    collation: column.collation,
    serial: null,
    default: column.default === null ? null : { expression: column.default, of: column.relation },
    // Partitions share the identity and the sequence of their parent since PG 17; other children have none.
    identity: isPartition && column.identity !== null ? { kind: column.identity, sequence: null } : null,
    generated:
      column.generated === null
        ? null
        : {
            expression: { expression: column.generated.expression, of: column.relation },
            stored: column.generated.stored,
          },
    isInherited: true,
    comment: null,
  };
}

/** MergeInheritedAttribute(): the same column of a second parent. */
export function mergeInherited(before: ColumnPlan, next: ColumnPlan, context: ReplayContext): ColumnPlan {
  refuseTypeConflict(`inherited column "${next.name}" has a type conflict`, before, next, context);
  const isContradictory =
    before.isContradictory === true ||
    (before.default !== null && next.default !== null && !isSame(before.default, next.default));
  const value = before.default ?? next.default;
  return { ...before, default: value, generated: before.generated ?? next.generated, isContradictory };
}

function isSame(a: PlannedExpression, b: PlannedExpression): boolean {
  return 'expression' in a && 'expression' in b && sameExpression(a.expression, b.expression);
}

/** MergeChildAttribute(): a column that is declared and inherited too. In a partition it stays an inherited one. */
export function mergeDeclared(
  inherited: ColumnPlan,
  declared: ColumnPlan,
  isPartition: boolean,
  context: ReplayContext,
): ColumnPlan {
  refuseTypeConflict(`column "${declared.name}" has a type conflict`, inherited, declared, context);
  return {
    ...inherited,
    origin: declared.origin,
    serial: declared.serial,
    default: declared.default ?? inherited.default,
    isContradictory: inherited.isContradictory === true && declared.default === null,
    identity: declared.identity ?? inherited.identity,
    generated: declared.generated ?? inherited.generated,
    isInherited: isPartition,
  };
}

function refuseTypeConflict(message: string, a: ColumnPlan, b: ColumnPlan, context: ReplayContext): void {
  if (a.type === null || b.type === null || a.type.isUnresolved || b.type.isUnresolved || sameType(a.type, b.type))
    return;
  context.refuse(`${message}: ${typeText(a.type)} versus ${typeText(b.type)}`);
}
