// Long because a queue's subject is told from whom the work is for, and because the fix needs the states that are active.
import {
  andList,
  brief,
  COLUMN_NAMES,
  clientsMeetingRows,
  columnsWithRole,
  defineRule,
  type EntityOf,
  type Fix,
  type HeldWrite,
  isAccountTable,
  isNamed,
  isNullable,
  isRunningState,
  isWaitingState,
  knownValues,
  type NamePatterns,
  numbersParts,
  type QueueTable,
  queueTable,
  quoteIdentifier,
  quoteLiteral,
  raw,
  refersToUsers,
  relationsNamedIn,
  routineShape,
  type SchemaGraph,
  type Statement,
  sql,
  standingTable,
  statusLabels,
  TABLE_NAMES,
  tenantColumns,
  typeClass,
  writesTo,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

const QUEUES: NamePatterns = TABLE_NAMES.queue;
const WORKERS: NamePatterns = COLUMN_NAMES.worker;
/** Each row is a thing said or done once, however many are about one subject. */
const REPEATED: NamePatterns = [
  ...['*_notification_*', '*_email_*', '*_mail_*', '*_message_*', '*_sms_*', '*_webhook_*', '*_event_*', '*_outbox'],
  ...['*_push_*', '*_reminder_*', '*_log_*', '*_history_*', '*_delivery_*', '*_alert_*', '*_payment_*', '*_post_*'],
  ...['*_attempt_*', '*_run_*', '*_execution_*', '*_invoice_*', '*_transaction_*', '*_upload_*', '*_appointment_*'],
  ...['*_disbursement_*', '*_payout_*', '*_transfer_*'],
];

export default defineRule({
  meta: {
    id: 'queue-without-active-key',
    category: 'integrity',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'A queue takes the same work twice while it is still waiting or being done.',
    why: 'Whoever queues work looks first whether it is there, or does not. Two that look at once both queue it; two workers then do it side by side, pay for it twice and write over each other.',
    remedy:
      "A unique index on what the work is about, over the rows that wait or run: CREATE UNIQUE INDEX … (page_id) WHERE status IN ('pending', 'processing'), and INSERT … ON CONFLICT DO NOTHING.",
    scope: [
      'Queues of messages, events and attempts, of which there may be many about one thing, are not meant, nor are tables with neither a status nor a column that a worker writes (what plays next), with a key over a position, a key for idempotency or a unique key whose condition looks at the status.',
      'Where a type stands beside what the work is about, the key is over both; where a second foreign key does, nothing is reported, nor where a column says for whom each row is (a subscription to a plan, an enrolment in a course), nor where no state is one of waiting, nor where the work goes on without what it refers to (ON DELETE SET NULL) or is a part of it (a chunk_index of chunks, the items of a job), nor where a function lets a row that is done wait again as other work, or where each function that queues has locked what the work is about before it looks.',
    ],
    messages: {
      active:
        '{{table}} takes several active rows for one {{parent}}: no unique key keeps the same {{columns}} from being queued twice.',
    },
    restsOn: ['columns', 'constraints', 'indexes', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/indexes-partial.html'],
    optionDocs: {
      queues: 'Names of queue tables, by whole words.',
      workerColumns: 'Names of columns that only a worker writes; with a status they make a table a queue.',
      repeatedWork: 'Names of queues in which a subject may stand many times.',
    },
  },
  defaults: { queues: QUEUES, workerColumns: WORKERS, repeatedWork: REPEATED },
  visit: {
    table({ id }, { graph, texts, statements, options, settings, report }) {
      const table = standingTable(graph, id);
      const queue = table && queueTable(graph, table, options.queues, options.workerColumns);
      if (table === undefined || queue === undefined || !queue.isSure) return;
      if (isNamed(table.name.name, options.repeatedWork)) return;
      // Songs, and people who wait in a line, are no work that someone takes.
      if (queue.status === undefined && queue.worker.length === 0) return;
      if (!queue.isNamed && neverWaits(graph, queue)) return;
      const subject = subjectOf(graph, table, queue, settings.tenantColumns);
      if (subject === undefined || isForSomebody(graph, table, queue, subject)) return;
      if (hasKey(graph, table, queue, subject.column) || isGuarded(graph, table)) return;
      if (isTakenOnToOther(graph, table, queue) || isQueuedUnderLock(graph, table, subject, settings)) return;
      const columns = [subject.column, ...subject.types];
      report({
        entity: table,
        message: 'active',
        data: {
          table: brief(table.name),
          parent: andList([
            `${brief(subject.parent.name)} row`,
            ...subject.types.map(({ name }) => quoteIdentifier(name)),
          ]),
          columns: andList(columns.map(({ name }) => quoteIdentifier(name))),
        },
        fix: () =>
          isPutBack(graph, table, queue) ? undefined : fixFor(graph, texts, statements, table, queue, columns),
      });
    },
  },
});

interface Subject {
  readonly column: Column;
  readonly parent: Table;
  /** What is to be done with it: each may be active once. */
  readonly types: readonly Column[];
}

/**
 * What the work is about: the one key to a table that is neither a person nor a tenant, nor a list of settings or kinds, which
 * is referred to by a word, nor what the work goes on without (SET NULL) or is only a part of. Undefined where a second key that may not be NULL, or a type
 * that may be, says more of it.
 */
function subjectOf(
  graph: SchemaGraph,
  table: Table,
  queue: QueueTable,
  configured: readonly string[],
): Subject | undefined {
  const tenants = tenantColumns(graph, configured);
  const references = graph.ownedBy(table.id, 'foreignKey').flatMap((key) => {
    const [id, ...more] = key.columns;
    const parent = graph.find(key.referencedTable);
    if (id === undefined || more.length > 0 || parent?.kind !== 'table' || parent.id === table.id) return [];
    if (parent.origin.from === 'platform' || isAccountTable(graph, parent)) return [];
    const column = graph.get('column', id);
    return queue.worker.includes(column) ? [] : [{ column, parent, key }];
  });
  const [subject, ...others] = references.filter(({ column }) => !tenants.has(column.id));
  if (subject === undefined || others.length > 0) return undefined;
  const { column, parent, key } = subject;
  if (refersByWord(graph, key) || key.onDelete === 'set null' || isPartOf(graph, table, parent)) return undefined;
  // The tenant of what the work is about says nothing more of it.
  const isFurther = references.some(
    (each) => each !== subject && each.column.notNull && graph.column(parent.id, each.column.name) === undefined,
  );
  const types = columnsWithRole(graph, table.id, 'status').filter(
    (each) => each !== queue.status && each !== column && isNamed(each.name, TYPES),
  );
  return isFurther || types.some((each) => isNullable(graph, each)) ? undefined : { column, parent, types };
}

/** Are its states known, and none of them one in which work waits: what somebody has, and claims or gives up? */
function neverWaits(graph: SchemaGraph, { status }: QueueTable): boolean {
  const labels = status === undefined ? [] : statusLabels(graph, status);
  return labels.length > 0 && !labels.some(isWaitingState);
}

/**
 * Does a column say for whom the row is, so that many have one about the same subject: what they subscribed to, bought or enrolled in? Not who asked for the
 * work or does it, nor, where the table is one of work, whose the subject itself is.
 */
function isForSomebody(
  graph: SchemaGraph,
  table: Table,
  { isNamed: isQueue, worker }: QueueTable,
  subject: Subject,
): boolean {
  const isWork = isQueue || isNamed(table.name.name, WORK);
  return graph.columns(table.id).some((each) => {
    if (each === subject.column || worker.includes(each) || isNamed(each.name, DOERS)) return false;
    if (!isNamed(each.name, HOLDERS) && !refersToUsers(graph, each)) return false;
    return !isWork || graph.column(subject.parent.id, each.name) === undefined;
  });
}

const WORK: NamePatterns = ['*_job', '*_task', '*_work', '*_backlog', '*_sync', '*_sync_state', '*_crawl'];
const HOLDERS: NamePatterns = [
  ...['user_id', 'profile_id', 'account_id', 'member_id', 'customer_id', 'client_id', 'buyer_id', 'owner_id'],
  ...['student_id', 'subscriber_id', 'participant_id', 'attendee_id', 'guest_id', 'patient_id', 'applicant_id'],
];
/** Who asked for the work, does it or decides about it. */
const DOERS: NamePatterns = [
  ...['*_by', '*_by_id', '*_by_user', '*_by_user_id', '*_assigned_*', '*_assignee_*', '*_author_*', '*_creator_*'],
  ...['*_requester_*', '*_requestor_*', '*_initiator_*', '*_operator_*', '*_reviewer_*', '*_approver_*', '*_handler_*'],
  ...['*_moderator_*', '*_editor_*', '*_staff_*', '*_admin_*', '*_technician_*', '*_agent_*'],
];

/** Is it a part of the other's work that the row is: the chunks of a job, which are counted, or what another queue has taken apart? */
function isPartOf(graph: SchemaGraph, table: Table, parent: Table): boolean {
  if (graph.columns(table.id).some((each) => numbersParts(graph, each))) return true;
  return queueTable(graph, parent)?.isSure === true && !isNamed(table.name.name, RETRIES);
}

const RETRIES: NamePatterns = ['*_retry_*', '*_retries_*', '*_dead_letter_*'];

/** `policy_key text references policies (policy_key)`; `page_id text references pages (id)` is an id all the same. */
function refersByWord(graph: SchemaGraph, { columns, referencedColumns }: EntityOf<'foreignKey'>): boolean {
  const isText = columns.every((each) => typeClass(graph, graph.get('column', each).type) === 'text');
  return isText && !graph.columnNames(referencedColumns).every((name) => isNamed(name, IDS));
}

const IDS: NamePatterns = ['id', '*_id', '*_uuid'];
const TYPES: NamePatterns = ['type', 'kind', '*_type', '*_kind'];
const IDEMPOTENCY: NamePatterns = ['*_key', '*_dedupe_*', '*_dedup_*', '*_hash', '*_fingerprint', '*_idempotency_*'];

/** A unique key over what the work is about, over its place in a list or over what tells one request from another, or one for rows of some states. */
function hasKey(graph: SchemaGraph, table: Table, { status }: QueueTable, subject: Column): boolean {
  const unique = graph.ownedBy(table.id, 'index').filter((each) => each.isUnique || each.constraint !== null);
  const places = columnsWithRole(graph, table.id, 'position').map(({ id }) => id);
  return unique.some(({ keys, predicate }) => {
    if (status !== undefined && predicate?.references.some(({ target }) => target === status.id)) return true;
    return keys.some(({ column, expression }) => {
      if (expression !== null) return true;
      if (column !== null && places.includes(column)) return true;
      return column === subject.id || (column !== null && isNamed(graph.get('column', column).name, IDEMPOTENCY));
    });
  });
}

/**
 * Does a function let a row that is done wait again as other work (`state = 'pending', phase = 'incremental'`)? Then one that stands for what goes on all
 * the time is active beside one that somebody asked for.
 */
function isTakenOnToOther(graph: SchemaGraph, table: Table, { status }: QueueTable): boolean {
  const steps = graph.columns(table.id).filter((each) => each !== status && isNamed(each.name, STEPS));
  return updatesToWaiting(graph, table, status).some(({ write }) =>
    write.sets.some(({ column }) => steps.some(({ id }) => id === column)),
  );
}

const STEPS: NamePatterns = [...TYPES, 'phase', '*_phase', 'stage', '*_stage', 'step', '*_step', 'mode', '*_mode'];

/** Does a function let rows wait again that were neither waiting nor running: `where status = 'failed'`? With the key that fails where another came meanwhile. */
function isPutBack(graph: SchemaGraph, table: Table, { status }: QueueTable): boolean {
  const isActive = (each: string) => isWaitingState(each) || isRunningState(each);
  return updatesToWaiting(graph, table, status).some(({ query }) =>
    query.sources.some(
      ({ isTarget, tests }) =>
        isTarget && tests.some(({ column, constants }) => column === status?.id && !constants.every(isActive)),
    ),
  );
}

function updatesToWaiting(graph: SchemaGraph, table: Table, status: Column | undefined): readonly HeldWrite[] {
  return writesTo(graph, table.id).filter(
    ({ write: { kind, sets } }) =>
      kind === 'update' &&
      sets.some(
        ({ column, constant }) => column === status?.id && typeof constant === 'string' && isWaitingState(constant),
      ),
  );
}

/** Does each function that queues lock what the work is about, or take a lock of its own, and look whether it is there, and no client adds rows? */
function isQueuedUnderLock(
  graph: SchemaGraph,
  table: Table,
  { column, parent }: Subject,
  {
    clientRoles,
    exposedSchemas,
  }: { readonly clientRoles: readonly string[]; readonly exposedSchemas: readonly string[] },
): boolean {
  const isOpen =
    exposedSchemas.includes(table.name.schema) && clientsMeetingRows(graph, table, 'insert', clientRoles).length > 0;
  const inserts = writesTo(graph, table.id).filter(({ write }) => write.kind === 'insert');
  if (isOpen || inserts.length === 0) return false;
  return inserts.every(({ holder, query }) => {
    if (holder.kind !== 'function') return false;
    const { queries, locks } = routineShape(graph, holder);
    const before = queries.slice(0, queries.indexOf(query));
    const isLocked = before.some(
      ({ lock, sources }) =>
        (lock?.strength === 'update' || lock?.strength === 'no key update') &&
        sources.some(({ relation }) => relation === parent.id),
    );
    const looks = before.some(({ sources }) =>
      sources.some(({ relation, tests }) => relation === table.id && tests.some((each) => each.column === column.id)),
    );
    return looks && (isLocked || locks.length > 0);
  });
}

/** A BEFORE INSERT trigger that looks into the queue itself. */
function isGuarded(graph: SchemaGraph, table: Table): boolean {
  return graph.ownedBy(table.id, 'trigger').some((trigger) => {
    if (trigger.timing !== 'before' || !trigger.events.includes('insert')) return false;
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function') return true;
    const { relations, isComplete } = relationsNamedIn(called);
    return !isComplete || relations.some((each) => each.name === table.name.name);
  });
}

function fixFor(
  graph: SchemaGraph,
  texts: ReadonlyMap<string, string>,
  statements: readonly Statement[],
  table: Table,
  { status }: QueueTable,
  columns: readonly Column[],
): Fix | undefined {
  if (status === undefined) return undefined;
  const labels = statusLabels(graph, status);
  const known = knownValues(graph, status, texts, statements);
  const values = labels.length > 0 ? labels : [...known.values, ...known.written];
  const active = values.filter((each) => isWaitingState(each) || isRunningState(each));
  if (active.length === 0) return undefined;
  const list = active.map((each) => raw(quoteLiteral(each)));
  return {
    title: 'Let each be active once (fails while two active rows are about one)',
    safety: 'review',
    sql: sql`create unique index on ${table.name} (${columns.map(({ name }) => name)}) where ${status.name} in (${list});`,
  };
}
