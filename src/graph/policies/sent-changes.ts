import type { Node } from '@pgsql/types';
import { fieldsOf, innerOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isToBeRedeemed } from '../lexicon/redeemed.ts';
import { isLeftTo } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import type { Query, SetColumn, Write } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { namesFrom, type SentVariables, sentVariables } from '../query-shapes/sent-variables.ts';
import { reachedFor, startsFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { mayRaise } from '../triggers/trigger-guards.ts';
import { isMoment, typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';
import { isAboutConstants, nodesIn, sentKey } from './parent-writes.ts';
import { isOpenFor, mayMeetRows } from './policy-audience.ts';
import { policiesFor } from './row-security.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;
type Routine = EntityOf<'function'>;

/** What a trigger does to rows of another table for whoever adds one here, whosever they are. */
export interface SentChange {
  readonly trigger: EntityOf<'trigger'>;
  readonly function: Routine;
  readonly changed: Table;
  /** By which the changed row is found. */
  readonly keys: readonly Column[];
  readonly kind: 'update' | 'delete';
  /** What it is given from the new row; empty of a DELETE. */
  readonly columns: readonly Column[];
  /** The key can be tried or read: it is no uuid of a row that the client is not shown. */
  readonly isFindable: boolean;
}

/** Whoever knows it may do what it is for. */
const SECRETS: NamePatterns = ['*_token_*', '*_code_*', '*_secret_*', '*_hash_*', '*_api_key_*'];

/**
 * The rows of other tables that a SECURITY DEFINER trigger changes as a new row says, where a client chooses freely which and to what, and the policies of that table
 * do not let the client change every row itself. Not what only notes the time or counts, what the body looks up first, and what a secret finds.
 */
export function sentChanges(graph: SchemaGraph, table: Table, access: ClientAccess): readonly SentChange[] {
  return graph.ownedBy(table.id, 'trigger').flatMap((trigger): readonly SentChange[] => {
    if (trigger.enabled === 'disabled' || trigger.level !== 'row' || !trigger.events.includes('insert')) return [];
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || called.security !== 'definer' || !isUsersOwn(graph, called)) return [];
    const shape = routineShape(graph, called);
    if (shape.block === null || !shape.isWhole || mayRaise(graph, called)) return [];
    if (trigger.when !== null && looksUp(trigger.when.tree)) return [];
    const reached = reachedFor([shape.block], 'insert');
    const sent = sentVariables(shape);
    if (reached.some((each) => keepsOut(each, sent))) return [];
    const isFree = (name: string) => {
      const column = graph.column(table.id, name);
      return column !== undefined && isLeftTo(graph, table, column, 'insert', access, called.id);
    };
    const ran = nodesIn(reached);
    return shape.writes.flatMap(({ query, write }): readonly SentChange[] => {
      if (!ran.has(innerOf(query.node)) || (write.kind !== 'update' && write.kind !== 'delete')) return [];
      const found = sentKeys(graph, table, query, write);
      if (found === undefined || !found.names.every(isFree)) return [];
      if (!isKeptFrom(graph, called, found.changed, access)) return [];
      const columns = write.sets.flatMap((set) => {
        const column = givenBy(graph, set, found.names, sent, isFree);
        return column === undefined ? [] : [column];
      });
      if (write.kind === 'update' && columns.length === 0) return [];
      const { changed, keys } = found;
      const isFindable =
        keys.every((each) => typeClass(graph, each.type) !== 'uuid') || mayMeetRows(graph, changed, 'select', access);
      return [{ trigger, function: called, changed, keys, kind: write.kind, columns, isFindable }];
    });
  });
}

/** `where serial = new.serial`, and no more than constants beside that. */
function sentKeys(
  graph: SchemaGraph,
  table: Table,
  { node }: Query,
  { relation }: Write,
): { readonly changed: Table; readonly keys: readonly Column[]; readonly names: readonly string[] } | undefined {
  const changed = relation === null || relation === table.id ? undefined : graph.find(relation);
  const statement = fieldsOf(node, 'UpdateStmt') ?? fieldsOf(node, 'DeleteStmt');
  const more = fieldsOf(node, 'UpdateStmt')?.fromClause ?? fieldsOf(node, 'DeleteStmt')?.usingClause ?? [];
  if (changed?.kind !== 'table' || statement?.whereClause === undefined || more.length > 0) return undefined;
  if (isToBeRedeemed(changed)) return undefined;
  const keys: Column[] = [];
  const names: string[] = [];
  for (const part of conjuncts(statement.whereClause)) {
    const key = sentKey(part);
    if (key === undefined) {
      if (!isAboutConstants(part)) return undefined;
      continue;
    }
    const column = graph.column(changed.id, key.to);
    if (column === undefined || isNamed(column.name, SECRETS)) return undefined;
    keys.push(column);
    names.push(key.from);
  }
  return keys.length === 0 ? undefined : { changed, keys, names };
}

/** Does row security hold the client, and not the function? */
function isKeptFrom(graph: SchemaGraph, { owner }: Routine, changed: Table, { name, role }: ClientAccess): boolean {
  if (!changed.rowSecurity || !graph.isKnown(changed, 'rowSecurity') || isUnderRowSecurity(graph, owner, changed))
    return false;
  return !policiesFor(graph, changed, 'update', role).some(
    (each) => each.isPermissive && isOpenFor(graph, each, 'update', name),
  );
}

/** The column, where its new value is made from what the client may choose; no time, and nothing that is added up. */
function givenBy(
  graph: SchemaGraph,
  { column: id, value, readsOwnRow }: SetColumn,
  keys: readonly string[],
  sent: SentVariables,
  isFree: (name: string) => boolean,
): Column | undefined {
  const column = id === null ? undefined : graph.find(id);
  if (column?.kind !== 'column' || value === null || anyNode(value, (_, tag) => tag === 'SubLink')) return undefined;
  if (isMoment(graph, column.type) || (readsOwnRow && !isKeptWhereNull(value))) return undefined;
  const given = [...namesFrom(value, sent)].filter((name) => !keys.includes(name));
  return given.some(isFree) ? column : undefined;
}

/** `coalesce(new.version, version)` */
function isKeptWhereNull(value: Node): boolean {
  return 'CoalesceExpr' in value;
}

/** May the statement keep a row from its change: a loop, or a condition about anything but the new row with more in it than a message? */
function keepsOut(statement: PlStatement, sent: SentVariables): boolean {
  const { kind } = statement;
  if (kind === 'assert' || kind === 'exit' || kind === 'while' || kind.startsWith('for')) return true;
  if (kind === 'sql' && statement.into?.strict === true) return true;
  if (kind !== 'if' && kind !== 'case') return false;
  const assume = startsFor('insert');
  const asks = ownExpressions(statement).some(
    ({ tree }) => foldBoolean(tree, assume) === undefined && (looksUp(tree) || namesOthers(tree, sent)),
  );
  return asks && [...eachStatement([statement])].some((inner) => inner.statement !== statement && !isMessage(inner));
}

function isMessage({ statement }: { readonly statement: PlStatement }): boolean {
  return (
    statement.kind === 'assign' ||
    statement.kind === 'null' ||
    (statement.kind === 'raise' && statement.level !== 'exception')
  );
}

function looksUp(tree: Node): boolean {
  return anyNode(tree, (_, tag) => tag === 'SubLink' || tag === 'FuncCall');
}

function namesOthers(tree: Node, sent: SentVariables): boolean {
  return anyNode(tree, (node) => {
    const [first] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    return first !== undefined && first !== 'new' && first !== 'old' && !first.startsWith('tg_') && !sent.has(first);
  });
}
