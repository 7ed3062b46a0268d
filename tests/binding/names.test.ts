import { loadModule } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { bindExpression, bindQuery, type ExpressionScope } from '../../src/graph/binding/bind.ts';
import type { Binding } from '../../src/graph/binding/binding.ts';
import { parseExpression, parseQuery } from './embedded.ts';
import { type MadeNames, makeNames } from './made-names.ts';

const names: MadeNames = makeNames({
  tables: {
    'public.orders': ['id', 'user_id', 'status', 'total'],
    'public.members': ['user_id', 'org_id', 'role'],
    'public.assumed': null,
    'public.also_assumed': null,
    'app.log': ['id', 'at'],
    'public.ticket_seq': ['last_value'],
    'public.Mixed Case': ['id'],
  },
  functions: ['auth.uid', 'public.is_admin'],
});

const orders = names.relation(undefined, 'orders');
const policy: ExpressionScope = { target: orders };

function told(binding: Binding): string[] {
  return [
    ...binding.references.map((each) => {
      const where = each.kind === 'column' ? ` ^${each.level}${each.isOuter ? ' outer' : ''} [${each.field}]` : '';
      const qualifier = each.qualifier === undefined ? '' : ` by [${each.qualifier}]`;
      return `${each.kind} ${names.nameOf(each.target)}${where}${qualifier}`;
    }),
    ...binding.unresolved.map((each) => {
      const relation = each.relation === undefined ? '' : ` of ${names.nameOf(each.relation)}`;
      return `${each.reason} ${each.kind} ${each.schema ? `${each.schema}.` : ''}${each.name}${relation}`;
    }),
  ].sort();
}

const expression = (text: string, scope: ExpressionScope = policy) =>
  told(bindExpression(parseExpression(text), scope, names));
const query = (text: string) => told(bindQuery(parseQuery(text), names));

describe('names in an expression', () => {
  beforeAll(loadModule);

  it('finds the columns of the row it is about, and says which field holds the name', () => {
    expect(expression('user_id = auth.uid()')).toEqual([
      'column public.orders.user_id ^0 outer [0]',
      'function auth.uid',
    ]);
    expect(expression('orders.user_id is null')).toEqual(['column public.orders.user_id ^0 outer [1] by [0]']);
    expect(expression('public.orders.user_id is null')).toEqual(['column public.orders.user_id ^0 outer [2] by [1]']);
  });

  it('takes the inner relation before the outer row, and counts the levels between', () => {
    expect(expression('exists (select 1 from members where user_id = orders.user_id and total > 1)')).toEqual([
      'column public.members.user_id ^0 [0]',
      'column public.orders.total ^1 outer [0]',
      'column public.orders.user_id ^1 outer [1] by [0]',
      'relation public.members',
    ]);
    expect(expression('exists (select 1 from orders where id = orders.id)')).toEqual([
      'column public.orders.id ^0 [0]',
      'column public.orders.id ^0 [1] by [0]',
      'relation public.orders',
    ]);
  });

  it('does not take an alias for the relation that it hides', () => {
    expect(expression('(select o.id from orders o where o.id = orders.id)')).toEqual([
      'column public.orders.id ^0 [1]',
      'column public.orders.id ^0 [1]',
      'column public.orders.id ^1 outer [1] by [0]',
      'relation public.orders',
    ]);
  });

  it('names what is not there, and where it was looked for', () => {
    expect(expression('nope = 1')).toEqual(['unknown column nope of public.orders']);
    expect(expression('exists (select from members, orders o where nope)')).toContain('unknown column nope');
    expect(expression('orders.nope = 1')).toEqual(['unknown column nope of public.orders']);
    expect(expression('elsewhere.id = 1')).toEqual(['unknown relation elsewhere']);
    expect(expression('is_owner(id)')).toEqual(['column public.orders.id ^0 outer [0]', 'unknown function is_owner']);
    expect(expression('exists (select from app.nothing)')).toEqual(['unknown relation app.nothing']);
    expect(expression(`'x'::app.mood is null`)).toEqual(['unknown type app.mood']);
  });

  it('knows the built-in functions, and leaves a wrong argument list to Postgres', () => {
    expect(expression(`now() > date_trunc('day', current_timestamp) and lower(1, 2, 3) is null`)).toEqual([]);
  });

  it('concludes nothing over a relation whose columns are not known', () => {
    expect(expression('exists (select 1 from assumed where total = x)')).toEqual([
      'relation public.assumed',
      'undetermined column total of public.assumed',
      'undetermined column x of public.assumed',
    ]);
    expect(expression('exists (select 1 from assumed, also_assumed where x)')).toEqual([
      'relation public.also_assumed',
      'relation public.assumed',
      'undetermined column x',
    ]);
    expect(expression('exists (select 1 from assumed a, members m where m.role = a.x and role is not null)')).toEqual([
      'column public.members.role ^0 [0]',
      'column public.members.role ^0 [1]',
      'relation public.assumed',
      'relation public.members',
      'undetermined column x of public.assumed',
    ]);
  });

  it('sees that two relations have the column', () => {
    expect(query('select user_id from orders, members')).toEqual([
      'ambiguous column user_id',
      'relation public.members',
      'relation public.orders',
    ]);
  });

  it('reaches the rows of a trigger by their qualifier only', () => {
    if (!orders) throw new Error('no orders');
    const scope = {
      rows: [
        { name: 'new', relation: orders },
        { name: 'old', relation: orders },
      ],
    };
    expect(expression('new.status is distinct from old.status', scope)).toEqual([
      'column public.orders.status ^0 outer [1]',
      'column public.orders.status ^0 outer [1]',
    ]);
    expect(expression('status is null', scope)).toEqual(['unknown column status']);
  });

  it('lets a column go before a parameter in an SQL function, and doubts both in PL/pgSQL', () => {
    const list = [{ name: 'user_id' }, { name: 'p_org' }];
    const tree = parseQuery('select 1 from members where user_id = p_org and org_id = fn.p_org and org_id = $2');
    const inSql = told(bindQuery(tree, names, { variables: { list, conflict: 'column', qualifiers: ['fn'] } }));
    expect(inSql).toEqual([
      'column public.members.org_id ^0 [0]',
      'column public.members.org_id ^0 [0]',
      'column public.members.user_id ^0 [0]',
      'relation public.members',
    ]);
    const inPlpgsql = told(bindQuery(tree, names, { variables: { list, conflict: 'error', qualifiers: ['fn'] } }));
    expect(inPlpgsql).toEqual(['ambiguous column user_id', ...inSql.filter((each) => !each.includes('user_id'))]);
  });

  it('takes a bare name for the variable of PL/pgSQL where columns are not known: were it one too, the statement would fail', () => {
    const tree = parseQuery('select 1 from assumed where id = p_id');
    const list = [{ name: 'p_id' }];
    const kindOf = (conflict: 'error' | 'column') => {
      const { meanings } = bindQuery(tree, names, { variables: { list, conflict } });
      return [...meanings.values()].some((each) => each.kind === 'variable' && each.name === 'p_id');
    };
    expect([kindOf('error'), kindOf('column')]).toEqual([true, false]);
  });

  it('takes a record variable for the qualifier it is', () => {
    const variables = { list: [{ name: 'v_row' }], conflict: 'error' as const };
    expect(told(bindQuery(parseQuery('select v_row.anything, v_row.a.b from members'), names, { variables }))).toEqual([
      'relation public.members',
    ]);
  });

  it('follows constants that become regclass when the expression is read', () => {
    expect(expression(`nextval('ticket_seq') > 0`)).toEqual(['relation public.ticket_seq']);
    expect(expression(`'public."Mixed Case"'::regclass is null`)).toEqual(['relation public.Mixed Case']);
    expect(expression(`'Orders'::regclass::text = 'x'`)).toEqual(['relation public.orders']);
    expect(expression(`nextval('gone_seq'::regclass) > 0`)).toEqual(['unknown relation gone_seq']);
    expect(expression(`nextval('gone_seq'::text::regclass) > 0`)).toEqual([]);
    expect(expression(`16384::regclass is null and '16384'::regclass is null`)).toEqual([]);
  });
});

describe('names in a query', () => {
  beforeAll(loadModule);

  it('resolves WITH before relations, and hides it from qualified names', () => {
    expect(query('with members as (select id from orders) select id from members, public.members m')).toEqual([
      'column public.orders.id ^0 [0]',
      'relation public.members',
      'relation public.orders',
    ]);
  });

  it('gives a star the columns of the moment', () => {
    expect(query('select * from app.log')).toEqual([
      'column app.log.at ^0 [-1]',
      'column app.log.id ^0 [-1]',
      'relation app.log',
    ]);
    const { columns, columnsKnown } = bindQuery(parseQuery('select l.*, a.* from app.log l, assumed a'), names);
    expect([columns.map((column) => column.name), columnsKnown]).toEqual([['id', 'at'], false]);
  });

  it('passes columns on through subselects', () => {
    const { columns } = bindQuery(
      parseQuery(
        'with w as (select id as key, total + 1 as more from orders) select key, more from (select * from w) s',
      ),
      names,
    );
    expect(columns.map(({ name, source }) => [name, source && names.nameOf(source.column)])).toEqual([
      ['key', 'public.orders.id'],
      ['more', undefined],
    ]);
  });

  it('does not let FROM items see their left neighbours without LATERAL', () => {
    expect(query('select 1 from orders o, (select 1 from members where user_id = o.user_id) m')).toContain(
      'unknown relation o',
    );
    expect(query('select 1 from orders o, lateral (select 1 from members where user_id = o.user_id) m')).toContain(
      'column public.orders.user_id ^1 [1]',
    );
  });

  it('reads what statements that modify data name', () => {
    expect(
      query(`insert into orders (id, status) select org_id, role from members
        on conflict (id) do update set status = excluded.status, total = orders.total + 1 returning user_id, new.total`),
    ).toEqual([
      'column public.members.org_id ^0 [0]',
      'column public.members.role ^0 [0]',
      'column public.orders.id ^0 [0]',
      'column public.orders.id ^0 [0]',
      'column public.orders.status ^0 [0]',
      'column public.orders.status ^0 [0]',
      'column public.orders.status ^0 [1]',
      'column public.orders.total ^0 [0]',
      'column public.orders.total ^0 [1]',
      'column public.orders.total ^0 [1] by [0]',
      'column public.orders.user_id ^0 [0]',
      'relation public.members',
      'relation public.orders',
    ]);
    expect(
      query(
        'update orders o set (status, total) = (select role, 1 from members m where m.user_id = o.user_id) from app.log l where l.id = o.id',
      ),
    ).toEqual([
      'column app.log.id ^0 [1]',
      'column public.members.role ^0 [0]',
      'column public.members.user_id ^0 [1]',
      'column public.orders.id ^0 [1]',
      'column public.orders.status ^0 [0]',
      'column public.orders.total ^0 [0]',
      'column public.orders.user_id ^1 [1]',
      'relation app.log',
      'relation public.members',
      'relation public.orders',
    ]);
    expect(
      query(
        'with gone as (delete from orders using members m where m.user_id = orders.user_id returning orders.id) select id from gone',
      ),
    ).toEqual([
      'column public.members.user_id ^0 [1]',
      'column public.orders.id ^0 [1] by [0]',
      'column public.orders.user_id ^0 [1] by [0]',
      'relation public.members',
      'relation public.orders',
    ]);
    expect(
      query(`merge into orders o using members m on o.user_id = m.user_id when matched and m.role = 'x' then update set status = m.role
        when not matched then insert (user_id, nope) values (m.user_id, 1)`),
    ).toEqual([
      'column public.members.role ^0 [1]',
      'column public.members.role ^0 [1]',
      'column public.members.user_id ^0 [1]',
      'column public.members.user_id ^0 [1]',
      'column public.orders.status ^0 [0]',
      'column public.orders.user_id ^0 [0]',
      'column public.orders.user_id ^0 [1]',
      'relation public.members',
      'relation public.orders',
      'unknown column nope of public.orders',
    ]);
  });
});
