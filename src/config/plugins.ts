import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Reporter } from '../audit/report.ts';
import { ConfigError } from '../errors.ts';
import type { AddressedRule } from '../rule/addressed-rule.ts';
import type { Plugin } from '../rule/plugin.ts';
import { PLUGIN_API } from '../rule/plugin.ts';
import type { AnyRule } from '../rule/rule.ts';
import { CATEGORIES, SEVERITIES } from '../rule/severity.ts';

export interface LoadedPlugin {
  readonly name: string;
  /** The module's path, for people. */
  readonly from: string;
  readonly rules: readonly AddressedRule[];
  readonly reporters: ReadonlyMap<string, Reporter>;
}

const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Loads a plugin by package name, or by a path inside the project.
 * @param folder where the configuration lies
 * @param root the project's root: a path may not lead out of it
 * @throws ConfigError that names the plugin and what is wrong with it
 */
export async function loadPlugin(specifier: string, folder: string, root: string): Promise<LoadedPlugin> {
  const file = resolvePlugin(specifier, folder, root);
  const from = relative(root, file).split(sep).join('/');
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (cause) {
    throw new ConfigError(`The plugin ${specifier} cannot be loaded: ${(cause as Error).message}`, { cause });
  }
  const plugin = checkPlugin((module as { default?: unknown }).default, specifier);
  return {
    name: plugin.name,
    from,
    rules: plugin.rules.map((rule) => ({ id: `${plugin.name}/${rule.meta.id}`, rule })),
    reporters: new Map(
      Object.entries(plugin.reporters ?? {}).map(([name, reporter]) => [
        `${plugin.name}/${name}`,
        reporter as Reporter,
      ]),
    ),
  };
}

function resolvePlugin(specifier: string, folder: string, root: string): string {
  if (!/^\.{0,2}[\\/]/.test(specifier) && !isAbsolute(specifier)) return resolvePackage(specifier, folder);
  const file = resolve(folder, specifier);
  if (!existsSync(file)) throw new ConfigError(`The plugin ${specifier} does not exist.`);
  const inside = relative(realpathSync(root), realpathSync(file));
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new ConfigError(
      `The plugin ${specifier} lies outside of the project; only packages and paths inside it are loaded.`,
    );
  }
  return file;
}

/** Node's own search for a package, which for one that is only `import`able needs a look at its exports. */
function resolvePackage(name: string, folder: string): string {
  const require = createRequire(join(folder, 'package.json'));
  try {
    return require.resolve(name);
  } catch (cause) {
    const found = (require.resolve.paths(name) ?? [])
      .map((each) => join(each, name))
      .find((each) => existsSync(join(each, 'package.json')));
    const entry = found === undefined ? undefined : importEntry(found);
    if (found !== undefined && entry !== undefined) return join(found, entry);
    throw new ConfigError(
      `The plugin ${name} is not installed in this project. Install it with: npm install --save-dev ${name}`,
      { cause },
    );
  }
}

function importEntry(folder: string): string | undefined {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports?: unknown };
  let entry: unknown = exports;
  for (let depth = 0; depth < 4 && typeof entry === 'object' && entry !== null; depth++) {
    const conditions = entry as Record<string, unknown>;
    entry = conditions['.'] ?? conditions.import ?? conditions.node ?? conditions.default;
  }
  return typeof entry === 'string' ? entry : undefined;
}

function checkPlugin(value: unknown, specifier: string): Plugin {
  const fail = (problem: string): never => {
    throw new ConfigError(`The plugin ${specifier} ${problem}.`);
  };
  if (typeof value !== 'object' || value === null) return fail('has no default export made by definePlugin');
  const plugin = value as Plugin;
  if (plugin.api !== PLUGIN_API) {
    return fail(
      `is made for version ${String(plugin.api)} of the plugin interface, and this ddlint speaks ${PLUGIN_API}`,
    );
  }
  if (typeof plugin.name !== 'string' || !ID.test(plugin.name))
    return fail('has no name of lower-case letters, digits and dashes');
  if ((CATEGORIES as readonly string[]).includes(plugin.name)) return fail(`is named like the category ${plugin.name}`);
  if (!Array.isArray(plugin.rules)) return fail('has no list of rules');
  const ids = new Set<string>();
  for (const rule of plugin.rules) {
    const problem = ruleProblem(rule);
    const id = String((rule as Partial<AnyRule> | undefined)?.meta?.id);
    if (problem !== undefined) fail(`has a rule ${id} that ${problem}`);
    if (ids.has(id)) fail(`has two rules ${id}`);
    ids.add(id);
  }
  return plugin;
}

/** What keeps a value from being a rule, as the end of a sentence. */
function ruleProblem(rule: Partial<AnyRule> | undefined): string | undefined {
  const meta = rule?.meta as Partial<AnyRule['meta']> | undefined;
  if (typeof meta !== 'object' || typeof rule?.visit !== 'object') return 'was not made by defineRule';
  if (typeof meta.id !== 'string' || !ID.test(meta.id)) return 'has no kebab-case id';
  if (meta.category === undefined || !CATEGORIES.includes(meta.category))
    return `has no category of ${CATEGORIES.join(', ')}`;
  if (meta.severity === undefined || !SEVERITIES.includes(meta.severity))
    return `has no severity of ${SEVERITIES.join(', ')}`;
  for (const text of ['summary', 'why', 'remedy'] as const)
    if (typeof meta[text] !== 'string') return `lacks meta.${text}`;
  if (meta.scope !== undefined && !(Array.isArray(meta.scope) && meta.scope.every((each) => typeof each === 'string')))
    return 'has a meta.scope that is no list of texts';
  if (typeof meta.messages !== 'object' || meta.messages === null) return 'lacks meta.messages';
  if (!Array.isArray(meta.restsOn)) return 'lacks meta.restsOn';
  const visits = Object.values(rule.visit as object);
  return visits.every((each) => typeof each === 'function') ? undefined : 'has a visit that is no function';
}
