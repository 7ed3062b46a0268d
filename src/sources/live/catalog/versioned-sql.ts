import { readFileSync } from 'node:fs';

/**
 * The query of an entity kind, for this server. A line of the file that ends in `-- 15+` is for servers from that major
 * version on, one that ends in `-- <15` for older ones; all other lines are for every server.
 *
 * @param serverVersion server_version_num: 150004 is 15.4.
 */
export function versionedSql(name: string, serverVersion: number): string {
  const text = readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');
  const major = Math.floor(serverVersion / 10_000);
  return text
    .split('\n')
    .filter((line) => isForVersion(line, major))
    .join('\n');
}

function isForVersion(line: string, major: number): boolean {
  const from = /-- (\d+)\+$/.exec(line);
  if (from) return major >= Number(from[1]);
  const before = /-- <(\d+)$/.exec(line);
  return before ? major < Number(before[1]) : true;
}
