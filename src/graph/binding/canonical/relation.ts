import type { RangeVar } from '@pgsql/types';
import { list, quoted } from './key-syntax.ts';
import { meaningOf, type Writer } from './writer.ts';

/** A relation by the name it has now; its alias says nothing. */
export function writeRelation(range: RangeVar, writer: Writer): string {
  const meaning = meaningOf(writer, range);
  const only = range.inh === false || range.inh === undefined ? 'only' : undefined;
  if (meaning?.kind === 'source' && meaning.isCte) return list('cte', quoted(range.relname ?? ''));
  if (meaning?.kind === 'source' && meaning.relation !== undefined)
    return list('relation', quoted(writer.nameOf(meaning.relation)), only);
  // What is no entity and has no schema is a system catalog: those are found without one.
  const { schemaname = 'pg_catalog' } = range;
  const schema = schemaname === 'pg_catalog' ? undefined : quoted(schemaname);
  return list('relation', schema, quoted(range.relname ?? ''), only);
}
