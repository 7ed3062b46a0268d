import type { AlterTableCmd } from '@pgsql/types';
import { isSameType, LITERAL } from '../../../../graph/binding/type-system.ts';
import type { Entity, EntityOf } from '../../../../graph/entities/index.ts';
import type { Origin } from '../../../../graph/origin.ts';
import { type TypeRef, typeText } from '../../../../graph/types/type-ref.ts';
import { type QualifiedName, sameName } from '../../../../sql/name.ts';
import { fieldsOf } from '../../../../sql/nodes.ts';
import type { ReplayContext } from '../../context.ts';
import { isAssignable } from '../../relations/casts.ts';
import { childrenOf } from '../../relations/children.ts';
import { identityType } from '../../relations/column-definition.ts';
import { collationName, columnItself, expressionType } from '../../relations/indexes.ts';
import { refuseIncompatible } from '../../relations/key-types.ts';
import { operatorClass } from '../../relations/operator-class.ts';
import { rebound } from '../../relations/rebound-expression.ts';
import { asType, sequenceFacts } from '../../relations/sequence-facts.ts';
import { identitySequence } from '../../relations/sequences.ts';
import { refusePartitionKey } from './drop-column.ts';
import { columnOf, type Run } from './run.ts';

type Column = EntityOf<'column'>;
type Owner = EntityOf<'table' | 'foreignTable'>;

/** ALTER COLUMN … TYPE … [COLLATE …] [USING …]; indexes, keys and checks on the column are rebuilt and stay. */
export function alterColumnType(command: AlterTableCmd, run: Run<Owner['kind']>): void {
  const { context, relation, location } = run;
  const column = columnOf(run, command.name);
  const node = fieldsOf(command.def, 'ColumnDef') ?? {};
  const type = context.type(node.typeName);
  const written = node.collClause?.collname;
  const collation = written === undefined ? null : collationName(written, context);
  if (column.isInherited) context.refuse(`cannot alter inherited column "${column.name}"`, location);
  if (relation.kind === 'table') {
    if (relation.ofType !== null) context.refuse('cannot alter column type of typed table', location);
    refusePartitionKey(relation, column, 'alter', context);
  }
  if (node.raw_default !== undefined) context.expression(node.raw_default, { relation });
  changeType(run, column, type, collation, node.raw_default !== undefined);
}

const DEFAULT_COLLATION = { schema: 'pg_catalog', name: 'default' };

function changeType(run: Run, column: Column, type: TypeRef, collation: QualifiedName | null, hasUsing: boolean): void {
  const { context, origin } = run;
  const { graph, builder, by } = context;
  refuseUses(column, context);
  if (column.generated === null || !hasUsing) refuseUncastable(column, type, hasUsing, context);
  const isOwn = collation === null || sameName(collation, DEFAULT_COLLATION);
  const changed = builder.alter(column, { type, collation: isOwn ? null : collation }, by, origin);
  const sequence = column.identity === null ? undefined : identitySequence(context, column.id);
  if (sequence) {
    const option = asType(identityType(type, context));
    builder.alter(sequence, sequenceFacts([option], sequence, context), by, origin);
  }
  refuseUnfitKeys(changed, context);
  rebindUses(run, changed);
  if (run.only && childrenOf(graph, column.relation).length > 0)
    context.refuse(`type of inherited column "${column.name}" must be changed in child tables too`, run.location);
  for (const child of childrenOf(graph, column.relation)) {
    const below = graph.column(child.id, column.name);
    if (below) changeType(run, below, type, collation, hasUsing);
  }
}

/** RememberAllDependentForRebuilding(): what cannot be rebuilt with another type forbids the change. */
function refuseUses(column: Column, context: ReplayContext): void {
  for (const each of context.graph.dependents(column.id)) {
    const use = useOf(each, column);
    if (use !== undefined && !context.graph.isDoubtful(each, ['existence', 'policies', 'triggers', 'columns']))
      context.refuse(`cannot alter type of a column used ${use}`);
  }
}

function useOf(dependent: Entity, column: Column): string | undefined {
  switch (dependent.kind) {
    case 'view':
    case 'materializedView':
    case 'rewriteRule':
      return 'by a view or rule';
    case 'policy':
      return 'in a policy definition';
    case 'trigger':
      return 'in a trigger definition';
    case 'function':
      return 'by a function or procedure';
    case 'column':
      return dependent.relation === column.relation && dependent.generated !== null
        ? 'by a generated column'
        : undefined;
    case 'publication':
      return dependent.tables.some((each) => each.where?.references.some(({ target }) => target === column.id))
        ? 'by a publication WHERE clause'
        : undefined;
    default:
      return undefined;
  }
}

/** Without USING the old values have to fit by an assignment cast; the default has to in any case. */
function refuseUncastable(column: Column, type: TypeRef, hasUsing: boolean, context: ReplayContext): void {
  const shown = typeText({ ...type, modifiers: [] });
  if (column.type === null) return;
  if (!hasUsing && isAssignable(column.type, type, context) === false)
    context.refuse(`column "${column.name}" cannot be cast automatically to type ${shown}`);
  if (column.default === null) return;
  const own = expressionType(column.default);
  const from = own === undefined || isSameType(own, LITERAL) ? column.type : own;
  if (isAssignable(from, type, context) === false)
    context.refuse(`default for column "${column.name}" cannot be cast automatically to type ${shown}`);
}

/** What is made of expressions on the column is made again from their text. */
function rebindUses({ context }: Run, column: Column): void {
  const { graph, builder, by } = context;
  const relation = graph.find(column.relation) as Run['relation'] | undefined;
  if (relation === undefined) return;
  // The expressions are as they were written: their place stays.
  const placeOf = (each: Entity, fact: string): Origin => each.setBy[fact] ?? each.origin;
  for (const each of graph.dependents(column.id)) {
    if (each.kind === 'checkConstraint') {
      const expression = rebound(each.expression, relation, context);
      builder.alter(each, { expression }, by, placeOf(each, 'expression'));
    }
    if (each.kind === 'index') {
      const keys = each.keys.map((key) => {
        const expression = rebound(key.expression, relation, context);
        const same = columnItself(expression);
        return same === null ? { ...key, expression } : { ...key, column: same, expression: null };
      });
      builder.alter(each, { keys, predicate: rebound(each.predicate, relation, context) }, by, placeOf(each, 'keys'));
    }
    if (each.kind === 'statistics') {
      const expressions = each.expressions.map((one) => rebound(one, relation, context));
      builder.alter(each, { expressions }, by, placeOf(each, 'expressions'));
    }
  }
}

/** Indexes and foreign keys on the column are made again with the new type. */
function refuseUnfitKeys(column: Column, context: ReplayContext): void {
  const { graph } = context;
  for (const each of graph.dependents(column.id)) {
    if (each.kind === 'foreignKey')
      refuseIncompatible({ name: each.name, columns: each.columns, referenced: each.referencedColumns }, context);
    if (each.kind === 'index' && each.keys.some((key) => key.column === column.id && key.opclass === null))
      operatorClass(undefined, each.method, column.type ?? undefined, context);
  }
}
