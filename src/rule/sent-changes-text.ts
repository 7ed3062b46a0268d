import type { SentChange } from '../graph/policies/sent-changes.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { andList, brief } from './prose.ts';

/** ` The trigger t then sets version of the boxes row that the new row names (serial) …`: what adding a row does elsewhere; empty for nothing. */
export function sentChangesText(changes: readonly SentChange[]): string {
  const [first] = changes;
  if (first === undefined) return '';
  const same = changes.filter(({ trigger }) => trigger === first.trigger);
  const deeds = andList([...new Set(same.map(deedOf))], 2);
  const tables = andList([...new Set(same.map(({ changed }) => brief(changed.name)))], 2);
  const fn = `${brief(first.function.name)}()`;
  return ` The trigger ${quoteIdentifier(first.trigger.name)} then ${deeds}, with the rights of the owner of ${fn} and past the policies of ${tables}.`;
}

function deedOf({ changed, keys, kind, columns }: SentChange): string {
  const named = (list: typeof keys, most?: number) =>
    andList(
      list.map(({ name }) => quoteIdentifier(name)),
      most,
    );
  const row = `the ${brief(changed.name)} row that the new row names (${named(keys)})`;
  return kind === 'delete' ? `deletes ${row}` : `sets ${named(columns, 3)} of ${row} to what it says`;
}
