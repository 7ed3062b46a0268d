import picocolors from 'picocolors';
import type { Reporter, ReporterOptions } from '../src/audit/report.ts';
import { type Finding, type Fix, isAtLeast, type Severity } from '../src/rule/index.ts';
import { Excerpts } from './excerpt.ts';
import { fixLines } from './fix-lines.ts';
import { displayWidth, plain, plainLines, wrap } from './plain-text.ts';
import { summary } from './terminal-summary.ts';
import { counted } from './words.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

/** How many findings of a rule are shown in full: fewer when there are many in all. */
function shownInFull(severity: Severity, total: number): number {
  if (total <= 60) return 3;
  return severity === 'critical' || severity === 'high' ? 2 : 1;
}

/** The report for people: by severity, then category and rule; at many findings of a rule the first few in full and the rest by name. */
export const pretty: Reporter = (report, options) => {
  const colors = picocolors.createColors(options.color);
  const excerpts = new Excerpts(report.texts);
  const shown = report.findings.filter((finding) => isAtLeast(finding.severity, options.level));
  const blocks: string[] = [];
  let cut = 0;
  for (const group of groups(shown)) {
    const [first] = group;
    if (first === undefined) continue;
    const limit = options.all ? group.length : shownInFull(first.severity, shown.length);
    const why = report.rules.find((rule) => rule.id === first.ruleId)?.why ?? '';
    blocks.push(heading(first, group.length, why, options, colors));
    for (const finding of group.slice(0, limit)) blocks.push(findingBlock(finding, excerpts, options, colors));
    if (group.length > limit) blocks.push(rest(group.slice(limit), options, colors));
    cut += Math.max(0, group.length - limit);
  }
  blocks.push(summary(report, { shown: shown.length, cut }, excerpts, options, colors));
  return `${blocks.join('\n\n')}\n`;
};

/** Findings are sorted by severity, category and rule: neighbours make a group. */
function groups(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const made: Finding[][] = [];
  for (const finding of findings) {
    const last = made.at(-1);
    if (last?.[0]?.ruleId === finding.ruleId && last[0].severity === finding.severity) last.push(finding);
    else made.push([finding]);
  }
  return made;
}

export function colored(severity: Severity, text: string, colors: Colors): string {
  const paint = {
    critical: (each: string) => colors.bold(colors.red(each)),
    high: colors.red,
    medium: colors.yellow,
    low: colors.cyan,
  };
  return paint[severity](text);
}

/** What a finding says stands this far in. */
const INDENT = '    ';
/** Of a finding that many places have a part in; the other formats have them all. */
const RELATED_SHOWN = 6;
/** The columns left of a source line: indentation, line number, bar. */
const GUTTER = 13;

function heading(first: Finding, count: number, why: string, { width }: ReporterOptions, colors: Colors): string {
  const { severity, ruleId, category, confidence } = first;
  const facts = [category, ...(confidence === 'likely' ? ['likely'] : []), counted(count, 'finding')];
  const title = `${colored(severity, severity.toUpperCase(), colors)}  ${colors.bold(ruleId)}  ${colors.dim(facts.join(' · '))}`;
  const reason = wrap(plain(why), width - 2).map((line) => `  ${colors.dim(line)}`);
  return [title, ...reason].join('\n');
}

function findingBlock(finding: Finding, excerpts: Excerpts, { width, all }: ReporterOptions, colors: Colors): string {
  const lines = wrap(plain(finding.message), width - INDENT.length);
  const body = [...lines];
  if (finding.origin.from === 'statement') {
    const { at } = finding.origin;
    body.push(colors.cyan(excerpts.place(at)));
    const excerpt = excerpts.excerpt(at, width - GUTTER);
    if (excerpt) {
      body.push(`${colors.dim(`${String(excerpt.line).padStart(6)} │`)} ${excerpt.text}`);
      body.push(`${colors.dim('       │')} ${colored(finding.severity, excerpt.marks, colors)}`);
    }
  }
  for (const { note, at } of finding.related.slice(0, RELATED_SHOWN)) {
    const place = excerpts.place(at);
    const [first = '', ...others] = wrap(plain(note), width - INDENT.length - 2);
    const fits = others.length === 0 && displayWidth(`${place}  ${first}`) <= width - INDENT.length;
    body.push(fits ? `${colors.cyan(place)}  ${first}` : colors.cyan(place));
    if (!fits) body.push(...[first, ...others].map((line) => `  ${line}`));
  }
  const more = finding.related.length - RELATED_SHOWN;
  if (more > 0) body.push(colors.dim(`… and ${counted(more, 'more place')}`));
  if (finding.fix) {
    body.push(...fixText(finding, finding.fix, all ? undefined : excerpts, colors));
  }
  const title = `  ${colored(finding.severity, '●', colors)} ${colors.bold(plain(finding.object.name))}`;
  return [title, ...body.map((line) => `${INDENT}${line}`)].join('\n');
}

/** @param excerpts to leave out what the source says already; it is whole without */
function fixText(
  { origin }: Finding,
  { title, safety, sql }: Fix,
  excerpts: Excerpts | undefined,
  colors: Colors,
): readonly string[] {
  const text = plainLines(sql);
  const length = text.split('\n').length;
  const source = origin.from === 'statement' ? (excerpts?.around(origin.at, length) ?? []) : [];
  const known = source.map((each) => plainLines(each));
  const lines = fixLines(text, known).map((each) => {
    if ('text' in each) return `  ${colors.green(each.text)}`;
    return `  ${colors.dim(`… ${each.leftOut} lines as they stand (--all or --format json for the whole)`)}`;
  });
  return [`${colors.green('fix')} ${colors.dim(`(${safety})`)} ${plain(title)}`, ...lines];
}

/** Names what is not shown, as far as two lines go. */
function rest(findings: readonly Finding[], { width }: ReporterOptions, colors: Colors): string {
  const names = findings.map((finding) => plain(finding.object.name));
  let lines: readonly string[] = [];
  let named = 0;
  while (named < names.length) {
    const next = wrap(`also ${names.slice(0, named + 1).join(', ')}`, width - 2);
    if (next.length > 2 && named > 0) break;
    lines = next;
    named++;
  }
  const left = names.length - named;
  const more = left > 0 ? [`… and ${left} more`] : [];
  return [...lines, ...more].map((line) => `  ${colors.dim(line)}`).join('\n');
}
