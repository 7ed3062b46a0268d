import { accept, acceptMark, advance, identifier, location, type PlReader } from './reader.ts';
import type { PlInto, PlTarget } from './tree.ts';

/** Reads a variable: a name, or names with dots. */
export function readTarget(reader: PlReader): PlTarget {
  const start = reader.at;
  const name = [identifier(reader)];
  while (acceptMark(reader, '.')) name.push(identifier(reader));
  return { name, at: location(reader, start, reader.last) };
}

export function readTargets(reader: PlReader): PlTarget[] {
  const targets = [readTarget(reader)];
  while (acceptMark(reader, ',')) targets.push(readTarget(reader));
  return targets;
}

/** Reads INTO [STRICT] target, …; the current token is INTO. */
export function readInto(reader: PlReader): PlInto {
  const start = reader.at;
  advance(reader);
  const strict = accept(reader, 'strict');
  return { strict, targets: readTargets(reader), at: location(reader, start, reader.last) };
}
