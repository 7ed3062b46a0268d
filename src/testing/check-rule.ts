import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { audit } from '../audit/audit.ts';
import type { AuditReport } from '../audit/report.ts';
import type { AddressedRule } from '../rule/addressed-rule.ts';
import type { Finding } from '../rule/finding.ts';
import { isAtLeast } from '../rule/severity.ts';
import { migrations } from '../sources/migrations/migrations.ts';
import { LineIndex } from '../sql/line-index.ts';
import type { Fixture } from './fixture.ts';
import { type Expectation, readMarkers } from './markers.ts';

export { type Fixture, type FixtureConfig, readFixtures } from './fixture.ts';

/**
 * Runs one rule over one fixture and says, in a sentence each, what is not as it should be: a marker without a finding, a finding
 * without a marker, a bad fixture without markers, something not understood, a fix that does not close its finding.
 * @param others rules beside it that a fix must not set off, and those the fixture's config asks for
 */
export async function checkRule(
  rule: AddressedRule,
  fixture: Fixture,
  others: readonly AddressedRule[] = [],
): Promise<readonly string[]> {
  const report = await auditFixture([rule.id, ...(fixture.config.rules ?? [])], fixture, [rule, ...others]);
  const problems = [
    ...compareWithMarkers(rule.id, fixture, report),
    ...(await checkFixes(rule, fixture, report, others)),
  ];
  return problems.map((problem) => `${fixture.name}: ${problem}`);
}

/** The report of just these rules over the fixture, with further SQL run after it where given. */
export async function auditFixture(
  ids: readonly string[],
  fixture: Fixture,
  rules: readonly AddressedRule[],
  then?: string,
): Promise<AuditReport> {
  const folder = then === undefined ? fixture.folder : withMigration(fixture, then);
  const files = then === undefined ? fixture.files : [...fixture.files, LAST];
  const {
    platform = 'supabase',
    exposure = 'legacy',
    exposedSchemas,
    clientRoles,
    tenantColumns,
    options,
  } = fixture.config;
  const source = migrations({
    paths: fixture.isFolder ? ['.'] : files,
    cwd: folder,
    platform,
    exposure,
    ...(exposedSchemas ? { exposedSchemas } : {}),
  });
  const own = ids[0] ?? '';
  try {
    const { report } = await audit(source, {
      rules,
      selection: { preset: 'strict', only: ids, settings: new Map([[own, { level: 'on', options: options ?? {} }]]) },
      ...(clientRoles ? { clientRoles } : {}),
      ...(tenantColumns ? { tenantColumns } : {}),
    });
    return report;
  } finally {
    if (then !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Sorts behind every migration's name. */
const LAST = '99999999999999_then.sql';

function withMigration(fixture: Fixture, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ddlint-fixture-'));
  for (const file of fixture.files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(fixture.folder, file), join(folder, file));
  }
  writeFileSync(join(folder, LAST), text);
  return folder;
}

function compareWithMarkers(ruleId: string, fixture: Fixture, report: AuditReport): readonly string[] {
  const problems: string[] = [];
  const found = report.findings.filter((finding) => finding.ruleId === ruleId);
  const unmarked = new Set(found);
  let markers = 0;
  for (const [file, text] of report.texts) {
    const lines = new LineIndex(text);
    const { expected, notUnderstood } = readMarkers(text);
    for (const expectation of expected.filter((each) => each.ruleId === ruleId)) {
      markers++;
      const match = [...unmarked].find((finding) => meets(finding, file, lines, expectation));
      if (match) unmarked.delete(match);
      else
        problems.push(
          `no ${wanted(expectation)} on ${file}:${expectation.line}${expectation.text ? ` with "${expectation.text}"` : ''}${wantedFix(expectation)}`,
        );
    }
    const surprising = report.notUnderstood.filter(
      ({ at }) => at.file === file && !notUnderstood.includes(lines.at(at.start).line),
    );
    for (const { what, at } of surprising)
      problems.push(`not understood at ${file}:${lines.at(at.start).line}: ${what}`);
  }
  const withheld = report.withheld.find((each) => each.ruleId === ruleId);
  const doubtsAreMeant = [...report.texts.values()].some((text) => readMarkers(text).notUnderstood.length > 0);
  if (withheld && !doubtsAreMeant)
    problems.push(`${withheld.count} findings withheld, because of: ${withheld.doubts[0]?.what}`);
  for (const finding of unmarked) problems.push(`unmarked finding${placeOf(finding, report)}: ${finding.message}`);
  if (fixture.isBad && markers === 0) problems.push(`a bad fixture needs a marker: -- expect: ${ruleId}`);
  if (!fixture.isBad && markers > 0) problems.push('a good fixture may have no marker of its rule');
  return problems;
}

function wanted({ severity }: Expectation): string {
  return severity === null ? 'finding' : `${severity} finding`;
}

function wantedFix({ fix }: Expectation): string {
  return fix === null ? '' : fix === 'none' ? ' without a fix' : ` and the fix "${fix.sql}"`;
}

function meets(finding: Finding, file: string, lines: LineIndex, expectation: Expectation): boolean {
  const { origin, message, severity } = finding;
  const { line, text } = expectation;
  if (origin.from !== 'statement' || origin.at.file !== file || lines.at(origin.at.start).line !== line) return false;
  if (expectation.severity !== null && expectation.severity !== severity) return false;
  return (text === null || message.includes(text)) && hasFix(finding, expectation);
}

function hasFix({ fix: made }: Finding, { fix }: Expectation): boolean {
  if (fix === null) return true;
  return fix === 'none' ? made === null : made?.sql.includes(fix.sql) === true;
}

function placeOf({ origin }: Finding, report: AuditReport): string {
  if (origin.from !== 'statement') return '';
  const { line } = new LineIndex(report.texts.get(origin.at.file) ?? '').at(origin.at.start);
  return ` on ${origin.at.file}:${line}`;
}

/** Each fix, run after the fixture, must close its finding and open no other. */
async function checkFixes(
  rule: AddressedRule,
  fixture: Fixture,
  report: AuditReport,
  others: readonly AddressedRule[],
): Promise<readonly string[]> {
  const fixes = report.findings.filter((finding) => finding.ruleId === rule.id && finding.fix !== null);
  if (fixes.length === 0) return [];
  const rules = [rule, ...others];
  const ids = rules.map((each) => each.id);
  const before = await auditFixture(ids, fixture, rules);
  const problems: string[] = [];
  for (const finding of fixes) {
    const after = await auditFixture(ids, fixture, rules, finding.fix?.sql ?? '');
    const own = identity(finding);
    // Beside all rules another may tell it: then it is closed where it is not told by itself either.
    const isToldElsewhere = count(before, own) === 0;
    const [then, now] = isToldElsewhere
      ? [await auditFixture([rule.id], fixture, rules, finding.fix?.sql ?? ''), report]
      : [after, before];
    if (count(then, own) >= count(now, own)) problems.push(`the fix does not close its finding: ${finding.message}`);
    const known = new Set(before.findings.map(aboutWhat));
    for (const fresh of after.findings.filter((each) => !known.has(aboutWhat(each)) && !isRest(each, finding))) {
      problems.push(`the fix of "${finding.message}" brings ${fresh.ruleId}: ${fresh.message}`);
    }
    if (after.notUnderstood.length > before.notUnderstood.length) {
      problems.push(`the fix is not understood: ${after.notUnderstood.at(-1)?.what}`);
    }
  }
  return problems;
}

/** What stays the same when the same trouble is found again: not the place, and not the wording of counts. */
function identity({ ruleId, messageId, object }: Finding): string {
  return JSON.stringify([ruleId, messageId, object.kind, object.name]);
}

/** The same trouble in other words is no new one. */
function aboutWhat({ ruleId, object }: Finding): string {
  return JSON.stringify([ruleId, object.kind, object.name]);
}

/**
 * What is left to do on the same object, or is to be known of a policy that it has now, is milder than what was mended: row security is on now, and needs
 * its policies.
 */
function isRest(fresh: Finding, mended: Finding): boolean {
  const isSame = fresh.object.kind === mended.object.kind && fresh.object.name === mended.object.name;
  const isOfPolicy = fresh.object.kind === 'policy' && fresh.object.name.startsWith(`${mended.object.name}.`);
  return (isSame || isOfPolicy) && !isAtLeast(fresh.severity, mended.severity);
}

function count(report: AuditReport, own: string): number {
  return report.findings.filter((finding) => identity(finding) === own).length;
}
