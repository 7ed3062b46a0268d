/**
 * `-- expect: rule-id critical "text" fix "SQL"`: a finding of the rule starts on this line, is that severe, its message holds
 * the text and its fix the SQL; `fix none`: it has no fix.
 */
export interface Expectation {
  readonly line: number;
  readonly ruleId: string;
  readonly severity: string | null;
  readonly text: string | null;
  readonly fix: { readonly sql: string } | 'none' | null;
}

export interface Markers {
  readonly expected: readonly Expectation[];
  /** Lines marked `-- expect-not-understood`. */
  readonly notUnderstood: readonly number[];
  /** `-- does-not-run: reason`: real Postgres refuses the file, on purpose. */
  readonly doesNotRun: boolean;
}

const EXPECT =
  /-- expect: (?<ruleId>[a-z0-9/-]+)(?: (?<severity>critical|high|medium|low)\b)?(?: "(?<text>[^"]*)")?(?: fix (?:(?<none>none)|"(?<fix>[^"]*)"))?/g;

/** Reads the markers of one text. They are looked for by line, so that they also count inside function bodies. */
export function readMarkers(text: string): Markers {
  const lines = text.split(/\r\n|\r|\n/);
  return {
    expected: lines.flatMap((line, i) =>
      [...line.matchAll(EXPECT)].map(({ groups }) => ({
        line: i + 1,
        ruleId: groups?.ruleId ?? '',
        severity: groups?.severity ?? null,
        text: groups?.text ?? null,
        fix: groups?.fix === undefined ? (groups?.none === undefined ? null : 'none') : { sql: groups.fix },
      })),
    ),
    notUnderstood: lines.flatMap((line, i) => (line.includes('-- expect-not-understood') ? [i + 1] : [])),
    doesNotRun: lines.some((line) => /^-- does-not-run: \S/.test(line)),
  };
}
