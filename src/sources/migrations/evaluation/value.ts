import type { AccessList } from './access-list.ts';
import { Moment, type Span } from './moment.ts';

/** What an expression of a DO block comes to, as far as the replay can tell. */
export type Known =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | Row
  | ObjectReference
  | AccessList
  | Moment
  | Span;

/** A row or record: column names to values. */
export interface Row {
  readonly columns: ReadonlyMap<string, Value>;
}

/** The value depends on data or on the server: nothing may be concluded from it. */
export const UNKNOWN: unique symbol = Symbol('unknown');

/** A text of which only some parts are known: `alter table public.` and then something. */
export class PartialText {
  /** Known parts; between each two of them stands something unknown. */
  readonly parts: readonly string[];

  constructor(parts: readonly string[]) {
    this.parts = parts;
  }

  /** SQL that says the same, where the server's own spelling is all that is not known. */
  get sql(): string | undefined {
    return undefined;
  }

  /** lower() and the like: what is known of the result. */
  mapped(change: (part: string) => string): PartialText {
    return new PartialText(this.parts.map(change));
  }

  /**
   * The text with an identifier in the place of what is unknown, or with nothing behind what is closed (`create index i on t (c)…`): its
   * grammar still tells what kind of statement it is.
   */
  filled(): readonly string[] {
    const [first = '', ...rest] = this.parts;
    const closed = rest.reduce((text, part) => `${text}${/\)\s*$/.test(text) ? '' : PLACEHOLDER}${part}`, first);
    return [this.parts.join(PLACEHOLDER), closed];
  }
}

/** A text made of others, of each of which is known what it says. */
class SpelledText extends PartialText {
  readonly #sql: string;

  constructor(parts: readonly string[], sql: string) {
    super(parts);
    this.#sql = sql;
  }

  override get sql(): string {
    return this.#sql;
  }
}

/** A text of which it is only known that there is one. */
export const SOME_TEXT = new PartialText(['', '']);

/** A value of regclass, regprocedure and their like: a number to compare, a name to write. */
export class ObjectReference {
  readonly id: number;
  /** Null where the server's spelling is not known. */
  readonly text: string | null;

  constructor(id: number, text: string | null) {
    this.id = id;
    this.text = text;
  }
}

/** The value as a number, where it refers to an object. */
export function idOf(value: Value): Value {
  return value instanceof ObjectReference ? value.id : value;
}

/** Stands for an unknown identifier; no one's name. */
export const PLACEHOLDER = 'ddlint_unknown_name';

export type Value = Known | typeof UNKNOWN | PartialText;

export function isKnown(value: Value): value is Known {
  return value !== UNKNOWN && !(value instanceof PartialText);
}

export function isRow(value: Value): value is Row {
  return typeof value === 'object' && value !== null && 'columns' in value && value.columns instanceof Map;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** The value as Postgres would cast it to text; null for one that has no text here. */
export function textOf(value: Value): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value instanceof ObjectReference || value instanceof Moment) return value.text;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return null;
}

/** `a || b` where parts may be unknown. NULL makes it NULL. */
export function concatenate(values: readonly Value[]): Value {
  if (values.some((each) => each === null)) return null;
  const parts: string[] = [''];
  const append = (text: string) => parts.push(`${parts.pop() ?? ''}${text}`);
  for (const each of values) {
    if (each instanceof PartialText) {
      const [first = '', ...rest] = each.parts;
      append(first);
      parts.push(...rest);
      continue;
    }
    const text = textOf(each);
    if (text === null) parts.push('');
    else append(text);
  }
  if (parts.length === 1) return parts[0] ?? '';
  const spelled = values.map((each) => (each instanceof PartialText ? each.sql : textOf(each)));
  const isSpelled = spelled.every((each) => each !== undefined && each !== null);
  return isSpelled ? new SpelledText(parts, spelled.join('')) : new PartialText(parts);
}

/** SQL's three truth values, and "it depends". */
export type Truth = true | false | null | typeof UNKNOWN;

export function truthOf(value: Value): Truth {
  if (value === true || value === 't' || value === 'true') return true;
  if (value === false || value === 'f' || value === 'false') return false;
  return value === null ? null : UNKNOWN;
}

export function both(a: Truth, b: Truth): Truth {
  if (a === false || b === false) return false;
  if (a === UNKNOWN || b === UNKNOWN) return UNKNOWN;
  return a === null || b === null ? null : true;
}

export function either(a: Truth, b: Truth): Truth {
  if (a === true || b === true) return true;
  if (a === UNKNOWN || b === UNKNOWN) return UNKNOWN;
  return a === null || b === null ? null : false;
}

export function not(a: Truth): Truth {
  return typeof a === 'boolean' ? !a : a;
}
