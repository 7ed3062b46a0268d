import type { EntityOf } from '../graph/entities/index.ts';
import { remarkAbove } from '../graph/remark-above.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { commentsOf } from '../sql/comments.ts';
import { wordPattern } from '../sql/name.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/**
 * Is NO ACTION meant: written out by a person (what writes ON DELETE NO ACTION for every key by itself writes ON UPDATE NO ACTION beside it), or said in a
 * comment of the statement that makes the table, or above it, which names the column or what it refers to?
 */
export function isMeantNoAction(graph: SchemaGraph, key: ForeignKey, texts: ReadonlyMap<string, string>): boolean {
  if (key.onDelete !== 'no action' || key.origin.from !== 'statement') return false;
  const { file, start, end } = key.origin.at;
  const text = texts.get(file) ?? '';
  const own = text.slice(start, end);
  const isWritten = /\bon\s+delete\s+no\s+action\b/i.test(own) && !/\bon\s+update\s+no\s+action\b/i.test(own);
  return isWritten || isSaid(graph, key, texts);
}

function isSaid(graph: SchemaGraph, key: ForeignKey, texts: ReadonlyMap<string, string>): boolean {
  const table = graph.get('table', key.table);
  if (table.origin.from !== 'statement' || key.origin.from !== 'statement') return false;
  const { start, end, file } = table.origin.at;
  const isInside = key.origin.at.file === file && key.origin.at.start >= start && key.origin.at.end <= end;
  if (!isInside) return false;
  const inside = (texts.get(file) ?? '').slice(start, end);
  const remarks = [remarkAbove({ origin: table.origin }, texts), ...(NO_ACTION.test(inside) ? runsOf(inside) : [])];
  const said = remarks.filter((each) => NO_ACTION.test(each));
  const names = [...graph.columnNames(key.columns), graph.get('table', key.referencedTable).name.name];
  return said.some((each) => names.some((name) => wordPattern(name).test(each)));
}

const NO_ACTION = /\bno\s+action\b/i;

/** The comments of a statement, those that nothing but blanks parts joined. */
function runsOf(statement: string): readonly string[] {
  const runs: string[] = [];
  let last = -1;
  for (const { start, end, text } of commentsOf(statement)) {
    const before = runs.at(-1);
    const isNext = before !== undefined && statement.slice(last, start).trim() === '';
    if (isNext) runs[runs.length - 1] = `${before} ${text}`;
    else runs.push(text);
    last = end;
  }
  return runs;
}
