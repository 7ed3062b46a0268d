import { ConfigError } from '../../errors.ts';
import { didYouMean } from '../../rule/nearest.ts';

/** Arguments as yargs gives them: by name, an option given twice as an array. */
export type Values = Readonly<Record<string, unknown>>;

export function texts(values: Values, name: string): readonly string[] {
  const value = values[name];
  return value === undefined ? [] : [value].flat().map(String);
}

/** An option given twice: the last one holds. */
export function lastText(values: Values, name: string): string | undefined {
  const value = texts(values, name).at(-1);
  if (value === '') throw new ConfigError(`--${name} needs a value.`);
  return value;
}

export function flag(values: Values, name: string): boolean | undefined {
  const value = [values[name]].flat().at(-1);
  return value === undefined ? undefined : Boolean(value);
}

export function oneOf<T extends string>(values: Values, name: string, allowed: readonly T[]): T | undefined {
  const value = lastText(values, name);
  if (value === undefined) return undefined;
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  throw new ConfigError(
    `--${name} must be one of ${allowed.join(', ')}, not ${JSON.stringify(value)}.${didYouMean(value, allowed)}`,
  );
}
