import type { ChosenRows } from '../graph/chosen-rows.ts';
import { ROW_COMMANDS, type RowCommand } from '../graph/policies/row-security.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { andList } from './prose.ts';

/** `anon and authenticated`, `every role` for PUBLIC; where a sentence begins with it, `Every role`. */
export function clientsOf(access: readonly { readonly name: string }[], begins = false): string {
  const text = andList(access.map(({ name }) => (name === 'public' ? 'every role' : name)));
  return begins ? text.replace(/^every role/, 'Every role') : text;
}

/** `The policy x lets`, `The policies x and y let`. */
export function policiesLet(policies: readonly { readonly name: string }[]): string {
  const names = andList(policies.map(({ name }) => quoteIdentifier(name)));
  return policies.length === 1 ? `The policy ${names} lets` : `The policies ${names} let`;
}

/** `bucket a`, `buckets a and b`. */
export function bucketsText(names: readonly string[]): string {
  return `${names.length === 1 ? 'bucket' : 'buckets'} ${andList(names.map(quoteIdentifier), 4)}`;
}

const VERBS: Readonly<Record<RowCommand, string>> = {
  select: 'read',
  insert: 'add',
  update: 'change',
  delete: 'delete',
};

/** What may be done with rows: `read, add and delete`. */
export function commandsText(commands: Iterable<RowCommand>): string {
  const all = new Set(commands);
  return andList(ROW_COMMANDS.filter((each) => all.has(each)).map((each) => VERBS[each]));
}

/** `deletes` or `changes`: what a routine does to rows that its caller names. */
export function doneTo({ command }: ChosenRows): string {
  return `${VERBS[command]}s`;
}
