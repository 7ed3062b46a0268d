import { tokenEnd } from './token.ts';

/**
 * Why the grammar refuses a statement, in its words, but for two mistakes that these do not tell: a variable of psql, and a comment that another one
 * which opens within it leaves open. What it quotes is the rest of the file where something is never closed: the beginning is enough.
 */
export function rejectionText(text: string, errorAt: number, message: string): string {
  if (PSQL_VARIABLE.test(text.slice(errorAt, errorAt + 3))) return psqlVariable(text, errorAt);
  const inner = text.startsWith('/*', errorAt) ? openedWithin(text, errorAt) : undefined;
  if (inner !== undefined)
    return `the comment that begins here is never closed: comments nest in Postgres, so that the /* of "${wordAt(text, inner)}" in line ${lineOf(text, inner)} opens another one, and the next */ closes only that`;
  return message.replace(QUOTED, (_, before: string, quoted: string) => `${before}"${beginning(quoted)}"`);
}

const PSQL_VARIABLE = /^:["']?[A-Za-z_]|^:\{/;

function psqlVariable(text: string, offset: number): string {
  const name = text.slice(offset, tokenEnd(text, offset + 1));
  return `${name} is a variable of psql; only psql can put its value here.`;
}

/** The last `/*` before what closes a comment, if that is not the one that opens it. */
function openedWithin(text: string, start: number): number | undefined {
  const closing = text.indexOf('*/', start + 2);
  const inner = closing === -1 ? -1 : text.lastIndexOf('/*', closing - 1);
  return inner > start + 1 ? inner : undefined;
}

/** What stands around a place between blanks. */
function wordAt(text: string, offset: number): string {
  const before = /\S*$/.exec(text.slice(Math.max(0, offset - MOST_SHOWN), offset))?.[0] ?? '';
  const after = /^\S*/.exec(text.slice(offset, offset + MOST_SHOWN))?.[0] ?? '';
  return before + after;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}

/** The quotes that the grammar writes itself stand at its end. */
const QUOTED = /^(.* at or near )"(.*)"$/s;

function beginning(quoted: string): string {
  const [line = ''] = quoted.split(/[\r\n]/);
  const shown = line.slice(0, MOST_SHOWN).replace(/[\uD800-\uDBFF]$/, '');
  return shown.length < quoted.length ? `${shown}…` : quoted;
}

const MOST_SHOWN = 60;
