// npm run new-rule CATEGORY/RULE-ID: the rule, its fixtures, and nothing else to edit.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../src/errors.ts';
import { CATEGORIES } from '../src/rule/severity.ts';

/**
 * Writes the files of a new rule below `root`.
 * @param address `category/rule-id`
 * @returns the files written, relative to `root`
 * @throws ConfigError when the address is none, or the rule exists
 */
export function newRule(address: string, root: string): readonly string[] {
  const [category, id, ...more] = address.split('/');
  if (id === undefined || more.length > 0 || !(CATEGORIES as readonly string[]).includes(category ?? '')) {
    throw new ConfigError(`Name the rule as CATEGORY/RULE-ID; the categories are ${CATEGORIES.join(', ')}.`);
  }
  if (!/^[a-z]+(-[a-z]+)*$/.test(id)) {
    throw new ConfigError(
      `${id} is no rule id: lower-case words with dashes that name the problem, such as unindexed-foreign-key.`,
    );
  }
  const files = new Map([
    [`rules/${category}/${id}.ts`, rule(category ?? '', id)],
    [`fixtures/rules/${category}/${id}/bad.sql`, bad(id)],
    [`fixtures/rules/${category}/${id}/good.sql`, GOOD],
  ]);
  for (const file of files.keys()) {
    if (existsSync(join(root, file))) throw new ConfigError(`${file} exists already.`);
  }
  for (const [file, text] of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return [...files.keys()];
}

/** What to write, said in words that the catalogue test refuses to let through. */
const rule = (category: string, id: string): string => `import { defineRule } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: '${id}',
    category: '${category}',
    severity: 'medium',
    summary: 'TODO: the condition, in one sentence.',
    why: 'TODO: what happens because of it.',
    remedy: 'TODO: what to do.',
    messages: { found: 'TODO: what is wrong with {{table}}, in a sentence with a full stop.' },
    restsOn: ['existence'],
  },
  visit: {
    table(table, { graph, report }) {
      if (table.persistence !== 'unlogged') return;
      report({ entity: table, message: 'found', data: { table: graph.path(table) } });
    },
  },
});
`;

const bad = (id: string): string => `-- Übersicht ✓ bytes are not characters
create unlogged table public.orders (id bigint primary key); -- expect: ${id} "public.orders"
`;

const GOOD = `create table public.orders (id bigint primary key);
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    for (const file of newRule(process.argv[2] ?? '', process.cwd())) console.log(`wrote ${file}`);
    console.log('Next: fill them in, run `npx vitest run tests/rules.test.ts -t RULE-ID`, then `npm run docs`.');
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exitCode = 2;
  }
}
