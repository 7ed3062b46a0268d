import type { KeptAddress } from '../graph/sign-up/addresses-in-names.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { RelatedPlace } from './finding.ts';
import { andList } from './prose.ts';

/** Which columns hold e-mail addresses by which trigger of sign-up; undefined where none does. */
export function addressesText([first, ...others]: readonly KeptAddress[]):
  | { readonly trigger: string; readonly columns: string; readonly fallback: string }
  | undefined {
  if (first === undefined) return undefined;
  const alike = [first, ...others.filter(({ trigger }) => trigger === first.trigger)];
  return {
    trigger: quoteIdentifier(first.trigger.name),
    columns: andList(
      alike.map(({ column }) => quoteIdentifier(column.name)),
      3,
    ),
    fallback: alike.every(({ isFallback }) => isFallback) ? ' for whoever signs up with nothing else for it' : '',
  };
}

/** Where the addresses are written. */
export function placesOfAddresses(addresses: readonly KeptAddress[]): readonly RelatedPlace[] {
  const places = [...new Set(addresses.flatMap(({ at }) => at ?? []))];
  return places.map((at) => ({ note: 'writes the e-mail address', at }));
}
