import { resolve } from 'node:path';
import type { Reporter } from '../audit/report.ts';
import { ConfigError } from '../errors.ts';
import type { AddressedRule } from '../rule/addressed-rule.ts';
import { didYouMean } from '../rule/nearest.ts';
import type { RuleOptions } from '../rule/rule.ts';
import { optionProblem, type Preset, type RuleSetting } from '../rule/setting.ts';
import { CATEGORIES, type Severity } from '../rule/severity.ts';
import { loadBuiltInRules } from './built-in-rules.ts';
import { findConfig, projectRoot } from './find.ts';
import { noConfig, readConfig, type WrittenConfig } from './load.ts';
import { loadPlugin } from './plugins.ts';
import type { WrittenSetting } from './schema.ts';

/** A configuration with all it names looked up and all it leaves open filled in. */
export interface Config {
  /** Absolute; null without a file. */
  readonly file: string | null;
  readonly rules: readonly AddressedRule[];
  readonly reporters: ReadonlyMap<string, Reporter>;
  readonly preset: Preset;
  readonly settings: ReadonlyMap<string, RuleSetting>;
  readonly ignores: readonly { readonly rule: string; readonly object: string; readonly reason: string }[];
  /** Absolute. */
  readonly paths: readonly string[];
  readonly platform: 'supabase' | 'postgres' | 'auto';
  readonly exposure: 'legacy' | 'explicit-grants' | 'auto';
  readonly exposedSchemas: readonly string[] | undefined;
  readonly clientRoles: readonly string[] | undefined;
  readonly tenantColumns: readonly string[] | undefined;
  readonly failOn: Severity | 'never';
  readonly level: Severity;
  /** What was loaded from where, for people. */
  readonly notes: readonly string[];
}

/**
 * The configuration in force.
 * @param from a file; null for none; undefined to look for one from `cwd` up
 * @throws ConfigError
 */
export async function loadConfig(cwd: string, from: string | null | undefined): Promise<Config> {
  const file = from === undefined ? findConfig(cwd) : from === null ? null : resolve(cwd, from);
  const written = file === null ? noConfig(cwd) : readConfig(file, cwd);
  const { content, folder } = written;
  const root = projectRoot(folder) ?? folder;
  const names = content.plugins ?? [];
  const [builtIn, plugins] = await Promise.all([
    loadBuiltInRules(),
    Promise.all(names.map((name, i) => loadPlugin(name, folder, root).catch((error) => rethrow(error, written, i)))),
  ]);
  const rules = [...builtIn, ...plugins.flatMap((plugin) => plugin.rules)];
  checkNames(
    plugins.map((plugin) => plugin.name),
    written,
  );
  return {
    file,
    rules,
    reporters: new Map(plugins.flatMap((plugin) => [...plugin.reporters])),
    preset: content.preset ?? 'recommended',
    settings: settingsOf(written, rules),
    ignores: ignoresOf(written, rules),
    paths: (content.paths ?? []).map((path) => resolve(folder, path)),
    platform: content.platform ?? 'auto',
    exposure: content.exposure ?? 'auto',
    exposedSchemas: content.exposedSchemas,
    clientRoles: content.clientRoles,
    tenantColumns: content.tenantColumns,
    failOn: content.failOn ?? 'high',
    level: content.level ?? 'low',
    notes: plugins.map(
      (plugin) => `Loaded the plugin ${plugin.name} (${plugin.rules.length} rules) from ${plugin.from}.`,
    ),
  };
}

function rethrow(error: unknown, written: WrittenConfig, index: number): never {
  throw error instanceof ConfigError ? written.error(['plugins', index], error.message) : error;
}

function checkNames(names: readonly string[], written: WrittenConfig): void {
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice !== -1) throw written.error(['plugins', twice], `two plugins are named ${names[twice]}.`);
}

/** @throws ConfigError for an id there is not, with the nearest one. */
export function unknownRule(id: string, rules: readonly AddressedRule[]): string {
  return `unknown rule ${JSON.stringify(id)}.${didYouMean(
    id,
    rules.map((rule) => rule.id),
  )} \`ddlint rules\` lists all.`;
}

function settingsOf(written: WrittenConfig, rules: readonly AddressedRule[]): ReadonlyMap<string, RuleSetting> {
  const known = new Map(rules.map((each) => [each.id, each.rule]));
  const wildcards = new Set(CATEGORIES.map((category) => `${category}/*`));
  return new Map(
    Object.entries(written.content.rules ?? {}).map(([id, setting]) => {
      const rule = known.get(id);
      if (rule === undefined && !wildcards.has(id as never)) {
        const nearestTo = id.endsWith('/*')
          ? `unknown category ${JSON.stringify(id)}.${didYouMean(id, wildcards)}`
          : unknownRule(id, rules);
        throw written.error(['rules', id], nearestTo);
      }
      const [level, options] = parts(setting);
      checkOptions(id, options, rule?.defaults ?? {}, written);
      return [id, { level, options }];
    }),
  );
}

function parts(setting: WrittenSetting): readonly [RuleSetting['level'], RuleOptions] {
  return typeof setting === 'string' ? [setting, {}] : setting;
}

function checkOptions(id: string, options: RuleOptions, defaults: RuleOptions, written: WrittenConfig): void {
  const names = Object.keys(defaults);
  for (const [name, value] of Object.entries(options)) {
    const path = ['rules', id, 1, name];
    if (names.length === 0) throw written.error(path, `${id} has no options.`);
    const byDefault = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
    if (byDefault === undefined)
      throw written.error(path, `${id} has no option ${JSON.stringify(name)}.${didYouMean(name, names)}`);
    const problem = optionProblem(value, byDefault);
    if (problem !== undefined) throw written.error(path, `the option ${name} of ${id} ${problem}.`);
  }
}

function ignoresOf(written: WrittenConfig, rules: readonly AddressedRule[]): Config['ignores'] {
  const ids = new Set(rules.map((rule) => rule.id));
  return (written.content.ignores ?? []).map((ignore, i) => {
    if (!ids.has(ignore.rule)) throw written.error(['ignores', i, 'rule'], unknownRule(ignore.rule, rules));
    if (ignore.reason.trim() === '') throw written.error(['ignores', i, 'reason'], 'an ignore needs a reason.');
    return ignore;
  });
}
