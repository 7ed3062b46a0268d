import type { EntityOf } from '../graph/entities/index.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { commentsOf } from '../sql/comments.ts';

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
  return isWritten || isSaid(graph, key, text);
}

function isSaid(graph: SchemaGraph, key: ForeignKey, text: string): boolean {
  const { origin } = graph.get('table', key.table);
  if (origin.from !== 'statement' || key.origin.from !== 'statement') return false;
  const { start, end, file } = origin.at;
  const isInside = key.origin.at.file === file && key.origin.at.start >= start && key.origin.at.end <= end;
  if (!isInside) return false;
  const said = [commentAbove(text, start), ...runsOf(text.slice(start, end))].filter((each) => NO_ACTION.test(each));
  const names = [...graph.columnNames(key.columns), graph.get('table', key.referencedTable).name.name];
  return said.some((each) => names.some((name) => new RegExp(`\\b${escaped(name)}\\b`, 'i').test(each)));
}

const NO_ACTION = /\bno\s+action\b/i;

/** The lines of comment directly above, joined. */
function commentAbove(text: string, start: number): string {
  const lines = text.slice(0, start).split('\n').slice(0, -1);
  const first = lines.findLastIndex((each) => !each.trimStart().startsWith('--'));
  return lines
    .slice(first + 1)
    .map((each) => each.trim().replace(/^-+\s*/, ''))
    .join(' ');
}

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

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
