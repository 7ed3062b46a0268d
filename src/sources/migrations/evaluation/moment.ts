// Dates and times as far as migrations need them to name partitions; all in UTC.

const DAY = 86_400_000;

/** Years of four digits. Postgres goes further, and writes them otherwise. */
const [FIRST, END] = [Date.parse('1000-01-01T00:00:00Z'), Date.parse('+010000-01-01T00:00:00Z')];

/** Undefined beyond those years. */
function momentAt(time: number, isDate: boolean): Moment | undefined {
  return time >= FIRST && time < END ? new Moment(time, isDate) : undefined;
}

/** A date, or a time with or without time zone. */
export class Moment {
  /** Milliseconds since 1970-01-01 00:00 UTC. */
  readonly time: number;
  readonly isDate: boolean;

  constructor(time: number, isDate: boolean) {
    this.time = isDate ? Math.floor(time / DAY) * DAY : time;
    this.isDate = isDate;
  }

  /** As Postgres casts it to text, with DateStyle ISO and TimeZone UTC. */
  get text(): string {
    const iso = new Date(this.time).toISOString();
    return this.isDate ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 19)}+00`;
  }

  asDate(): Moment {
    return new Moment(this.time, true);
  }

  asTime(): Moment {
    return new Moment(this.time, false);
  }

  /** `moment + interval`, which is a time also where the moment was a date; undefined beyond the year 9999. @param sign -1 takes it away */
  plus({ months, milliseconds }: Span, sign: 1 | -1): Moment | undefined {
    const from = new Date(this.time);
    const month = from.getUTCMonth() + sign * months;
    const last = new Date(Date.UTC(from.getUTCFullYear(), month + 1, 0)).getUTCDate();
    const moved = Date.UTC(from.getUTCFullYear(), month, Math.min(from.getUTCDate(), last)) + (this.time % DAY);
    return momentAt(moved + sign * milliseconds, false);
  }

  plusDays(days: number): Moment | undefined {
    return momentAt(this.time + days * DAY, this.isDate);
  }

  /** date_trunc(); undefined for a field that is not one of its usual ones. */
  truncated(field: string): Moment | undefined {
    const at = new Date(this.time);
    const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
    switch (field) {
      case 'hour':
        return new Moment(Math.floor(this.time / 3_600_000) * 3_600_000, false);
      case 'day':
        return new Moment(Date.UTC(year, month, day), false);
      case 'week':
        return new Moment(Date.UTC(year, month, day - ((at.getUTCDay() + 6) % 7)), false);
      case 'month':
        return new Moment(Date.UTC(year, month, 1), false);
      case 'quarter':
        return new Moment(Date.UTC(year, month - (month % 3), 1), false);
      case 'year':
        return new Moment(Date.UTC(year, 0, 1), false);
      default:
        return undefined;
    }
  }

  /** extract(field from moment); undefined for a field that is not one of its usual ones. */
  field(name: string): number | undefined {
    const at = new Date(this.time);
    switch (name) {
      case 'year':
        return at.getUTCFullYear();
      case 'quarter':
        return Math.floor(at.getUTCMonth() / 3) + 1;
      case 'month':
        return at.getUTCMonth() + 1;
      case 'day':
        return at.getUTCDate();
      case 'hour':
        return at.getUTCHours();
      case 'dow':
        return at.getUTCDay();
      case 'epoch':
        return this.time / 1000;
      default:
        return undefined;
    }
  }

  /** to_char() of a template of numbers; undefined where it has other patterns. */
  toChar(template: string): string | undefined {
    const at = new Date(this.time);
    let isKnown = true;
    const text = template.replace(/"[^"]*"|[A-Za-z]+\d*/g, (pattern) => {
      if (pattern.startsWith('"')) return pattern.slice(1, -1);
      const numbers = pattern.match(/YYYY|YY|MM|DD|HH24|MI|SS|Q|[A-Za-z]/g) ?? [];
      return numbers.map((each) => part(each, at) ?? unknown()).join('');
    });
    return isKnown ? text : undefined;

    function unknown(): string {
      isKnown = false;
      return '';
    }
  }
}

function part(pattern: string, at: Date): string | undefined {
  const two = (value: number) => String(value).padStart(2, '0');
  switch (pattern) {
    case 'YYYY':
      return String(at.getUTCFullYear());
    case 'YY':
      return two(at.getUTCFullYear() % 100);
    case 'Q':
      return String(Math.floor(at.getUTCMonth() / 3) + 1);
    case 'MM':
      return two(at.getUTCMonth() + 1);
    case 'DD':
      return two(at.getUTCDate());
    case 'HH24':
      return two(at.getUTCHours());
    case 'MI':
      return two(at.getUTCMinutes());
    case 'SS':
      return two(at.getUTCSeconds());
    default:
      return undefined;
  }
}

/** An interval. */
export class Span {
  readonly months: number;
  readonly milliseconds: number;

  constructor(months: number, milliseconds: number) {
    this.months = months;
    this.milliseconds = milliseconds;
  }

  /** It leads nowhere, or into the past. */
  get isBackwards(): boolean {
    return this.months < 0 || this.milliseconds < 0 || this.months + this.milliseconds === 0;
  }

  times(factor: number): Span {
    return new Span(this.months * factor, this.milliseconds * factor);
  }
}

const UNITS: ReadonlyMap<string, Span> = new Map([
  ['second', new Span(0, 1000)],
  ['minute', new Span(0, 60_000)],
  ['hour', new Span(0, 3_600_000)],
  ['day', new Span(0, DAY)],
  ['week', new Span(0, 7 * DAY)],
  ['month', new Span(1, 0)],
  ['mon', new Span(1, 0)],
  ['year', new Span(12, 0)],
]);

/** `'1 month 2 days'::interval`; undefined for other ways to write one. */
export function spanOf(text: string): Span | undefined {
  const words = text.trim().toLowerCase();
  if (!/^(?:[-+]?\d+\s*[a-z]+\s*)+$/.test(words)) return undefined;
  let [months, milliseconds] = [0, 0];
  for (const [, count, unit] of words.matchAll(/([-+]?\d+)\s*([a-z]+)/g)) {
    const one = UNITS.get((unit ?? '').replace(/s$/, ''));
    if (one === undefined) return undefined;
    months += one.months * Number(count);
    milliseconds += one.milliseconds * Number(count);
  }
  return new Span(months, milliseconds);
}

const DAYS: ReadonlyMap<string, number> = new Map([
  ['today', 0],
  ['tomorrow', 1],
  ['yesterday', -1],
]);

/** `'2026-01-31'::date` or a time of day with it; undefined for other ways to write one. */
export function momentOf(text: string, now: Moment | undefined): Moment | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'now') return now;
  const days = DAYS.get(word);
  if (days !== undefined) return now?.asDate().plusDays(days);
  const [, date, time = '00:00:00'] = /^(\d{4}-\d\d-\d\d)(?:[ t](\d\d:\d\d(?::\d\d)?)(?:\+00|z)?)?$/.exec(word) ?? [];
  const moment = date === undefined ? undefined : momentAt(Date.parse(`${date}T${time}Z`), false);
  // JavaScript takes the 31st of February for the 3rd of March.
  return moment?.asDate().text === date ? moment : undefined;
}

/**
 * When a migration was written, by the number in front of its name: digits of a date and time, or seconds or milliseconds since 1970.
 * Its now() gave about this on the server that first ran it.
 */
export function momentOfVersion(version: string | null): Moment | undefined {
  const number = version ?? '';
  if (/^1\d{9}(?:\d{3})?$/.test(number)) return new Moment(Number(number.padEnd(13, '0')), false);
  const [, date = '', time = ''] = /^(20\d{6})(\d*)$/.exec(number) ?? [];
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  const [hour = '00', minute = '00', second = '00'] = time.match(/\d\d/g) ?? [];
  // Some count their migrations of one day in the digits of the time: 20260213142997.
  return momentOf(`${day} ${hour}:${minute}:${second}`, undefined) ?? momentOf(day, undefined);
}
