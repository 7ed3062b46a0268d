import type { Node } from '@pgsql/types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindExpression, type ExpressionScope } from '../../src/graph/binding/bind.ts';
import { canonical } from '../../src/graph/binding/canonical.ts';
import { type CatalogNames, type Embedded, openEmbedded, parseExpression, parseQuery } from './embedded.ts';
import { EXPRESSIONS, type Place } from './expressions.ts';
import { SCHEMA } from './schema.ts';

const MORE = `create function public.storage_path(name text) returns text[] language sql immutable as $$ select string_to_array(name, '/') $$;
create function public.touch() returns trigger language plpgsql as $$ begin return new; end $$;`;

interface Trial {
  readonly make: string;
  readonly read: string;
  readonly undo: string;
  readonly scope: ExpressionScope;
}

describe('an expression is the same as written and as Postgres prints it', () => {
  let embedded: Embedded;
  let names: CatalogNames;

  beforeAll(async () => {
    embedded = await openEmbedded(SCHEMA + MORE);
    names = await embedded.names();
  });
  afterAll(() => embedded.database.close());

  const table = (name: string) => {
    const relation = names.relation('public', name);
    if (!relation) throw new Error(name);
    return relation;
  };
  const columnType = (name: string, column: string) => table(name).columns.find((each) => each.name === column)?.type;

  const trials: { readonly [P in Place]: (on: string, text: string) => Trial } = {
    policy: (on, text) => ({
      make: `create policy probe on public.${on} using (${text})`,
      read: `select pg_get_expr(polqual, polrelid) as text from pg_policy where polname = 'probe'`,
      undo: `drop policy probe on public.${on}`,
      scope: { target: table(on) },
    }),
    check: (on, text) => ({
      make: `alter table public.${on} add constraint probe check (${text})`,
      read: `select regexp_replace(pg_get_constraintdef(oid), '^CHECK ', '') as text from pg_constraint where conname = 'probe'`,
      undo: `alter table public.${on} drop constraint probe`,
      scope: { target: table(on) },
    }),
    default: (on, text) => {
      const [name = '', column = ''] = on.split('.');
      return {
        make: `alter table public.${name} alter column ${column} set default ${text}`,
        read: `select coalesce((select pg_get_expr(adbin, adrelid) from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
          where adrelid = 'public.${name}'::regclass and attname = '${column}'), 'null') as text`,
        undo: `alter table public.${name} alter column ${column} drop default`,
        scope: { goal: columnType(name, column) },
      };
    },
    index: (on, text) => ({
      make: `create index probe on public.${on} (${text})`,
      read: `select pg_get_expr(indexprs, indrelid) as text from pg_index where indexrelid = 'public.probe'::regclass`,
      undo: `drop index public.probe`,
      scope: { target: table(on) },
    }),
    predicate: (on, text) => ({
      make: `create index probe on public.${on} (id) where ${text}`,
      read: `select pg_get_expr(indpred, indrelid) as text from pg_index where indexrelid = 'public.probe'::regclass`,
      undo: `drop index public.probe`,
      scope: { target: table(on) },
    }),
    generated: (on, text) => ({
      make: `alter table public.customers add column probe ${on} generated always as (${text}) stored`,
      read: `select pg_get_expr(adbin, adrelid) as text from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum where attname = 'probe'`,
      undo: `alter table public.customers drop column probe`,
      scope: {
        target: table('customers'),
        goal: { name: { schema: 'pg_catalog', name: on === 'integer' ? 'int4' : on }, isArray: false, modifiers: [] },
      },
    }),
    trigger: (on, text) => ({
      make: `create trigger probe before update on public.${on} for each row when (${text}) execute function public.touch()`,
      read: `select pg_get_triggerdef(oid) as text from pg_trigger where tgname = 'probe'`,
      undo: `drop trigger probe on public.${on}`,
      scope: {
        rows: [
          { name: 'new', relation: table(on) },
          { name: 'old', relation: table(on) },
        ],
      },
    }),
  };

  const cases = EXPRESSIONS.flatMap(([place, on, expressions]) =>
    expressions.map((text) => [place, on, text] as const),
  );

  it.each(cases)('%s of %s: %s', async (place, on, text) => {
    const { make, read, undo, scope } = trials[place](on, text);
    await embedded.database.exec(`${make}; set search_path = ''`);
    const { rows } = await embedded.database.query<{ text: string }>(read);
    await embedded.database.exec(`reset search_path; ${undo}`);
    const deparsed = rows[0]?.text ?? '';
    const keyOf = (tree: Node) => canonical(tree, bindExpression(tree, scope, names), names.nameOf);
    const printed = place === 'trigger' ? whenOf(deparsed) : parseExpression(deparsed);
    expect(bindExpression(parseExpression(text), scope, names).unresolved).toEqual([]);
    expect(keyOf(parseExpression(text)), deparsed).toBe(keyOf(printed));
  });
});

function whenOf(definition: string): Node {
  const statement = parseQuery(definition);
  const when = 'CreateTrigStmt' in statement ? statement.CreateTrigStmt.whenClause : undefined;
  if (!when) throw new Error(definition);
  return when;
}
