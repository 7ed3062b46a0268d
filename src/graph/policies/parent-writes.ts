import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf, innerOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { functionAsksCaller } from '../caller/caller-source.ts';
import { isStanding } from '../caller/row-scope.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { findsCallersKey } from '../own-rows/own-row-writes.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import { ownExpressions } from '../query-shapes/pl-statements.ts';
import type { Query, Write } from '../query-shapes/query.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { reachedFor, startsFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { mayRaise } from '../triggers/trigger-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { admitsNothing, decidingClause, waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Column = EntityOf<'column'>;

/** What a trigger does to the parent of a new row, whoever's that is. */
export interface ParentWrite {
  readonly trigger: EntityOf<'trigger'>;
  readonly function: EntityOf<'function'>;
  readonly parent: EntityOf<'table'>;
  readonly key: EntityOf<'foreignKey'>;
  /** The column of the new row by which the parent is found. */
  readonly column: Column;
  readonly write: Write;
  /** Columns of the new row that decide whether it is done. */
  readonly asked: readonly Column[];
  /** Columns of the new row that decide what is written. */
  readonly given: readonly Column[];
}

/**
 * The changes that SECURITY DEFINER triggers make, when a row is added, to just the row that a foreign key of it refers to: past the parent's row
 * security, and asking nothing of the parent but constants. None of a function whose conditions look at what was looked up, that may raise an error, or
 * that sets NEW. What is looked up and not asked about (`select * into found from parent where id = new.parent_id`) keeps nobody out.
 */
export function parentWrites(graph: SchemaGraph, table: EntityOf<'table'>): readonly ParentWrite[] {
  return graph.ownedBy(table.id, 'trigger').flatMap((trigger): readonly ParentWrite[] => {
    if (trigger.enabled === 'disabled' || trigger.level !== 'row' || trigger.timing !== 'after') return [];
    if (!trigger.events.includes('insert')) return [];
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || called.security !== 'definer' || !isUsersOwn(graph, called)) return [];
    if (mayRaise(graph, called)) return [];
    const shape = routineShape(graph, called);
    const reached = shape.block === null ? [] : reachedFor([shape.block], 'insert');
    const names = conditionNames(shape, reached);
    if (!shape.isWhole || names === undefined) return [];
    const when = trigger.when === null ? [] : columnsOf(trigger.when.tree);
    const asked = [...names, ...when].flatMap((name) => graph.column(table.id, name) ?? []);
    const ran = nodesIn(reached);
    return shape.writes.flatMap(({ query, write }) => {
      if (!ran.has(innerOf(query.node))) return [];
      const found = parentOf(graph, table.id, query, write);
      if (found === undefined || !isUnseen(graph, called, found.parent)) return [];
      const given = write.sets.flatMap(({ value }) => (value === null ? [] : columnsOf(value)));
      return [
        {
          trigger,
          function: called,
          write,
          asked,
          given: given.flatMap((name) => graph.column(table.id, name) ?? []),
          ...found,
        },
      ];
    });
  });
}

/** Does a trigger of the parent ask who calls before it is changed, or can it not be read? */
export function isAskedBefore(graph: SchemaGraph, { parent, write }: ParentWrite): boolean {
  return graph.ownedBy(parent.id, 'trigger').some((each) => {
    if (each.timing !== 'before' || !each.events.some((event) => event === write.kind)) return false;
    const guard = each.function === null ? undefined : graph.find(each.function);
    return guard?.kind !== 'function' || guard.body === null || functionAsksCaller(graph, guard) !== false;
  });
}

function isUnseen(graph: SchemaGraph, { owner }: EntityOf<'function'>, parent: EntityOf<'table'>): boolean {
  return parent.rowSecurity && graph.isKnown(parent, 'rowSecurity') && !isUnderRowSecurity(graph, owner, parent);
}

/** `update parent … where id = new.parent_id`, and no more than constants beside that. */
export function parentOf(
  graph: SchemaGraph,
  table: EntityId,
  { node }: Query,
  { kind, relation }: Write,
): Pick<ParentWrite, 'parent' | 'key' | 'column'> | undefined {
  if (relation === null || relation === table || (kind !== 'update' && kind !== 'delete')) return undefined;
  const parent = graph.find(relation);
  const statement = fieldsOf(node, 'UpdateStmt') ?? fieldsOf(node, 'DeleteStmt');
  const more = fieldsOf(node, 'UpdateStmt')?.fromClause ?? fieldsOf(node, 'DeleteStmt')?.usingClause ?? [];
  if (parent?.kind !== 'table' || statement?.whereClause === undefined || more.length > 0) return undefined;
  let found: Pick<ParentWrite, 'parent' | 'key' | 'column'> | undefined;
  for (const part of conjuncts(statement.whereClause)) {
    const sent = sentKey(part);
    if (sent === undefined) {
      if (!isAboutConstants(part)) return undefined;
      continue;
    }
    const column = graph.column(table, sent.from);
    const keys = graph.ownedBy(table, 'foreignKey').filter((each) => each.columns.some((id) => id === column?.id));
    const key = keys.find((each) => each.referencedTable === relation);
    const referred = key?.referencedColumns[0];
    // A key over several columns, as (parent_id, user_id) is, accepts only parents of that user.
    if (keys.some((each) => each.columns.length > 1)) return undefined;
    if (column === undefined || key === undefined || referred === undefined) return undefined;
    if (graph.get('column', referred).name !== sent.to) return undefined;
    found = { parent, key, column };
  }
  return found;
}

/** `id = new.parent_id`, either way round: from which column of the new row to which other. */
export function sentKey(part: Node): { readonly from: string; readonly to: string } | undefined {
  for (const [sent, own] of equalSides(part)) {
    const from = newColumn(sent);
    const to = stringsOf(fieldsOf(own, 'ColumnRef')?.fields).at(-1);
    if (from !== undefined && to !== undefined) return { from, to };
  }
  return undefined;
}

/** `status = 'open'`, `closed_at is null`: the same for whoever adds the row. */
export function isAboutConstants(part: Node): boolean {
  let columns = 0;
  const isMore = anyNode(part, (node, tag) => {
    if (tag === 'ColumnRef') columns++;
    return tag === 'SubLink' || tag === 'FuncCall' || newColumn(node) !== undefined;
  });
  return columns === 1 && !isMore;
}

function newColumn(node: Node | undefined): string | undefined {
  const field = rowField(unwrapped(node));
  return field?.row === 'new' ? field.name : undefined;
}

/**
 * The column whose match with the caller alone lets a role read such rows, change them or delete them: in each alternative of each policy, but for
 * callers of a standing of their own, whatever the row (is_admin()). Undefined where there is none, or no policy lets the role read any.
 */
export function ownerColumn(graph: SchemaGraph, table: EntityOf<'table'>, role: Grantee): Column | undefined {
  const owners = new Set<EntityId>();
  let isReadable = false;
  for (const command of ['select', 'update', 'delete'] as const) {
    for (const policy of policiesFor(graph, table, command, role)) {
      const clause = decidingClause(policy, command);
      if (!policy.isPermissive || clause === null || admitsNothing(policy, command)) continue;
      const ways = waysOf(clause);
      if (ways === undefined) return undefined;
      for (const conditions of ways) {
        const owned = conditions.flatMap((each) => personsIn(graph, each));
        for (const each of owned) owners.add(each);
        if (owned.length === 0 && !isStanding(graph, conditions)) return undefined;
        isReadable ||= command === 'select' && owned.length > 0;
      }
    }
  }
  const [owner, another] = owners;
  return owner === undefined || another !== undefined || !isReadable ? undefined : graph.get('column', owner);
}

/** The columns that a condition ties to the caller. */
export function ownersIn(graph: SchemaGraph, condition: BoundExpression): readonly EntityId[] {
  return callerComparisons(graph, condition)
    .filter(({ via, sources, isOwnValue }) => via === 'value' && isOwnValue && sources.every((each) => each === 'user'))
    .map(({ column }) => column);
}

/** As well those that it ties to the caller by another name: the key of their profile, by a subselect or a function that is given nothing. */
function personsIn(graph: SchemaGraph, condition: BoundExpression): readonly EntityId[] {
  const named = callerComparisons(graph, condition).filter(({ column, via, sources, isOwnValue, isCorrelated }) => {
    if (!isOwnValue || isCorrelated) return false;
    if (via === 'membership') return findsCallersKey(graph, condition);
    const isKey = graph.foreignKeysOf(graph.get('column', column)).length > 0;
    return via === 'value' && isKey && sources.every((each) => each === 'function');
  });
  return [...ownersIn(graph, condition), ...named.map(({ column }) => column)];
}

/** All that these statements say themselves. */
export function nodesIn(statements: readonly PlStatement[]): ReadonlySet<object> {
  const found = new Set<object>();
  for (const statement of statements)
    for (const { tree } of ownExpressions(statement))
      walk(tree, (_, node) => {
        found.add(innerOf(node));
        return undefined;
      });
  return found;
}

/**
 * The columns of NEW that IF and CASE look at when a row is added; undefined where they look at anything else, or the body may refuse the row. OLD is
 * NULL then.
 */
function conditionNames(
  { block, assignments }: RoutineShape,
  reached: readonly PlStatement[],
): readonly string[] | undefined {
  if (block === null || assignments.some(({ target }) => target[0] === 'new')) return undefined;
  const names: string[] = [];
  const assume = startsFor('insert');
  for (const statement of reached) {
    const { kind } = statement;
    if (kind === 'raise' && statement.level === 'exception') return undefined;
    if (kind === 'assert' || kind === 'exit' || kind.startsWith('for') || kind === 'while') return undefined;
    if (kind === 'sql' && statement.into?.strict === true) return undefined;
    if (kind !== 'if' && kind !== 'case') continue;
    for (const { tree } of ownExpressions(statement)) {
      if (kind === 'if' && foldBoolean(tree, assume) !== undefined) continue;
      if (anyNode(tree, (node, tag) => tag === 'SubLink' || tag === 'FuncCall' || isOther(node))) return undefined;
      names.push(...columnsOf(tree));
    }
  }
  return names;
}

/** A name that is neither of the row nor about the trigger. */
function isOther(node: Node): boolean {
  const reference = fieldsOf(node, 'ColumnRef');
  const [first = ''] = stringsOf(reference?.fields);
  return reference !== undefined && first !== 'new' && first !== 'old' && !first.startsWith('tg_');
}

function columnsOf(tree: Node): readonly string[] {
  const names: string[] = [];
  walk(tree, (_, node) => {
    const [row, name] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    if (row === 'new' && name !== undefined) names.push(name);
    return undefined;
  });
  return names;
}
