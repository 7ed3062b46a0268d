import type { Node, SelectStmt } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import { relationOf } from '../query-shapes/writes.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { rowsProvisionedBy } from './provisioning-triggers.ts';

/** By table, the column that names the user in the row which a trigger on auth.users makes for each of them. */
const keysOfEveryone = askedOnce((graph): ReadonlyMap<EntityId, EntityId> => {
  const users = graph.relation({ schema: 'auth', name: 'users' });
  const triggers = users === undefined ? [] : graph.ownedBy(users.id, 'trigger');
  if (triggers.length === 0) return new Map();
  return new Map(
    graph.ofKind('table').flatMap((table): readonly (readonly [EntityId, EntityId])[] => {
      const [own] = rowsProvisionedBy(graph, table.id).filter(({ trigger }) => triggers.includes(trigger));
      return own !== undefined && refersToUser(graph, own.key) ? [[table.id, own.key]] : [];
    }),
  );
});

/** Is it the id of the new user, and not their e-mail address? */
function refersToUser(graph: SchemaGraph, column: EntityId): boolean {
  const { type, relation } = graph.get('column', column);
  return type?.name.name === 'uuid' && graph.find(relation)?.kind === 'table';
}

/**
 * What is taken for true of everyone who is signed in: that they have the row which a trigger makes for each new user, where nothing else is asked of it.
 * @param maySee whether they may read rows of the table
 */
export function havingOwnRow(
  graph: SchemaGraph,
  expression: BoundExpression,
  maySee: (table: EntityOf<'table'>) => boolean,
): Assumption | undefined {
  const keys = keysOfEveryone(graph);
  if (keys.size === 0) return undefined;
  return (node) => {
    const { subLinkType, subselect } = fieldsOf(node, 'SubLink') ?? {};
    const select = subLinkType === 'EXISTS_SUBLINK' ? fieldsOf(subselect, 'SelectStmt') : undefined;
    const table = select && tableOf(select, expression, keys);
    if (select === undefined || table === undefined) return undefined;
    const asked = conjuncts(select.whereClause).map((each) => kindOf(graph, each, expression, keys.get(table)));
    return maySee(graph.get('table', table)) && asked.includes('own') && asked.every((each) => each !== 'more')
      ? true
      : undefined;
  };
}

/** The one table that the query reads, if everybody has a row there. */
function tableOf(
  select: SelectStmt,
  expression: BoundExpression,
  keys: ReadonlyMap<EntityId, EntityId>,
): EntityId | undefined {
  const [only, ...more] = select.fromClause ?? [];
  const range = fieldsOf(only, 'RangeVar');
  const isPlain = range !== undefined && more.length === 0 && (select.op ?? 'SETOP_NONE') === 'SETOP_NONE';
  const others = [select.groupClause, select.havingClause, select.limitCount, select.limitOffset, select.withClause];
  if (!isPlain || others.some((each) => each !== undefined)) return undefined;
  const relation = relationOf(range, expression);
  return relation !== undefined && keys.has(relation) ? relation : undefined;
}

/** `own`: it is the caller's row; `nothing`: true of any row; `more`: something is asked of it. */
function kindOf(
  graph: SchemaGraph,
  part: Node,
  expression: BoundExpression,
  key: EntityId | undefined,
): 'own' | 'nothing' | 'more' {
  const isOwn = equalSides(part).some(
    ([own, other]) => columnMeaning(own, expression)?.column === key && asksCaller(graph, other, expression),
  );
  if (isOwn) return 'own';
  const test = fieldsOf(part, 'NullTest');
  const tested = columnMeaning(test?.arg, expression)?.column;
  if (test?.nulltesttype === 'IS_NOT_NULL' && tested !== undefined && graph.get('column', tested).notNull)
    return 'nothing';
  return isOfItself(graph, part, expression, key) ? 'nothing' : 'more';
}

/** `p.email in (select email from profiles where id = auth.uid())` of that very row. */
function isOfItself(graph: SchemaGraph, part: Node, expression: BoundExpression, key: EntityId | undefined): boolean {
  const { subLinkType, subselect, testexpr, operName } = fieldsOf(part, 'SubLink') ?? {};
  const select = fieldsOf(subselect, 'SelectStmt');
  if (
    subLinkType !== 'ANY_SUBLINK' ||
    select === undefined ||
    (operName !== undefined && stringsOf(operName).at(-1) !== '=')
  )
    return false;
  const [given, ...more] = (select.targetList ?? []).map((each) => fieldsOf(each, 'ResTarget')?.val);
  const column = columnMeaning(given, expression)?.column;
  const isSame = column !== undefined && column === columnMeaning(testexpr, expression)?.column && more.length === 0;
  return (
    isSame &&
    graph.get('column', column).notNull &&
    conjuncts(select.whereClause).every((each) => kindOf(graph, each, expression, key) === 'own')
  );
}
