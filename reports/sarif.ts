import type { Location, Log, Notification, PhysicalLocation, ReportingDescriptor, Result } from 'sarif';
import type { AuditReport, Reporter, ReporterOptions, RuleDescription } from '../src/audit/report.ts';
import { type Finding, isAtLeast, type SourceLocation } from '../src/rule/index.ts';
import { LineIndex } from '../src/sql/line-index.ts';
import { lineHashes } from './line-hashes.ts';
import { plain, plainLines } from './plain-text.ts';

/** GitHub refuses a run with more. */
const MOST_RESULTS = 25_000;

/** GitHub's limit for a rule's descriptions. */
const LONGEST_TEXT = 1024;

const LEVELS = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const;
const PROBLEMS = { critical: 'error', high: 'error', medium: 'warning', low: 'recommendation' } as const;
/** A string, and only on rules that are about security: its presence makes the alert a security alert. */
const SECURITY = { critical: '9.5', high: '8.0', medium: '5.0', low: '2.0' } as const;

/** SARIF 2.1.0 as GitHub code scanning takes it: one run, every result at a place, tight regions, its own fingerprints. */
export const sarif: Reporter = (report, options) => {
  const places = new SarifPlaces(report, options);
  const shown = report.findings.filter((finding) => isAtLeast(finding.severity, options.level));
  const indexes = new Map(report.rules.map((rule, index) => [rule.id, index]));
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'ddlint',
            semanticVersion: options.version,
            rules: report.rules.map(descriptor),
          },
        },
        automationDetails: { id: 'ddlint/' },
        columnKind: 'utf16CodeUnits',
        invocations: [
          { executionSuccessful: true, toolExecutionNotifications: notifications(report, shown.length, places) },
        ],
        results: shown
          .slice(0, MOST_RESULTS)
          .map((finding) => result(finding, indexes.get(finding.ruleId) ?? -1, places)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
};

function descriptor(rule: RuleDescription): ReportingDescriptor {
  const { id, category, severity, confidence, summary, why, remedy, references } = rule;
  const links = references.map((link) => `- <${link}>`).join('\n');
  const isSecurity = category === 'security';
  return {
    id,
    name: id,
    shortDescription: { text: summary.slice(0, LONGEST_TEXT) },
    fullDescription: { text: `${summary} ${why}`.slice(0, LONGEST_TEXT) },
    help: {
      text: `${why} ${remedy}`,
      markdown: [`# ${id}`, summary, `**Why.** ${why}`, `**What to do.** ${remedy}`, links]
        .filter(Boolean)
        .join('\n\n'),
    },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      tags: isSecurity ? ['security', 'postgres', 'sql'] : [category, 'postgres', 'sql'],
      precision: confidence === 'certain' ? 'very-high' : 'medium',
      ...(isSecurity ? { 'security-severity': SECURITY[severity] } : { 'problem.severity': PROBLEMS[severity] }),
    },
  };
}

function result(finding: Finding, ruleIndex: number, places: SarifPlaces): Result {
  const { ruleId, severity, confidence, object, origin, fingerprint } = finding;
  const at = origin.from === 'statement' ? origin.at : null;
  const lineHash = at && places.lineHash(at);
  const location: Location = {
    physicalLocation: at ? places.physical(at) : places.anchor(),
    logicalLocations: [{ fullyQualifiedName: object.name, kind: object.kind }],
  };
  return {
    ruleId,
    ...(ruleIndex === -1 ? {} : { ruleIndex }),
    level: LEVELS[severity],
    message: { text: messageText(finding) },
    locations: [location],
    ...(finding.related.length === 0
      ? {}
      : {
          relatedLocations: finding.related.map(({ note, at: place }, i) => ({
            id: i + 1,
            message: { text: linkable(plain(note)) },
            physicalLocation: places.physical(place),
          })),
        }),
    partialFingerprints: { ...(lineHash ? { primaryLocationLineHash: lineHash } : {}), 'ddlint/v1': fingerprint },
    properties: { severity, confidence },
  };
}

/** The message, where else to look, and the fix: GitHub shows no other field of a result. */
function messageText({ message, related, fix, object, origin }: Finding): string {
  // Without a line of its own the alert stands at a file that says nothing about it.
  const about = origin.from === 'statement' ? '' : `${object.name}: `;
  const parts = [linkable(plain(about + message))];
  if (related.length > 0)
    parts.push(`See: ${related.map(({ note }, i) => `[${linkable(plain(note))}](${i + 1})`).join(', ')}.`);
  if (fix) parts.push(`Fix (${fix.safety}): ${linkable(plain(fix.title))}\n${linkable(plainLines(fix.sql).trim())}`);
  return parts.join('\n\n');
}

/** In SARIF texts `[x](1)` is a link: brackets that are meant as such get a backslash (SARIF 2.1.0, 3.11.6). */
function linkable(text: string): string {
  return text.replace(/[\\[\]]/g, '\\$&');
}

function notifications(report: AuditReport, shown: number, places: SarifPlaces): Notification[] {
  const cut: Notification[] =
    shown > MOST_RESULTS
      ? [
          {
            level: 'warning',
            message: { text: `Only the worst ${MOST_RESULTS} of ${shown} findings are in this file.` },
          },
        ]
      : [];
  const notUnderstood = report.notUnderstood.map(
    ({ what, at }): Notification => ({
      level: 'note',
      descriptor: { id: 'not-understood' },
      message: { text: linkable(plain(what)) },
      ...(at.file === '' ? {} : { locations: [{ physicalLocation: places.physical(at) }] }),
    }),
  );
  const notChecked = report.notChecked.map(
    (what): Notification => ({
      level: 'warning',
      descriptor: { id: 'not-checked' },
      message: { text: linkable(plain(what)) },
    }),
  );
  return [...cut, ...notChecked, ...notUnderstood];
}

class SarifPlaces {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #options: ReporterOptions;
  readonly #lines = new Map<string, LineIndex>();
  readonly #hashes = new Map<string, readonly string[]>();

  constructor(report: AuditReport, options: ReporterOptions) {
    this.#texts = report.texts;
    this.#options = options;
  }

  /** The first line of the place, from the repository's root: an alert shows in a pull request only if all its lines changed. */
  physical(at: SourceLocation): PhysicalLocation {
    const lines = this.#linesOf(at.file);
    const start = lines.at(at.start);
    const lineEnd = lines.start(start.line) + lines.line(start.line).trimEnd().length;
    const end = lines.at(Math.max(at.start, Math.min(at.end, lineEnd)));
    return {
      artifactLocation: { uri: this.#uri(at.file) },
      region: {
        startLine: start.line,
        startColumn: start.column,
        endLine: start.line,
        endColumn: Math.max(end.column, start.column + 1),
      },
    };
  }

  /** For what has no place: a result without a file makes GitHub refuse the whole upload. */
  anchor(): PhysicalLocation {
    const [first] = this.#texts.keys();
    return { artifactLocation: { uri: this.#uri(this.#options.anchor ?? first ?? 'package.json') } };
  }

  lineHash(at: SourceLocation): string | undefined {
    const known = this.#hashes.get(at.file) ?? lineHashes(this.#texts.get(at.file) ?? '');
    this.#hashes.set(at.file, known);
    return known[this.#linesOf(at.file).at(at.start).line - 1];
  }

  #linesOf(file: string): LineIndex {
    const known = this.#lines.get(file) ?? new LineIndex(this.#texts.get(file) ?? '');
    this.#lines.set(file, known);
    return known;
  }

  #uri(file: string): string {
    const steps: string[] = [];
    for (const step of `${this.#options.pathPrefix}${file}`.split('/')) {
      if (step === '..' && steps.length > 0) steps.pop();
      else if (step !== '.' && step !== '') steps.push(encodeURIComponent(step));
    }
    return steps.join('/');
  }
}
