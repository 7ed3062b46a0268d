// The acceptance of the audits behind the example projects: fixtures/projects/README.md says of each of their findings which rule
// reports it and where, and here it must come true. Row by row: the rule, the object, the severity, the file.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../src/audit/audit.ts';
import { loadBuiltInRules } from '../src/config/built-in-rules.ts';
import type { Finding } from '../src/rule/finding.ts';
import { migrations } from '../src/sources/migrations/migrations.ts';

const PROJECTS = join('fixtures', 'projects');

interface Entry {
  /** `none: …` */
  readonly none?: string;
  /** Rules that are not there yet. */
  readonly planned?: readonly string[];
  /** SQL that the audit proposes, run after the history. */
  readonly after?: string;
  readonly rule?: string;
  readonly severity?: string;
  readonly places?: readonly { readonly object: string; readonly file: string }[];
}

interface Row {
  readonly project: string;
  readonly audit: string;
  readonly finding: string;
  readonly entries: readonly Entry[];
}

const rows = readRows(readFileSync(join(PROJECTS, 'README.md'), 'utf8'));
const rules = await loadBuiltInRules();

/** The tables headed `finding | reported by`, below the project (##) and the audit (###) they belong to. */
function readRows(text: string): readonly Row[] {
  const found: Row[] = [];
  let [project, title, isTable] = ['', '', false];
  for (const line of text.split('\n')) {
    const [, marks, heading = ''] = /^(##|###) (.*)$/.exec(line) ?? [];
    if (marks === '##') [project, title] = [heading, heading];
    if (marks === '###') title = heading;
    const cells = line.startsWith('|') ? line.split('|').slice(1, -1) : undefined;
    if (cells === undefined) isTable = false;
    else if (cells[1]?.trim() === 'reported by') isTable = true;
    else if (isTable && !/^-+$/.test(cells[0]?.trim() ?? '')) {
      const [finding = '', reported = ''] = cells.map((each) => each.trim());
      found.push({ project, audit: title, finding, entries: reported.split('<br>').map(readEntry) });
    }
  }
  return found;
}

/** `none: why` | `planned: RULE, …` | [after SQL: ] RULE severity: OBJECT (FILE), … */
function readEntry(text: string): Entry {
  if (text.startsWith('none: ')) return { none: text.slice('none: '.length) };
  if (text.startsWith('planned: ')) return { planned: [...text.matchAll(/`([^`]+)`/g)].map((each) => each[1] ?? '') };
  const [, sql] = /^after `([^`]+)`: /.exec(text) ?? [];
  const rest = sql === undefined ? text : text.slice(`after \`${sql}\`: `.length);
  const [, rule, severity, list = ''] = /^`([a-z-]+)` (critical|high|medium|low): (.+)$/.exec(rest) ?? [];
  if (rule === undefined || severity === undefined) throw new Error(`not understood in README.md: ${text}`);
  const places = [...list.matchAll(/`([^`]+)` \(`([^`]+)`\)/g)].map(([, object = '', file = '']) => ({ object, file }));
  return { ...(sql === undefined ? {} : { after: sql }), rule, severity, places };
}

async function findingsOf(folder: string): Promise<readonly Finding[]> {
  const source = migrations({ paths: [], cwd: folder, platform: 'auto', exposure: 'auto' });
  const { report } = await audit(source, {
    rules,
    selection: { preset: 'strict', only: [], settings: new Map() },
  });
  return report.findings;
}

const PROPOSED = '99999999999999_proposed.sql';

/** The same with the proposal as its last migration: what is reported there. */
async function findingsAfter(project: string, sql: string): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ddlint-proposed-'));
  try {
    cpSync(join(PROJECTS, project), folder, { recursive: true });
    writeFileSync(join(folder, 'supabase', 'migrations', PROPOSED), `${sql};\n`);
    return (await findingsOf(folder)).filter((each) => fileOf(each) === PROPOSED);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fileOf({ origin }: Finding): string {
  return origin.from === 'statement' ? basename(origin.at.file) : '';
}

function isThere(findings: readonly Finding[], { rule, severity }: Entry, object: string, file: string): boolean {
  return findings.some(
    (each) =>
      each.ruleId === rule &&
      each.severity === severity &&
      each.object.name === object &&
      (file === 'proposed' || fileOf(each).startsWith(file)),
  );
}

it('every audit has its rows', () => {
  const audits = new Map<string, number>();
  for (const { project, audit: title } of rows) {
    const key = `${project}: ${title}`;
    audits.set(key, (audits.get(key) ?? 0) + 1);
  }
  expect([...audits.keys()]).toEqual([
    'omnichat: The database audit',
    'omnichat: The audit of the conversations layer',
    'omnichat: What the schema description shows besides, and what was added',
    'mailtier: The audit of the four tiers',
    'smalltalk: The review before the refinement',
  ]);
  expect(Math.min(...audits.values())).toBeGreaterThan(5);
});

describe.each([...new Set(rows.map(({ project }) => project))])('%s', (project) => {
  let findings: readonly Finding[];
  beforeAll(async () => {
    findings = await findingsOf(join(PROJECTS, project));
  });

  it.each(rows.filter((each) => each.project === project).map((row) => [`${row.audit}: ${row.finding}`, row] as const))(
    '%s',
    async (_, { entries }) => {
      for (const entry of entries) {
        const { none, planned, after, rule, places = [] } = entry;
        // A finding that no rule can show says why; one that a rule will show must be filled in when the rule is there.
        if (none !== undefined) expect(none).not.toBe('');
        for (const id of planned ?? [])
          expect(
            rules.map((each) => each.id),
            `${id} is there: name what it reports`,
          ).not.toContain(id);
        if (rule === undefined) continue;
        expect(rules.map((each) => each.id)).toContain(rule);
        expect(places.length).toBeGreaterThan(0);
        const looked = after === undefined ? findings : await findingsAfter(project, after);
        const own = looked
          .filter((each) => each.ruleId === rule)
          .map((each) => `${each.severity} ${each.object.name} (${fileOf(each)})`);
        for (const { object, file } of places)
          expect(
            isThere(looked, entry, object, file),
            `${rule} on ${object} in ${file}; there are: ${own.join(', ')}`,
          ).toBe(true);
      }
    },
  );
});
