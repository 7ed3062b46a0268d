import type { SourceLocation } from '../src/rule/index.ts';
import { LineIndex } from '../src/sql/line-index.ts';

/** Places as data: lines and columns from 1, ends exclusive. */
export class Places {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #lines = new Map<string, LineIndex>();

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  /** Null for what stands in no file. */
  of({ file, start, end }: SourceLocation) {
    if (file === '') return null;
    const lines = this.#lines.get(file) ?? new LineIndex(this.#texts.get(file) ?? '');
    this.#lines.set(file, lines);
    const from = lines.at(start);
    const to = lines.at(end);
    return { file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
  }
}
