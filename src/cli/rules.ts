import { wrap } from '../../reports/plain-text.ts';
import { describe } from '../audit/audit.ts';
import { type Config, loadConfig, unknownRule } from '../config/resolve.ts';
import { ConfigError } from '../errors.ts';
import type { AddressedRule } from '../rule/addressed-rule.ts';
import { isRecommended } from '../rule/setting.ts';
import { type Io, reportWidth } from './io.ts';

/** `ddlint rules`: all there are, as a table or as data. */
export async function listRules(format: 'pretty' | 'json', config: string | null | undefined, io: Io): Promise<0> {
  const { rules } = await loadConfig(io.cwd, config);
  const sorted = [...rules].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  if (format === 'json') {
    const data = sorted.map((each) => ({
      ...describe(each),
      scope: each.rule.meta.scope ?? [],
      recommended: isRecommended(each.rule.meta),
      needs: each.rule.meta.needs ?? [],
      options: each.rule.defaults,
    }));
    io.print(`${JSON.stringify(data, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...sorted.map((each) => each.id.length));
  const lines = sorted.map(({ id, rule: { meta } }) => {
    const mark = isRecommended(meta) ? '*' : ' ';
    return `${mark} ${id.padEnd(width)}  ${meta.severity.padEnd(8)}  ${meta.category.padEnd(11)}  ${meta.summary}`;
  });
  io.print(`${[...lines, '', '* in the preset recommended. `ddlint explain RULE` says more.'].join('\n')}\n`);
  return 0;
}

function key({ id, rule }: AddressedRule): string {
  return `${rule.meta.category} ${id}`;
}

/** `ddlint explain RULE`: all that is known of one. */
export async function explain(id: string, config: string | null | undefined, io: Io): Promise<0> {
  const { rules }: Config = await loadConfig(io.cwd, config);
  const found = rules.find((each) => each.id === id);
  if (found === undefined) throw new ConfigError(unknownRule(id, rules));
  const { meta, defaults } = found.rule;
  const width = reportWidth(io) - 2;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
  const prose = (title: string, text: string) => list(title, wrap(text, width));
  const points = (title: string, texts: readonly string[]) =>
    list(
      title,
      texts.flatMap((text) => wrap(text, width - 2).map((line, at) => `${at === 0 ? '-' : ' '} ${line}`)),
    );
  const certainty = meta.confidence === 'likely' ? 'rests on a name or on intent' : 'certain';
  const lines = [
    `${id}  (${meta.category}, ${meta.severity}, ${certainty}${isRecommended(meta) ? ', recommended' : ''})`,
    '',
    ...wrap(meta.summary, width),
    ...prose('Why', meta.why),
    ...prose('What to do', meta.remedy),
    ...points('What is reported', meta.scope ?? []),
    ...points('Messages', Object.values<string>(meta.messages)),
    ...list(
      'Options',
      Object.entries(defaults).map(([name, value]) =>
        `${name} = ${JSON.stringify(value)}  ${meta.optionDocs?.[name] ?? ''}`.trimEnd(),
      ),
    ),
    ...list('Needs', meta.needs ?? []),
    ...list('Replaces', meta.equivalents ?? []),
    ...list('More', meta.references ?? []),
    ...list('Ignore it', [`-- ddlint-ignore ${id}: why it is meant to be so`]),
  ];
  io.print(`${lines.join('\n')}\n`);
  return 0;
}
