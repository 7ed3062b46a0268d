import { describe, expect, test } from 'vitest';
import { problemsOf, replaySql } from './replay-sql.ts';
import { serverForTests } from './server.ts';

// What pg_get_constraintdef() prints is compared with what Postgres prints: replay decides as the server does, or not at all.

const embedded = serverForTests('postgres');

const SETUP = `
create schema other;
create type mood as enum ('glad', 'sad');
create table other.parents (id int, "Kind" text, primary key (id) include ("Kind"), constraint pair unique nulls not distinct (id, "Kind"), constraint waits unique ("Kind") deferrable initially deferred);
create table near (id int primary key);
create table t (
  id int primary key, event_kind varchar(20), status text, mood mood, price numeric, is_open boolean, day date, old_name text,
  near_id int constraint plain references near,
  far_id int,
  far_kind text,
  constraint far foreign key (far_id, far_kind) references other.parents (id, "Kind") match full on update cascade on delete set null deferrable,
  constraint set_one foreign key (far_id, far_kind) references other.parents (id, "Kind") on delete set null (far_kind),
  constraint kinds check (event_kind in ('opened', 'paid_off') and price >= 0.50),
  constraint moods check (mood <> 'sad' or is_open = 'yes' or day > '2024-1-1'),
  constraint named check (char_length(old_name) < 80 and position('x' in status) = 0) no inherit
);
alter table t rename column old_name to new_name;
alter table t add constraint late check (price < 1000) not valid;`;

const definition = (name: string) => `(select pg_get_constraintdef(oid) from pg_constraint where conname = '${name}')`;

async function onServer(expression: string): Promise<string | null> {
  await embedded.database.exec('begin');
  try {
    await embedded.database.exec(SETUP);
    const [row] = await embedded.database.query<{ shown: string | null }>(`select (${expression})::text as shown`);
    return row?.shown ?? null;
  } finally {
    await embedded.database.exec('rollback');
  }
}

async function isRefused(condition: string): Promise<boolean> {
  const raising = `do $do$ begin if ${condition} then raise exception 'so it is'; end if; end $do$;`;
  const problems = problemsOf(await replaySql([SETUP, raising]));
  expect(problems.filter((each) => each !== 'refused so it is')).toEqual([]);
  return problems.length > 0;
}

test.each(['parents_pkey', 'pair', 'waits', 'plain', 'far', 'set_one', 't_pkey'])('the text of %s', async (name) => {
  const literal = `'${((await onServer(definition(name))) ?? '').replaceAll("'", "''")}'`;
  expect(await isRefused(`${definition(name)} = ${literal}`)).toBe(true);
  expect(await isRefused(`${definition(name)} <> ${literal}`)).toBe(false);
});

/** Where replay has to decide. */
const DECIDED: readonly string[] = [
  `${definition('kinds')} like '%event_kind%'`,
  `${definition('kinds')} like '%event\\_kind%'`,
  `${definition('kinds')} ilike '%EVENT_KIND%'`,
  `${definition('kinds')} like '%EVENT_KIND%'`.replace('EVENT_KIND', 'refunded'),
  `${definition('kinds')} like '%''paid_off''%'`,
  `${definition('kinds')} like '%status%'`,
  `${definition('kinds')} not like '%status%'`,
  `${definition('kinds')} ~ 'event_kind'`,
  `${definition('kinds')} ~* 'STATUS'`,
  `position('paid_off' in ${definition('kinds')}) > 0`,
  `strpos(${definition('kinds')}, 'refunded') = 0`,
  `${definition('moods')} like '%sad%'`,
  `${definition('named')} like '%new_name%'`,
  `${definition('named')} like '%char_length%'`,
  `${definition('far')} like '%ON DELETE CASCADE%'`,
  `${definition('far')} ilike '%other.parents%'`,
];

/** Where how the server writes the expression has a say. */
const NOT_DECIDED: readonly string[] = [
  `${definition('kinds')} like '%event_kind IN%'`,
  `${definition('kinds')} like '%ANY%'`,
  `${definition('kinds')} like '%event_kind%paid_off%'`,
  `${definition('kinds')} like '%0.5%'`,
  `${definition('moods')} like '%yes%'`,
  `${definition('moods')} like '%2024-1-1%'`,
  `${definition('moods')} like 'CHECK (((mood%'`,
  `${definition('named')} like '%old_name%'`,
  `position('POSITION' in ${definition('named')}) > 0`,
  `${definition('late')} like '%NOT VALID'`,
];

describe('of a check', () => {
  test.each(DECIDED)('%s', async (condition) => {
    const isSo = (await onServer(condition)) === 'true';
    expect([await isRefused(condition), await isRefused(`not (${condition})`)]).toEqual([isSo, !isSo]);
  });

  test.each(NOT_DECIDED)('not decided: %s', async (condition) => {
    expect([await isRefused(condition), await isRefused(`not (${condition})`)]).toEqual([false, false]);
  });
});
