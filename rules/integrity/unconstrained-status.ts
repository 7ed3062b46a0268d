import {
  addedChecks,
  admittedClients,
  andList,
  brief,
  COLUMN_NAMES,
  columnsJudgedByTriggers,
  columnsWithRole,
  defineRule,
  domainsOf,
  type EntityOf,
  type Fix,
  type Habit,
  habitsOf,
  isAuditTable,
  isCopyOfLimited,
  isKeyToOther,
  isLetOpen,
  isMediaType,
  isMediaTypeValue,
  isNamed,
  isNullable,
  isSaidToBeOpen,
  type KnownValues,
  keepsInboundEvents,
  knownValues,
  type NamePatterns,
  namesOfMediaTypes,
  numberOf,
  ofSchema,
  policiesOnLength,
  quoteIdentifier,
  quoteLiteral,
  raw,
  type SchemaGraph,
  sql,
  standingTable,
  statusLabels,
  storedType,
  tableOfOptions,
  typeClass,
  valueChecks,
  wordsOf,
  writtenColumns,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;

/** Events, errors, reactions and devices get new names all the time, tokens theirs from a standard. */
const CLOSED_SETS: NamePatterns = [
  ...COLUMN_NAMES.status,
  ...['!*_event_type', '!*_webhook_type', '!*_error_type', '!*_reaction_type', '!*_device_type', '!*_token_type'],
  // dishes of the world
  '!*_cuisine_type',
];

/** Ids that a payment or sign-in provider gave: what stands beside them is in its words, too. */
const PROVIDERS_IDS: NamePatterns = [
  ...['*_provider_*_id', '*_provider_id', '*_external_id', '*_external_*_id', '*_stripe_*_id', '*_paypal_*_id'],
  ...['*_gateway_id', '*_gateway_*_id'],
];
/** The same of other services, where the state need not be known: theirs is text, a key to a table of this schema is not. */
const FOREIGN_IDS: NamePatterns = ['*_integration_*_id', '*_external_*_id'];
/** What sort of event, reaction or device a row of these is needs no more be closed than an `event_type`. */
const OPEN_KINDS: NamePatterns = ['*_event', '*_log', '*_reaction', '*_device'];
/** What was put away as it was: its values are those of another table, or of one that is gone. */
const ARCHIVES: NamePatterns = [
  'archive',
  'archives',
  'archived',
  'archive_*',
  'archived_*',
  '*_archive',
  '*_archives',
  '*_archived',
];
/** What was loaded from elsewhere as it came. */
const RAW_TABLES: NamePatterns = ['*_raw', 'raw_*', '*_staging', 'staging_*', '*_import', 'import_*'];

export default defineRule({
  meta: {
    id: 'unconstrained-status',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A text column for a closed set of words takes any word.',
    why: 'A typing mistake or a value that one writer knows and the others do not is stored like any other. Rows with it are in no branch of the code and under no condition that lists the values.',
    remedy: 'List the values in a CHECK, an enum, or a table that the column refers to.',
    scope: [
      'Columns whose values others define (content types, the format of a text or JSON column beside it, the state of an address, a status beside the id that a payment provider or an integration gave, the type of a file or of an event that someone else sent, the type half of a polymorphic key) are not meant, nor, where the schema names no value, the type of an event, of a reaction or of a background job, several in one text (resource_types), a type that is part of a unique key beside a foreign key (a label), or a state that may be NULL, or the role of a person at an employer or organization that the row names as text; nor are those that a trigger or a domain checks, nor what a log keeps of a change (old_status, new_status), or what only functions of the schema write that copy it from a column whose values are limited and what an archive keeps that no client writes to.',
      'Nor is a column of which a migration dropped the CHECK by its name, or whose values each user lists in a table of their own (task_statuses or task_status_configs for tasks.status, also for task_items.status where no table is called tasks), or of which a comment says that the text is free.',
      'A list is offered only where a comment gives it and the schema itself names each of its values and no other (what the migrations write is added): a default and a few writes are not all that an application stores, a comment is seldom kept up with it, and a CHECK with too few values refuses its rows. Nor is it offered where something in the schema is seen to write others, or another column of that name lists more.',
      'Where the values are the application\'s alone, as the schema names one at most of many such columns, one finding stands for those of a schema, or of all where each has few; `"habit": 0` shows each.',
    ],
    messages: {
      known: '{{column}} takes any text{{length}}, though {{named}}.',
      one: '{{column}} takes any text{{length}}: the schema itself names {{value}} there, and no CHECK, enum or foreign key says which others it may have.',
      habit:
        '{{count}} text columns of {{schemas}} for closed sets take any text: the schema names {{named}}, and no CHECK, enum or foreign key says which values they may have. They are {{columns}}.',
      none: '{{column}} takes any text{{length}}: no CHECK, enum or foreign key says which values it may have.',
    },
    restsOn: ['columns', 'constraints', 'types', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS'],
    optionDocs: {
      columns: 'Names of the columns meant, by whole words; * stands for any words, ! takes names out.',
      habit: 'So many columns of which the schema names one value at most are one finding; 0 tells of each.',
    },
  },
  defaults: { columns: CLOSED_SETS, habit: 12 },
  visit: {
    graph(graph, { texts, journal, statements, settings, options, shown, isApart, report }) {
      const unnamed: Unnamed[] = [];
      for (const table of shown('table')) tellOf(table);
      const isSure = ({ column, origin }: Unnamed) => !isApart(column, origin);
      const bySchema = habitsOf(unnamed, options.habit, (each) => (isSure(each) ? each.table.name.schema : undefined));
      const { alone, habits } = habitsOf(bySchema.alone, options.habit, (each) => (isSure(each) ? 'all' : undefined));
      for (const { column, origin, name, value } of alone) {
        const data = { column: name, length: lengthText(graph, column) };
        if (value === undefined) report({ entity: column, origin, message: 'none', data });
        else report({ entity: column, origin, message: 'one', data: { ...data, value } });
      }
      for (const all of [...bySchema.habits, ...habits]) tellTogether(all);

      function tellTogether(all: Habit<Unnamed>): void {
        const schemas = [...new Set(all.map(({ table }) => table.name.schema))];
        report({
          ...ofSchema(graph, all[0].table.name.schema, all, ({ column, origin, name }) => ({
            of: column,
            origin,
            note: `${name} as well`,
          })),
          message: 'habit',
          data: {
            count: all.length,
            schemas: andList(schemas.map(quoteIdentifier), SHOWN),
            named: all.some(({ value }) => value !== undefined) ? 'one value at most' : 'no value',
            columns: andList(
              all.map(({ name, value }) => (value === undefined ? name : `${name} (${value})`)),
              SHOWN,
            ),
          },
        });
      }

      function tellOf({ id }: EntityOf<'table'>): void {
        const table = standingTable(graph, id);
        if (table === undefined) return;
        const own = new Set(writtenColumns(graph, table));
        for (const column of columnsWithRole(graph, table.id, 'status', options.columns)) {
          if (!own.has(column) || typeClass(graph, column.type) !== 'text' || isConstrained(graph, column)) continue;
          if (isLetOpen(journal, column.id) || tableOfOptions(graph, table, column) !== undefined) continue;
          if (isSaidToBeOpen(column, texts)) continue;
          if (isCopied(graph, table, column) || isArchive(graph, table, settings.clientRoles)) continue;
          const isLimited = (each: Column) => typeClass(graph, each.type) !== 'text' || isConstrained(graph, each);
          if (isCopyOfLimited(graph, table, column, isLimited, settings.clientRoles)) continue;
          if (isClassName(graph, column) || isNamed(table.name.name, RAW_TABLES) || isSenders(graph, table, column))
            continue;
          const known = knownValues(graph, column, texts, statements);
          const values = known.values.map((each) => quoteLiteral(each));
          if (holdsMediaTypes(graph, column, known)) continue;
          if (values.length === 0 && isOthersWord(graph, table, column)) continue;
          const isFromDefault = values.length > 0 && column.default !== null;
          const origin = (isFromDefault ? column.setBy.default : undefined) ?? column.setBy.type ?? column.origin;
          const name = `${brief(table.name)}.${quoteIdentifier(column.name)}`;
          const length = lengthText(graph, column);
          const [value, another] = values;
          if (value === undefined || (another === undefined && known.written.length === 0))
            unnamed.push({ column, table, origin, name, value });
          else {
            const all = [...values, ...known.written.map((each) => quoteLiteral(each))];
            const about = {
              entity: column,
              origin,
              message: 'known',
              data: { column: name, length, named: namedText(known) },
            } as const;
            const isOffered = isConfirmed(known) && !isPartOfOthers(graph, column, known.values);
            report(isOffered ? { ...about, fix: fixFor(graph, table, column, all) } : about);
          }
        }
      }
    },
  },
});

const SHOWN = 6;

/** A column of whose values the schema names one at most. */
interface Unnamed {
  readonly column: Column;
  readonly table: EntityOf<'table'>;
  readonly origin: Column['origin'];
  /** As a sentence names it. */
  readonly name: string;
  readonly value: string | undefined;
}

/** A comment lists the values, and the schema itself names each of them: what only a comment tells, the application may have left behind. */
function isConfirmed({ areListed, areSettled, commented }: KnownValues): boolean {
  return areListed && areSettled && commented.length === 0;
}

/** What a log keeps of a column elsewhere: a CHECK here would refuse the entry of a change that is allowed there. */
function isCopied(graph: SchemaGraph, table: EntityOf<'table'>, { name }: EntityOf<'column'>): boolean {
  return isNamed(name, COPIES) && isAuditTable(graph, table);
}

/** Its rows come from elsewhere: a CHECK here would keep out what was allowed there. */
function isArchive(graph: SchemaGraph, table: EntityOf<'table'>, clientRoles: readonly string[]): boolean {
  const { schema, name } = table.name;
  if (!isNamed(schema, ARCHIVES) && !isNamed(name, ARCHIVES)) return false;
  return admittedClients(graph, table, clientRoles, ['insert', 'update']).length === 0;
}

const COPIES: NamePatterns = ['old_*', 'new_*', 'previous_*', 'prev_*', 'former_*', 'from_*', '*_from_*', 'to_*'];

/** How long the text may be at most, where something says so. */
function lengthText(graph: SchemaGraph, column: Column): string {
  const [most] = storedType(graph, column.type)?.modifiers ?? [];
  if (most !== undefined) return ` of up to ${most} characters`;
  const [policy] = policiesOnLength(graph, column);
  return policy === undefined ? '' : ` of a length that the policy ${quoteIdentifier(policy.name)} lets through`;
}

/** Who names the values, and which. */
function namedText({ values, commented, written }: KnownValues): string {
  const list = (some: readonly string[]) =>
    andList(
      some.map((each) => quoteLiteral(each)),
      6,
    );
  const others = [...values.filter((each) => !commented.includes(each)), ...written];
  if (others.length === 0) return `a comment names ${list(commented)} there`;
  const named = `the schema itself names ${list(others)} there`;
  return commented.length === 0 ? named : `${named}, and a comment ${list(commented)}`;
}

function isConstrained(graph: SchemaGraph, column: Column): boolean {
  return (
    domainsOf(graph, column.type).length > 0 ||
    isKeyToOther(graph, column) ||
    valueChecks(graph, column).length > 0 ||
    columnsJudgedByTriggers(graph, column.relation).has(column.id)
  );
}

/** Active Record keeps the name of a class in `type` (single-table inheritance). */
function isClassName(graph: SchemaGraph, column: Column): boolean {
  return column.name === 'type' && graph.relation({ schema: 'public', name: 'ar_internal_metadata' }) !== undefined;
}

/** What sort of event it is that someone else sent. */
function isSenders(graph: SchemaGraph, table: EntityOf<'table'>, column: Column): boolean {
  return isNamed(column.name, ['type']) && keepsInboundEvents(graph, table);
}

/**
 * A status that a provider reports, what a file holds, how the bytes beside it are coded, what sort of event is told of, a label
 * by which something has several rows, or a `state` that need not be said, where the schema itself knows no value.
 */
function isOthersWord(graph: SchemaGraph, table: EntityOf<'table'>, column: Column): boolean {
  const siblings = graph.columns(column.relation).filter((each) => each.id !== column.id);
  if (isMediaType(graph, column) || isList(column.name)) return true;
  if (isJobTitle(graph, table, column, siblings)) return true;
  if (isNamed(column.name, ['state'])) return isNullable(graph, column) && column.default === null;
  if (isKindOfWork(table, column)) return true;
  if (isNamed(column.name, ['type', 'kind']) && isLabel(graph, column)) return true;
  if (column.name === 'type')
    return siblings.some((each) => each.name === 'blob') || isNamed(table.name.name, OPEN_KINDS);
  if (isNamed(column.name, ['*_type'])) return isLabel(graph, column) || isFormat(graph, column, siblings);
  const isBeside = (names: NamePatterns) =>
    siblings.some(
      (each) => isNamed(each.name, names) && typeClass(graph, each.type) === 'text' && !isKeyToOther(graph, each),
    );
  if (!isNamed(column.name, ['*_status'])) return false;
  return isBeside(PROVIDERS_IDS) || (isNullable(graph, column) && isBeside(FOREIGN_IDS));
}

/** The name by which a worker finds the code that does the work: each deployment may bring new ones. The job_type of a vacancy is full-time or part-time. */
function isKindOfWork(table: EntityOf<'table'>, { name }: Column): boolean {
  return isNamed(name, KINDS_OF_WORK) && isNamed(table.name.name, QUEUED);
}

const KINDS_OF_WORK: NamePatterns = ['type', 'kind', '*_job_type', '*_task_type', '*_job_kind', '*_task_kind'];
const QUEUED: NamePatterns = [
  'background_job',
  'background_task',
  'async_job',
  'async_task',
  'worker_job',
  'worker_task',
];

/** What somebody is at the employer or the organization that the row names in words, or of which the row is a contact: chief of this, assistant of that. */
function isJobTitle(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  column: Column,
  siblings: readonly Column[],
): boolean {
  if (column.name !== 'role' || column.default !== null || !isNullable(graph, column)) return false;
  const isBeside = (names: NamePatterns) =>
    siblings.some((each) => isNamed(each.name, names) && typeClass(graph, each.type) === 'text');
  return isBeside(EMPLOYERS) || (isNamed(table.name.name, CONTACTS) && isBeside(REACHED_BY));
}

const CONTACTS: NamePatterns = ['*_contact', '*_contact_person', '*_stakeholder', '!emergency_contact'];
const REACHED_BY: NamePatterns = ['email', 'email_address', 'phone', 'phone_number', 'mobile'];

const EMPLOYERS: NamePatterns = [
  ...['employer', 'employer_name', 'company', 'company_name', 'organization', 'organization_name', 'organisation'],
  ...['organisation_name', 'job_title'],
];

/** Media types (RFC 6838): whoever sends the content names them. */
function holdsMediaTypes(
  graph: SchemaGraph,
  { name }: Column,
  { values, written }: Pick<KnownValues, 'values' | 'written'>,
): boolean {
  if ([...values, ...written].some((each) => isMediaTypeValue(each))) return true;
  return isNamed(name, ['*_type']) && namesOfMediaTypes(graph).has(name);
}

/** `payload_type` beside `payload`: in which format that is. */
function isFormat(graph: SchemaGraph, { name }: Column, siblings: readonly Column[]): boolean {
  return siblings.some(
    (each) =>
      [`${each.name}_type`, `${each.name}Type`].includes(name) &&
      ['text', 'json', 'jsonb'].includes(typeClass(graph, each.type) ?? ''),
  );
}

/** `resource_types`: several words in one text, which no list of single ones can check. */
function isList(name: string): boolean {
  return numberOf(wordsOf(name).at(-1) ?? '') === 'plural';
}

/** Part of a unique key within what it refers to: the prices of a model by what is used, of which the application knows more each day. */
function isLabel(graph: SchemaGraph, column: Column): boolean {
  return graph
    .ownedBy(column.relation, 'index')
    .some(
      ({ isUnique, keys }) =>
        isUnique &&
        keys.some((key) => key.column === column.id) &&
        keys.some(
          (key) =>
            key.column !== null && key.column !== column.id && isKeyToOther(graph, graph.get('column', key.column)),
        ),
    );
}

/** A default and one more value are not all where another column of that name, or with that last word, lists them and more. */
function isPartOfOthers(graph: SchemaGraph, column: Column, values: readonly string[]): boolean {
  if (values.length > START_AND_NEXT) return false;
  return graph
    .ofKind('table')
    .flatMap(({ id }) => columnsWithRole(graph, id, 'status'))
    .filter((each) => each.id !== column.id && isNamed(column.name, [each.name, `*_${each.name}`]))
    .some((each) => {
      const labels = statusLabels(graph, each);
      return labels.length > values.length && values.every((value) => labels.includes(value));
    });
}

const START_AND_NEXT = 2;

/** Refused from then on is what is not listed: only where someone wrote the list down, and the schema bears it out, is it taken to be whole. */
function fixFor(graph: SchemaGraph, table: EntityOf<'table'>, column: Column, values: readonly string[]): Fix {
  const list = values.map((each) => raw(each));
  return {
    title: 'Allow the values that the comment lists (add those that only the application knows first)',
    safety: 'review',
    sql: addedChecks(graph, table, [
      { name: `${column.name}_is_known`, condition: raw(sql`${column.name} in (${list})`) },
    ]),
  };
}
