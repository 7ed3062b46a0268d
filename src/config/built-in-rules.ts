import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import { IGNORE_RULES } from '../audit/audit.ts';
import type { AddressedRule } from '../rule/addressed-rule.ts';
import type { AnyRule } from '../rule/rule.ts';
import { CATEGORIES } from '../rule/severity.ts';

/**
 * The built-in rules, by id. The directory is the registry: each module of rules/<category>/ is one rule.
 * The build puts a list of imports in this function's place, so that the command does not open 200 files at start.
 */
export async function loadBuiltInRules(): Promise<readonly AddressedRule[]> {
  const extension = extname(import.meta.url);
  const modules = CATEGORIES.map(async (category) => {
    const folder = new URL(`../../rules/${category}/`, import.meta.url);
    const files = await readdir(folder).catch((): string[] => []);
    return files.filter((file) => file.endsWith(extension)).map((file) => new URL(file, folder));
  });
  const files = (await Promise.all(modules)).flat();
  const rules = await Promise.all(
    files.map(async (file) => ((await import(file.href)) as { default: AnyRule }).default),
  );
  return [...IGNORE_RULES, ...rules.map((rule) => ({ id: rule.meta.id, rule }))].sort((a, b) => (a.id < b.id ? -1 : 1));
}
