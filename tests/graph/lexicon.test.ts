// Names and types to roles: what the default lists say of names people really give, and near misses.
import { describe, expect, test } from 'vitest';
import type { ColumnRole } from '../../src/graph/lexicon/column-names.ts';
import { flaggedTimes, timeSpans } from '../../src/graph/lexicon/column-pairs.ts';
import { columnsWithRole, hasRole } from '../../src/graph/lexicon/column-roles.ts';
import { countedTable } from '../../src/graph/lexicon/counted-table.ts';
import { isSameName, numberOf, singularOf } from '../../src/graph/lexicon/noun.ts';
import { isNamed } from '../../src/graph/lexicon/pattern.ts';
import { wordsOf } from '../../src/graph/lexicon/words.ts';
import { replaySql } from '../replay/replay-sql.ts';

test.each([
  ['created_at', 'created at'],
  ['createdAt', 'created at'],
  ['userID', 'user id'],
  ['HTMLBody', 'html body'],
  ['phone1', 'phone 1'],
  ['Order Date', 'order date'],
  ['_private__x', 'private x'],
  ['größeÄnderung', 'größe änderung'],
  ['sha256_hash', 'sha 256 hash'],
  ['', ''],
])('the words of %j', (name, words) => {
  expect(wordsOf(name).join(' ')).toBe(words);
});

test.each([
  ['audit_log', ['*_audit_*'], true],
  ['auditorium', ['*_audit_*'], false],
  ['audits', ['*_audit_*', '!*_audits_*'], false],
  ['retries', ['retry*'], true],
  ['retry_count', ['retry*'], true],
  ['prompt_tokens', ['*_token', '!*_tokens'], false],
  ['access_token', ['*_token', '!*_tokens'], true],
  ['a_b_a_c', ['*_a_c'], true],
  ['a_b_c', ['a_c'], false],
  ['token', ['*_token'], true],
])('%s among %j: %s', (name, patterns, expected) => {
  expect(isNamed(name, patterns)).toBe(expected);
});

describe('nouns', () => {
  test.each([
    ['categories', 'category'],
    ['statuses', 'status'],
    ['status', 'status'],
    ['addresses', 'address'],
    ['boxes', 'box'],
    ['batches', 'batch'],
    ['caches', 'cache'],
    ['houses', 'house'],
    ['movies', 'movie'],
    ['people', 'person'],
    ['children', 'child'],
    ['indices', 'index'],
    ['news', 'news'],
    ['data', 'data'],
    ['days', 'day'],
  ])('the singular of %s is %s', (plural, singular) => {
    expect(singularOf(plural)).toBe(singular);
  });

  test.each([
    ['blog_posts', 'BlogPost', true],
    ['company', 'companies', true],
    ['person', 'people', true],
    ['address', 'add', false],
    ['new', 'news', true],
    ['user_roles', 'user_role', true],
    ['user_role', 'role', false],
  ])('%s and %s are one name: %s', (a, b, expected) => {
    expect(isSameName(a, b)).toBe(expected);
  });

  test.each([
    ['orders', 'plural'],
    ['status', 'singular'],
    ['settings', 'either'],
    ['people', 'plural'],
    ['media', 'either'],
    ['order', 'singular'],
  ])('%s is %s', (word, number) => {
    expect(numberOf(word)).toBe(number);
  });
});

async function tableOf(sql: string, name = 't') {
  const { graph } = await replaySql(sql);
  const table = graph.relation({ schema: 'public', name });
  if (table?.kind !== 'table') throw new Error(`no table ${name}`);
  return { graph, table };
}

describe('roles of columns', () => {
  test.each<readonly [string, ColumnRole, boolean]>([
    ['cost_usd numeric(10,6)', 'money', true],
    ['unit_price real', 'money', true],
    ['price_id integer', 'money', false],
    ['price text', 'money', false],
    ['price_count integer', 'money', false],
    ['tax_rate numeric', 'money', false],
    ['tax_rate numeric', 'percent', true],
    ['stock integer', 'quantity', true],
    ['discount integer', 'count', false],
    ['comment_count integer', 'counter', true],
    ['account integer', 'counter', false],
    ['duration_ms integer', 'duration', true],
    ['day integer', 'duration', false],
    ['order_status text', 'status', true],
    ['role varchar(20)', 'status', true],
    ['mime_type text', 'status', false],
    ['content_type text', 'status', false],
    ['statuses text', 'status', true],
    ['prototype text', 'status', false],
    ['contact_email text', 'email', true],
    ['email_subject text', 'email', false],
    ['email boolean', 'email', false],
    ['work_phone text', 'phone', true],
    ['shopify_access_token text', 'secret', true],
    ['woocommerce_consumer_secret text', 'secret', true],
    ['password_hash text', 'secret', false],
    ['encrypted_credentials jsonb', 'secret', false],
    ['credentials jsonb', 'secret', true],
    ['prompt_tokens text', 'secret', false],
    ['total_tokens integer', 'secret', false],
    ['next_page_token text', 'secret', false],
    ['api_key_id text', 'secret', false],
    ['stripe_secret_key text', 'secret', true],
    ['secret_id uuid', 'secret', false],
    ['password_reset_required text', 'secret', false],
    ['date_of_birth date', 'pii', true],
    ['ip_address inet', 'pii', true],
    ['card_number text', 'pii', true],
    ['created timestamptz', 'created', true],
    ['created_by text', 'created', false],
    ['last_modified timestamp', 'updated', true],
    ['is_deleted boolean', 'softDelete', true],
    ['deleted_by text', 'softDelete', false],
    ['country_code text', 'code', false],
    ['coupon_code text', 'code', true],
    ['post_slug text', 'slug', true],
    ['sort_order integer', 'position', true],
    ['job_position integer', 'position', false],
  ])('%s is %s: %s', async (definition, role, expected) => {
    const { graph, table } = await tableOf(`create table t (${definition});`);
    const [column] = graph.columns(table.id);
    expect(column && hasRole(graph, column, role)).toBe(expected);
  });

  test('a state beside a city is a part of a country, a type beside an id is half of a key', async () => {
    const { graph, table } = await tableOf(
      'create table t (state text, city text, owner_type text, owner_id uuid, kind text);',
    );
    expect(columnsWithRole(graph, table.id, 'status').map((each) => each.name)).toEqual(['kind']);
  });

  test('the type counts through domains', async () => {
    const { graph, table } = await tableOf(
      'create domain amount as numeric(10,2); create domain cash as amount; create table t (price cash, cost amount[]);',
    );
    expect(columnsWithRole(graph, table.id, 'money').map((each) => each.name)).toEqual(['price']);
  });

  test('an option replaces the list', async () => {
    const { graph, table } = await tableOf('create table t (price numeric, precio numeric);');
    expect(columnsWithRole(graph, table.id, 'money', ['precio']).map((each) => each.name)).toEqual(['precio']);
  });
});

describe('pairs of columns', () => {
  test('begin and end', async () => {
    const { graph, table } = await tableOf(`create table t (
      start_date date, end_date date, started_at timestamptz, completed_at timestamptz, valid_from date, valid_to timestamptz,
      "checkInAt" timestamptz, "checkOutAt" timestamptz, logged_in_at timestamptz, logged_out_at timestamptz,
      opens time, closes time, start_page int, end_page int);`);
    const pairs = timeSpans(graph, table.id).map(({ start, end }) => `${start.name} ${end.name}`);
    expect(pairs).toEqual(['start_date end_date', 'started_at completed_at', 'checkInAt checkOutAt', 'opens closes']);
  });

  test('a flag and its time', async () => {
    const { graph, table } = await tableOf(`create table t (
      is_published boolean, published_at timestamptz, verified boolean, verified_on date, is_active boolean, active_users int,
      at timestamptz, is_ boolean);`);
    const pairs = flaggedTimes(graph, table.id).map(({ flag, time }) => `${flag.name} ${time.name}`);
    expect(pairs).toEqual(['is_published published_at', 'verified verified_on']);
  });
});

test('a counter counts the rows of a child that bears its name', async () => {
  const { graph, table } =
    await tableOf(`create table t (id int primary key, comment_count int, word_count int, total_likes int);
    create table comments (id int primary key, t_id int references t);
    create table post_likes (id int primary key, t_id int references t);
    create table words (id int primary key);`);
  const counted = graph.columns(table.id).map((column) => countedTable(graph, column)?.name.name);
  expect(counted).toEqual([undefined, 'comments', undefined, 'post_likes']);
});
