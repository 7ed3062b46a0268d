import picocolors from 'picocolors';
import type { Reporter, ReporterOptions } from '../src/audit/report.ts';
import { type Finding, isAtLeast, type Severity } from '../src/rule/index.ts';
import { Excerpts } from './excerpt.ts';
import { plain, plainLines, wrap } from './plain-text.ts';
import { summary } from './terminal-summary.ts';
import { counted } from './words.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

/** How many findings of a rule are shown in full: fewer when there are many in all. */
function shownInFull(severity: Severity, total: number): number {
  if (total <= 60) return 3;
  return severity === 'critical' || severity === 'high' ? 2 : 1;
}

/** The report for people: by severity, then rule; at many findings of a rule the first few in full and the rest by name. */
export const pretty: Reporter = (report, options) => {
  const colors = picocolors.createColors(options.color);
  const excerpts = new Excerpts(report.texts);
  const shown = report.findings.filter((finding) => isAtLeast(finding.severity, options.level));
  const blocks: string[] = [];
  for (const group of groups(shown)) {
    const [first] = group;
    if (first === undefined) continue;
    const limit = options.all ? group.length : shownInFull(first.severity, shown.length);
    const why = report.rules.find((rule) => rule.id === first.ruleId)?.why ?? '';
    blocks.push(heading(first, group.length, why, options, colors));
    for (const finding of group.slice(0, limit)) blocks.push(findingBlock(finding, excerpts, options, colors));
    if (group.length > limit) blocks.push(rest(group.slice(limit), options, colors));
  }
  return `${[...blocks, summary(report, shown.length, excerpts, options, colors)].join('\n\n')}\n`;
};

/** Findings are sorted by severity, then rule: neighbours make a group. */
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

function heading(first: Finding, count: number, why: string, { width }: ReporterOptions, colors: Colors): string {
  const { severity, ruleId, category, confidence } = first;
  const sure = confidence === 'likely' ? ', likely' : '';
  const title = `${colored(severity, severity.toUpperCase(), colors)} ${colors.bold(ruleId)} ${colors.dim(`(${category}${sure}, ${counted(count, 'finding')})`)}`;
  const reason = wrap(plain(why), width - 2).map((line) => `  ${colors.dim(line)}`);
  return [title, ...reason].join('\n');
}

function findingBlock(finding: Finding, excerpts: Excerpts, { width }: ReporterOptions, colors: Colors): string {
  const lines = wrap(plain(finding.message), width - 2).map((line) => `  ${line}`);
  lines.unshift(`  ${colored(finding.severity, '●', colors)} ${colors.bold(plain(finding.object.name))}`);
  if (finding.origin.from === 'statement') {
    const { at } = finding.origin;
    lines.push(`  ${colors.cyan(excerpts.place(at))}`);
    const excerpt = excerpts.excerpt(at, width - 12);
    if (excerpt) {
      const number = String(excerpt.line).padStart(6);
      lines.push(`  ${colors.dim(`${number} │`)} ${excerpt.text}`);
      lines.push(`  ${colors.dim('       │')} ${colored(finding.severity, excerpt.marks, colors)}`);
    }
  }
  for (const { note, at } of finding.related) lines.push(`  ${colors.cyan(excerpts.place(at))} ${plain(note)}`);
  if (finding.fix) {
    const { title, safety, sql } = finding.fix;
    lines.push(`  ${colors.green('fix')} ${plain(title)} ${colors.dim(`(${safety})`)}`);
    for (const line of plainLines(sql).trimEnd().split('\n')) lines.push(`    ${colors.green(line)}`);
  }
  return lines.join('\n');
}

/** Names what is not shown, as far as two lines go. */
function rest(findings: readonly Finding[], { width }: ReporterOptions, colors: Colors): string {
  const names = [...new Set(findings.map((finding) => plain(finding.object.name)))];
  let lines: readonly string[] = [];
  let named = 0;
  while (named < names.length) {
    const next = wrap(`also ${names.slice(0, named + 1).join(', ')}`, width - 2);
    if (next.length > 2 && named > 0) break;
    lines = next;
    named++;
  }
  const left = names.length - named;
  const more = left > 0 ? [`… and ${left} more (--all shows every finding)`] : [];
  return [...lines, ...more].map((line) => `  ${colors.dim(line)}`).join('\n');
}
