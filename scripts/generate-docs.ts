// npm run docs: rule pages, their index, the configuration's schema, and the example reports.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadBuiltInRules } from '../src/config/built-in-rules.ts';
import { documents } from './docs/documents.ts';

const made = documents(await loadBuiltInRules(), join('fixtures', 'rules'));
for (const [file, text] of made) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
for (const page of readdirSync('rules', { recursive: true, encoding: 'utf8' })) {
  if (page.endsWith('.md') && !made.has(`rules/${page}`)) rmSync(join('rules', page));
}
