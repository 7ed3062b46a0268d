/** `-- expect: rule-id "text"`: a finding of the rule starts on this line, and its message holds the text. */
export interface Expectation {
  readonly line: number;
  readonly ruleId: string;
  readonly text: string | null;
}

export interface Markers {
  readonly expected: readonly Expectation[];
  /** Lines marked `-- expect-not-understood`. */
  readonly notUnderstood: readonly number[];
  /** `-- does-not-run: reason`: real Postgres refuses the file, on purpose. */
  readonly doesNotRun: boolean;
}

const EXPECT = /-- expect: (?<ruleId>[a-z0-9/-]+)(?: "(?<text>[^"]*)")?/g;

/** Reads the markers of one text. They are looked for by line, so that they also count inside function bodies. */
export function readMarkers(text: string): Markers {
  const lines = text.split(/\r\n|\r|\n/);
  return {
    expected: lines.flatMap((line, i) =>
      [...line.matchAll(EXPECT)].map(({ groups }) => ({
        line: i + 1,
        ruleId: groups?.ruleId ?? '',
        text: groups?.text ?? null,
      })),
    ),
    notUnderstood: lines.flatMap((line, i) => (line.includes('-- expect-not-understood') ? [i + 1] : [])),
    doesNotRun: lines.some((line) => /^-- does-not-run: \S/.test(line)),
  };
}
