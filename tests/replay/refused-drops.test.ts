// A column that Postgres does not drop, because something reads it: where the migration passed all the same, it is gone.
import { expect, test } from 'vitest';
import { failuresOf } from '../../src/graph/failures/failures.ts';
import { problemsOf, replaySql } from './replay-sql.ts';

const SCHEMA = `create table scores (id int primary key, frame text not null, points int not null);
create view framed as select frame from scores;
create function add_score() returns void language plpgsql as $$ begin insert into scores (id) values (1); end $$;`;

async function failures(sql: string) {
  const reading = await replaySql(sql);
  const [routine] = reading.graph.ofKind('function').filter(({ name }) => name.name === 'add_score');
  if (routine === undefined) throw new Error('no function add_score');
  return {
    problems: problemsOf(reading),
    messages: failuresOf(reading.graph, routine).map((each) => JSON.stringify(each)),
  };
}

test('nothing is concluded from its NOT NULL', async () => {
  const { problems, messages } = await failures(`${SCHEMA}\nalter table scores drop column frame;`);
  expect(problems).toEqual([
    'refused cannot drop column frame of table public.scores because other objects depend on it: view public.framed',
  ]);
  expect(messages.join()).toContain('null value in column \\"points\\"');
  expect(messages.join()).not.toContain('frame');
});

test('nor is it doubted where a block catches the refusal', async () => {
  const drop = 'do $$ begin alter table scores drop column frame; exception when others then null; end $$;';
  const { problems, messages } = await failures(`${SCHEMA}\n${drop}`);
  expect(problems).toEqual([]);
  expect(messages.join()).toContain('null value in column \\"frame\\"');
});
