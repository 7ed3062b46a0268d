import type { Migration } from '../../graph/journal.ts';
import { skipBlank, tokenEnd } from '../../sql/token.ts';
import type { Reading } from '../source.ts';
import type { AppliedMigration } from './read-catalog.ts';

const NAMED = 5;

/** Which of the files the database has, by the history that the Supabase CLI keeps in it: remarks for people. */
export function historyNotes(
  applied: readonly AppliedMigration[],
  { migrations, texts }: Pick<Reading, 'migrations' | 'texts'>,
): readonly string[] {
  const rows = new Map(applied.map((each) => [each.version, each]));
  const files = migrations.filter(({ version, skipped }) => version !== null && skipped === null);
  const versions = new Set(files.map(({ version }) => version));
  const pending = files.filter(({ version }) => !rows.has(version ?? ''));
  const orphans = applied.filter(({ version }) => !versions.has(version));
  const changed = files.filter((file) => isChanged(file, rows, texts));
  const notes = [
    sentence(pending.map(fileName), 'has not been applied', 'have not been applied'),
    sentence(orphans.map(rowName), 'was applied and has no file here', 'were applied and have no file here'),
    sentence(changed.map(fileName), 'is not what was applied', 'are not what was applied'),
  ].filter((each) => each !== undefined);
  return notes.length > 0 || files.length === 0 ? notes : [`The database has every migration, as the files have them.`];
}

function isChanged(
  { version, file }: Migration,
  rows: ReadonlyMap<string, AppliedMigration>,
  texts: Reading['texts'],
): boolean {
  const statements = rows.get(version ?? '')?.statements ?? null;
  const text = texts.get(file);
  if (statements === null || statements.length === 0 || text === undefined) return false;
  return tokensOf(statements.join(';\n')) !== tokensOf(text);
}

/** The text without what the CLI does not keep as written: blanks, comments, semicolons. */
function tokensOf(text: string): string {
  const tokens: string[] = [];
  for (let at = skipBlank(text, 0); at < text.length; ) {
    const end = tokenEnd(text, at);
    const token = text.slice(at, end);
    if (token !== ';') tokens.push(token);
    at = skipBlank(text, end);
  }
  return tokens.join('\0');
}

function fileName({ file }: Migration): string {
  return file.split('/').at(-1) ?? file;
}

function rowName({ version, name }: AppliedMigration): string {
  return name === null || name === '' ? version : `${version}_${name}`;
}

function sentence(names: readonly string[], one: string, many: string): string | undefined {
  if (names.length === 0) return undefined;
  const shown = names.slice(0, NAMED).join(', ');
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return names.length === 1 ? `The migration ${shown} ${one}.` : `${names.length} migrations ${many}: ${shown}${more}.`;
}
