import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';

const MARKS = ['.git', '.hg', '.jj', '.svn'];
const NAMES = ['ddlint.jsonc', 'ddlint.json'];

/** The root of the version-controlled project around a folder; null where there is none. */
export function projectRoot(from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    if (MARKS.some((mark) => existsSync(join(folder, mark)))) return folder;
    if (folder === parse(folder).root) return null;
  }
}

/**
 * The nearest configuration from `cwd` up to the project's root: ddlint.jsonc, ddlint.json, or a package.json with `ddlint`.
 * Without version control only `cwd` itself is looked at: what lies above may be anyone's.
 */
export function findConfig(cwd: string): string | null {
  const top = projectRoot(cwd) ?? cwd;
  for (let folder = cwd; ; folder = dirname(folder)) {
    const own = NAMES.map((name) => join(folder, name)).find((file) => existsSync(file));
    if (own !== undefined) return own;
    const manifest = join(folder, 'package.json');
    if (hasSection(manifest)) return manifest;
    if (folder === top) return null;
  }
}

function hasSection(manifest: string): boolean {
  if (!existsSync(manifest)) return false;
  const text = readFileSync(manifest, 'utf8');
  if (!text.includes('"ddlint"')) return false;
  try {
    const content: unknown = JSON.parse(text);
    return (
      typeof content === 'object' &&
      content !== null &&
      Object.hasOwn(content, 'ddlint') &&
      typeof (content as { ddlint: unknown }).ddlint === 'object'
    );
  } catch {
    return false;
  }
}
