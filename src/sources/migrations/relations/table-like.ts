import type { TableLikeClause } from '@pgsql/types';
import type { Relation } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { Origin } from '../../../graph/origin.ts';
import type { ReplayContext } from '../context.ts';
import { carried, counterparts } from './carried-expression.ts';
import { addCheck, type Checked } from './checks.ts';
import type { ColumnPlan, NotNullPlan } from './column-plan.ts';
import { carriedShape } from './indexes.ts';
import { defineIndex, planOf } from './keys.ts';
import { chooseRelationName, joinedColumnNames } from './object-name.ts';
import { identitySequence } from './sequences.ts';

/** Bits of TableLikeOption (src/include/nodes/parsenodes.h). */
const INCLUDES = {
  comments: 1 << 0,
  constraints: 1 << 2,
  defaults: 1 << 3,
  generated: 1 << 4,
  identity: 1 << 5,
  indexes: 1 << 6,
  statistics: 1 << 7,
} as const;

export interface LikeSource {
  readonly relation: Relation;
  readonly includes: (what: keyof typeof INCLUDES) => boolean;
  readonly isComplete: boolean;
  readonly origin: Origin;
}

export function likeSource(node: TableLikeClause, origin: Origin, context: ReplayContext): LikeSource {
  const relation = context.relation(
    node.relation ?? {},
    'table',
    'view',
    'materializedView',
    'foreignTable',
    'compositeType',
  );
  const options = node.options ?? 0;
  return {
    relation,
    includes: (what) => (options & INCLUDES[what]) !== 0,
    isComplete: relation.isAssumed !== true && !context.graph.isDoubtful(relation, ['columns']),
    origin,
  };
}

/** The columns that LIKE copies: types and NOT NULL always (with the constraints' names), the rest as asked. */
export function likeColumns(
  { relation, includes, origin }: LikeSource,
  context: ReplayContext,
): { readonly columns: readonly ColumnPlan[]; readonly notNulls: readonly NotNullPlan[] } {
  const columns = context.graph.columns(relation.id);
  return {
    columns: columns.map((column): ColumnPlan => {
      const sequence = identitySequence(context, column.id);
      const copiesIdentity = includes('identity') && column.identity !== null && sequence !== undefined;
      return {
        name: column.name,
        origin,
        type: column.type,
        collation: column.collation,
        serial: null,
        default:
          column.default === null || !includes('defaults') ? null : { expression: column.default, of: relation.id },
        // generateSerialExtraStmts() gets the sequence's options, but no type: the copy counts in bigint.
        identity:
          copiesIdentity && column.identity !== null
            ? { kind: column.identity, sequence: { facts: { ...sequence, dataType: 'bigint' } } }
            : null,
        generated:
          column.generated === null || !includes('generated')
            ? null
            : {
                expression: { expression: column.generated.expression, of: relation.id },
                stored: column.generated.stored,
              },
        isInherited: false,
        comment: includes('comments') ? column.comment : null,
      };
    }),
    notNulls: columns.flatMap((column) =>
      column.notNull ? [{ column: column.name, name: column.notNullName ?? undefined }] : [],
    ),
  };
}

/** expandTableLikeClause(): checks under their own names, indexes with their constraints and statistics under new ones. */
export function copyLikeParts(context: ReplayContext, table: Checked, source: LikeSource): void {
  const { graph, builder, by } = context;
  const { relation, includes, origin } = source;
  const to = counterparts(graph, relation.id, table.id);
  const comment = (text: string | null) => (includes('comments') ? text : null);
  if (includes('constraints')) {
    for (const check of graph.ownedBy(relation.id, 'checkConstraint')) {
      const { name, isValidated, isEnforced, noInherit } = check;
      const facts = { name, isValidated, isEnforced, noInherit, isInherited: false, origin };
      addCheck(context, table, { ...facts, expression: carried(check.expression, to) }, false);
      const made = graph.constraint(table.id, name);
      if (made && comment(check.comment) !== null) builder.alter(made, { comment: check.comment }, by, origin);
    }
  }
  if (includes('indexes') && table.kind === 'table') {
    for (const index of graph.ownedBy(relation.id, 'index')) {
      const plan = { ...planOf(index, origin, context), shape: carriedShape(index, to) };
      const made = defineIndex(context, table, plan);
      // A key's own comment is not copied, only that of its index.
      if (comment(index.comment) !== null) builder.alter(made, { comment: index.comment }, by, origin);
    }
  }
  if (includes('statistics')) copyStatistics(context, table, source, to);
}

function copyStatistics(
  context: ReplayContext,
  table: Checked,
  { relation, includes, origin }: LikeSource,
  to: ReadonlyMap<EntityId, EntityId>,
): void {
  const { graph, builder, by } = context;
  for (const each of graph.ownedBy(relation.id, 'statistics')) {
    const names = [...graph.columnNames(each.columns), ...each.expressions.map(() => 'expr')];
    const { schema, name } = table.name;
    builder.create(
      {
        kind: 'statistics',
        relation: table.id,
        name: { schema, name: chooseRelationName(context, schema, [name, joinedColumnNames(names), 'stat']) },
        kinds: each.kinds,
        columns: each.columns.map((id) => to.get(id) ?? id),
        expressions: each.expressions.map((expression) => carried(expression, to)),
        origin,
        comment: includes('comments') ? each.comment : null,
      },
      by,
    );
  }
}
