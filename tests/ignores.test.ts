import { describe, expect, it } from 'vitest';
import { audit } from '../src/audit/audit.ts';
import { IGNORE_RULES } from '../src/engine/ignore-rules.ts';
import type { ObjectIgnore } from '../src/engine/ignoring.ts';
import { fitsGlob } from '../src/engine/object-glob.ts';
import { SchemaBuilder } from '../src/graph/schema-builder.ts';
import { defineRule } from '../src/rule/index.ts';
import type { Source } from '../src/sources/source.ts';

/** Reports every `!` of the texts at its place, about the word behind it, and with it the places of each `?`. */
const shout = defineRule({
  meta: {
    id: 'shout',
    category: 'design',
    severity: 'low',
    summary: 'An exclamation mark.',
    why: 'Tests need one.',
    remedy: 'None.',
    messages: { found: 'There is {{what}}.' },
    restsOn: [],
  },
  visit: {
    graph(_, { texts, report }) {
      for (const [file, text] of texts) {
        const related = [...text.matchAll(/\?/g)].map(({ index }) => {
          return { note: 'another', at: { file, start: index, end: index + 1 } };
        });
        for (const match of text.matchAll(/!(\w+)/g)) {
          const [what = '', name = ''] = match;
          const at = { file, start: match.index, end: match.index + what.length };
          report({ object: { kind: 'mark', name }, at, message: 'found', data: { what }, related });
        }
      }
    },
  },
});

async function left(text: string, ignores: readonly ObjectIgnore[] = []) {
  const { graph, journal } = new SchemaBuilder().build();
  const source: Source = {
    name: 'text',
    read: async () => ({
      graph,
      journal,
      migrations: [],
      statements: [],
      provides: new Set(['history']),
      texts: new Map([['a.sql', text]]),
      notUnderstood: [],
      doubts: [],
      counts: { files: 1, statements: 0, rejected: 0, passedOver: 0 },
      notes: [],
      platform: 'postgres',
      exposedSchemas: [],
      migrationTool: 'plain',
    }),
  };
  const rules = [{ id: 'shout', rule: shout }, ...IGNORE_RULES];
  const { report } = await audit(source, {
    rules,
    selection: { preset: 'strict', settings: new Map(), only: [] },
    ignores,
  });
  return { found: report.findings.map((each) => each.object.name), ignored: report.ignored, notes: report.notes };
}

describe('an ignore comment', () => {
  it.each([
    [
      'on its own line is about the next statement',
      '-- ddlint-ignore shout: x\n\nselect !a,\n  !b;\nselect !c;',
      ['c'],
    ],
    [
      'behind the start of a statement is about all of it',
      'select !a, -- ddlint-ignore shout: x\n !b;\nselect !c;',
      ['c'],
    ],
    [
      'behind the end of a statement is about all of it',
      'select !a,\n !b; -- ddlint-ignore shout: x\nselect !c;',
      ['c'],
    ],
    ['of two statements on a line is about the last', 'select !a; select !b; -- ddlint-ignore shout: x', ['a']],
    ['inside a statement is about its line', 'select !a,\n !b, -- ddlint-ignore shout: x\n !c;', ['a', 'c']],
    [
      'on a line of its own inside a statement is about the next line',
      'select !a,\n -- ddlint-ignore shout: x\n\n !b,\n !c;',
      ['a', 'c'],
    ],
    ['in a body is about its line', 'do $$\nbegin\n !a; -- ddlint-ignore shout: x\n !b;\nend $$;', ['b']],
    ['may be a block', 'select !a /* ddlint-ignore shout: x */ ;select !b;', ['b']],
    ['for the file is about all of it', 'select !a;\n-- ddlint-ignore-file shout: x\nselect !b;', []],
    ['for several rules names them all', '-- ddlint-ignore unused-ignore, shout: x\nselect !a;', ['a.sql']],
    ['counts its reason with colons and commas', '-- ddlint-ignore shout: see: a, b\nselect !a;', []],
    ['without a reason ignores nothing', '-- ddlint-ignore shout:\nselect !a;', ['a.sql', 'a']],
    ['for another rule ignores nothing', '-- ddlint-ignore other: x\nselect !a;', ['a.sql', 'a']],
    ['inside a string is none', "select '-- ddlint-ignore-file shout: x', !a;", ['a']],
    ['in COPY data is none', 'copy t from stdin;\n-- ddlint-ignore-file shout: x\n\\.\nselect !a;', ['a']],
    ['with CRLF line ends works the same', 'select !a;\r\n-- ddlint-ignore shout: x\r\nselect !b;\r\n', ['a']],
    [
      'beside another place of a finding leaves it, and is not unused',
      'select !a;\n-- ddlint-ignore shout: x\nselect ?;',
      ['a'],
    ],
    ['with nothing behind it is unused', 'select !a;\n-- ddlint-ignore shout: x\n', ['a.sql', 'a']],
  ])('%s', async (_, text, names) => {
    expect((await left(text)).found).toEqual(names);
  });

  it('is counted', async () => {
    expect((await left('-- ddlint-ignore shout: x\nselect !a, !b;')).ignored).toBe(2);
  });

  it('can silence the rules about ignore comments', async () => {
    expect(
      (await left('-- ddlint-ignore-file invalid-ignore: x\n-- ddlint-ignore nothing: x\nselect 1;')).found,
    ).toEqual([]);
    expect((await left('-- ddlint-ignore-file unused-ignore: x\n-- ddlint-ignore shout: x\nselect 1;')).found).toEqual(
      [],
    );
    expect((await left('-- ddlint-ignore-file unused-ignore: x\nselect 1;')).found).toEqual(['a.sql']);
  });
});

describe('an ignore of the configuration', () => {
  it('is by rule and object, and noted when it hits nothing', async () => {
    const { found, ignored, notes } = await left('select !abc, !abd, !x;', [
      { rule: 'shout', object: 'ab*', reason: 'x' },
      { rule: 'shout', object: 'y*', reason: 'x' },
    ]);
    expect({ found, ignored }).toEqual({ found: ['x'], ignored: 2 });
    expect(notes).toEqual([
      'The configuration ignores shout on y*, and there is no such finding: remove it from ignores.',
    ]);
  });
});

it.each([
  ['public.audit_log', 'public.audit_*', true],
  ['public.audit_log', '*', true],
  ['public.audit_log', '*.audit_*g', true],
  ['public.audit_log', 'public.audit', false],
  ['public.audit_log', 'audit_*', false],
  ['aa', 'a*a*a', false],
  ['aaa', 'a*a*a', true],
  ['a.b', 'a?b', false],
  ['', '', true],
])('%j fits %j: %s', (text, pattern, fits) => {
  expect(fitsGlob(text, pattern)).toBe(fits);
});
