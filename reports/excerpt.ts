import type { SourceLocation } from '../src/rule/index.ts';
import { LineIndex } from '../src/sql/line-index.ts';
import { withSecretsHidden } from '../src/sql/secrets.ts';
import { displayWidth, plain, shorten } from './plain-text.ts';

export interface Excerpt {
  readonly line: number;
  readonly column: number;
  /** The source line as a terminal can show it, cut to the width around the place. */
  readonly text: string;
  /** Spaces, then carets under the place, in terminal columns. */
  readonly marks: string;
}

/** Looks up places in the texts that were read. */
export class Excerpts {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #lines = new Map<string, LineIndex>();

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  #index(file: string): LineIndex {
    const known = this.#lines.get(file);
    if (known) return known;
    const made = new LineIndex(this.#texts.get(file) ?? '');
    this.#lines.set(file, made);
    return made;
  }

  /** file:line:column, from 1; empty for what stands in no file. */
  place({ file, start }: SourceLocation): string {
    if (file === '') return '';
    const { line, column } = this.#index(file).at(start);
    return `${plain(file)}:${line}:${column}`;
  }

  /** The source lines around a place, so many before it and behind it; none of what stands in no file. */
  around(at: SourceLocation, count: number): readonly string[] {
    if (at.file === '') return [];
    const lines = this.#index(at.file);
    const { line } = lines.at(at.start);
    const first = Math.max(1, line - count);
    const last = Math.min(lines.count, line + count);
    return Array.from({ length: last - first + 1 }, (_, i) => lines.line(first + i));
  }

  /** The first line of the place, or null where the text is not known or the line is empty. */
  excerpt(at: SourceLocation, width: number): Excerpt | null {
    const lines = this.#index(at.file);
    const { line, column } = lines.at(at.start);
    // No report prints a key: not even the one that it is about.
    const source = withSecretsHidden(lines.line(line));
    if (source.trim() === '') return null;
    const end = Math.min(at.end - lines.start(line), source.trimEnd().length);
    const before = shown(source.slice(0, column - 1));
    const marked = shown(source.slice(column - 1, Math.max(end, column)));
    const after = shown(source.slice(Math.max(end, column)).trimEnd());
    return { line, column, ...cut(before, marked, after, width) };
  }
}

function shown(text: string): string {
  return text.split('\t').map(plain).join('    ');
}

/** Leading indentation goes; what stands before the place is shortened so that the place is seen. */
function cut(before: string, marked: string, after: string, width: number): Pick<Excerpt, 'text' | 'marks'> {
  let lead = before.trimStart();
  const room = Math.max(Math.floor(width / 2), width - displayWidth(marked) - 1);
  if (displayWidth(lead) > room) {
    const characters = [...lead];
    while (displayWidth(characters.join('')) > room - 1) characters.splice(0, Math.max(1, characters.length - room));
    lead = `…${characters.join('')}`;
  }
  const text = shorten(`${lead}${marked}${after}`, width);
  const carets = Math.max(1, Math.min(displayWidth(marked.trimEnd()), width - displayWidth(lead)));
  return { text, marks: `${' '.repeat(displayWidth(lead))}${'^'.repeat(carets)}` };
}
