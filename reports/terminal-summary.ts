import type picocolors from 'picocolors';
import type { AuditReport, ReporterOptions } from '../src/audit/report.ts';
import { grouped, SEVERITIES } from '../src/rule/index.ts';
import type { Excerpts } from './excerpt.ts';
import { plain, wrap } from './plain-text.ts';
import { counted, listed, objectsInWords } from './words.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

const PLACES_SHOWN = 3;

/** How many findings are in the text at all, and how many of those only by name. */
interface Extent {
  readonly shown: number;
  readonly cut: number;
}

/** What was read, what could not be told, and last, where the eye falls, what was found. */
export function summary(
  report: AuditReport,
  extent: Extent,
  excerpts: Excerpts,
  options: ReporterOptions,
  colors: Colors,
): string {
  const paragraph = (text: string, paint: (text: string) => string = (each) => each): string =>
    wrap(text, options.width).map(paint).join('\n');
  const parts = [
    ...(extent.shown === 0 ? [] : [colors.dim('─'.repeat(options.width))]),
    paragraph(whatWasRead(report)),
    ...notRun(report, options.all).map((text) => paragraph(text, colors.dim)),
    ...notChecked(report).map((text) => paragraph(text, colors.yellow)),
    ...withheld(report, excerpts).map((text) => paragraph(text, colors.yellow)),
    ...notUnderstood(report, excerpts, options, colors),
    paragraph(verdict(report), isAllClear(report) ? colors.green : colors.bold),
    ...hidden(report, extent, options).map((text) => paragraph(text, colors.dim)),
  ];
  return parts.join('\n');
}

function isAllClear({ findings, withheld: doubted }: AuditReport): boolean {
  return findings.length === 0 && doubted.length === 0;
}

function verdict(report: AuditReport): string {
  const { findings, rules, onlyFiles } = report;
  const where = onlyFiles === null ? '' : ` in ${counted(onlyFiles.length, 'given file')}`;
  if (findings.length === 0 && !isAllClear(report))
    return `No finding is certain${where}: ${counted(rules.length, 'rule')} looked, and what they have to say rests on what was not understood.`;
  if (findings.length === 0)
    return `✓ All clear${where}: ${counted(rules.length, 'rule')} looked and none had anything to say.`;
  const counts = SEVERITIES.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  return `✗ ${counted(findings.length, 'finding')}${where}: ${listed(counts)}.`;
}

function whatWasRead({ counts, objects, ignored, rules, source, server }: AuditReport): string {
  const files = `${counted(counts.files, 'file')} with ${counted(counts.statements, 'statement')}`;
  const read = `Read ${server === null ? files : databaseRead(source, server, counts.files)}: ${objectsInWords(objects)}.`;
  const set = `Ran ${counted(rules.length, 'rule')}${ignored === 0 ? '' : `; ${counted(ignored, 'finding')} ignored on purpose`}.`;
  return `${read} ${set}`;
}

/** The lines that findings stand on may come from files all the same. */
function databaseRead(source: string, server: string, files: number): string {
  const places = files === 0 ? '' : `, with the lines of ${counted(files, 'file')}`;
  return `the catalog of ${plain(source)} (${server})${places}`;
}

function notChecked({ notChecked: all }: AuditReport): readonly string[] {
  return all.map((each) => `Not checked: ${plain(each)}`);
}

function hidden(report: AuditReport, { shown, cut }: Extent, { level }: ReporterOptions): readonly string[] {
  const below = report.findings.length - shown;
  const flags = [
    ...(cut > 0 ? [`--all shows the other ${grouped(cut)} in full.`] : []),
    ...(below > 0 ? [`--level low shows the ${grouped(below)} below ${level}.`] : []),
    ...(shown > 0 ? ['`ddlint explain RULE` says more about a rule.'] : []),
  ];
  return flags.length === 0 ? [] : [flags.join(' ')];
}

/** More are counted: they are the same for every source of a kind. */
const NAMED = 6;

function notRun({ skipped }: AuditReport, showAll: boolean): readonly string[] {
  const byNeed = new Map<string, string[]>();
  for (const { ruleId, needs } of skipped) {
    const key = listed(needs);
    byNeed.set(key, [...(byNeed.get(key) ?? []), ruleId]);
  }
  return [...byNeed].map(([need, ids]) =>
    showAll || ids.length <= NAMED
      ? `Not run, for want of ${need}: ${ids.join(', ')}.`
      : `${counted(ids.length, 'rule')} not run, for want of ${need} (--all names them).`,
  );
}

function withheld(report: AuditReport, excerpts: Excerpts): readonly string[] {
  const count = report.withheld.reduce((sum, each) => sum + each.count, 0);
  if (count === 0) return [];
  const rules = report.withheld.map((each) => `${each.ruleId} (${each.count})`).join(', ');
  const [first] = report.withheld.flatMap((each) => each.doubts);
  const place = first ? excerpts.place(first.at) : '';
  const because = place === '' ? '' : ` First such place: ${place}.`;
  return [
    `${counted(count, 'possible finding')} withheld, since a statement that was not understood may have changed the facts: ${rules}.${because}`,
  ];
}

function notUnderstood(
  { notUnderstood: all }: AuditReport,
  excerpts: Excerpts,
  { all: showAll, width }: ReporterOptions,
  colors: Colors,
): readonly string[] {
  if (all.length === 0) return [];
  const shown = showAll ? all : all.slice(0, PLACES_SHOWN);
  const lines = shown.flatMap(({ what, at }) => {
    const [first = '', ...others] = wrap(`${excerpts.place(at)} ${plain(what)}`.trim(), width - 2);
    return [`  ${first}`, ...others.map((line) => `    ${line}`)];
  });
  const more = all.length > shown.length ? [`  … and ${all.length - shown.length} more (--all shows them)`] : [];
  const heading = `${all.length === 1 ? '1 thing was' : `${all.length} things were`} not understood, and nothing was concluded from ${all.length === 1 ? 'it' : 'them'}:`;
  return [colors.yellow(heading), ...[...lines, ...more].map((line) => colors.dim(line))];
}
