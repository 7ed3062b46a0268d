import type { Constraint, CreateStmt } from '@pgsql/types';
import type { Entity, EntityOf } from '../../../graph/entities/index.ts';
import type { Origin } from '../../../graph/origin.ts';
import { stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { columnDefinition } from './column-definition.ts';
import {
  type ColumnPlan,
  inheritedColumn,
  mergeDeclared,
  mergeInherited,
  type NotNullPlan,
  plannedColumn,
} from './column-plan.ts';
import { elementOrigin, tableElements } from './table-elements.ts';
import { type LikeSource, likeColumns, likeSource } from './table-like.ts';

export interface PlannedConstraint {
  readonly node: Constraint;
  readonly origin: Origin;
}

/** What CREATE TABLE asks for, with what it inherits and copies, before anything is made. */
export interface TablePlan {
  readonly columns: readonly ColumnPlan[];
  readonly notNulls: readonly NotNullPlan[];
  readonly checks: readonly PlannedConstraint[];
  readonly keys: readonly PlannedConstraint[];
  readonly foreignKeys: readonly PlannedConstraint[];
  readonly likes: readonly LikeSource[];
  /** False where a parent, a type or a LIKE source is not known in full: the table may have more columns. */
  readonly isComplete: boolean;
}

interface Draft {
  readonly columns: Map<string, ColumnPlan>;
  readonly notNulls: NotNullPlan[];
  readonly checks: PlannedConstraint[];
  readonly keys: PlannedConstraint[];
  readonly foreignKeys: PlannedConstraint[];
  readonly likes: LikeSource[];
  readonly declared: Set<string>;
  isComplete: boolean;
}

export interface Ancestry {
  readonly parents: readonly EntityOf<'table'>[];
  readonly isPartition: boolean;
  /** The composite type of a typed table. */
  readonly type: Entity | null;
}

/** transformCreateStmt() and MergeAttributes(). Inherited columns come first, then the declared ones in their order. */
export function planTable(node: CreateStmt, ancestry: Ancestry, context: ReplayContext): TablePlan {
  const draft: Draft = {
    columns: new Map(),
    notNulls: [],
    checks: [],
    keys: [],
    foreignKeys: [],
    likes: [],
    declared: new Set(),
    isComplete: true,
  };
  inherit(draft, ancestry, context);
  const table = node.relation?.relname ?? '';
  for (const element of tableElements(node, context)) {
    if (element.kind === 'column') {
      const definition = columnDefinition(element.node, table, context);
      declare(draft, plannedColumn(definition, element.origin), ancestry, context);
      const { notNull, name } = definition;
      if (notNull) draft.notNulls.push({ column: name, name: notNull.name });
      for (const constraint of definition.constraints)
        addConstraint(draft, { node: constraint, origin: elementOrigin(constraint.location, context) });
    } else if (element.kind === 'constraint') addConstraint(draft, element);
    else {
      const source = likeSource(element.node, element.origin, context);
      draft.isComplete &&= source.isComplete;
      draft.likes.push(source);
      const { columns, notNulls } = likeColumns(source, context);
      for (const column of columns) declare(draft, column, ancestry, context);
      draft.notNulls.push(...notNulls);
    }
  }
  const columns = [...draft.columns.values()];
  const contradictory = columns.find((column) => column.isContradictory);
  if (contradictory)
    context.refuse(`column "${contradictory.name}" inherits conflicting default values`, node.relation?.location);
  return { ...draft, columns };
}

function inherit(draft: Draft, { parents, isPartition, type }: Ancestry, context: ReplayContext): void {
  const { graph } = context;
  for (const parent of parents) {
    if (parent.isAssumed || graph.isDoubtful(parent, ['columns'])) draft.isComplete = false;
    for (const column of graph.columns(parent.id)) {
      const plan = inheritedColumn(column, isPartition, context.origin(undefined));
      const before = draft.columns.get(plan.name);
      draft.columns.set(plan.name, before ? mergeInherited(before, plan, context) : plan);
    }
  }
  if (type === null) return;
  for (const column of graph.columns(type.id)) {
    const plan = inheritedColumn(column, false, context.origin(undefined));
    draft.columns.set(plan.name, { ...plan, isInherited: false });
  }
}

function declare(draft: Draft, column: ColumnPlan, ancestry: Ancestry, context: ReplayContext): void {
  const { name } = column;
  if (draft.declared.has(name)) context.refuse(`column "${name}" specified more than once`, placeOf(column));
  draft.declared.add(name);
  const before = draft.columns.get(name);
  if (before) draft.columns.set(name, mergeDeclared(before, column, ancestry.isPartition, context));
  else if (column.type === null && (ancestry.isPartition || ancestry.type !== null)) {
    if (draft.isComplete) context.reportUnknown('column', name, placeOf(column));
  } else draft.columns.set(name, column);
}

function placeOf({ origin }: ColumnPlan): number | undefined {
  return origin.from === 'statement' ? origin.at.start : undefined;
}

function addConstraint(draft: Draft, constraint: PlannedConstraint): void {
  const { node } = constraint;
  switch (node.contype) {
    case 'CONSTR_NOTNULL':
      for (const column of stringsOf(node.keys)) draft.notNulls.push({ column, name: node.conname });
      break;
    case 'CONSTR_CHECK':
      draft.checks.push(constraint);
      break;
    case 'CONSTR_FOREIGN':
      draft.foreignKeys.push(constraint);
      break;
    case 'CONSTR_PRIMARY':
      // Postgres makes the primary key first (transformIndexConstraints()), and its columns NOT NULL.
      draft.keys.unshift(constraint);
      for (const column of stringsOf(node.keys)) draft.notNulls.push({ column, name: undefined });
      break;
    default:
      draft.keys.push(constraint);
  }
}
