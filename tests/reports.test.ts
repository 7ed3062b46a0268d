import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import Ajv4 from 'ajv-draft-04';
import formats from 'ajv-formats';
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import { json } from '../reports/json.ts';
import { lineHashes } from '../reports/line-hashes.ts';
import { displayWidth, plain, plainLines } from '../reports/plain-text.ts';
import { sarif } from '../reports/sarif.ts';
import { pretty } from '../reports/terminal.ts';
import { sampleReport } from '../scripts/docs/sample-report.ts';
import type { AuditReport, ReporterOptions } from '../src/audit/report.ts';
import { finish } from '../src/engine/collect.ts';
import { githubProfileProblems } from './sarif-profile.ts';

const OPTIONS: ReporterOptions = {
  color: false,
  width: 100,
  all: false,
  level: 'low',
  version: '0.0.0',
  pathPrefix: '',
  anchor: null,
};

function golden(name: string): string {
  return readFileSync(new URL(`../reports/examples/${name}`, import.meta.url), 'utf8');
}

function schema(path: string): object {
  return JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')) as object;
}

/** The sample with so many findings of one rule. */
function many(count: number): AuditReport {
  const [first] = sampleReport.findings;
  if (!first) throw new Error('the sample is empty');
  const drafts = Array.from({ length: count }, (_, i) => ({
    ...first,
    object: { kind: 'table', name: `public.t${i}` },
    discriminator: '',
  }));
  return { ...sampleReport, findings: finish(drafts) };
}

describe('the examples', () => {
  it.each([
    ['report.txt', pretty],
    ['report.json', json],
    ['report.sarif', sarif],
  ])('%s is what its reporter writes', (name, reporter) => {
    expect(reporter(sampleReport, OPTIONS)).toBe(golden(name));
  });
});

describe('pretty', () => {
  const head = 'function public.tally() returns void language plpgsql as $$';

  /** A finding whose fix writes a routine of so many lines again, with another line 30. */
  function rewritten(length: number) {
    const [first] = sampleReport.findings;
    if (!first) throw new Error('the sample is empty');
    const body = Array.from({ length }, (_, i) => `  perform public.step(${i});`);
    const source = [`create ${head}`, 'begin', ...body, 'end $$;', ''].join('\n');
    const changed = body.with(30, '  perform public.stride(30);');
    const fix = {
      title: 'Stride',
      safety: 'review' as const,
      sql: [`create or replace ${head}`, 'begin', ...changed, 'end $$;'].join('\n'),
    };
    const at = { file: 'a.sql', start: source.indexOf(body[30] ?? ''), end: source.length };
    const drafts = [{ ...first, origin: { from: 'statement' as const, at }, related: [], fix, discriminator: '' }];
    return { report: { ...sampleReport, findings: finish(drafts), texts: new Map([['a.sql', source]]) }, fix };
  }

  it('shows a routine whole that is too long to be compared', () => {
    expect(pretty(rewritten(30_000).report, OPTIONS)).toContain('step(20000)');
  });

  it('shows of a routine that a fix writes again the lines that change, and all of it when asked', () => {
    const { report, fix } = rewritten(50);
    const short = pretty(report, OPTIONS);
    expect(short).toContain('perform public.stride(30);');
    expect(short).toContain(`create or replace ${head}`);
    expect(short).toContain('… 27 lines as they stand (--all or --format json for the whole)');
    expect(short).not.toContain('step(20)');
    expect(pretty(report, { ...OPTIONS, all: true })).toContain(fix.sql.split('\n').join('\n      '));
    expect(json(report, OPTIONS)).toContain('step(20)');
    // Of what the source does not have, nothing is left out.
    const other = { ...report, texts: new Map([['a.sql', 'select 1;\n'.repeat(90)]]) };
    expect(pretty(other, OPTIONS)).toContain('step(20)');
  });

  it('writes escape codes only when asked, and never those of names', () => {
    expect(pretty(sampleReport, OPTIONS)).not.toContain('\u001b');
    const colored = pretty(sampleReport, { ...OPTIONS, color: true });
    expect(colored).toContain('\u001b[');
    expect(colored).not.toContain('\u001b[31morders');
    expect(colored).toContain('<U+001B>[31morders<U+202E>');
  });

  it('shows the first findings of a rule, then names, then counts; with `all` every one', () => {
    const short = pretty(many(200), OPTIONS);
    expect(short.match(/●/g)?.length).toBe(2);
    expect(short).toMatch(/also public\.t10, .*public\.t\d+/);
    expect(short).toMatch(/… and \d+ more/);
    expect(short).toContain('--all shows the other 198 in full.');
    expect(pretty(many(200), { ...OPTIONS, all: true }).match(/●/g)?.length).toBe(200);
  });

  it('leaves out what is below the level, and says so', () => {
    const text = pretty(sampleReport, { ...OPTIONS, level: 'high' });
    expect(text).not.toContain('unbounded-text');
    expect(text).toContain('--level low shows the 8 below high.');
    expect(text).toContain('9 findings: 1 critical, 6 medium and 2 low.');
  });

  it('groups the digits of large numbers', () => {
    const text = pretty(many(1200), OPTIONS);
    expect(text).toContain('1,200 findings');
    expect(text).toContain('--all shows the other 1,198 in full.');
    expect(pretty(many(999), OPTIONS)).toContain('999 findings');
  });

  it('says in one line that all is well', () => {
    const text = pretty({ ...sampleReport, findings: [], withheld: [], notUnderstood: [], skipped: [] }, OPTIONS);
    expect(text).toContain('✓ All clear: 4 rules looked and none had anything to say.');
  });

  it('never says so where what it would say was withheld', () => {
    const text = pretty({ ...sampleReport, findings: [], notUnderstood: [], skipped: [] }, OPTIONS);
    expect(text).not.toContain('All clear');
    expect(text).toContain('No finding is certain: 4 rules looked');
  });

  it('keeps every line within the width, and the caret under its place', () => {
    const text = pretty(sampleReport, { ...OPTIONS, width: 60 });
    const longest = Math.max(...text.split('\n').map(displayWidth));
    expect(longest).toBeLessThanOrEqual(62);
    const lines = text.split('\n');
    const carets = lines.findIndex((line) => line.includes('^'.repeat(10)));
    const from = lines[carets]?.indexOf('^') ?? 0;
    expect(lines[carets - 1]?.slice(from)).toMatch(/^create table/);
  });

  it('puts the caret right behind tabs and wide characters', () => {
    const text = "\tcomment on table 表格 is 'x';\n";
    const at = { file: 'a.sql', start: text.indexOf("'x'"), end: text.indexOf("'x'") + 3 };
    const [first] = sampleReport.findings;
    const findings = [
      { ...first, origin: { from: 'statement', at }, related: [], fix: null },
    ] as AuditReport['findings'];
    const lines = pretty({ ...sampleReport, findings, texts: new Map([['a.sql', text]]) }, OPTIONS).split('\n');
    const carets = lines.findIndex((line) => line.trimEnd().endsWith('^^^'));
    const before = lines[carets - 1]?.split("'x'")[0] ?? '';
    expect(displayWidth(lines[carets]?.split('^')[0] ?? '')).toBe(displayWidth(before));
  });
});

describe('json', () => {
  const validate = new Ajv({ strict: true, allErrors: true }).compile(schema('schemas/report.schema.json'));

  it.each([sampleReport, many(3), { ...sampleReport, findings: [] }, { ...sampleReport, onlyFiles: ['a.sql'] }])(
    'fits its schema (%#)',
    (report) => {
      validate(JSON.parse(json(report, OPTIONS)));
      expect(validate.errors).toBeNull();
    },
  );

  it('gives places as lines and columns, and null without one', () => {
    const { findings } = JSON.parse(json(sampleReport, OPTIONS)) as {
      findings: { object: { name: string }; location: unknown }[];
    };
    const locationOf = (name: string) => findings.find((each) => each.object.name === name)?.location;
    expect(locationOf('public.orders."Größe"')).toEqual({
      file: 'supabase/migrations/20250101000000_init.sql',
      line: 8,
      column: 3,
      endLine: 8,
      endColumn: 15,
    });
    expect(locationOf('public.hidden.note')).toBeNull();
  });
});

describe('sarif', () => {
  const ajv = new Ajv4.default({ strict: false, allErrors: true, unicodeRegExp: false });
  formats.default(ajv);
  const validate = ajv.compile(schema('node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'));
  const parsed = (report: AuditReport, more: Partial<ReporterOptions> = {}): Log =>
    JSON.parse(sarif(report, { ...OPTIONS, ...more })) as Log;

  it.each([sampleReport, many(300), { ...sampleReport, findings: [], texts: new Map() }])(
    'fits the official schema and what GitHub demands (%#)',
    (report) => {
      const log = parsed(report);
      validate(log);
      expect(validate.errors).toBeNull();
      expect(githubProfileProblems(log)).toEqual([]);
    },
  );

  it('the checks refuse what they should', () => {
    const log = parsed(sampleReport);
    const [result] = log.runs[0]?.results ?? [];
    if (!result) throw new Error('no result');
    result.level = 'critical' as never;
    result.locations = [];
    expect(validate(log)).toBe(false);
    expect(githubProfileProblems(log)).toContain('result 0: one location');
  });

  it('encodes paths from the root of the repository', () => {
    const log = parsed(sampleReport, { pathPrefix: 'data base/' });
    const related = log.runs[0]?.results?.[0]?.relatedLocations?.[0];
    expect(related?.physicalLocation?.artifactLocation?.uri).toBe(
      'data%20base/supabase/migrations/20250301000000_gr%C3%B6%C3%9Fer.sql',
    );
  });

  it('makes no links out of what comes from SQL', () => {
    const [result] = parsed(sampleReport).runs[0]?.results ?? [];
    expect(result?.message.text).toContain('\\[anon\\](https://example.org)');
  });

  it('anchors what has no place at a file', () => {
    const result = parsed(sampleReport, { anchor: 'supabase/config.toml' }).runs[0]?.results?.find((each) =>
      each.message.text?.includes('public.hidden'),
    );
    expect(result?.locations?.[0]?.physicalLocation).toEqual({ artifactLocation: { uri: 'supabase/config.toml' } });
  });

  it("computes GitHub's line hashes", () => {
    expect(lineHashes('')).toEqual(['c129715d7a2bc9a3:1']);
    expect(lineHashes(' a\nb\n  \t\tc\n d')).toEqual([
      '271789c17abda88f:1',
      '54703d4cd895b18:1',
      '180aee12dab6264:1',
      'a23a3dc5e078b07b:1',
    ]);
    expect(lineHashes(' a\r\nb\r\n  \t\tc\r\n d')).toEqual(lineHashes(' a\nb\n  \t\tc\n d'));
  });
});

describe('plain text', () => {
  it('shows what would act, and breaks no line', () => {
    expect(plain('a\u001b[2Jb\u202ec\u2028d\u200be\rf\tg\u0085')).toBe(
      'a<U+001B>[2Jb<U+202E>c<U+2028>d<U+200B>e f g<U+0085>',
    );
    expect(plainLines('a\n\tb\u0007\r\nc')).toBe('a\n\tb<U+0007>\nc');
    expect(plain('Größe 表 👩‍💻')).toBe('Größe 表 👩‍💻');
  });
});
