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

/** A text ends where what may follow it begins: it may hold quotes itself. */
const EXPECT =
  /-- expect: (?<ruleId>[a-z0-9/-]+)(?: (?<severity>critical|high|medium|low)\b)?(?: "(?<text>.*?)"(?= fix (?:none|")| -- expect: |\s*$))?(?: fix (?:(?<none>none)\b|"(?<fix>.*?)"(?= -- expect: |\s*$)))?(?<rest>.*?)(?= -- expect: |$)/g;

/**
 * Reads the markers of one text. They are looked for by line, so that they also count inside function bodies.
 * @throws Error where a marker goes on behind what is read of it, and so would not be checked as it is meant
 */
export function readMarkers(text: string): Markers {
  const lines = text.split(/\r\n|\r|\n/);
  return {
    expected: lines.flatMap((line, i) =>
      [...line.matchAll(EXPECT)].map(({ groups }) => {
        if (groups?.rest?.trim()) throw new Error(`line ${i + 1}: not read of the marker: ${groups.rest}`);
        return {
          line: i + 1,
          ruleId: groups?.ruleId ?? '',
          severity: groups?.severity ?? null,
          text: groups?.text ?? null,
          fix: groups?.fix === undefined ? (groups?.none === undefined ? null : 'none') : { sql: groups.fix },
        };
      }),
    ),
    notUnderstood: lines.flatMap((line, i) => (line.includes('-- expect-not-understood') ? [i + 1] : [])),
    doesNotRun: lines.some((line) => /^-- does-not-run: \S/.test(line)),
  };
}
