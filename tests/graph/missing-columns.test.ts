import { expect, test } from 'vitest';
import type { Entity } from '../../src/graph/entities/index.ts';
import { restsOnMissingColumn } from '../../src/graph/missing-columns.ts';
import { replaySql } from '../replay/replay-sql.ts';

test('what a DO block makes over a column that a known table does not have; statements by themselves are refused', async () => {
  const { graph } = await replaySql([
    `create table parents (id bigint primary key);
     create table notes (id bigint primary key, body text);
     create index on notes (body);
     create index on notes (missing);
     alter table notes add foreign key (parent_id) references parents (id);
     create policy own on notes using (owner_id = 1);
     create policy written on notes using (body is not null);
     do $$ begin
       create index on notes (missing);
       create policy hidden on notes using (owner_id = 1);
     end $$;
     create index on elsewhere (whatever);`,
  ]);
  const resting = (entity: Entity) => restsOnMissingColumn(graph, entity);
  const notes = graph.relation({ schema: 'public', name: 'notes' });
  if (notes === undefined) throw new Error('no table');
  expect(graph.ownedBy(notes.id, 'index').map(resting)).toEqual([false, false, true]);
  expect(graph.ownedBy(notes.id, 'foreignKey')).toEqual([]);
  expect(graph.ownedBy(notes.id, 'policy').map(resting)).toEqual([false, true]);
  // Of a table that was made elsewhere nothing is known, and so nothing is missing.
  const elsewhere = graph.relation({ schema: 'public', name: 'elsewhere' });
  expect(elsewhere && graph.ownedBy(elsewhere.id, 'index').map(resting)).toEqual([false]);
});
