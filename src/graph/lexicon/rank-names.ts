/** Ranks in a group: the one above all others, and those that come next. */
const RANKS = [
  /^(?:group_|team_|org_|super_?)?owner$/i,
  /^(?:group_|team_|org_|super_?)?admin(?:istrator)?$/i,
  /^(?:group_|team_)?moderator$/i,
];

/** The highest of some ranks that a list of values names: `'admin'`. */
export function highestRank(labels: readonly string[]): string | undefined {
  const [value] = RANKS.flatMap((rank) => labels.filter((each) => rank.test(each)));
  return value;
}

export function isRank(value: string): boolean {
  return RANKS.some((each) => each.test(value));
}

/** The rank of those to whom the group belongs. */
export function isTopRank(value: string): boolean {
  return /^(?:[a-z]+_)?(?:owner|founder)$/i.test(value) || isSuperAdmin(value);
}

/** The rank above all others also where no group belongs to anybody. */
export function isSuperAdmin(value: string): boolean {
  return /^super_?admin(?:istrator)?$/i.test(value);
}
