import type { RefusedKind } from '../graph/deletes/refused-kinds.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/name.ts';
import { andList, orList } from './prose.ts';

/** `kind = 'personal' or kind = 'team'`: the rows that a CHECK keeps, by what they have. */
export function kindText(kinds: readonly RefusedKind[]): string {
  const all = kinds.map(({ having }) =>
    andList(
      [...having].map(([{ name }, value]) => {
        return `${quoteIdentifier(name)} = ${typeof value === 'string' ? quoteLiteral(value) : String(value)}`;
      }),
    ),
  );
  return orList([...new Set(all)].sort());
}
