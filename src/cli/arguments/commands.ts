import { didYouMean } from '../../rule/nearest.ts';
import { auditCommand } from './audit.ts';
import { nameOf } from './command-line.ts';
import { driftCommand } from './drift.ts';
import { lintCommand } from './lint.ts';
import { explainCommand, rulesCommand } from './rules.ts';
import { snapshotCommand } from './snapshot.ts';

/** In the order of `ddlint --help`. */
export const COMMANDS = [
  lintCommand,
  auditCommand,
  snapshotCommand,
  driftCommand,
  rulesCommand,
  explainCommand,
] as const;

export type Command =
  | ReturnType<(typeof COMMANDS)[number]['read']>
  /** --help and --version: nothing to do but print. */
  | { readonly name: 'print'; readonly text: string };

/** A path that is not there but looks like a mistyped command. */
export function mistypedCommand(path: string): string {
  if (!/^[a-z]+$/.test(path)) return '';
  return didYouMean(path, COMMANDS.map(nameOf)).replace('mean ', 'mean the command ');
}
