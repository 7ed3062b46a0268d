import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindExpression, bindQuery } from '../../src/graph/binding/bind.ts';
import { canonical } from '../../src/graph/binding/canonical.ts';
import { type CatalogNames, type Embedded, openEmbedded, parseExpression, parseQuery } from './embedded.ts';
import { EXPRESSIONS } from './expressions.ts';
import { SCHEMA } from './schema.ts';

/** Pairs about `orders` that look alike and do not mean the same. */
const DIFFERENT: readonly (readonly [string, string])[] = [
  [`note = 'a'`, `note = 'A'`],
  [`note = 'a'`, `note = 'a '`],
  [`note = 'a'`, `status_text = 'a'`],
  [`note = 'a'`, `note <> 'a'`],
  [`note = '1'`, `qty = 1`],
  [`note is null`, `note is not null`],
  [`note is null`, `note = null`],
  [`note like 'a%'`, `note ilike 'a%'`],
  [`note like 'a%'`, `note not like 'a%'`],
  [`note like 'a%'`, `note ~ 'a%'`],
  [`qty = 1 and amount = 2`, `qty = 1 or amount = 2`],
  [`qty = 1 and (amount = 2 or total = 3)`, `(qty = 1 and amount = 2) or total = 3`],
  [`not (qty = 1)`, `qty <> 1`],
  [`not (qty = 1 and amount = 2)`, `not (qty = 1) and amount = 2`],
  [`qty / 2 > 1`, `qty::numeric / 2 > 1`],
  [`qty / 2 > 1`, `qty / 2.0 > 1`],
  [`total::int = 1`, `total = 1`],
  [`total::int = 1`, `total::bigint = 1`],
  [`total::numeric(10,1) = 1`, `total = 1`],
  [`note::varchar(3) = 'abc'`, `note = 'abc'`],
  [`note::varchar(3) = 'abc'`, `note::varchar(4) = 'abc'`],
  [`created_at::date = placed_on`, `created_at = placed_on`],
  [`created_at = '2024-01-01'`, `created_at = '2024-01-02'`],
  [`created_at = '2024-01-01 00:00+00'`, `created_at = '2024-01-01 00:00+01'`],
  [`created_at > now()`, `created_at > current_timestamp`],
  [`created_at > now()`, `created_at >= now()`],
  [`created_at > now() - interval '1 day'`, `created_at > now() - interval '24 hours'`],
  [`created_at > now() - interval '30 days'`, `created_at > now() - interval '1 month'`],
  [`current_timestamp > created_at`, `current_timestamp(3) > created_at`],
  [`qty in (1, 2)`, `qty in (2, 1)`],
  [`qty in (1, 2)`, `qty not in (1, 2)`],
  [`qty = any (array[1, 2])`, `qty = all (array[1, 2])`],
  [`qty between 1 and 2`, `qty not between 1 and 2`],
  [`qty between 1 and 2`, `qty between symmetric 1 and 2`],
  [`qty > 1`, `1 < qty`],
  [`status = 'paid'`, `status::text = 'paid'`],
  [`auth.uid() = organization_id`, `(select auth.uid()) = organization_id`],
  [`auth.uid() = organization_id`, `tenant() = organization_id`],
  [`is_member(organization_id)`, `is_member(customer_id::text::uuid)`],
  [`pick('a', 1) = 'x'`, `pick('b', 1) = 'x'`],
  [`coalesce(note, 'a') = 'b'`, `coalesce('a', note) = 'b'`],
  [`greatest(qty, 1) = 2`, `least(qty, 1) = 2`],
  [`case when qty > 1 then true end`, `case when qty > 1 then true else false end`],
  [`meta -> 'a' = '1'`, `meta ->> 'a' = '1'`],
  [`meta @> '{"a": 1}'`, `meta @> '{"a": "1"}'`],
  [`meta @> '{"a": [1, 2]}'`, `meta @> '{"a": [2, 1]}'`],
  [`meta ->> 'a b' = 'x'`, `meta ->> 'a' = 'x'`],
  [`meta ->> 'a" "b' = 'x'`, `meta ->> 'a' = 'b'`],
  [`(qty > 1) is true`, `(qty > 1) is not false`],
  [`qty is distinct from 1`, `qty <> 1`],
  [`'{a,b}'::text[] = array[note]`, `'{"a,b"}'::text[] = array[note]`],
  [`current_setting('a.b') = 'x'`, `current_setting('a.b', true) = 'x'`],
  [`current_user = 'a'`, `session_user = 'a'`],
  [`note collate "C" < 'a'`, `note < 'a'`],
  [`note = 'true'`, `true`],
  [`null::text is null`, `'null' is null`],
  [`organization_id in (select organization_id from members)`, `organization_id in (select user_id from members)`],
  [
    `exists (select 1 from members m where m.organization_id = orders.organization_id)`,
    `exists (select 1 from members m where m.organization_id = m.organization_id)`,
  ],
  [
    `exists (select 1 from members m, members n where m.user_id = auth.uid())`,
    `exists (select 1 from members m, members n where n.user_id = auth.uid())`,
  ],
  [`exists (select 1 from members where role = 'owner')`, `not exists (select 1 from members where role = 'owner')`],
  [
    `exists (select 1 from members where organization_id = id)`,
    `exists (select 1 from members where invited_by = organization_id)`,
  ],
  [
    `(select max(qty) from orders o where o.id = orders.id) = 1`,
    `(select min(qty) from orders o where o.id = orders.id) = 1`,
  ],
  [`(select count(*) from members) = 1`, `(select count(user_id) from members) = 1`],
  [`(select count(user_id) from members) = 1`, `(select count(distinct user_id) from members) = 1`],
];

const DIFFERENT_QUERIES: readonly (readonly [string, string])[] = [
  [`select id from orders`, `select id as key from orders`],
  [`select id, note from orders`, `select note, id from orders`],
  [`select id from orders order by id`, `select id from orders order by id desc`],
  [`select id from orders order by id desc`, `select id from orders order by id desc nulls last`],
  [`select id from orders limit 1`, `select id from orders offset 1`],
  [`select id from orders`, `select distinct id from orders`],
  [`select id from orders`, `select id from customers`],
  [`select id from orders`, `select id from only orders`],
  [`select id from orders union select id from customers`, `select id from orders union all select id from customers`],
  [`select id from orders except select id from customers`, `select id from customers except select id from orders`],
  [`select o.id from orders o join customers c on true`, `select o.id from orders o left join customers c on true`],
  [`select a.id from orders a join orders b on a.id = b.id`, `select b.id from orders a join orders b on a.id = b.id`],
  [`select 'a' as x`, `select 1 as x`],
  [`select null::uuid as x`, `select null::text as x`],
  [
    `select s.b from (select id as a, customer_id as b from orders) s`,
    `select s.a as b from (select id as a, customer_id as b from orders) s`,
  ],
  [`with w as (select 1 as a) select a from w`, `with w as materialized (select 1 as a) select a from w`],
  [`select sum(qty) from orders`, `select sum(qty) filter (where qty > 1) from orders`],
  [`select rank() over (order by id) from orders`, `select rank() over (order by id desc) from orders`],
  [`select rank() over (order by id) from orders`, `select rank() over (partition by id) from orders`],
  [`select status from orders group by status`, `select status from orders group by rollup (status)`],
];

describe('what means something else is another key', () => {
  let embedded: Embedded;
  let names: CatalogNames;

  beforeAll(async () => {
    embedded = await openEmbedded(SCHEMA);
    names = await embedded.names();
  });
  afterAll(() => embedded.database.close());

  const expressionKey = (text: string, table = 'orders') => {
    const tree = parseExpression(text);
    return canonical(tree, bindExpression(tree, { target: names.relation('public', table) }, names), names.nameOf);
  };
  const queryKey = (text: string) => {
    const tree = parseQuery(text);
    return canonical(tree, bindQuery(tree, names), names.nameOf);
  };

  it.each(DIFFERENT)('%s | %s', (one, other) => {
    expect(expressionKey(one)).not.toBe(expressionKey(other));
  });

  it.each(DIFFERENT_QUERIES)('%s | %s', (one, other) => {
    expect(queryKey(one)).not.toBe(queryKey(other));
  });

  it('does not depend on what is known: without a binding, names count as written', () => {
    const key = (text: string) => canonical(parseExpression(text), undefined, () => 'never');
    expect(key(`a.b = 'x' and (c in (1, 2))`)).toBe(key(`((a.b = 'x'::text) AND c = ANY (ARRAY[1, 2]))`));
    expect(key('a.b')).not.toBe(key('c.b'));
    expect(key('f(x)')).toBe(key('pg_catalog.f(x)'));
    expect(key('app.f(x)')).not.toBe(key('f(x)'));
  });

  it('is the same for texts that differ in their layout only', () => {
    expect(expressionKey(`( ( QTY ) = 1 )   AND "note"='x' -- why`)).toBe(expressionKey(`qty = 1 and note = 'x'`));
    expect(expressionKey(`orders.qty = 1`)).toBe(expressionKey(`public.orders.qty = 1`));
    expect(expressionKey(`cast(note as character varying) = 'x'`)).toBe(expressionKey(`note::varchar = 'x'`));
    expect(expressionKey(`exists (select 1 from members m where m.user_id = auth.uid())`)).toBe(
      expressionKey(`exists (select 1 from public.members where user_id = auth.uid())`),
    );
  });

  it('tells the expressions of one place apart', () => {
    const policies = EXPRESSIONS.flatMap(([place, on, list]) => (place === 'policy' && on === 'customers' ? list : []));
    expect(new Set(policies.map((text) => expressionKey(text, 'customers'))).size).toBe(policies.length);
  });
});
