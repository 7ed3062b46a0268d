// The rules agree with themselves: ids, wording, allowed pairs of category and severity, fixtures, pages.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { documents } from '../scripts/docs/documents.ts';
import { loadBuiltInRules } from '../src/config/built-in-rules.ts';
import { CATEGORIES, type Category, type Severity } from '../src/rule/severity.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const rules = await loadBuiltInRules();

/** How bad a rule of a category may be by itself: what is only hygiene is never critical, and design never stops a release. */
const ALLOWED: Readonly<Record<Category, readonly Severity[]>> = {
  security: ['critical', 'high', 'medium', 'low'],
  performance: ['high', 'medium', 'low'],
  integrity: ['critical', 'high', 'medium', 'low'],
  migration: ['critical', 'high', 'medium', 'low'],
  design: ['medium', 'low'],
  operations: ['high', 'medium', 'low'],
};

const SENTENCE = /^[\p{Lu}`{"].*[.]$/su;

describe('the catalogue', () => {
  it('has rules, each once, under its file', () => {
    expect(rules.length).toBeGreaterThan(1);
    const ids = rules.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const category of CATEGORIES) {
      const folder = `${root}rules/${category}`;
      const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.ts')) : [];
      for (const file of files) {
        const rule = rules.find((each) => `${each.id}.ts` === file);
        expect(rule?.rule.meta.category, `rules/${category}/${file} holds the rule of its name`).toBe(category);
      }
    }
  });

  it('has fixtures for rules only', () => {
    const folders = CATEGORIES.flatMap((category) => {
      const folder = `${root}fixtures/rules/${category}`;
      return existsSync(folder) ? readdirSync(folder).map((id) => `${category}/${id}`) : [];
    });
    const known = new Set(rules.map(({ id, rule }) => `${rule.meta.category}/${id}`));
    expect(folders.filter((folder) => !known.has(folder))).toEqual([]);
  });

  it('has pages, schemas and examples as `npm run docs` makes them', () => {
    const made = documents(rules, `${root}fixtures/rules`);
    const stale = [...made].filter(
      ([file, text]) => !existsSync(root + file) || readFileSync(root + file, 'utf8') !== text,
    );
    expect(stale.map(([file]) => file)).toEqual([]);
    const pages = readdirSync(`${root}rules`, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.md'),
    );
    expect(pages.filter((page) => !made.has(`rules/${page}`))).toEqual([]);
  });
});

describe.each(rules)('$id', ({ rule: { meta, defaults } }) => {
  it('names the problem, and may be as bad as it says', () => {
    expect(meta.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(meta.id).not.toMatch(/^(?:no|ban|require|prefer|disallow|enforce)-(?!action)/);
    expect(ALLOWED[meta.category]).toContain(meta.severity);
  });

  it('says what, why and what to do in full sentences', () => {
    for (const text of [meta.summary, meta.why, meta.remedy, ...(meta.scope ?? [])]) {
      expect(text).toMatch(SENTENCE);
      expect(text).not.toMatch(/TODO/);
    }
    expect(meta.summary).not.toMatch(/\. \p{Lu}/u);
  });

  it('has messages that are sentences and name the object', () => {
    const messages = Object.values<string>(meta.messages);
    expect(messages.length).toBeGreaterThan(0);
    for (const message of messages) {
      expect(message).toMatch(/^[\p{Lu}`{"].*(?:[.]|\{\{\w+\}\})$/su);
      expect(message).toMatch(/\{\{\w+\}\}/);
      expect(message).not.toMatch(/TODO/);
    }
  });

  it('documents its options, and only those', () => {
    expect(Object.keys(meta.optionDocs ?? {}).sort()).toEqual(Object.keys(defaults).sort());
  });

  it('can tell each of what it takes for a habit', () => {
    if ('habit' in meta.messages) expect(defaults).toHaveProperty('habit');
  });

  it('has references that are links', () => {
    for (const link of meta.references ?? []) expect(() => new URL(link)).not.toThrow();
  });
});
