import { expect, test } from 'vitest';
import { readSql } from '../../src/sql/parse.ts';
import { replaySql } from './replay-sql.ts';

const TEXT = `-- für alle
create table "Käse" (id int primary key default 1, alter_ text check (alter_ <> 'ä')); create view v as select 1 as "ö";
  alter table "Käse" add column x int not null default 2;
create function f(a int) returns int language sql as $$ select a + 1 $$;
`;

test('the tree of a statement that has run is read again as it was', async () => {
  const { statements } = await replaySql([TEXT]);
  const read = readSql(TEXT, '1.sql').statements;
  expect(statements.map(({ kind }) => kind)).toEqual([
    'CreateStmt',
    'ViewStmt',
    'AlterTableStmt',
    'CreateFunctionStmt',
  ]);
  expect(statements.map(({ node }) => node)).toEqual(read.map(({ node }) => node));
});
