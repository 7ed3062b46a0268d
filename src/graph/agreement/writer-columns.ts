import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isSaid } from '../lexicon/said-columns.ts';
import { isAccountTable, isAuthUsers, isKeyedByUser, isMembershipTable } from '../lexicon/table-roles.ts';
import { partOf } from '../policies/alternatives.ts';
import { isAddressee, isMaker, isWriter, ownersColumn } from '../policies/owner-columns.ts';
import { ownersIn } from '../policies/parent-writes.ts';
import { clientsMeetingRows } from '../policies/policy-audience.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** A column that says who wrote a row. */
export interface WriterColumn {
  readonly author: Column;
  /** What another clause of the table asks to tie it to the caller. */
  readonly tie: BoundExpression | undefined;
}

/**
 * The columns that say who wrote the rows of a table, where clients read them: by a name that says nothing else (sender_id) if it refers to users, and
 * else only where policies let the caller change such rows (created_by; user_id beside what somebody said).
 */
export function writerColumns(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): readonly WriterColumn[] {
  const readers = clientsMeetingRows(graph, table, 'select', clientRoles);
  const ties = tiesOf(graph, table);
  const changing = ownersColumn(graph, table);
  return graph.columns(table.id).flatMap((author) => {
    const tie = ties.get(author.id);
    if (author.generated !== null || isAddressee(table, author) || isUniqueAlone(graph, author)) return [];
    if (!readers.some(({ role }) => mayColumn(graph, role, author, 'r'))) return [];
    const isTold = isWriter(author.name)
      ? tie !== undefined || refersToUsers(graph, author)
      : author === changing && (isMaker(author.name) || (isNamed(author.name, USERS) && holdsWords(graph, table)));
    return isTold ? [{ author, tie }] : [];
  });
}

/** What the policies of the table compare with the caller's own id, and how. */
function tiesOf(graph: SchemaGraph, table: Table): ReadonlyMap<EntityId, BoundExpression> {
  const ties = new Map<EntityId, BoundExpression>();
  for (const { using, check } of graph.ownedBy(table.id, 'policy'))
    for (const clause of [check, using])
      for (const condition of clause === null ? [] : (waysOf(clause) ?? []).flat())
        for (const owner of 'A_Expr' in condition.tree ? ownersIn(graph, condition) : [])
          if (clause !== null && !ties.has(owner)) ties.set(owner, partOf(clause, condition.tree));
  return ties;
}

/** To accounts, by a foreign key. */
export function refersToUsers(graph: SchemaGraph, column: Column): boolean {
  return graph.foreignKeysOf(column).some(({ columns: [first], referencedTable }) => {
    const target = graph.find(referencedTable);
    const isUsers = target?.kind === 'table' && isAccountTable(graph, target);
    return isUsers && first === column.id;
  });
}

/** Do its rows hold what somebody said, and not who belongs to what? */
function holdsWords(graph: SchemaGraph, table: Table): boolean {
  const isText = ({ name, type }: Column) => isSaid(name) && typeClass(graph, type) === 'text';
  return graph.columns(table.id).some(isText) && !isMembershipTable(graph, table);
}

const USERS: NamePatterns = ['user', 'user_id', 'profile_id', 'account_id', 'member_id', 'owner_id'];

/** Does it hold the id of an account as auth.uid() gives it, by what it refers to? */
export function holdsUserId(graph: SchemaGraph, column: Column): boolean {
  return graph.foreignKeysOf(column).some(({ columns: [, more], referencedTable, referencedColumns: [referred] }) => {
    const target = graph.find(referencedTable);
    if (more !== undefined || target?.kind !== 'table' || graph.primaryKey(target.id)?.columns[0] !== referred)
      return false;
    return isAuthUsers(target.name) || isKeyedByUser(graph, target);
  });
}
