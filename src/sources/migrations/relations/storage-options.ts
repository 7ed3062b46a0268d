import type { Node } from '@pgsql/types';
import type { StorageOption } from '../../../graph/entities/table.ts';
import { defElems, defText } from '../../../sql/def-elem.ts';

/**
 * WITH (name = value, …) as pg_class.reloptions holds it: values as written, a bare name means true. Options of the TOAST
 * table (toast.name) belong to that table, not to this one.
 */
export function storageOptions(list: readonly Node[] | undefined): readonly StorageOption[] {
  return defElems(list)
    .filter((each) => each.defnamespace === undefined)
    .map((each) => ({ name: each.defname ?? '', value: defText(each) ?? 'true' }));
}

/** ALTER … SET (…): transformRelOptions() drops those given again and appends them. */
export function withOptions(
  before: readonly StorageOption[],
  list: readonly Node[] | undefined,
): readonly StorageOption[] {
  return [...withoutOptions(before, list), ...storageOptions(list)];
}

/** ALTER … RESET (…). */
export function withoutOptions(
  before: readonly StorageOption[],
  list: readonly Node[] | undefined,
): readonly StorageOption[] {
  const named = new Set(storageOptions(list).map((each) => each.name));
  return before.filter((each) => !named.has(each.name));
}

/** In the order of their names, as the graph keeps an index's options. */
export function byName(options: readonly StorageOption[]): readonly StorageOption[] {
  return options.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
