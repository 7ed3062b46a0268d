// Long because what names a row differs between kinds of tables, and the new key replaces the indexes it serves.
import {
  ADDRESSES,
  addedUniqueKey,
  andList,
  brief,
  type Change,
  callersRows,
  columnsCalledUnique,
  columnsWithRole,
  defineRule,
  type EntityId,
  type EntityOf,
  hasRole,
  isAccountTable,
  isAddressElsewhere,
  isAuditTable,
  isAuthUsers,
  isInUniqueKey,
  isKeyToOther,
  isLinked,
  isMembershipTable,
  isNamed,
  isNamedByProvider,
  isNullable,
  isOfAnotherService,
  isReferenceList,
  isSameNoun,
  isSynchronised,
  isUniqueAlone,
  mirroredPair,
  type NamePatterns,
  numbersParts,
  policyOf,
  quoteIdentifier,
  raw,
  readOnce,
  type SchemaGraph,
  secondRows,
  singleLookups,
  spoken,
  sql,
  storedType,
  typeClass,
  wordsOf,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** Children that are told apart by a name within their parent. */
const NAMED_CHILDREN: NamePatterns = [
  ...['*_variant', '*_category', '*_tag', '*_label', '*_stage', '*_status', '*_setting', '*_option', '*_attribute'],
  ...['*_field', '*_tier', '*_environment', '*_segment', '*_role', '*_permission', '*_flag', '*_feature', '*_branch'],
];
/** Lists that others choose from. */
const LISTS: NamePatterns = [
  ...['*_category', '*_tag', '*_label', '*_type', '*_status', '*_role', '*_permission', '*_country', '*_language'],
  ...['*_currency', '*_plan', '*_tier', '*_feature', '*_skill', '*_genre', '*_brand', '*_colour', '*_color', '*_size'],
  ...['*_unit', '*_department', '*_region', '*_badge', '*_interest', '*_amenity', '*_industry', '*_setting'],
];
/** Pairs of a key and a value, of which a parent has one each. */
const SETTINGS: NamePatterns = [
  ...['*_setting', '*_config', '*_configuration', '*_preference', '*_property', '*_attribute', '*_metadata', '*_flag'],
];
/** What names a row of its parent, whatever the table is called. */
const INNER_NAMES: NamePatterns = [
  ...['variant_name', 'setting_name', 'setting_key', 'config_key', 'meta_key', 'field_key', 'attribute_name'],
  ...['option_name', 'feature_key', 'flag_key'],
];
const SETTING_NAMES: NamePatterns = [...INNER_NAMES, 'key', 'name'];
/** `slug`, not `template_slug`, which says another table's. */
const OWN_SLUG: NamePatterns = ['slug', 'permalink', 'url_key'];
const PASSWORD: NamePatterns = ['*_password_*', 'salt'];
/** What has a code of its own; elsewhere a code says which row of another table is meant. */
const CODED: NamePatterns = [
  ...['*_coupon', '*_voucher', '*_discount', '*_promo_code', '*_coupon_code', '*_discount_code', '*_product'],
  ...['*_warehouse', '*_gift_card', '*_branch', '*_course', '*_department'],
];
/** Rows that tell of something once more each time it happens. */
const HAPPENINGS: NamePatterns = [
  ...[
    '*_run',
    '*_job',
    '*_failure',
    '*_event',
    '*_attempt',
    '*_request',
    '*_webhook',
    '*_visit',
    '*_view',
    '*_message',
  ],
  ...['*_error', '*_queue', '*_task', '*_snapshot', '*_import', '*_export', '*_search', '*_query', '*_otp_*'],
  ...['*_verification_*', '*_reset_*', '*_login_*', '*_backup', '*_archive', 'applied_*'],
];

export default defineRule({
  meta: {
    id: 'missing-unique-key',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'What names a row within its table or its parent is in no unique key.',
    why: 'Two requests at one time both see that the name is free and both take it. From then on a look-up by slug, key or number finds two rows and takes either, an upsert has no key to conflict with, and cleaning up means to decide which row is the right one.',
    remedy: 'Add a unique key over the column, with the parent where names are only unique there.',
    scope: [
      'Titles of content, names of people, contact addresses and positions that people drag about are not meant, nor names of rows that another system makes (a unique id of it beside is_active), nor handles of accounts that people have elsewhere (an id of that service in a unique key, one of several providers, or an access token of theirs), nor a permalink of what another system made, nor is a handle copied from whom another column names (referrer_handle beside referrer_id), nor a column whose unique key a migration drops, or with which a plain index over more columns begins: there are several rows of each.',
      'A unique key of two users whose columns differ by their number alone (user1_id, user2_id) is reported where no CHECK, index, policy, trigger or function that adds rows puts the two in an order: an application that does so does it without the schema. Who follows whom is no such pair.',
      'An index that is called as that of a unique key is by default (mentions_source_id_target_id_key) and is not unique is reported whatever it is over, unless a unique key over these columns, or some of them, stands beside it or was dropped.',
      'Where a policy takes the caller’s row by a column for one value ((select id from people where account = auth.uid())), it is high if clients may add a second row.',
      'Nor within a parent that has a row for each cycle, year or language by another unique key (user_id, cycle): what a row is called comes again in the next.',
      'Where it takes all rows of the caller (IN) and they go with a group (staff of a shop), it is not reported: one account may be in two groups.',
      'Where a view, function or policy takes the row of a number, version, key, code or slug for the only one, or two of them that of another column, the schema itself says that it is unique; LIMIT 1 says that it is not.',
    ],
    messages: {
      inParent:
        '{{table}} has no unique key on ({{parent}}, {{column}}): two rows of one {{owner}} can have the same {{column}}.',
      alone: '{{table}} has no unique key on {{column}}: a look-up by it can find two rows.',
      called:
        '{{index}} is called as the index of a unique key is by default, but it is not unique: two rows of {{table}} can have the same {{columns}}.',
      mirrored:
        '{{table}} keeps pairs by the unique key ({{first}}, {{second}}), and nothing in the schema says which of the two comes first: the same two fit in once more, the other way round.',
      list: '{{table}} is a list that others refer to, and has no unique key on {{column}}: the same entry can be in it twice.',
      one: '{{table}} has no unique key on {{column}}, and {{policies}} {{take}} the row that has the caller there for one value: {{who}} (21000, more than one row returned by a subquery).',
      person:
        '{{table}} has no unique key on {{column}}, by which {{policies}} {{find}} who calls: two rows of one account are two people, and what belongs to either is theirs.',
      account: '{{table}} has no unique key on {{column}}: two accounts can have one address.',
      taken:
        '{{table}} has no unique key on {{columns}}, and {{holders}} {{take}} the row found by {{it}} for the only one: as soon as there are two, {{fail}} ({{error}}).',
      outlived:
        '{{table}} has no unique key on {{columns}} any more, and {{holders}} still {{take}} the row found by {{it}} for the only one: as soon as there are two, which is what the key was dropped for, {{fail}} ({{error}}).',
    },
    restsOn: ['columns', 'constraints', 'indexes'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-UNIQUE-CONSTRAINTS'],
    optionDocs: {
      namedChildren: 'Names of tables whose rows a name tells apart within their parent, by whole words.',
      lists: 'Names of tables that are lists to choose from, by whole words.',
      codedTables: 'Names of tables whose rows have a code of their own, by whole words.',
    },
  },
  defaults: { namedChildren: NAMED_CHILDREN, lists: LISTS, codedTables: CODED },
  visit: {
    table(table, { graph, journal, options, settings, report }) {
      if (table.isAssumed || table.persistence !== 'permanent' || table.partitionOf !== null) return;
      if (table.inherits.length > 0 || table.partitionKey !== null) return;
      const pair = mirroredPair(graph, table);
      if (pair !== undefined) tellPair(pair);
      if (isMembershipTable(graph, table)) return;
      if (isNamed(table.name.name, HAPPENINGS) || isAuditTable(graph, table)) return;
      const columns = graph.columns(table.id);
      const dropped = droppedKeys(journal);
      const has = (each: Column) =>
        !isInUniqueKey(each, graph) && !dropped.has(each.id) && !isSearchedWithAnother(each, graph);
      const named = (column: Column | undefined) => (column === undefined ? '' : quoteIdentifier(column.name));
      const owner = ownerOf(table, graph, (each) => !isInUniqueKey(each, graph));
      // Where another name is unique within the parent already, so is a slug.
      const holder = owner ?? ownerOf(table, graph, (each) => !isUniqueAlone(graph, each));
      const name = brief(table.name);
      const fixOf = (key: readonly Column[]) => () => addedUniqueKey(graph, table, key);

      const told = new Set<Column>();
      tellCallers();
      tellLookups();
      tellCalled();

      const isOpen = (each: Column) => has(each) && !told.has(each);
      const within = owner === undefined ? undefined : innerName();
      const slug = columns.find(
        (each) => hasRole(graph, each, 'slug', OWN_SLUG) && isOpen(each) && !isAddressElsewhere(each, table, graph),
      );
      const isCoded = isNamed(table.name.name, options.codedTables) || isNamed(table.name.name, options.lists);
      const code = isCoded ? columns.find((each) => isCode(each, table, graph) && isOpen(each)) : undefined;
      const isNamedHere =
        isAccountTable(graph, table) &&
        !isOfAnotherService(table, graph) &&
        !isNamedByProvider(table, graph) &&
        !isLinked(table, graph);
      const [handle] = isNamedHere
        ? columnsWithRole(graph, table.id, 'handle').filter((each) => isOpen(each) && !isOfAnother(each, graph))
        : [];
      const first = slug ?? code ?? handle;
      const scoped = within ?? (holder === undefined ? undefined : first);
      if (holder !== undefined && scoped !== undefined) {
        if (comesAgain(table, holder.column, graph)) return;
        const parent = graph.get('table', holder.key.referencedTable);
        report({
          entity: table,
          origin: scoped.origin,
          message: 'inParent',
          data: {
            table: name,
            parent: named(holder.column),
            column: named(scoped),
            owner: `${brief(parent.name)} row`,
          },
          fix: fixOf([holder.column, scoped]),
        });
        return;
      }
      if (first !== undefined) {
        const data = { table: name, column: named(first) };
        report({ entity: table, origin: first.origin, message: 'alone', data, fix: fixOf([first]) });
        return;
      }
      const email = accountEmail(table, graph);
      if (email !== undefined && isOpen(email)) {
        const data = { table: name, column: named(email) };
        report({ entity: table, origin: email.origin, message: 'account', data, fix: fixOf([email]) });
        return;
      }
      const entry = listName();
      if (entry === undefined) return;
      const data = { table: name, column: named(entry) };
      report({ entity: table, origin: entry.origin, message: 'list', data, fix: fixOf([entry]) });

      function tellPair([first, second]: NonNullable<ReturnType<typeof mirroredPair>>): void {
        const names = { first: quoteIdentifier(first.name), second: quoteIdentifier(second.name) };
        const both = sql`least(${first.name}, ${second.name}), greatest(${first.name}, ${second.name})`;
        report({
          entity: table,
          origin: second.origin,
          message: 'mirrored',
          data: { table: brief(table.name), ...names },
          discriminator: 'pair',
          fix: {
            title:
              'Add a unique key that takes both orders for one (fails while a pair is there both ways: mend those first)',
            safety: 'review',
            sql: sql`create unique index on ${table.name} (${raw(both)});`,
          },
        });
      }

      /** By which policies find the row of whoever calls. */
      function tellCallers(): void {
        const found = columns.filter(has).map((column) => ({ column, rows: callersRows(graph, column) }));
        const single = found.find(({ rows }) => rows.some(({ isOne }) => isOne));
        const isPerson = isAccountTable(graph, table) && !isWithinGroup(table, graph);
        const row = single ?? found.find(({ column, rows }) => isPerson && rows.length > 0 && isUsersId(graph, column));
        if (row === undefined) return;
        const { column, rows } = row;
        told.add(column);
        const meant = single === undefined ? rows : rows.filter(({ isOne }) => isOne);
        const policies = [...new Set(meant.map(({ policy }) => policy))];
        const isSingle = policies.length === 1;
        const data = {
          table: name,
          column: named(column),
          policies: andList(
            policies.map((each) => policyOf(graph, each)),
            2,
          ),
        };
        const shared = { entity: table, origin: column.origin, fix: fixOf([column]) };
        if (single === undefined) {
          report({ ...shared, message: 'person', data: { ...data, find: isSingle ? 'finds' : 'find' } });
          return;
        }
        const second = secondRows(graph, column, settings.clientRoles);
        report({
          ...shared,
          message: 'one',
          data: { ...data, take: isSingle ? 'takes' : 'take', who: WHO[second] },
          ...(second === 'none' ? {} : { severity: 'high' }),
        });
      }

      /** By what the schema itself takes a row for the only one. */
      function tellLookups(): void {
        for (const { columns: key, holders, isStrict, isByName, isOpen: isAny } of singleLookups(graph, table)) {
          const names = key.map(named);
          const drop = key.map(({ id }) => dropped.get(id)).find((each) => each !== undefined && wasOver(each, key));
          const isKnown = key.some((each) => told.has(each) || isInUniqueKey(each, graph));
          const [column] = key;
          if (column === undefined || isKnown) continue;
          if (drop === undefined && (key.some((each) => !has(each)) || !(isByName || (isAny && holders.length > 1))))
            continue;
          for (const each of key) told.add(each);
          const about = {
            entity: table,
            origin: column.origin,
            data: {
              table: name,
              columns: names.length === 1 ? named(column) : `(${names.join(', ')})`,
              holders: andList(
                holders.map((each) => (each.kind === 'policy' ? policyOf(graph, each) : spoken(each))),
                2,
              ),
              take: holders.length === 1 ? 'takes' : 'take',
              it: names.length === 1 ? 'it' : 'them',
              fail: holders.length === 1 ? 'it fails' : 'they fail',
              error: isStrict
                ? 'P0003, query returned more than one row'
                : '21000, more than one row returned by a subquery',
            },
            discriminator: names.join(),
          } as const;
          if (drop === undefined) report({ ...about, message: 'taken', fix: fixOf(key) });
          else
            report({
              ...about,
              message: 'outlived',
              severity: 'high',
              related: [{ note: 'the key is dropped here', at: drop.by.at }],
            });
        }
      }

      /** By an index that is called like that of a unique key (mentions_source_id_target_id_key). */
      function tellCalled(): void {
        for (const index of graph.ownedBy(table.id, 'index')) {
          const key = columnsCalledUnique(graph, table, index);
          const [column] = key;
          if (column === undefined || key.some((each) => told.has(each) || dropped.has(each.id))) continue;
          for (const each of key) told.add(each);
          const names = key.map(named);
          report({
            entity: table,
            origin: index.origin,
            message: 'called',
            data: {
              index: quoteIdentifier(index.name.name),
              table: name,
              columns: names.length === 1 ? named(column) : `(${names.join(', ')})`,
            },
            discriminator: names.join(),
            fix: fixOf(key),
          });
        }
      }

      /** A key, a name where the table is one of named things, or the number of a part. */
      function innerName(): Column | undefined {
        const isSet = (each: Column) => isOpen(each) && !isNullable(graph, each);
        const isSettings = isNamed(table.name.name, SETTINGS);
        const inner = isSettings ? SETTING_NAMES : INNER_NAMES;
        const [key] = columnsWithRole(graph, table.id, 'key', inner).filter(isSet);
        const isOfNames = isNamed(table.name.name, options.namedChildren) && !isSynchronised(table, graph);
        const title = isOfNames ? ownName() : undefined;
        const number = columns.find((each) => isSet(each) && numbersParts(graph, each));
        return key ?? title ?? number;
      }

      /** By which the application knows the row, before what people read of it: a field has an identifier and a label. */
      function ownName(): Column | undefined {
        const names = [
          ...columnsWithRole(graph, table.id, 'name', ['identifier', 'name']),
          ...columnsWithRole(graph, table.id, 'name'),
        ];
        const name = names.find((each) => !isNullable(graph, each));
        return name !== undefined && isOpen(name) ? name : undefined;
      }

      function listName(): Column | undefined {
        if (!isNamed(table.name.name, options.lists) || !isReferenceList(graph, table, settings.tenantColumns))
          return undefined;
        const names = [...columnsWithRole(graph, table.id, 'key'), ...columnsWithRole(graph, table.id, 'name')];
        const all = graph.columns(table.id);
        // What the list says is unique already: one of its names, a slug, a code.
        const isSettled = all.some(
          (each) =>
            isInUniqueKey(each, graph) &&
            storedType(graph, each.type)?.name.name !== 'uuid' &&
            each.identity === null &&
            each.default === null,
        );
        return isSettled ? undefined : names.find((each) => isOpen(each) && !isNullable(graph, each));
      }
    },
  },
});

/** The columns of unique keys that a migration drops by their names, not together with their table: whoever did so meant it. */
const droppedKeys = readOnce((journal: readonly Change[]): ReadonlyMap<EntityId, Dropped> => {
  const columns = new Map<EntityId, Dropped>();
  for (const change of journal) {
    if (change.type !== 'dropped' || change.before.kind !== 'index' || !change.before.isUnique) continue;
    for (const { column } of change.before.keys) if (column !== null) columns.set(column, change);
  }
  return columns;
});

type Dropped = Extract<Change, { readonly type: 'dropped' }>;

function wasOver({ before }: Dropped, key: readonly Column[]): boolean {
  return before.kind === 'index' && before.keys.every((each) => key.some(({ id }) => id === each.column));
}

/**
 * The one parent a row cannot be without, and is deleted with.
 * @param isFree of the column that refers to it
 */
function ownerOf(
  table: Table,
  graph: SchemaGraph,
  isFree: (column: Column) => boolean,
): { readonly key: EntityOf<'foreignKey'>; readonly column: Column } | undefined {
  const keys = graph.ownedBy(table.id, 'foreignKey').filter((key) => key.parent === null && key.columns.length === 1);
  const owners = keys.flatMap((key) => {
    const column = key.columns[0] === undefined ? undefined : graph.get('column', key.columns[0]);
    const isOwner = column !== undefined && key.referencedTable !== table.id && !isNullable(graph, column);
    return isOwner && key.onDelete === 'cascade' && isFree(column) ? [{ key, column }] : [];
  });
  return owners.length === 1 ? owners[0] : undefined;
}

/** The referrer_handle beside a referrer_id, of whom there may be many rows: it is copied from theirs. */
function isOfAnother(column: Column, graph: SchemaGraph): boolean {
  const subject = column.name.split('_').slice(0, -1).join('_');
  if (subject === '') return false;
  const keys = [subject, `${subject}_id`, `${subject}_user_id`, `${subject}_uid`];
  return graph.columns(column.relation).some((each) => keys.includes(each.name) && !isUniqueAlone(graph, each));
}

/** `code`, `sku`, or the code of just this: coupon_code of coupons. */
function isCode(column: Column, table: Table, graph: SchemaGraph): boolean {
  const words = wordsOf(column.name);
  const [subject] = words;
  const noun =
    wordsOf(table.name.name)
      .filter((each) => each !== 'code' && each !== 'codes')
      .at(-1) ?? '';
  const isOwn =
    ['code', 'sku'].includes(column.name) ||
    (words.length === 2 && words[1] === 'code' && subject !== undefined && isSameNoun(subject, noun));
  const refers = isKeyToOther(graph, column);
  return isOwn && !refers && typeClass(graph, column.type) === 'text';
}

/** Who fails where the caller's row is taken for one. */
/** Is there a row of the parent for each cycle, year or language, so that what it is called comes again in the next: unique (user_id, cycle)? */
function comesAgain({ id }: Table, parent: Column, graph: SchemaGraph): boolean {
  return graph.ownedBy(id, 'index').some(({ isUnique, keys }) => {
    const columns = keys.flatMap(({ column }) => (column === null ? [] : graph.get('column', column)));
    const others = columns.filter((each) => each !== parent);
    return isUnique && others.length < columns.length && others.some(({ name }) => isNamed(name, TURNS));
  });
}

const TURNS: NamePatterns = [
  ...['*_cycle', '*_period', '*_season', '*_year', '*_quarter', '*_month', '*_week', '*_round', '*_term', '*_semester'],
  ...['*_version', '*_revision', '*_edition', '*_locale', '*_lang', '*_language', '*_language_code', '*_date', '*_day'],
];

const WHO = {
  anybodys: 'clients may write somebody else’s there as well, whose statements fail from then on',
  own: 'the statements of whoever adds a second row fail from then on',
  none: 'the statements of whoever stands there twice fail',
} as const;

/** Does a row go with another that it cannot be without, which is no account: staff of a shop, of which one may be staff of two? */
function isWithinGroup(table: Table, graph: SchemaGraph): boolean {
  return graph.ownedBy(table.id, 'foreignKey').some(({ columns, onDelete, referencedTable }) => {
    const target = graph.find(referencedTable);
    const isGroup = target?.kind === 'table' && target.id !== table.id && !isAccountTable(graph, target);
    return isGroup && onDelete === 'cascade' && columns.every((each) => !isNullable(graph, graph.get('column', each)));
  });
}

/** A key to auth.users. */
function isUsersId(graph: SchemaGraph, column: Column): boolean {
  return graph.foreignKeysOf(column).some(({ columns, referencedTable }) => {
    const target = graph.find(referencedTable);
    return columns.length === 1 && target?.kind === 'table' && isAuthUsers(target.name);
  });
}

/** Of accounts that sign in here; the addresses of auth.users are unique there. */
function accountEmail(table: Table, graph: SchemaGraph): Column | undefined {
  const refersToUsers = graph
    .ownedBy(table.id, 'foreignKey')
    .some((key) => graph.get('table', key.referencedTable).origin.from === 'platform');
  const signsIn = graph.columns(table.id).some((each) => isNamed(each.name, PASSWORD));
  if (!signsIn || refersToUsers || !isAccountTable(graph, table)) return undefined;
  return columnsWithRole(graph, table.id, 'email').find((each) => isNamed(each.name, ADDRESSES));
}

/** Does an index that is not unique go on behind it: `(slug, version)`? */
function isSearchedWithAnother({ id, relation }: Column, graph: SchemaGraph): boolean {
  return graph
    .ownedBy(relation, 'index')
    .some(({ isUnique, keys }) => !isUnique && keys.length > 1 && keys[0]?.column === id);
}
