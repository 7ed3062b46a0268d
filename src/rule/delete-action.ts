// Long because which action a key wants is one decision, and each answer rests on those asked before it.
import { CHAIN_LENGTH, markInPlaceOfDelete, tablesAbove, wouldBeginChain } from '../graph/deletes/cascades.ts';
import { emptiedColumns, type Obstacle, obstacleToEmptying } from '../graph/deletes/emptied-columns.ts';
import { keptByCheck } from '../graph/deletes/kept-by-check.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import {
  isLink,
  isPartOf,
  otherLinked,
  otherSideNamed,
  othersBelow,
  ownerElsewhere,
  ownerWithin,
  owningKeys,
  tablesTakenAlong,
} from '../graph/keys/linked-rows.ts';
import { isAuditTrail, isKeyToTenant } from '../graph/lexicon/audit-trail.ts';
import { columnsWithRole } from '../graph/lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from '../graph/lexicon/pattern.ts';
import { hasMembers, isAccountTable, isAuditTable } from '../graph/lexicon/table-roles.ts';
import { seenThroughParent } from '../graph/policies/seen-through-parent.ts';
import { columnsComparedWithCaller } from '../graph/policies/tenant-columns.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { refusingTriggers, surelyRefused } from '../graph/triggers/write-guards.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { remakeForeignKey } from './foreign-key-sql.ts';
import { andList, brief, rowOf } from './prose.ts';
import type { AuditSettings } from './rule.ts';
import { sql } from './sql.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/** Whose work it was, not whose the row is; but where the row is of nothing else (employee_breaks). */
const WORKERS: NamePatterns = [
  ...['*_cashier_id', '*_clerk_id', '*_operator_id', '*_employee_id', '*_seller_id', '*_agent_id', '*_technician_id'],
  ...['*_approver_id', '*_reviewer_id', '*_editor_id', '*_handler_id', '*_assignee_id'],
];
const AUTHORS: NamePatterns = [...['*_by', '*_by_id', '*_by_user', '*_by_user_id'], ...WORKERS];
/** Who did something for somebody else, where the row goes with that one. */
const PROFESSIONALS: NamePatterns = [
  ...['*_teacher_id', '*_instructor_id', '*_author_id', '*_doctor_id', '*_therapist_id', '*_coach_id', '*_trainer_id'],
  '*_staff_id',
];
/** Which row of the same table is there in place of this one. */
const SUCCESSORS: NamePatterns = ['superseded_by_*', 'replaced_by_*', 'merged_into_*', 'duplicate_of_*'];
/** What was sold, at what price. */
const OFFERS: NamePatterns = ['*_product', '*_price', '*_plan', '*_tariff'];
/** With whom it was agreed. */
const PARTNERS: NamePatterns = ['*_client', '*_customer', '*_supplier', '*_vendor', '*_buyer'];
/** What stays when the person is gone, or the product. */
const RECORDS: NamePatterns = [
  ...['*_sale', '*_order', '*_invoice', '*_payment', '*_transaction', '*_subscription', '*_receipt', '*_contract'],
  ...['*_refund', '*_payout', '*_purchase', '*_booking'],
];

/** What was done with something, by whom. */
const DEEDS: NamePatterns = ['*_action', '*_activity'];

/** What something was, kept as it was. */
const VERSIONS: NamePatterns = ['*_version', '*_revision', '*_snapshot'];

/** Each row is an amount that came or went: what it is of is half of what it says. */
const MOVEMENTS: NamePatterns = [
  ...['*_transaction', '*_movement', '*_stock_move', '*_stock_entry', '*_ledger', '*_ledger_entry', '*_ledger_line'],
  ...['*_journal_entry', '*_journal_line', '*_posting'],
];

/** What is known already of the table that the key refers to. */
interface Ground {
  /** Its rows are entries of a list. */
  readonly isList: boolean;
  /** Some row takes along both sides of the key, and cannot be deleted because of it (blockedDelete()). */
  readonly isBlocked: boolean;
  /** Most other keys to it cascade. */
  readonly isUsual: boolean;
  /** The other keys that keep its rows on purpose. */
  readonly restricting: readonly ForeignKey[];
}

/**
 * SET NULL where that is possible or can be made so without harm, as it loses no row; but not where another table refers to the same rows by a column of
 * that name and keeps them on purpose, nor in rows that are amounts (inventory_transactions), unless a person is referred to or most others cascade, nor of whom a record was for
 * (an order and its client). Rows that link two go with each of them (route_orders of routes and orders). Else CASCADE where something says that the
 * rows are to go along: most other keys do, they are parts of the row by name or key, or a person's; also where policies decide by
 * the column whose a row is: emptied, it would be nobody's, and nullable-policy-column and missing-not-null ask for NOT NULL
 * there. What a CHECK keeps filled cannot be emptied either; no fix where it does so in some rows only, as neither answer is right
 * for all of them, and none that deletes rows of a table that the history does not make.
 *
 * RESTRICT, which changes nothing but says that it is meant, where nothing says so, and where the rows must not go with what they
 * name: who wrote them, an entry of a list, what the rows of something else name, a row that is marked as deleted and stays, a row
 * that another key keeps on purpose (not one that tells who did something: then it goes as most by a column of that name do, if they do, or
 * there is no fix); where CASCADE would begin a chain of them (no fix where most others cascade), and where the table takes no UPDATE or DELETE.
 * Nor do rows go with who made them where rows of other users hang on them (an election with its votes): they are kept, without that one where he
 * may be left out. Where both rows go with a third one, the check waits until they are gone. The entries of an audit trail never go: what cannot
 * be emptied keeps the id of what is gone, and where clients see them only through what they are about, that stays (RESTRICT).
 */
export function deleteAction(
  key: ForeignKey,
  graph: SchemaGraph,
  settings: AuditSettings,
  { isList, isBlocked, isUsual, restricting }: Ground,
): Fix | undefined {
  const table = graph.get('table', key.table);
  const parent = graph.get('table', key.referencedTable);
  const rows = `${brief(table.name)} rows`;
  const isTrail = isAuditTrail(graph, table) && !isKeyToTenant(graph, key, settings.tenantColumns);
  const seenBy = isTrail ? seenThroughParent(graph, key, settings.clientRoles) : undefined;
  if (seenBy !== undefined)
    return {
      title: refusedForTrail(graph, table, parent.id, seenBy),
      safety: 'review',
      sql: remakeForeignKey(graph, key, { onDelete: 'restrict' }),
    };
  const columns = key.columns.map((each) => graph.get('column', each));
  if (parent.id === table.id && columns.every((each) => isNamed(each.name, SUCCESSORS)))
    return {
      title: `Go on refusing to delete the row that ${quoted(columns)} names, on purpose now (ON DELETE RESTRICT), as without it the one before looks like the present one`,
      safety: 'review',
      sql: remakeForeignKey(graph, key, { onDelete: 'restrict' }),
    };
  const obstacle = obstacleToEmptying(graph, key, settings);
  const isEmptiedBySome = isTrail || isBlocked || isPersonal(graph, parent) || isOfRecord(graph, key);
  const whyWhole = obstacle === undefined && !isEmptiedBySome ? whyKeptWhole() : undefined;
  if (whyWhole !== undefined) return refusedOnPurpose(whyWhole);
  const linked = obstacle === undefined && !isTrail && !isBlocked ? otherLinked(graph, key) : undefined;
  if (linked !== undefined) return goneWithEither(linked);
  if (obstacle === undefined) {
    const emptied = emptiedColumns(graph, key);
    const setColumns = emptied.length === key.columns.length ? [] : emptied.map((each) => each.id);
    const owner = ownerWithin(graph, key);
    const along = owner && brief(graph.get('table', owner.referencedTable).name);
    return {
      title:
        along === undefined
          ? `Keep the ${rows} and empty ${quoted(emptied)} (ON DELETE SET NULL), which may be NULL`
          : `Empty ${quoted(emptied)} (ON DELETE SET NULL), which may be NULL; ${rows} whose ${along} row goes along go all the same`,
      safety: 'review',
      sql: remakeForeignKey(graph, key, { onDelete: 'set null', setColumns }),
    };
  }
  // Whether the trigger is to let that pass, nothing says.
  if (obstacle.kind === 'hindered') return undefined;
  const refused = surelyRefused(graph, table.id);
  const mark = markInPlaceOfDelete(graph, parent.id);
  // Where rows are marked, NOT NULL is not given up for a DELETE that is the exception.
  const isOutlived = obstacle.kind === 'required' && !refused.has('update') && (isTrail || mark === undefined);
  const outlived = isOutlived ? outlivedBy(key, graph, isTrail) : undefined;
  if (outlived !== undefined)
    return {
      title: `Keep the ${rows} and empty ${quoteIdentifier(outlived.name)} (ON DELETE SET NULL), which may then be NULL`,
      safety: 'review',
      sql: `${sql`alter table ${table.name} alter column ${outlived.name} drop not null;`}\n${remakeForeignKey(graph, key, { onDelete: 'set null' })}`,
    };
  if (isTrail && !refused.has('update'))
    return {
      title: `Keep the entries of ${brief(table.name)}, with the id of what is gone (no foreign key on ${quoted(columns)})`,
      safety: 'review',
      sql: sql`alter table ${table.name} drop constraint ${key.name};`,
    };
  if (isBlocked)
    return {
      title: `Check ${quoteIdentifier(key.name)} when all is deleted (DEFERRABLE INITIALLY DEFERRED): ${rowOf(brief(parent.name))} by itself still cannot be deleted while ${rows} refer to it`,
      safety: 'review',
      sql: remakeForeignKey(graph, key, { isDeferrable: true, isInitiallyDeferred: true }),
    };
  const others = isPersonal(graph, parent) ? othersBelow(graph, key) : [];
  if (obstacle.kind === 'owner' && others.length > 0)
    return {
      title: `Keep the ${rows}, on which rows of other users in ${tablesText(others)} hang, and empty ${quoted(columns)} (ON DELETE SET NULL), which may be NULL: by the policies they are nobody's then`,
      safety: 'review',
      sql: remakeForeignKey(graph, key, { onDelete: 'set null' }),
    };
  const answer = onDelete(obstacle);
  if (answer === undefined) return undefined;
  const { isKept, why } = answer;
  // What a trigger keeps from being deleted would keep the row that it refers to.
  if (!isKept && refusingTriggers(graph, table, 'delete').length > 0) return undefined;
  // Of a table that the files do not make nobody knows whose else its rows are.
  if (!isKept && table.isAssumed === true) return undefined;
  if (!isKept && obstacle.kind === 'check' && !obstacle.inEveryRow) return undefined;
  return isKept ? refusedOnPurpose(why) : goneAlong(why);

  function refusedOnPurpose(why: string): Fix {
    return {
      title: `Go on refusing to delete ${rowOf(brief(parent.name))} while ${rows} refer to it, on purpose now (ON DELETE RESTRICT), ${why}`,
      safety: 'review',
      sql: remakeForeignKey(graph, key, { onDelete: 'restrict' }),
    };
  }

  /** Of rows that say nothing without one of the two. */
  function goneWithEither({ referencedTable }: ForeignKey): Fix | undefined {
    const mark = markInPlaceOfDelete(graph, parent.id);
    if (mark !== undefined) return refusedOnPurpose(markedText(mark));
    const [example] = restricting;
    if (example !== undefined)
      return refusedOnPurpose(`as ${brief(graph.get('table', example.table).name)} rows refuse that on purpose`);
    if (refusingTriggers(graph, table, 'delete').length > 0 || table.isAssumed === true) return undefined;
    const other = brief(graph.get('table', referencedTable).name);
    if (!wouldBeginChain(graph, table.id, parent.id))
      return goneAlong(`as they link it with ${other}, and say nothing without one of the two`);
    const why = `as CASCADE would take rows along that are ${CHAIN_LENGTH} keys away`;
    return isUsual ? undefined : refusedOnPurpose(why);
  }

  function goneAlong(why: string): Fix {
    return {
      title: `Delete the ${rows} with their ${brief(parent.name)} row (ON DELETE CASCADE), ${why}${alongText(graph, table.id)}`,
      safety: 'review',
      sql: remakeForeignKey(graph, key, { onDelete: 'cascade' }),
    };
  }

  /** Why rows that could do without are not to lose what they refer to. */
  function whyKeptWhole(): string | undefined {
    if (isList) return `as the migrations fill the list, and ${quoted(columns)} would say nothing any more`;
    const namesOfKey = ({ columns: ids }: ForeignKey) => graph.columnNames(ids).join();
    const namesake = restricting.find(
      (each) => each.table !== parent.id && namesOfKey(each) === namesOfKey(key) && !isOfRecord(graph, each),
    );
    if (namesake !== undefined)
      return `as ${brief(graph.get('table', namesake.table).name)} rows refuse that on purpose`;
    if (isAgreedWith(table, parent)) return `so that none of them loses whom it was for`;
    const isMovement = !isUsual && isNamed(table.name.name, MOVEMENTS) && ownerWithin(graph, key) === undefined;
    return isMovement ? `so that none of them loses what its ${quoted(columns)} says` : undefined;
  }

  /** Whether the row that is referred to stays, where the columns cannot be emptied; undefined where neither is the answer. */
  function onDelete(
    obstacle: Exclude<Obstacle, { readonly kind: 'hindered' }>,
  ): { readonly isKept: boolean; readonly why: string } | undefined {
    if (refused.has('delete')) return { isKept: true, why: 'as the table refuses every DELETE' };
    if (isTrail || obstacle.kind === 'appendOnly') return { isKept: true, why: 'as the table refuses every UPDATE' };
    if (mark !== undefined) return { isKept: true, why: markedText(mark) };
    const example = restricting.find((each) => !isOfRecord(graph, each) || isOfRecord(graph, key));
    if (example !== undefined)
      return { isKept: true, why: `as ${brief(graph.get('table', example.table).name)} rows refuse that on purpose` };
    if (others.length > 0)
      return { isKept: true, why: `as rows of other users in ${tablesText(others)} would go with them` };
    const goesAsUsual = isUsual || (restricting.length > 0 && doNamesakesGo(graph, key));
    // What keeps the row for what somebody did says nothing of what is his.
    if (restricting.length > 0 && !goesAsUsual) return undefined;
    if (wouldBeginChain(graph, table.id, parent.id)) {
      const why = `as CASCADE would take rows along that are ${CHAIN_LENGTH} keys away`;
      return goesAsUsual ? undefined : { isKept: true, why };
    }
    switch (obstacle.kind) {
      case 'owner':
        return { isKept: isList, why: `as without ${quoteIdentifier(obstacle.column.name)} they would be nobody's` };
      case 'tenant':
        if (goesAsUsual && ownerElsewhere(graph, key) !== undefined) return undefined;
        return { isKept: !goesAsUsual, why: `as ${quoteIdentifier(obstacle.column.name)} says whose they are` };
      case 'opening': {
        if (goesAsUsual) return undefined;
        const policy = quoteIdentifier(obstacle.policy.name);
        return { isKept: true, why: `as without it the policy ${policy} lets others have them` };
      }
      case 'required': {
        const filled = `${quoted(columns)} may not be NULL`;
        if (isList) return { isKept: true, why: `as ${filled}` };
        if (isOfWorker(graph, key) && !isOfUsers(graph, parent))
          return { isKept: true, why: `as they say whose they are by that alone, and ${filled}` };
        if (isRecordOf(graph, table, parent))
          return { isKept: true, why: `as they are records that outlive it, and ${filled}` };
        const isOwners = isPersonal(graph, parent) && !isDeed(graph, table, parent);
        const owner = isOwners ? undefined : ownerElsewhere(graph, key);
        if (owner !== undefined) {
          const name = brief(graph.get('table', owner.referencedTable).name);
          return { isKept: true, why: `as they belong to their ${name} row, and ${filled}` };
        }
        const isLinking = owningKeys(graph, key).some((each) => isLink(graph, key, each));
        const side = goesAsUsual ? undefined : otherSideNamed(graph, key);
        if (side !== undefined && !isPersonal(graph, parent)) {
          const name = brief(graph.get('table', side.referencedTable).name);
          return {
            isKept: true,
            why: `as nothing says that they are to go with it rather than with their ${name} row, and ${filled}`,
          };
        }
        if (goesAsUsual || isLinking || isPersonal(graph, parent) || isPartOf(graph, key))
          return { isKept: false, why: `as ${filled}` };
        return { isKept: true, why: `as nothing says that they are to go with it, and ${filled}` };
      }
      case 'check': {
        const isAuthor = columns.some((each) => isNamed(each.name, AUTHORS));
        const checked = quoteIdentifier(obstacle.column.name);
        return { isKept: isList || isAuthor, why: `as a CHECK keeps ${checked} from being emptied` };
      }
    }
  }
}

/** `; rows of votes, comments and 2 more go with them`: what goes along further down. */
function alongText(graph: SchemaGraph, table: EntityId): string {
  const along = tablesTakenAlong(graph, table);
  return along.length === 0 ? '' : `; rows of ${tablesText(along)} go with them`;
}

function tablesText(tables: readonly EntityOf<'table'>[]): string {
  return andList(
    tables.map(({ name }) => brief(name)),
    TABLES_SHOWN,
  );
}

const TABLES_SHOWN = 3;

/** What clients see of a trail only through the row it is about is kept by keeping that row. */
export function refusedForTrail(
  graph: SchemaGraph,
  trail: EntityOf<'table'>,
  parent: EntityId,
  policy: EntityOf<'policy'>,
): string {
  const row = rowOf(brief(graph.get('table', parent).name));
  return `Refuse to delete ${row} while entries of ${brief(trail.name)} tell of it (ON DELETE RESTRICT): by the policy ${quoteIdentifier(policy.name)} no client would see them without it`;
}

/** The key says who did something, or keeps what an audit trail or the versions of something tell of. */
function isOfRecord(graph: SchemaGraph, { table, columns }: ForeignKey): boolean {
  const { name } = graph.get('table', table);
  if (graph.columnNames(columns).some((each) => isNamed(each, AUTHORS)) || isNamed(name.name, VERSIONS)) return true;
  return isAuditTable(graph, graph.get('table', table)) || surelyRefused(graph, table).has('update');
}

/** Do most of the other tables' rows that refer to it by a column of this name go with it? */
function doNamesakesGo(graph: SchemaGraph, key: ForeignKey): boolean {
  const names = graph.columnNames(key.columns).join();
  const namesakes = graph
    .referencedBy(key.referencedTable)
    .filter((each) => each.parent === null && each.table !== key.table)
    .filter((each) => graph.columnNames(each.columns).join() === names);
  return namesakes.filter((each) => each.onDelete === 'cascade').length * 2 > namesakes.length;
}

/** A sale does not go with whoever made it, nor a subscription with the product; what has an amount goes with the team that it is of. */
export function isRecordOf(graph: SchemaGraph, table: EntityOf<'table'>, parent: EntityOf<'table'>): boolean {
  if (isAgreedWith(table, parent)) return true;
  const hasAmount = columnsWithRole(graph, table.id, 'money').length > 0 && !hasMembers(graph, parent);
  const isRecord = isNamed(table.name.name, RECORDS) || hasAmount;
  return isRecord && (isPersonal(graph, parent) || isNamed(parent.name.name, OFFERS));
}

/** What somebody did with the row that it goes with: that outlives the person, but for users, whom the platform deletes. */
function isDeed(graph: SchemaGraph, table: EntityOf<'table'>, parent: EntityOf<'table'>): boolean {
  return isNamed(table.name.name, DEEDS) && !isOfUsers(graph, parent);
}

function isAgreedWith(table: EntityOf<'table'>, parent: EntityOf<'table'>): boolean {
  return isNamed(table.name.name, RECORDS) && isNamed(parent.name.name, PARTNERS);
}

/** The rows refer to a worker, and to nothing else that each of them has: they are what that one did, or does. */
function isOfWorker(graph: SchemaGraph, key: ForeignKey): boolean {
  if (!graph.columnNames(key.columns).every((each) => isNamed(each, WORKERS))) return false;
  return graph
    .ownedBy(key.table, 'foreignKey')
    .every((each) => each === key || each.columns.some((id) => !graph.get('column', id).notNull));
}

/** Users, whom the platform deletes, and what goes with them: kept, it would keep these. */
function isOfUsers(graph: SchemaGraph, parent: EntityOf<'table'>): boolean {
  return [...tablesAbove(graph, parent.id).keys()].some((id) => graph.get('table', id).origin.from === 'platform');
}

function markedText({ name }: EntityOf<'column'>): string {
  return `as ${quoteIdentifier(name)} marks the rows that are deleted there`;
}

function isPersonal(graph: SchemaGraph, parent: EntityOf<'table'>): boolean {
  return parent.origin.from === 'platform' || isAccountTable(graph, parent);
}

function quoted(columns: readonly EntityOf<'column'>[]): string {
  return columns.map((each) => quoteIdentifier(each.name)).join(', ');
}

/**
 * The column that may be let be NULL without breaking a key or a policy: who wrote a row does not take it along (cancelled_by of
 * a payment), nor does what an audit trail tells of take its entries.
 */
function outlivedBy(key: ForeignKey, graph: SchemaGraph, isTrail: boolean): EntityOf<'column'> | undefined {
  const [id, another] = key.columns;
  const column = id === undefined || another !== undefined ? undefined : graph.get('column', id);
  if (column === undefined || !column.notNull || column.isInherited) return undefined;
  const isAuthor =
    (isNamed(column.name, AUTHORS) &&
      (!isOfWorker(graph, key) || isOfUsers(graph, graph.get('table', key.referencedTable)))) ||
    (isNamed(column.name, PROFESSIONALS) && owningKeys(graph, key).length > 0);
  if (!(isTrail || isAuthor) || keptByCheck(graph, [column]) !== undefined) return undefined;
  const isInKey = graph
    .dependentsOfKind(column.id, 'index')
    .some((index) => index.isUnique && index.keys.some((each) => each.column === column.id));
  return isInKey || columnsComparedWithCaller(graph, key.table).has(column.id) ? undefined : column;
}
