// Where a PL/pgSQL statement stops because of types, groups or the lack of a RETURN, and only there: each body is called on a real server, which says the same words.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failuresOf, isSaid } from '../../src/graph/failures/failures.ts';
import { userRoutines } from '../../src/graph/query-shapes/schema-queries.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { replaySql } from '../replay/replay-sql.ts';

const SCHEMA = `
create type state as enum ('open', 'done');
create type kind as enum ('open', 'shut');
create domain amount as numeric check (value >= 0);
create domain code as text;
create table items (
  id uuid primary key, title varchar(40) not null, body text, state state not null default 'open', kind kind,
  price numeric(10, 2), worth amount, code code, pieces int, big bigint, ratio float8, day date, at timestamptz,
  data jsonb, plain json, tags text[], ids uuid[], is_open boolean, blob bytea, gone text
);
create table grades (
  id int primary key, grade text not null default 'a' check (grade in ('a', 'b')), state state,
  rate numeric(4, 1) default 1.5 check (rate between 1 and 5), small real check (small <> 0.1), code char(3),
  points int check (points is null or points > 0), day date, note text,
  constraint open_is_a check (state <> 'open' or grade = 'a'), constraint code_is_x check (code = 'x'),
  constraint a_noted check (grade <> 'a' or note is null or note <> ''), constraint early check (day < '2026-01-01')
);
create table stamped (id int primary key, grade text check (grade in ('a', 'b')));
create function stamp() returns trigger language plpgsql as 'begin new.grade := ''a''; return new; end';
create trigger stamp before insert or update on stamped for each row execute function stamp();
insert into grades (id, state) values (0, 'open');
insert into stamped (id) values (0);
alter table items drop column gone;
alter type kind rename value 'shut' to 'done';
create table ledger (id bigint generated always as identity, item uuid, day date, amount numeric);
create function charge(item uuid, cents bigint) returns bigint language sql as 'select cents';
create function charge(item uuid, cents bigint, note text) returns bigint language sql as 'select cents';
create function small(value smallint) returns smallint language sql as 'select value';
insert into items (id, title, pieces, data, tags) values (gen_random_uuid(), 'a', 1, '{"a": 1}', '{x}');
`;

/** The statements of a body, or a body; its arguments are a text, an int, a uuid, a state and a jsonb. */
const STATEMENTS: readonly string[] = [
  // Operators
  ...['id = p_text', 'id = p_uuid', 'id::text = p_text', 'state = p_text', 'state = p_state', "state = 'open'"],
  ...[
    'state::text = p_text',
    'state = kind',
    'state in (p_text)',
    "state in ('open', 'done')",
    'id in (p_text, p_text)',
  ],
  ...['id = any (tags)', 'id = any (ids)', 'p_uuid = any (ids)', 'p_text = any (tags)', 'p_text = any (ids)'],
  ...['title = p_text', 'code = p_text', 'worth = p_int', 'worth = p_text', 'price > p_text', 'pieces > p_text'],
  ...['day >= p_text', "day >= '2026-01-01'", 'day >= at', 'at >= day', 'day = p_int', 'big = pieces', 'ratio > price'],
  ...['is_open = p_text', 'is_open = p_int', "is_open = 'yes'", 'data = plain', "data = '{}'", "data ->> 'a' = p_int"],
  ...["(data ->> 'a')::int = p_int", "data -> 'a' = p_text", "data ->> 'a' = p_text", 'data ->> p_int = p_text'],
  ...[
    'data @> p_text',
    'data @> p_json',
    "plain ->> 'a' = p_text",
    "plain @> '{}'",
    'tags && ids',
    'tags @> array[p_text]',
  ],
  ...['tags @> array[p_uuid]', 'title like p_text', 'id like p_text', 'pieces like p_text', 'state like p_text'],
  ...['pieces between p_int and p_text', 'pieces between 1 and 2', 'id between p_text and p_text', 'not p_int'],
  ...['id is distinct from p_text', 'nullif(id, p_uuid) is null', 'nullif(id, p_text) is null', 'pieces + p_text > 1'],
  ...[
    "pieces + '1' > 1",
    'day + p_int > day',
    "day - interval '1 day' < at",
    'at - at > p_int',
    '-p_text = 1',
    '-pieces = 1',
  ],
  ...['title || pieces = p_text', 'pieces || pieces = p_text', 'tags || p_text = tags', 'tags || p_uuid = tags'],
  ...['case state when p_text then true end', "case state when 'open' then true end", 'id = p_text::uuid'],
  ...['(id, pieces) = (p_uuid, p_int)', '(id, pieces) = (p_uuid, p_text)', 'id in (select item from ledger)'],
  ...['id in (select title from items)', 'title in (select id from items)', 'pieces in (select id from ledger)'],
  ...['p_int and true', 'p_text or true', "'t' and true", 'p_int', 'pieces', 'title is true', 'p_int is true'],
  ...[
    'exists (select from ledger l where l.item = items.title)',
    'exists (select from ledger l where l.item = items.id)',
  ],
  // Functions
  ...['charge(p_uuid, p_int) = 1', 'charge(p_text, p_int) = 1', "charge(p_uuid, '1') = 1", 'charge(p_uuid, 1.5) = 1'],
  ...['charge(p_uuid, p_int, p_int) = 1', 'charge(p_uuid) = 1', 'charge(cents => 1, item => p_uuid) = 1'],
  ...['charge(cents => 1, item => p_text) = 1', 'small(1) = 1', "small('1') = 1", 'small(p_int::smallint) = 1'],
  ...[
    'round(ratio, 2) > 1',
    'round(price, 2) > 1',
    'round(ratio) > 1',
    'round(avg_of, 2) > 1',
    'lower(p_int) = p_text',
  ],
  ...[
    'lower(title) = p_text',
    'length(pieces) > 1',
    'length(state) > 1',
    'upper(state::text) = p_text',
    'date(p_text) = day',
  ],
  ...[
    'date(at) = day',
    "date_trunc('day', p_text) = at",
    "date_trunc('day', day) = at",
    'to_char(p_text, p_text) = p_text',
  ],
  ...[
    "to_char(at, 'YYYY') = p_text",
    'left(title, p_text) = p_text',
    'substring(pieces from 1) = p_text',
    'abs(p_text) = 1',
  ],
  ...[
    'jsonb_array_length(plain) = 1',
    "jsonb_array_length(data -> 'b') = 1",
    'array_length(title, 1) = 1',
    'cardinality(tags) = 1',
  ],
  ...[
    'concat(pieces, state, id) = p_text',
    "coalesce(pieces, p_text) = '1'",
    "coalesce(pieces, '0') = 1",
    'coalesce(id, p_text) = p_uuid',
  ],
  ...[
    'coalesce(state, p_text) is null',
    "coalesce(state, 'open') = 'open'",
    'greatest(pieces, price) = 1',
    'greatest(pieces, title) = 1',
  ],
  ...[
    'case when true then id else p_text end is null',
    "case when true then pieces else '1' end is null",
    'case when p_int then true end',
  ],
  ...[
    'array[pieces, title] is null',
    'array[pieces, price] is null',
    'array[id, p_uuid] = ids',
    'extract(epoch from at) > p_text',
  ],
  ...[
    'extract(epoch from at) > p_int',
    'md5(p_int) = p_text',
    'md5(p_text) = p_text',
    'encode(p_text, p_text) = p_text',
  ],
  ...[
    'random() > p_text',
    'power(pieces, 2) > ratio',
    'mod(ratio, 2) = 1',
    'ratio % 2 = 1',
    'pieces % 2 = 1',
    'price % 2 = 1',
  ],
].map((condition) => `perform 1 from items, (select avg(ratio) as avg_of from items) a where ${condition};`);

/** Labels that the enum has not, has not any more, or is not asked for. */
const LABELS: readonly string[] = [
  ...[
    "state = 'closed'",
    "state in ('open', 'closed')",
    "'closed'::state = state",
    "state = any ('{closed}')",
    "state::text = 'closed'",
  ],
  ...[
    "state = 'done'",
    "state > 'closed'",
    "case state when 'closed' then true end",
    "coalesce(state, 'closed') = 'open'",
    "kind = 'shut'",
  ],
].map((condition) => `perform 1 from items where ${condition};`);

const QUERIES: readonly string[] = [
  ...['min(id)', 'min(pieces)', 'max(state)', 'max(is_open)', 'sum(title)', 'sum(pieces)', 'sum(price)', 'avg(day)'],
  ...[
    'string_agg(title, p_text)',
    "string_agg(pieces, ',')",
    "string_agg(id::text, ',')",
    'array_agg(id)',
    'bool_or(pieces)',
  ],
  ...['count(*)', 'count(id)', 'count(distinct state)', 'jsonb_agg(items)', 'jsonb_object_agg(id, title)', 'max(data)'],
].map((call) => `perform ${call} from items;`);

const WRITES: readonly string[] = [
  ...['id = p_text', 'id = p_uuid', 'title = pieces', 'title = id', 'title = state', 'body = data', 'body = tags'],
  ...[
    'state = p_text',
    'state = kind',
    "state = 'open'",
    'state = p_text::state',
    "state = p_json ->> 'a'",
    'state = kind::text::state',
  ],
  ...[
    'pieces = big',
    'pieces = ratio',
    'pieces = p_text',
    "pieces = '1'",
    'big = pieces',
    'price = ratio',
    'price = p_text',
  ],
  ...[
    'worth = p_int',
    'worth = p_text',
    'code = p_text',
    'code = pieces',
    'day = at',
    'day = p_text',
    'at = day',
    'at = p_int',
  ],
  ...[
    'data = p_text',
    'data = plain',
    'data = p_json',
    'plain = data',
    "data = '{}'",
    'data = to_jsonb(p_text)',
    'data = tags',
  ],
  ...[
    'tags = p_text',
    'tags = array[p_text]',
    'tags = ids',
    'tags = array[pieces]',
    'ids = tags',
    "tags = '{a}'",
    'tags = array[]::text[]',
  ],
  ...[
    'is_open = p_int',
    'is_open = p_text',
    'is_open = p_int > 1',
    'blob = p_text',
    "blob = 'x'",
    'ids = array[p_uuid]',
  ],
  ...['pieces = (select max(pieces) from items)', 'pieces = (select title from items limit 1)', 'pieces = default'],
  ...[
    "pieces = p_json ->> 'a'",
    "pieces = (p_json ->> 'a')::int",
    "pieces = coalesce(p_json ->> 'a', '1')",
    'state = null',
  ],
  ...['price = case when true then 1 else 2.5 end', "state = case when true then 'open' else 'done' end"],
].map((assignment) => `update items set ${assignment} where false;`);

const INSERTS: readonly string[] = [
  'insert into ledger (item, day) values (p_text, current_date);',
  'insert into ledger (item, day) values (p_uuid, p_text);',
  "insert into ledger (item, day) values (p_uuid, '2026-01-01');",
  "insert into ledger (item, day) values (p_uuid, '2026-01-01'), (p_uuid, current_date);",
  'insert into ledger (item, day) select title, current_date from items where false;',
  "insert into ledger (item, day, amount) select id, '2026-01-01', '1' from items where false;",
  'insert into ledger (item, day, amount) select id, at, pieces from items where false;',
  "insert into ledger (item, amount) select p_uuid, value from jsonb_each_text('{}');",
  "insert into ledger (item, amount) select p_uuid, x.value::numeric from jsonb_each_text('{}') x;",
  "insert into ledger (item, amount) select p_uuid, e ->> 'amount' from jsonb_array_elements('[]') e;",
  'insert into ledger (item, day) select id, day from items where false union select p_uuid, current_date;',
  'insert into ledger (item) select id from items where false union all select p_text;',
  'insert into items (id, title) values (p_uuid, p_text) on conflict (id) do update set pieces = p_text;',
  'insert into items (id, title) values (p_uuid, p_text) on conflict (id) do update set pieces = excluded.title;',
  'update items i set pieces = l.day from ledger l where l.item = i.id;',
  'update items i set day = l.day from ledger l where l.item = i.title;',
  'delete from items using ledger l where l.item = items.title;',
  'delete from items where id = p_text;',
  'merge into ledger l using items i on l.item = i.title when matched then delete;',
  'perform 1 from items i join ledger l on l.item = i.id and l.day = i.at;',
  'perform 1 from items i join ledger l on l.id = i.id;',
  'perform 1 from items i left join ledger l on i.pieces;',
  'perform 1 from items having count(*);',
  'perform id from items union select item from ledger;',
  'perform title from items union select pieces from items;',
];

/** Columns without a value. */
const VALUES: readonly string[] = [
  ...[
    '(title) values (p_text)',
    '(id, title) values (null, p_text)',
    '(id) values (gen_random_uuid())',
    '(id, title) values (default, p_text)',
  ],
  ...["(id, title) values (gen_random_uuid(), 'b')", '(id, title, state) values (gen_random_uuid(), $s$b$s$, default)'],
  ...[
    '(title) select body from items',
    '(title) select body from items where false',
    "(title) select 'b'",
    "(title) values ('b') on conflict do nothing",
  ],
].map((rest) => `insert into items ${rest};`);

/** Values that a CHECK of the table refuses, or lets through. */
const CHECKED: readonly string[] = [
  "insert into grades (id, grade) values (1, 'c');",
  "insert into grades values (1, 'c');",
  "insert into grades (id, grade) values (1, 'a'), (2, 'c');",
  "insert into grades (id, grade) values (1, 'A') on conflict do nothing;",
  "insert into grades (id, grade) values (1, 'b'::text);",
  "insert into grades (id, grade) values (1, 'b'), (2, default);",
  'insert into grades (id, grade) values (1, p_text);',
  "insert into grades (id, grade) values (1, coalesce('c', p_text));",
  'insert into grades (id, rate) values (1, 0.9);',
  'insert into grades (id, rate) values (1, 0.96);',
  'insert into grades (id, rate) values (1, 5.04);',
  "insert into grades (id, rate) values (1, '6');",
  'insert into grades (id, small) values (1, 0.1);',
  'insert into grades (id, points) values (1, 0);',
  'insert into grades (id, points) values (1, 0.4);',
  'insert into grades (id, points) values (1, null);',
  'insert into grades (id, points) values (1, -p_int);',
  "insert into grades (id, code) values (1, 'x  ');",
  "insert into grades (id, state) values (1, 'open');",
  "insert into grades (id, grade, state) values (1, 'b', 'open');",
  "insert into grades (id, grade, state) values (1, 'b', p_state);",
  "insert into grades (id, note) values (1, '');",
  "insert into grades (id, note) select 1, '';",
  "insert into grades (id, day) values (1, '2025-12-31');",
  "insert into stamped values (1, 'c');",
  "update stamped set grade = 'c';",
  "update grades set grade = 'c' where false;",
  "update grades set grade = 'b', state = 'done' where id = 0;",
  "insert into grades (id) values (0) on conflict (id) do update set note = 'x';",
];

/** What may stand beside aggregates. */
const GROUPED: readonly string[] = [
  ...['title, count(*) from items', 'count(*) from items', '*, count(*) from items', '1, p_text, count(*) from items'],
  ...[
    'title, count(*) from items group by title',
    'title, count(*) from items group by id',
    'title, count(*) from items group by pieces',
    'i.*, count(*) from items i group by i.id',
    'i.title, l.day, count(*) from items i join ledger l on l.item = i.id group by i.id',
    'i.title, l.day, count(*) from items i join ledger l on l.item = i.id group by i.id, l.day',
    'day, count(*) from items join ledger using (day) group by day',
  ],
  ...[
    'lower(title), count(*) from items group by lower(title)',
    'title as x, count(*) from items group by x',
    'title as x, count(*) from items group by 1 order by count(*), pieces',
    'count(*) from items order by title',
    'title from items having count(*) > 1',
    'count(*) from items group by title having pieces > 1',
    'count(*) from items group by title having title > $s$a$s$',
  ],
  ...[
    '1 from items where count(*) > 1',
    '1 from items where pieces > (select avg(pieces) from items)',
    'pieces, sum(pieces) over (), row_number() over (order by title) from items',
    'sum(pieces) over (), count(*) from items',
    'pieces, array_agg(title order by body) from items group by pieces',
    'array_agg(title order by body), pieces from items',
    'coalesce(sum(pieces), 0) + pieces from items',
    's.title, count(*) from (select title, pieces from items) s group by s.pieces',
    's.title, s.n from (select title, count(*) as n from items) s',
    'title, pieces, count(*) from items group by rollup (title), pieces',
    '(select max(l.day) from ledger l where l.item = i.id), count(*) from items i group by i.id',
    'title, count(*) filter (where pieces > 1) from items group by title',
    'jsonb_build_object($s$n$s$, count(*), $s$t$s$, title) from items',
    'date_trunc($s$day$s$, now()), count(*) from items',
  ],
].map((query) => `perform ${query};`);

const BLOCKS: readonly string[] = [
  // Rows, RETURN, COMMIT
  'begin select 1; return 1; end',
  'begin values (1); return 1; end',
  'begin with x as (select 1) select * from x; return 1; end',
  "begin insert into items (id, title) values (gen_random_uuid(), 'b') returning id; return 1; end",
  'begin update items set pieces = 1 returning id; return 1; end',
  'begin delete from ledger returning id; return 1; end',
  'begin create temporary table seen as select 1 as one; drop table seen; return 1; end',
  'begin perform 1; end',
  'begin if p_int > 99 then return 1; end if; end',
  'begin if p_int > 99 then return 1; else perform 1; end if; end',
  'begin if p_int > 99 then return 1; else return 2; end if; end',
  'begin case p_int when 1 then return 1; end case; end',
  'begin case p_int when 1 then perform 1; else return 2; end case; end',
  'begin begin return 1; end; end',
  "begin raise exception 'no'; exception when others then perform 1; end",
  "begin raise exception 'no'; exception when others then return 1; end",
  'begin loop return 1; end loop; end',
  'begin loop exit; end loop; end',
  'begin while true loop return 1; end loop; end',
  'begin for i in 1..2 loop perform i; end loop; end',
  'begin commit; return 1; end',
  'begin rollback; return 1; end',
  'declare v_id uuid := p_text; begin return 1; end',
  'declare v text; begin delete from items where id = v; return 1; end',
  'declare v items.id%type; begin delete from items where id = v; return 1; end',
  'declare v items.title%type; begin delete from items where id = v; return 1; end',
  'declare v public.state; begin update items set kind = v where false; return 1; end',
  'declare v state[] := array[p_state]; begin perform 1 from items where state = any (v); return 1; end',
  'declare v text[] := array[p_text]; begin perform 1 from items where state = any (v); return 1; end',
  'declare v text[] := array[p_text]; begin perform 1 from items where id = any (v::uuid[]); return 1; end',
  'declare p_text uuid; begin delete from items where id = p_text; return 1; end',
  'declare p_uuid text; begin delete from items where id = p_uuid; return 1; end',
  'declare v record; begin for v in select title from items loop delete from items where id = v.title; end loop; return 1; end',
  'declare v items; begin select * into v from items; delete from items where id = v.id; return 1; end',
  'declare v items; begin select * into v from items; delete from items where id = v.title; return 1; end',
  'declare v items%rowtype; begin select * into v from items; delete from items where id = v.title; return 1; end',
  'declare v record; begin select i.* into v from items i limit 1; delete from items where title = v.id; return 1; end',
  'declare v record; begin select id as title, title as id into v from items limit 1; delete from items where id = v.id; return 1; end',
  'declare v record; begin select id as title, title as id into v from items limit 1; delete from items where id = v.title; return 1; end',
  'declare v text; begin for v in select title from items loop delete from items where id = v; end loop; return 1; end',
  'declare v numeric; begin v := p_text::int; v := title from items limit 0; return 1; end',
  'declare v int; begin select title into v from items where false; return 1; end',
  'begin for i in 1..2 loop delete from items where id = i; end loop; return 1; end',
  'begin for i in 1..2 loop delete from items where pieces = i + 9; end loop; return 1; end',
  'declare i text; begin for i in 1..2 loop delete from items where pieces = i + 9; end loop; return 1; end',
  'begin if p_int then return 2; end if; return 1; end',
  'begin if p_int = p_text then return 2; end if; return 1; end',
  'begin return p_text; exception when others then return 2; end',
  'begin if p_int > 99 then delete from items where id = p_text; end if; return 1; end',
];

/** Results and the query that a function returns. */
const RETURNED: readonly (readonly [result: string, query: string])[] = [
  ['table (a uuid, b text)', 'select id, body from items'],
  ['table (a uuid, b text)', 'select id, title from items'],
  ['table (a uuid, b text)', 'select id, title::text from items'],
  ['table (a uuid, b varchar)', 'select id, title from items'],
  ['table (a uuid, b varchar(10))', 'select id, title from items'],
  ['table (a uuid, b text)', 'select id, code from items'],
  ['table (a uuid, b text)', 'select id from items'],
  ['table (a uuid)', 'select id, body from items'],
  ['table (n int)', 'select count(*) from items'],
  ['table (n bigint)', 'select count(*) from items'],
  ['table (n bigint)', 'select pieces from items'],
  ['table (n numeric)', 'select sum(big) from items'],
  ['table (n bigint)', 'select sum(big) from items'],
  ['table (n bigint)', 'select sum(pieces) from items'],
  ['table (n numeric)', 'select coalesce(sum(pieces), 0) from items'],
  ['table (n numeric)', 'select price from items'],
  ['table (n float8)', 'select price * 1.5 from items'],
  ['table (n text)', "select 'x'"],
  ['table (n int)', 'select null'],
  ['table (n int)', 'select 1'],
  ['table (n bigint)', 'select 1'],
  ['table (n state)', 'select state from items'],
  ['table (n text)', 'select state from items'],
  ['table (n state)', "select 'open'"],
  ['table (n jsonb)', "select data -> 'a' from items"],
  ['table (n text)', "select data -> 'a' from items"],
  ['table (n json)', 'select data from items'],
  ['table (n timestamptz)', "select date_trunc('day', at) from items"],
  ['table (n date)', "select date_trunc('day', at) from items"],
  ['table (n timestamp)', 'select now()'],
  ['table (n text)', 'select current_user'],
  ['table (n name)', 'select current_user'],
  ['table (n text[])', 'select array_agg(title) from items'],
  ['table (n text[])', 'select tags from items'],
  ['table (n text)', 'select case when true then title else body end from items'],
  ['table (n text)', "select coalesce(title, 'x') from items"],
  ['table (n text)', "select title || 'x' from items"],
  ['table (n uuid)', 'select id from items union select item from ledger'],
  ['table (n bigint)', 'insert into ledger (item) values (null) returning id'],
  ['table (n int)', 'insert into ledger (item) values (null) returning id'],
  ['table (n text)', "update items set pieces = 1 returning 'x'"],
  ['setof text', 'select title from items'],
  ['setof text', 'select body from items'],
  ['setof uuid', 'select id, body from items'],
  ['setof items', 'select * from items'],
  ['setof items', 'select i.* from items i'],
  ['setof items', 'select id from items'],
  ['setof ledger', 'select * from items'],
  ['setof record', 'select id from items'],
  ['setof anyelement', 'select id from items'],
];

const ARGUMENTS = 'p_text text, p_int int, p_uuid uuid, p_state state, p_json jsonb';
const CALL = "null::text, 1, null::uuid, 'open'::state, '{}'::jsonb";

interface Case {
  readonly what: string;
  readonly head: string;
  readonly body: string;
}

const CASES: readonly Case[] = [
  ...[...STATEMENTS, ...LABELS, ...QUERIES, ...GROUPED, ...WRITES, ...INSERTS, ...VALUES, ...CHECKED].map((what) => ({
    what,
    head: '',
    body: `begin ${what} return 1; end`,
  })),
  ...BLOCKS.map((what) => ({ what, head: '', body: what })),
  ...RETURNED.map(([result, query]) => ({
    what: `${result}: ${query}`,
    head: `returns ${result}`,
    body: `begin return query ${query}; end`,
  })),
];

/** What stops the server for another reason, or is more than is concluded from. */
const UNSAID = new Map([
  ['insert into items (title) select body from items;', 'a query may give no row'],
  ['insert into grades (id, grade) values (1, p_text);', 'what an argument holds is not known'],
  ["insert into grades (id, grade, state) values (1, 'b', p_state);", 'what an argument holds is not known'],
  ['insert into grades (id, points) values (1, -p_int);', 'what an argument holds is not known'],
  ["insert into grades (id, note) select 1, '';", 'the rows of a query are not read'],
  ['insert into grades (id, points) values (1, 0.4);', 'nothing is rounded'],
  ["perform 1 from items where state = any ('{closed}');", 'labels in the text of an array are not read'],
]);

interface Raised {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
}

/** As all versions of Postgres say it: from 18 on the detail also names the column and the type's length. */
function wordsOf({ code, message, detail = '' }: Raised): string {
  const plain = detail
    .replace(/ in column "[^"]*" \(position (\d+)\)/, ' in column $1')
    .replace(/varying\(\d+\)/, 'varying')
    .replace(/^Failing row contains .*$/, '');
  return `${code} ${message}${plain === '' ? '' : `: ${plain.replace(/\.$/, '')}`}`;
}

let database: EmbeddedPostgres;
beforeAll(async () => {
  database = await startEmbeddedPostgres({ platform: 'postgres' });
});
afterAll(() => database.close());

it('says what the server says', async () => {
  const functions = CASES.map(({ head, body }, at) => {
    const isPolymorphic = head.includes('anyelement');
    const args = isPolymorphic ? `${ARGUMENTS}, p_any anyelement` : ARGUMENTS;
    return `create function f${at}(${args}) ${head || 'returns int'} language plpgsql as $$${body}$$;`;
  });
  const { graph } = await replaySql([SCHEMA, functions.join('\n')]);
  await database.exec(SCHEMA + functions.join('\n'));
  const routines = new Map(userRoutines(graph).map((each) => [each.name.name, each]));
  const raised = new Map<string, string | null>();
  const said = new Map<string, string | null>();
  for (const [at, { what, head }] of CASES.entries()) {
    const routine = routines.get(`f${at}`);
    if (routine === undefined) throw new Error(`f${at} was not read`);
    const record = head.includes('record') ? ' as r(id uuid)' : '';
    const call = head.includes('anyelement') ? `${CALL}, null::uuid` : CALL;
    await database.exec('begin');
    const error = await database.query(`select * from f${at}(${call})${record}`).then(
      () => null,
      (reason: Raised) => reason,
    );
    await database.exec('rollback');
    raised.set(what, UNSAID.has(what) || error === null ? null : wordsOf(error));
    const isLoop = what.includes(' loop ');
    const [first] = failuresOf(graph, routine).filter(
      (each) => !each.isCaught && (each.isAlwaysReached || isLoop || each.kind === 'end'),
    );
    said.set(what, first && isSaid(first) ? `${first.code} ${first.message}` : (first?.code ?? null));
  }
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(raised));
});
