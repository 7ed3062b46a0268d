/** Line and column of an offset, both from 1; columns count UTF-16 units. */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/** The lines of one text: finds the line of an offset in O(log lines). CR, LF and CRLF end a line. */
export class LineIndex {
  readonly #text: string;
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.#text = text;
    const starts = [0];
    const end = /\r\n|\r|\n/g;
    while (end.exec(text) !== null) starts.push(end.lastIndex);
    this.#starts = starts;
  }

  get count(): number {
    return this.#starts.length;
  }

  /** Offsets outside the text are taken to its nearest end. */
  at(offset: number): LineColumn {
    const target = Math.min(Math.max(offset, 0), this.#text.length);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= target) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: target - (this.#starts[low] ?? 0) + 1 };
  }

  /** The offset at which a line begins. */
  start(line: number): number {
    return this.#starts[line - 1] ?? this.#text.length;
  }

  /** The line without its line end; empty for a line that is not there. */
  line(line: number): string {
    return this.#text.slice(this.start(line), this.start(line + 1)).replace(/[\r\n]+$/, '');
  }
}
