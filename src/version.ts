import { existsSync, readFileSync } from 'node:fs';

/** ddlint's version: package.json lies one folder above the sources, and two above the build. */
export function version(): string {
  const [file] = ['../package.json', '../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .filter((each) => existsSync(each));
  const manifest = file ? (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }) : {};
  return manifest.version ?? '0.0.0';
}
