import type { Node } from '@pgsql/types';

import { stringsOf } from '../../sql/nodes.ts';
import type { BoundSourceColumn, Entry } from './level.ts';

type Alias = { readonly aliasname?: string; readonly colnames?: Node[] };

/** The entry under its alias, its first columns renamed if the alias lists names. */
export function aliased(entry: Entry, alias: Alias | undefined): Entry {
  if (!alias) return entry;
  const names = stringsOf(alias.colnames);
  const own = alias.aliasname ?? entry.name;
  if (names.length === 0) return own === entry.name ? entry : { ...entry, name: own };
  const columns = entry.columns.map((column, at) => {
    const name = names[at];
    return name === undefined ? column : { ...column, name, isRenamed: true };
  });
  const extra: BoundSourceColumn[] = entry.columnsKnown ? [] : names.slice(columns.length).map((name) => ({ name }));
  return { ...entry, name: own, columns: [...columns, ...extra] };
}
