import { addTo } from './grouping.ts';
/** The style most things have, and the few that have another one. */
export interface MajorityStyle<Thing, Style extends string> {
  readonly style: Style;
  readonly followers: readonly Thing[];
  readonly deviants: readonly Thing[];
}

/**
 * The style of at least `share` percent of the things that have one. Undefined where there are fewer than `least` of them,
 * where no style leads that clearly, or where all agree.
 */
export function majorityStyle<Thing, Style extends string>(
  things: readonly Thing[],
  styleOf: (thing: Thing) => Style | undefined,
  { least, share }: { readonly least: number; readonly share: number },
): MajorityStyle<Thing, Style> | undefined {
  const groups = new Map<Style, Thing[]>();
  for (const thing of things) {
    const style = styleOf(thing);
    if (style !== undefined) addTo(groups, style, thing);
  }
  const all = [...groups.values()].reduce((sum, group) => sum + group.length, 0);
  const [largest] = [...groups].sort(([, a], [, b]) => b.length - a.length);
  if (largest === undefined || all < least) return undefined;
  const [style, followers] = largest;
  if (followers.length === all || followers.length * 100 < all * share) return undefined;
  const kept = new Set(followers);
  const deviants = things.filter((thing) => !kept.has(thing) && styleOf(thing) !== undefined);
  return { style, followers, deviants };
}
