import type { Config } from '../config/resolve.ts';
import { migrations } from '../sources/migrations/migrations.ts';
import type { Source } from '../sources/source.ts';
import type { ReplayArguments } from './arguments/replay-options.ts';
import type { Io } from './io.ts';

/** Migrations as the arguments and the configuration say. */
export function migrationsSource(
  paths: readonly string[],
  options: ReplayArguments & { readonly base?: string | undefined },
  config: Config,
  io: Io,
): Source {
  const { exposedSchemas } = config;
  const { base } = options;
  return migrations({
    paths,
    cwd: io.cwd,
    platform: options.platform ?? config.platform,
    exposure: options.exposure ?? config.exposure,
    ...(exposedSchemas ? { exposedSchemas } : {}),
    ...(base === undefined ? {} : { base: () => baseOf(base, io) }),
  });
}

/** Only a run that has a base loads what reads one. */
async function baseOf(file: string, io: Io) {
  const { loadSnapshot } = await import('../sources/snapshot/snapshot.ts');
  const { snapshotContents } = await import('../sources/snapshot/read-snapshot.ts');
  const snapshot = loadSnapshot(file, io.cwd);
  const { platform, exposedSchemas, extraSearchPath } = snapshot.source;
  return { ...(await snapshotContents(snapshot)), platform, exposedSchemas, extraSearchPath };
}
