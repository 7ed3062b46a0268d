/** Units of interval input (docs 8.5.4), in months, days and microseconds. */
const UNITS: ReadonlyMap<string, readonly [months: number, days: number, micros: number]> = new Map([
  ...unit(['microsecond', 'us', 'usec'], [0, 0, 1]),
  ...unit(['millisecond', 'ms', 'msec'], [0, 0, 1e3]),
  ...unit(['second', 's', 'sec'], [0, 0, 1e6]),
  ...unit(['minute', 'm', 'min'], [0, 0, 60e6]),
  ...unit(['hour', 'h', 'hr'], [0, 0, 3600e6]),
  ...unit(['day', 'd'], [0, 1, 0]),
  ...unit(['week', 'w'], [0, 7, 0]),
  ...unit(['month', 'mon'], [1, 0, 0]),
  ...unit(['year', 'y', 'yr'], [12, 0, 0]),
  ...unit(['decade', 'dec'], [120, 0, 0]),
  ...unit(['century', 'c', 'cent', 'centurie'], [1200, 0, 0]),
]);

function unit(names: readonly string[], size: readonly [number, number, number]) {
  return names.flatMap((name) => [[name, size] as const, [`${name}s`, size] as const]);
}

const PART = /\s*(?:([+-]?)(\d+):(\d+)(?::(\d+(?:\.\d+)?))?|([+-]?\d+(?:\.\d+)?)\s*([a-z]+))\s*/y;

/** An interval literal as months, days and microseconds, however it is spelt; with fractions or in ISO form, as written. */
export function normalInterval(text: string): string {
  const [months, days, micros] = read(text.trim().toLowerCase()) ?? [];
  return months === undefined ? text : `${months} ${days} ${micros}`;
}

function read(text: string): readonly [number, number, number] | undefined {
  let [months, days, micros] = [0, 0, 0];
  const isAgo = / ago$/.test(text);
  const rest = isAgo ? text.slice(0, -4) : text;
  PART.lastIndex = 0;
  while (PART.lastIndex < rest.length) {
    const match = PART.exec(rest);
    if (!match) return undefined;
    const [, sign, hours, minutes, seconds = '0', amount, name = ''] = match;
    if (amount === undefined) {
      micros +=
        (sign === '-' ? -1 : 1) * (Number(hours) * 3600e6 + Number(minutes) * 60e6 + Math.round(Number(seconds) * 1e6));
      continue;
    }
    const size = UNITS.get(name);
    const isFraction = !Number.isInteger(Number(amount));
    if (!size || (isFraction && size[2] === 0)) return undefined;
    months += Number(amount) * size[0];
    days += Number(amount) * size[1];
    micros += Math.round(Number(amount) * size[2]);
  }
  if (rest === '') return undefined;
  const turn = isAgo ? -1 : 1;
  return [months * turn + 0, days * turn + 0, micros * turn + 0];
}
