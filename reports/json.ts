import type { AuditReport, Reporter } from '../src/audit/report.ts';
import { type Finding, isAtLeast, SEVERITIES } from '../src/rule/index.ts';
import { Places } from './places.ts';

/** The report as data: schemas/report.schema.json describes it. Lines and columns count from 1, columns in UTF-16 units, ends exclusive. */
export const json: Reporter = (report, { level, version }) => {
  const places = new Places(report.texts);
  const shown = report.findings.filter((finding) => isAtLeast(finding.severity, level));
  const document = {
    version: 1,
    tool: { name: 'ddlint', version },
    source: {
      name: report.source,
      server: report.server,
      platform: report.platform,
      migrationTool: report.migrationTool,
    },
    findings: shown.map((finding) => findingAsJson(finding, places)),
    summary: summaryOf(report, shown.length),
    skipped: report.skipped,
    withheld: report.withheld.map(({ ruleId, count, doubts }) => ({
      ruleId,
      count,
      because: doubts.map(({ what, at }) => ({ what, location: places.of(at) })),
    })),
    notChecked: report.notChecked,
    notUnderstood: report.notUnderstood.map(({ what, at }) => ({ what, location: places.of(at) })),
    notes: report.notes,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
};

function findingAsJson(finding: Finding, places: Places) {
  const { ruleId, messageId, category, severity, confidence, message, object, origin, related, fix } = finding;
  return {
    ruleId,
    messageId,
    category,
    severity,
    confidence,
    message,
    object,
    location: origin.from === 'statement' ? places.of(origin.at) : null,
    related: related.map(({ note, at }) => ({ note, location: places.of(at) })),
    fix,
    fingerprint: finding.fingerprint,
    equivalents: finding.equivalents,
  };
}

function summaryOf(report: AuditReport, shown: number) {
  const bySeverity = SEVERITIES.map((severity) => [
    severity,
    report.findings.filter((finding) => finding.severity === severity).length,
  ]);
  return {
    findings: report.findings.length,
    shown,
    bySeverity: Object.fromEntries(bySeverity),
    ignored: report.ignored,
    rules: report.rules.length,
    read: report.counts,
    objects: Object.fromEntries([...report.objects].sort(([a], [b]) => (a < b ? -1 : 1))),
    onlyFiles: report.onlyFiles,
  };
}
