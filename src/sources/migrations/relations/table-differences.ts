import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { Difference } from '../../../graph/journal.ts';
import { rowTests } from '../../../graph/query-shapes/schema-queries.ts';
import { sameExpression } from '../../../graph/same-expression.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { sameType } from '../../../graph/types/type-ref.ts';
import { quoteIdentifier } from '../../../sql/name.ts';
import { constantText } from '../buckets.ts';
import { counterparts } from './carried-expression.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;
/** What an entity of the table that was made for the comparison is in the one that stands. */
type Translation = (id: EntityId) => EntityId;

const ABSENT = 'none';

/** In what a table that stands differs from one that CREATE TABLE IF NOT EXISTS asked for. Only what is certain. */
export function tableDifferences(graph: SchemaGraph, existing: Table, wanted: Table): readonly Difference[] {
  if (existing.isAssumed || graph.isDoubtful(existing, ['columns', 'constraints'])) return [];
  if (graph.isDoubtful(wanted, ['columns', 'constraints'])) return [];
  const to = counterparts(graph, wanted.id, existing.id);
  const translate: Translation = (id) => to.get(id) ?? id;
  return [
    ...graph.columns(wanted.id).flatMap((column) => {
      const own = graph.column(existing.id, column.name);
      const what = `column ${quoteIdentifier(column.name)}`;
      return own
        ? columnDifferences(graph, what, own, column, translate)
        : [{ what, existing: ABSENT, wanted: describeColumn(graph, column), lackedColumn: column.name }];
    }),
    ...graph
      .columns(existing.id)
      .filter((column) => graph.column(wanted.id, column.name) === undefined)
      .map((column) => ({
        what: `column ${quoteIdentifier(column.name)}`,
        existing: describeColumn(graph, column),
        wanted: ABSENT,
      })),
    ...constraintDifferences(graph, existing, wanted, translate),
  ];
}

function describeColumn(graph: SchemaGraph, column: Column): string {
  const type = column.type === null ? 'unknown' : graph.typeName(column.type);
  return column.notNull ? `${type} not null` : type;
}

export function columnDifferences(
  graph: SchemaGraph,
  what: string,
  existing: Column,
  wanted: Column,
  translate: Translation = (id) => id,
): readonly Difference[] {
  if (existing.isAssumed) return [];
  const differences: Difference[] = [];
  const isTypeKnown = existing.type !== null && wanted.type !== null;
  if (isTypeKnown && !existing.type.isUnresolved && !wanted.type.isUnresolved && !sameType(existing.type, wanted.type))
    differences.push({
      what: `${what} type`,
      existing: graph.typeName(existing.type),
      wanted: graph.typeName(wanted.type),
    });
  if (existing.notNull !== wanted.notNull)
    differences.push({
      what: `${what} nullability`,
      existing: existing.notNull ? 'not null' : 'null',
      wanted: wanted.notNull ? 'not null' : 'null',
    });
  if (existing.identity !== wanted.identity)
    differences.push({
      what: `${what} identity`,
      existing: existing.identity ?? ABSENT,
      wanted: wanted.identity ?? ABSENT,
    });
  if (!isSameDefault(graph, existing.default, wanted.default, translate))
    differences.push({
      what: `${what} default`,
      existing: existing.default?.text ?? ABSENT,
      wanted: wanted.default?.text ?? ABSENT,
    });
  if (!sameExpression(wanted.generated?.expression ?? null, existing.generated?.expression ?? null, translate))
    differences.push({
      what: `${what} expression`,
      existing: existing.generated?.expression.text ?? ABSENT,
      wanted: wanted.generated?.expression.text ?? ABSENT,
    });
  return differences;
}

/** A serial's own sequence has another name in the table that was made for the comparison. */
function isSameDefault(
  graph: SchemaGraph,
  existing: BoundExpression | null,
  wanted: BoundExpression | null,
  translate: Translation,
): boolean {
  if (sameExpression(wanted, existing, translate)) return true;
  if (isClock(existing) && isClock(wanted)) return true;
  // 3 and '3' are the same default of an integer column.
  const constant = constantText(existing?.tree);
  if (constant !== undefined && constant === constantText(wanted?.tree)) return true;
  return ownsSequence(graph, existing) && ownsSequence(graph, wanted);
}

function ownsSequence(graph: SchemaGraph, expression: BoundExpression | null): boolean {
  return (expression?.references ?? []).some(({ target }) => {
    const entity = graph.find(target);
    return entity?.kind === 'sequence' && entity.ownedBy !== null;
  });
}

/** now() and CURRENT_TIMESTAMP are the same function (docs 9.9.5). */
function isClock(expression: BoundExpression | null): boolean {
  if (expression === null) return false;
  const { tree } = expression;
  if ('SQLValueFunction' in tree) return tree.SQLValueFunction.op === 'SVFOP_CURRENT_TIMESTAMP';
  if (!('FuncCall' in tree)) return false;
  const last = tree.FuncCall.funcname?.at(-1);
  return last !== undefined && 'String' in last && ['now', 'transaction_timestamp'].includes(last.String.sval ?? '');
}

type Constraint = ReturnType<SchemaGraph['constraints']>[number];

function constraintDifferences(
  graph: SchemaGraph,
  existing: Table,
  wanted: Table,
  translate: Translation,
): readonly Difference[] {
  const left = [...graph.constraints(existing.id)];
  const missing: Constraint[] = [];
  const otherwise: Difference[] = [];
  for (const constraint of graph.constraints(wanted.id)) {
    const exact = left.findIndex((each) => isSameConstraint(each, constraint, translate));
    const match = exact === -1 ? left.findIndex((each) => isSameReference(each, constraint, translate)) : exact;
    const list = match === -1 ? left.findIndex((each) => isOtherList(each, constraint, translate)) : -1;
    if (list !== -1) otherwise.push(...left.splice(list, 1).map((each) => listDifference(graph, each, constraint)));
    else if (match === -1) missing.push(constraint);
    else otherwise.push(...left.splice(match, 1).flatMap((each) => actionDifferences(graph, each, constraint)));
  }
  return [
    ...otherwise,
    ...missing.map((each) => ({ what: wordFor(each), existing: ABSENT, wanted: describe(graph, each) })),
    ...left.map((each) => ({ what: wordFor(each), existing: describe(graph, each), wanted: ABSENT })),
  ];
}

/** Both list the values of one column. */
function isOtherList(existing: Constraint, wanted: Constraint, translate: Translation): boolean {
  const [is, other] = [listedColumn(existing), listedColumn(wanted)];
  return is !== undefined && other !== undefined && is === translate(other);
}

function listedColumn(constraint: Constraint): EntityId | undefined {
  if (constraint.kind !== 'checkConstraint') return undefined;
  const [test, ...more] = rowTests(constraint.expression);
  return test?.kind === 'in' && test.constants.length > 0 && more.length === 0 ? test.column : undefined;
}

function listDifference(graph: SchemaGraph, existing: Constraint, wanted: Constraint): Difference {
  const column = listedColumn(existing);
  const name = column === undefined ? '' : graph.columnsText([column]);
  return { what: `check constraint on ${name}`, existing: describe(graph, existing), wanted: describe(graph, wanted) };
}

/** A foreign key that is there, and does something else when the row it refers to goes or gets another key. */
function actionDifferences(graph: SchemaGraph, existing: Constraint, wanted: Constraint): readonly Difference[] {
  if (existing.kind !== 'foreignKey' || wanted.kind !== 'foreignKey') return [];
  const what = `foreign key (${graph.columnsText(existing.columns)})`;
  const found: Difference[] = [];
  if (existing.onDelete !== wanted.onDelete)
    found.push({ what: `${what} delete action`, existing: existing.onDelete, wanted: wanted.onDelete });
  if (existing.onUpdate !== wanted.onUpdate)
    found.push({ what: `${what} update action`, existing: existing.onUpdate, wanted: wanted.onUpdate });
  return found;
}

const WORDS = {
  primaryKey: 'primary key',
  uniqueConstraint: 'unique constraint',
  foreignKey: 'foreign key',
  checkConstraint: 'check constraint',
  exclusionConstraint: 'exclusion constraint',
} as const;

function wordFor(constraint: Constraint): string {
  return WORDS[constraint.kind];
}

function areSame(existing: readonly EntityId[], wanted: readonly EntityId[], translate: Translation): boolean {
  return existing.length === wanted.length && existing.every((id, i) => id === translate(wanted[i] as EntityId));
}

/** From the same columns to the same ones of the same table, whatever the actions. */
function isSameReference(existing: Constraint, wanted: Constraint, translate: Translation): boolean {
  return (
    existing.kind === 'foreignKey' &&
    wanted.kind === 'foreignKey' &&
    existing.referencedTable === translate(wanted.referencedTable) &&
    areSame(existing.columns, wanted.columns, translate) &&
    areSame(existing.referencedColumns, wanted.referencedColumns, translate)
  );
}

function isSameConstraint(existing: Constraint, wanted: Constraint, translate: Translation): boolean {
  switch (existing.kind) {
    case 'primaryKey':
      return wanted.kind === 'primaryKey' && areSame(existing.columns, wanted.columns, translate);
    case 'uniqueConstraint':
      return wanted.kind === 'uniqueConstraint' && areSame(existing.columns, wanted.columns, translate);
    case 'checkConstraint':
      return wanted.kind === 'checkConstraint' && sameExpression(wanted.expression, existing.expression, translate);
    case 'foreignKey':
      return (
        wanted.kind === 'foreignKey' &&
        isSameReference(existing, wanted, translate) &&
        existing.onDelete === wanted.onDelete &&
        existing.onUpdate === wanted.onUpdate
      );
    case 'exclusionConstraint':
      return wanted.kind === 'exclusionConstraint' && existing.operators.join(' ') === wanted.operators.join(' ');
  }
}

function describe(graph: SchemaGraph, constraint: Constraint): string {
  switch (constraint.kind) {
    case 'primaryKey':
    case 'uniqueConstraint':
      return `(${graph.columnsText(constraint.columns)})`;
    case 'checkConstraint':
      return constraint.expression.text;
    case 'foreignKey': {
      const referenced = graph.path(graph.get('table', constraint.referencedTable));
      return `(${graph.columnsText(constraint.columns)}) references ${referenced} on delete ${constraint.onDelete} on update ${constraint.onUpdate}`;
    }
    default:
      return constraint.name;
  }
}
