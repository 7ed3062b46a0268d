const TIMESTAMP =
  /^\s*(\d{4,})-(\d{1,2})-(\d{1,2})(?:[T\s]\s*(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?\s*(Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?\s*$/i;

/** An ISO date without leading or trailing blanks and with two digits each; anything else as written. */
export function normalDate(text: string): string {
  const [, year, month = '', day = '', hour] = TIMESTAMP.exec(text) ?? [];
  if (year === undefined || hour !== undefined) return text.trim();
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** An ISO timestamp as seconds since 1970; without a time zone it is taken as UTC, as a server's default is. */
export function normalTimestamp(text: string): string {
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone = ''] = TIMESTAMP.exec(text) ?? [];
  if (year === undefined) return text.trim();
  const whole = Math.floor(Number(second));
  const [, fraction = ''] = second.split('.');
  const days = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), whole) / 1000;
  const trimmed = fraction.replace(/0+$/, '');
  return `${days - offsetSeconds(zone)}${trimmed === '' ? '' : `.${trimmed}`}`;
}

function offsetSeconds(zone: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** A time of day with its seconds. */
export function normalTime(text: string): string {
  const [, hour = '', minute = '', second = '00'] = /^\s*(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*$/.exec(text) ?? [];
  return hour === '' ? text.trim() : `${hour.padStart(2, '0')}:${minute}:${second}`;
}
