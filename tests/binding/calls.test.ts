import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindExpression } from '../../src/graph/binding/bind.ts';
import { callsOf } from '../../src/graph/binding/questions/calls.ts';
import { subselectsOf } from '../../src/graph/binding/questions/subselects.ts';
import { type CatalogNames, type Embedded, openEmbedded, parseExpression } from './embedded.ts';

/** A caller that counts itself, a table of 7 rows with the policy, and one of 3 rows that policies read. */
const SETUP = `
create schema auth; create sequence public.calls;
create function auth.uid() returns int language plpgsql stable as $$ begin perform nextval('public.calls'); return 1; end $$;
create table public.docs (id int, org int, who int); insert into public.docs select g, g, g from generate_series(1, 7) g;
create table public.teams (org int, who int); insert into public.teams select g, g from generate_series(1, 3) g;
create table public.rooms (org int, team int); insert into public.rooms select g, g from generate_series(1, 2) g;
alter table public.docs enable row level security;
create role reader; grant usage on schema auth, public to reader; grant select on all tables in schema public to reader;
grant usage on sequence public.calls to reader; analyze;`;

const ONCE = 1;
const TEAMS = 3;
const EACH = 7;

/** Policies and how often auth.uid() runs when the table is read. */
const COUNTED: readonly (readonly [string, number])[] = [
  ['who = auth.uid()', EACH],
  ['auth.uid() = 1', EACH],
  ['auth.uid() = 1 and who is not null', EACH],
  ['(who = auth.uid()) is not true', EACH],
  ['(select auth.uid()) = who', ONCE],
  ['who = (select auth.uid() + 1)', ONCE],
  ['who in (select auth.uid())', ONCE],
  ['who in (select u from auth.uid() u)', ONCE],
  ['(select auth.uid() where docs.id > 0) = who', EACH],
  ['org in (select org from teams where who = auth.uid())', TEAMS],
  ['org in (select org from teams where who = (select auth.uid()))', ONCE],
  ['org in (select org from teams where auth.uid() = 1)', ONCE],
  ['org in (select org from teams where auth.uid() = 1 and who > 0)', ONCE],
  ['org in (select org from teams where auth.uid()::boolean)', ONCE],
  ['org = any (array(select org from teams where who <> auth.uid()))', TEAMS],
  ['exists (select 1 from teams where who + auth.uid() < 0)', TEAMS],
  ['exists (select 1 from teams where teams.org = docs.org and teams.who <> auth.uid())', TEAMS],
  ['exists (select 1 from teams where teams.org <> docs.org and teams.who <> auth.uid())', EACH],
  ['(select max(auth.uid()) from teams) = who', TEAMS],
  ['(select max(org) from teams limit auth.uid()) > org', ONCE],
  ['(select count(*) from teams where teams.org >= docs.org and teams.who <> auth.uid()) >= 0', EACH],
  ['(select count(*) from teams where teams.org >= docs.org and teams.who <> (select auth.uid())) >= 0', ONCE],
  ['org in (select t.org from (select auth.uid() as u) s join teams t on t.who <> s.u)', TEAMS],
  ['org in (with s as (select auth.uid() as u) select t.org from s join teams t on t.who <> s.u)', TEAMS],
  ['org in (select org from teams where who <> auth.uid() union select org from rooms)', TEAMS],
  [
    'org in (select org from teams where exists (select 1 from rooms where rooms.org >= teams.org and rooms.team <> auth.uid()))',
    TEAMS,
  ],
];

describe('how often a call runs', () => {
  let embedded: Embedded;
  let names: CatalogNames;
  beforeAll(async () => {
    embedded = await openEmbedded(SETUP);
    names = await embedded.names();
  });
  afterAll(() => embedded.database.close());

  it.each(COUNTED)('%s: %i', async (text, expected) => {
    const { database } = embedded;
    await database.exec(
      `create policy probe on public.docs to reader using (${text}); alter sequence public.calls restart; set role reader; select * from docs; reset role; drop policy probe on docs`,
    );
    const { rows } = await database.query<{ calls: number }>(
      `select case when is_called then last_value else 0 end::int as calls from public.calls`,
    );
    const calls = rows[0]?.calls ?? 0;
    const tree = parseExpression(text);
    const [call] = callsOf({
      tree,
      ...bindExpression(tree, { target: names.relation('public', 'docs') }, names),
    }).filter((each) => each.name.name === 'uid');
    const { runs } = call ?? {};
    if (expected === EACH) {
      expect(runs).toEqual({ per: 'outer row' });
      expect(calls).toBeGreaterThanOrEqual(EACH);
    } else if (expected === ONCE) {
      expect(runs).toEqual({ per: 'statement' });
      // The planner may run a stable function once more for its estimate.
      expect(calls).toBeLessThanOrEqual(ONCE + 1);
    } else {
      expect(runs?.per).toBe('inner row');
      expect(calls).toBeGreaterThanOrEqual(TEAMS);
      expect(calls).toBeLessThan(EACH);
    }
  });

  it('names the relations whose rows a call runs for', () => {
    const tree = parseExpression(
      'org in (select t.org from teams t join rooms r using (org) where t.who = auth.uid())',
    );
    const [call] = callsOf({ tree, ...bindExpression(tree, { target: names.relation('public', 'docs') }, names) });
    const relations = call?.runs.per === 'inner row' ? call.runs.relations.map(names.nameOf) : [];
    expect(relations).toEqual(['public.teams', 'public.rooms']);
    expect(call).toMatchObject({
      isInSubselect: true,
      isInCorrelatedSubselect: false,
      hasColumnArgument: false,
      name: { schema: 'auth', name: 'uid' },
    });
  });

  it('tells a subselect that depends on the row from one that does not', () => {
    const tree =
      parseExpression(`exists (select 1 from teams t where t.org = docs.org and exists (select 1 from rooms r where r.team = t.who))
      and org in (select org from rooms) and id = any (array(select team from rooms))`);
    const found = subselectsOf(tree, bindExpression(tree, { target: names.relation('public', 'docs') }, names));
    expect(
      found.map(({ isCorrelated, isCorrelatedToOuter, depth, relations }) => [
        isCorrelated,
        isCorrelatedToOuter,
        depth,
        relations.map(names.nameOf),
      ]),
    ).toEqual([
      [true, true, 1, ['public.teams']],
      [true, false, 2, ['public.rooms']],
      [false, false, 1, ['public.rooms']],
      [false, false, 1, ['public.rooms']],
    ]);
  });
});
