import { type Config, loadConfig } from '../config/resolve.ts';
import { writeSnapshot } from '../sources/snapshot/write-snapshot.ts';
import type { Source } from '../sources/source.ts';
import { version } from '../version.ts';
import type { SnapshotArguments } from './arguments/snapshot.ts';
import { databaseSource } from './database-source.ts';
import { databaseUrl } from './database-url.ts';
import type { Io } from './io.ts';
import { migrationsSource } from './migrations-source.ts';
import { targetsOf } from './targets.ts';

/** `ddlint snapshot`: writes a schema down. @returns the exit code */
export async function writeSnapshotFile(options: SnapshotArguments, io: Io): Promise<0> {
  const note = (line: string): void => {
    if (!options.quiet) io.note(line);
  };
  const config = await loadConfig(io.cwd, options.config);
  for (const line of config.notes) note(line);
  const reading = await sourceOf(options, config, io).read();
  for (const line of reading.notes) note(line);
  const text = writeSnapshot(reading, { ddlint: version(), statistics: options.offlineStats });
  if (options.output === '-') io.print(text);
  else {
    io.write(options.output, text);
    note(`${options.output}: ${[...reading.graph.all()].length} objects, ${Math.ceil(text.length / 1024)} KB.`);
  }
  return 0;
}

function sourceOf(options: SnapshotArguments, config: Config, io: Io): Source {
  const { paths } = targetsOf(options.paths, io.cwd);
  if (paths.length > 0) return migrationsSource(paths, options, config, io);
  return databaseSource(databaseUrl(options, io), options, config, io);
}
