import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { SourceError } from '../../errors.ts';
import { placeByMigrations } from '../live/place-by-migrations.ts';
import { type MigrationsOptions, migrations } from '../migrations/migrations.ts';
import { serverMajorOf } from '../server-version.ts';
import type { Reading, Source } from '../source.ts';
import { parseSnapshot } from './parse-snapshot.ts';
import { snapshotReading } from './read-snapshot.ts';
import { MAX_SNAPSHOT_BYTES, type SnapshotFile } from './snapshot-file.ts';

export interface SnapshotSourceOptions {
  /** As the user wrote it. */
  readonly file: string;
  readonly cwd: string;
  /** Overrides what the snapshot says. */
  readonly exposedSchemas?: readonly string[];
  /** The files that made the schema: what they made is found at their lines. */
  readonly migrations?: MigrationsOptions;
}

/** A schema that was written down earlier, by `ddlint snapshot`. */
export function snapshot(options: SnapshotSourceOptions): Source {
  return { name: options.file, read: () => read(options) };
}

async function read({ file, cwd, exposedSchemas, migrations: files }: SnapshotSourceOptions): Promise<Reading> {
  const { reading, builder } = await snapshotReading(loadSnapshot(file, cwd));
  const own = { ...reading, exposedSchemas: exposedSchemas ?? reading.exposedSchemas };
  if (files === undefined) return own;
  const replayed = await migrations(files).read();
  placeByMigrations(builder, replayed.graph, serverMajorOf(own));
  const { texts, counts, migrationTool, notes } = replayed;
  return { ...own, migrations: replayed.migrations, texts, counts, migrationTool, notes: [...notes, ...own.notes] };
}

/** @throws SourceError for what is no snapshot, with the reason */
export function loadSnapshot(file: string, cwd: string): SnapshotFile {
  const full = resolve(cwd, file);
  let text: string;
  try {
    const { size } = statSync(full);
    if (size > MAX_SNAPSHOT_BYTES) {
      const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);
      throw new SourceError(
        `${file} has ${megabytes(size)} MB; snapshots over ${megabytes(MAX_SNAPSHOT_BYTES)} MB are not read.`,
      );
    }
    text = readFileSync(full, 'utf8');
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new SourceError(`${file}: no such file.`, { cause });
    throw new SourceError(`${file} cannot be read${code === 'EISDIR' ? ': it is a folder' : ` (${code})`}.`, { cause });
  }
  return parseSnapshot(text, file);
}
