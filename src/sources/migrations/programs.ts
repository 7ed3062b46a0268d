import { posix } from 'node:path';
import type { Migration } from '../../graph/journal.ts';
import type { ReplayContext } from './context.ts';

/** `ALTER TABLE` in a string, pgm.createTable(), add_column: what changes the schema, in whatever language. */
const CHANGES =
  /\b(?:alter|create|drop|rename|add)[\s_]*(?:or\s+replace\s+|unique\s+|materialized\s+)*(?:table|index|view|type|function|trigger|policy|schema|column|constraint|sequence|domain|field|foreign|primary)/i;

/** A migration that is a program: of the relations that it names anything may be different behind it, and what it names may be there. */
export function doubtWhatProgramChanges(text: string, migration: Migration, context: ReplayContext): void {
  const words = new Set(text.match(/[\p{L}_][\p{L}\p{N}_$]*/gu));
  context.filled.addWords(words);
  if (!CHANGES.test(text)) return;
  const { graph, assumptions, builder } = context;
  const entities = (['table', 'view', 'materializedView'] as const)
    .flatMap((kind) => graph.ofKind(kind))
    .filter((each) => each.origin.from !== 'platform' && words.has(each.name.name));
  for (const word of words) assumptions.ofPrograms.add(word);
  const what = `${posix.basename(migration.file)} is a program that changes the schema; what it does to the relations it names was not replayed.`;
  context.notes.push({ what, at: migration.at });
  builder.doubt({ what, at: migration.at, aspects: 'anything', reach: { entities: entities.map(({ id }) => id) } });
}
