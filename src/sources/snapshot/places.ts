import { SourceError } from '../../errors.ts';
import { CATALOG, type Origin, PLATFORM } from '../../graph/origin.ts';
import { LineIndex } from '../../sql/line-index.ts';
import { NOWHERE, type SourceLocation } from '../../sql/location.ts';

/** `supabase/migrations/0001_init.sql:12:1`: a snapshot knows lines and columns of files, and not their texts. */
export class WrittenPlaces {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #lines = new Map<string, LineIndex>();

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  /** Undefined for what stands in no file. */
  of({ file, start }: SourceLocation): string | undefined {
    const text = this.#texts.get(file);
    if (text === undefined) return undefined;
    const lines = this.#lines.get(file) ?? new LineIndex(text);
    this.#lines.set(file, lines);
    const { line, column } = lines.at(start);
    return `${file}:${line}:${column}`;
  }

  ofOrigin(origin: Origin): string | undefined {
    if (origin.from === 'statement') return this.of(origin.at);
    return origin.from === 'platform' ? PLATFORM_WORD : undefined;
  }
}

/** As an origin: no place ends so. */
export const PLATFORM_WORD = 'platform';

const PLACE = /^([\s\S]+):(\d{1,6}):(\d{1,6})$/;
export const PLACE_PATTERN = PLACE.source;

/** Characters of all blank texts: far more than any history has lines. */
const MOST_BLANKS = 50_000_000;

/**
 * Places read back. Each file that they name gets a blank text in which they have their line and column: reports say where,
 * and show no source.
 */
export class ReadPlaces {
  readonly texts: ReadonlyMap<string, string>;
  readonly #lines: ReadonlyMap<string, LineIndex>;

  /** @throws SourceError when the places are beyond any file */
  constructor(places: Iterable<string>) {
    const files = new Map<string, Map<number, number>>();
    for (const place of places) {
      const { file, line, column } = split(place);
      const lines = files.get(file) ?? new Map<number, number>();
      files.set(file, lines);
      lines.set(line, Math.max(column, lines.get(line) ?? 0));
    }
    if (blanksIn(files.values()) > MOST_BLANKS) throw new SourceError('The snapshot names lines that no file has.');
    this.texts = new Map([...files].map(([file, lines]) => [file, blankText(lines)]));
    this.#lines = new Map([...this.texts].map(([file, text]) => [file, new LineIndex(text)]));
  }

  at(place: string | undefined): SourceLocation {
    if (place === undefined) return NOWHERE;
    const { file, line, column } = split(place);
    const start = (this.#lines.get(file)?.start(line) ?? 0) + column - 1;
    return { file, start, end: start };
  }

  origin(written: string | undefined): Origin {
    if (written === undefined) return CATALOG;
    return written === PLATFORM_WORD ? PLATFORM : { from: 'statement', at: this.at(written) };
  }
}

function split(place: string): { readonly file: string; readonly line: number; readonly column: number } {
  const [, file = '', line = '1', column = '1'] = PLACE.exec(place) ?? [];
  return { file, line: Math.max(1, Number(line)), column: Math.max(1, Number(column)) };
}

function blanksIn(files: Iterable<ReadonlyMap<number, number>>): number {
  let blanks = 0;
  for (const lines of files) blanks += lastLine(lines) + [...lines.values()].reduce((sum, each) => sum + each, 0);
  return blanks;
}

function blankText(columns: ReadonlyMap<number, number>): string {
  const lines = Array.from({ length: lastLine(columns) }, (_, index) => ' '.repeat((columns.get(index + 1) ?? 1) - 1));
  return lines.join('\n');
}

function lastLine(columns: ReadonlyMap<number, number>): number {
  let last = 0;
  for (const line of columns.keys()) last = Math.max(last, line);
  return last;
}
