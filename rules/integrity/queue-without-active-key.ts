// Long because a queue's subject is told from whom the work is for, and because the fix needs the states that are active.
import {
  brief,
  COLUMN_NAMES,
  defineRule,
  type EntityOf,
  type Fix,
  isAccountTable,
  isNamed,
  isRunningState,
  isWaitingState,
  knownValues,
  type NamePatterns,
  type QueueTable,
  queueTable,
  quoteIdentifier,
  quoteLiteral,
  raw,
  relationsNamedIn,
  type SchemaGraph,
  sql,
  standingTable,
  statusLabels,
  TABLE_NAMES,
  tenantColumns,
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
      "A unique index on what the work is about, over the rows that wait or run: CREATE UNIQUE INDEX … (page_id) WHERE status IN ('pending', 'processing'), and INSERT … ON CONFLICT DO NOTHING. Queues of messages, events and attempts, of which there may be many about one thing, are not meant, nor are tables with a key for idempotency.",
    messages: {
      active:
        '{{table}} takes several active rows for one {{parent}}: no unique key keeps the same {{column}} from being queued twice.',
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
    table({ id }, { graph, texts, options, settings, report }) {
      const table = standingTable(graph, id);
      const queue = table && queueTable(graph, table, options.queues, options.workerColumns);
      if (table === undefined || queue === undefined || !queue.isSure) return;
      if (isNamed(table.name.name, options.repeatedWork)) return;
      const subject = subjectOf(graph, table, queue, settings.tenantColumns);
      if (subject === undefined || hasKey(graph, table, subject.column) || isGuarded(graph, table)) return;
      report({
        entity: table,
        message: 'active',
        data: {
          table: brief(table.name),
          parent: `${brief(subject.parent.name)} row`,
          column: quoteIdentifier(subject.column.name),
        },
        fix: () => fixFor(graph, texts, table, queue, subject.column),
      });
    },
  },
});

/** What the work is about: the one key to a table that is neither a person nor a tenant. */
function subjectOf(
  graph: SchemaGraph,
  table: Table,
  { worker }: QueueTable,
  configured: readonly string[],
): { readonly column: Column; readonly parent: Table } | undefined {
  const tenants = tenantColumns(graph, configured);
  const subjects = graph.ownedBy(table.id, 'foreignKey').flatMap((key) => {
    const [id, ...more] = key.columns;
    const parent = graph.find(key.referencedTable);
    if (id === undefined || more.length > 0 || parent?.kind !== 'table' || parent.id === table.id) return [];
    if (parent.origin.from === 'platform' || isAccountTable(graph, parent) || tenants.has(id)) return [];
    const column = graph.get('column', id);
    return worker.includes(column) ? [] : [{ column, parent }];
  });
  return subjects.length === 1 ? subjects[0] : undefined;
}

const IDEMPOTENCY: NamePatterns = ['*_key', '*_dedupe_*', '*_dedup_*', '*_hash', '*_fingerprint', '*_idempotency_*'];

function hasKey(graph: SchemaGraph, table: Table, subject: Column): boolean {
  const unique = graph.ownedBy(table.id, 'index').filter((each) => each.isUnique || each.constraint !== null);
  return unique.some((index) =>
    index.keys.some(({ column, expression }) => {
      if (expression !== null) return true;
      return column === subject.id || (column !== null && isNamed(graph.get('column', column).name, IDEMPOTENCY));
    }),
  );
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
  table: Table,
  { status }: QueueTable,
  subject: Column,
): Fix | undefined {
  if (status === undefined) return undefined;
  const labels = statusLabels(graph, status);
  const values = labels.length > 0 ? labels : knownValues(graph, status, texts).values;
  const active = values.filter((each) => isWaitingState(each) || isRunningState(each));
  if (active.length === 0) return undefined;
  const list = active.map((each) => raw(quoteLiteral(each)));
  return {
    title: 'Let each be active once (fails while two active rows are about one)',
    safety: 'review',
    sql: sql`create unique index on ${table.name} (${subject.name}) where ${status.name} in (${list});`,
  };
}
