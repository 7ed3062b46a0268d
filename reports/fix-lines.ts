/** A line of a fix, or how many are left out between two, as they are the source's own. */
export type FixLine = { readonly text: string } | { readonly leftOut: number };

/** What is read at a glance is shown whole. */
const SHORT = 30;
/** Lines around a change, and at either end, that are shown all the same. */
const AROUND = 2;
/** A longer one is not compared line by line, which would take the square of it. */
const LONG = 1_000;
/** It takes a line to say that lines are left out. */
const WORTH = 3;

/**
 * The lines of a fix as people want to see them: of a routine that is written again with a change or two, the changes. All of them where most are new, and where they are more than
 * can be compared.
 * @param source the lines of the file around the finding
 */
export function fixLines(sql: string, source: readonly string[]): readonly FixLine[] {
  const lines = sql.trimEnd().split('\n');
  const all = lines.map((text) => ({ text }));
  const isCompared = lines.length > SHORT && lines.length <= LONG;
  if (!isCompared || !/^create or replace (?:function|procedure)\b/im.test(sql)) return all;
  const known = linesInCommon(lines, source);
  const isShown = (at: number) =>
    at < AROUND ||
    at >= lines.length - AROUND ||
    lines.slice(at - AROUND, at + AROUND + 1).some((_, i) => !known.has(at - AROUND + i));
  if (known.size * 2 < lines.length) return all;
  const shown: FixLine[] = [];
  for (let at = 0; at < lines.length; ) {
    let end = at;
    while (end < lines.length && !isShown(end)) end++;
    if (end - at >= WORTH) {
      shown.push({ leftOut: end - at });
      at = end;
    } else {
      const stop = Math.max(end, at + 1);
      shown.push(...all.slice(at, stop));
      at = stop;
    }
  }
  return shown;
}

/** Which of these lines stand in the others, in the same order: a longest common subsequence. */
function linesInCommon(lines: readonly string[], others: readonly string[]): ReadonlySet<number> {
  const width = others.length + 1;
  const lengths = new Uint32Array((lines.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = lines.length - 1; i >= 0; i--)
    for (let j = others.length - 1; j >= 0; j--)
      lengths[i * width + j] = lines[i] === others[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const common = new Set<number>();
  for (let i = 0, j = 0; i < lines.length && j < others.length; ) {
    if (lines[i] === others[j]) {
      common.add(i++);
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return common;
}
