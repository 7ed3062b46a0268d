import { type Config, loadConfig } from '../config/resolve.ts';
import { writeSnapshot } from '../sources/snapshot/write-snapshot.ts';
import type { Source } from '../sources/source.ts';
import { version } from '../version.ts';
import type { SnapshotArguments } from './arguments/snapshot.ts';
import type { Io } from './io.ts';
import { migrationsSource } from './migrations-source.ts';

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
  return migrationsSource(options.paths, options, config, io);
}
