import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { DiscoveredFile } from './discover.ts';
import { unlessUnreadable } from './unless-unreadable.ts';

/** What says that a folder is a package: what is in it belongs together. */
const PACKAGES: readonly string[] = [
  ...['package.json', 'pyproject.toml', 'go.mod', 'Cargo.toml', 'Gemfile', 'composer.json', 'mix.exs', 'pom.xml'],
  'build.gradle',
];
/** So far above the migrations it lies at most: `src/db/migrations`. */
const MOST_ABOVE = 3;
/** What was made from the rest, or is another's. */
const OTHERS: ReadonlySet<string> = new Set(['node_modules', 'dist', 'build', 'vendor', 'target', 'coverage']);
/** What sets up a database for tests says nothing of any other. */
const TESTS = /(?:^|[._-])(?:tests?|specs?|e2e|fixtures?)(?:[._-]|$)/i;
const PROGRAMS = /^(?:.*\.(?:[cm]?[jt]s|sql|sh|py|rb|go|rs|php|java|kt|exs?|ya?ml)|Dockerfile.*)$/i;
const REMARK = /^\s*(?:\/\/|\*|\/\*|#|--)/;

/** More is not one package, and larger ones are data. */
const MOST_FILES = 2_000;
const MOST_BYTES = 200_000;

/**
 * Which of these extensions a file of the package around the migrations installs, and which file: the program that runs the migrations often
 * does so first. Files that were read as migrations and what belongs to tests are left out.
 */
export function extensionsBeside(
  files: readonly DiscoveredFile[],
  extensions: readonly string[],
  cwd: string,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const read = new Set(files.map(({ file }) => resolve(cwd, file)));
  const [first] = read;
  const root = first === undefined || extensions.length === 0 ? undefined : packageAround(dirname(first));
  if (root === undefined) return found;
  const wanted = extensions.map((name) => ({ name, installs: installing(name) }));
  for (const path of programsIn(root)) {
    if (read.has(path)) continue;
    const lines = linesOf(path);
    for (const { name, installs } of wanted)
      if (!found.has(name) && lines.some((line) => installs.test(line) && !REMARK.test(line))) found.set(name, path);
    if (found.size === wanted.length) break;
  }
  return found;
}

function installing(extension: string): RegExp {
  const name = extension.replace(/[^\w]/g, '\\$&');
  return new RegExp(`create\\s+extension\\s+(?:if\\s+not\\s+exists\\s+)?\\\\?["'\`]?${name}(?![\\w-])`, 'i');
}

function packageAround(folder: string): string | undefined {
  let at = folder;
  for (let above = 0; above <= MOST_ABOVE; above++) {
    if (PACKAGES.some((each) => existsSync(join(at, each)))) return at;
    at = dirname(at);
  }
  return undefined;
}

/** Those nearest to the root first, in the order of their names. */
function programsIn(root: string): readonly string[] {
  const programs: string[] = [];
  const folders = [root];
  // A list that grows while it is gone through is gone through to its end.
  for (const folder of folders) {
    for (const entry of unlessUnreadable(() => readdirSync(folder, { withFileTypes: true })) ?? []) {
      if (entry.name.startsWith('.') || OTHERS.has(entry.name) || TESTS.test(entry.name)) continue;
      if (entry.isDirectory()) folders.push(join(folder, entry.name));
      else if (entry.isFile() && PROGRAMS.test(entry.name)) programs.push(join(folder, entry.name));
    }
    if (programs.length > MOST_FILES || folders.length > MOST_FILES) break;
  }
  return programs;
}

function linesOf(path: string): readonly string[] {
  const text = unlessUnreadable(() => (statSync(path).size > MOST_BYTES ? undefined : readFileSync(path, 'utf8')));
  return text === undefined || !/create\s+extension/i.test(text) ? [] : text.split('\n');
}
