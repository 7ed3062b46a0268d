import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { targetsOf } from '../src/cli/targets.ts';
import { findConfig, projectRoot } from '../src/config/find.ts';
import { loadConfig } from '../src/config/resolve.ts';
import { nearest } from '../src/rule/nearest.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'ddlint-config-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text = ''): string {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
  return join(root, file);
}

describe('the configuration is looked for', () => {
  it('from the working directory up to the root of version control, and no further', () => {
    const outside = write('one/ddlint.jsonc', '{}');
    write('one/project/.git/HEAD');
    mkdirSync(join(root, 'one/project/a/b'), { recursive: true });
    expect(findConfig(join(root, 'one/project/a/b'))).toBeNull();
    const top = write('one/project/ddlint.json', '{}');
    expect(findConfig(join(root, 'one/project/a/b'))).toBe(top);
    const near = write('one/project/a/package.json', '{ "ddlint": {} }');
    expect(findConfig(join(root, 'one/project/a/b'))).toBe(near);
    write('one/project/a/b/package.json', '{ "devDependencies": { "ddlint": "1" } }');
    expect(findConfig(join(root, 'one/project/a/b'))).toBe(near);
    expect(projectRoot(join(root, 'one/project/a/b'))).toBe(join(root, 'one/project'));
    expect(outside).not.toBe(near);
  });

  it('only in the working directory without version control: what lies above may be anyone else’s', () => {
    const own = write('two/ddlint.jsonc', '{}');
    mkdirSync(join(root, 'two/deep'), { recursive: true });
    expect(findConfig(join(root, 'two'))).toBe(own);
    expect(findConfig(join(root, 'two/deep'))).toBeNull();
  });
});

it('a configuration may have comments, trailing commas and a byte order mark', async () => {
  write('three/ddlint.jsonc', '\ufeff{\n  // ours\n  "failOn": "low", /* all */\n}\n');
  const config = await loadConfig(join(root, 'three'), undefined);
  expect(config).toMatchObject({ failOn: 'low', level: 'low', preset: 'recommended', platform: 'auto' });
});

it('without one everything has its default', async () => {
  const config = await loadConfig(join(root, 'three'), null);
  expect(config).toMatchObject({ file: null, failOn: 'high', paths: [], ignores: [] });
  expect(config.settings.size).toBe(0);
});

describe('targets', () => {
  write('four/supabase/migrations/1_a.sql');
  write('four/supabase/config.toml');
  write('four/other.sql');
  const cwd = join(root, 'four');

  it('of a migration file are its whole folder, filtered', () => {
    expect(targetsOf(['supabase/migrations/1_a.sql'], cwd)).toEqual({
      paths: ['supabase/migrations'],
      onlyFiles: ['supabase/migrations/1_a.sql'],
    });
  });

  it('of config.toml are the whole project', () => {
    expect(targetsOf(['supabase/migrations/1_a.sql', 'supabase/config.toml'], cwd).onlyFiles).toBeNull();
  });

  it('of any other file are that file', () => {
    expect(targetsOf(['other.sql'], cwd)).toEqual({ paths: ['other.sql'], onlyFiles: null });
  });

  it('of a folder are the folder, named from the working directory', () => {
    expect(targetsOf(['supabase'], cwd)).toEqual({ paths: ['supabase'], onlyFiles: null });
    expect(targetsOf([join(cwd, 'supabase'), cwd], cwd)).toEqual({ paths: ['supabase', '.'], onlyFiles: null });
  });
});

it.each([
  ['rls-disable', 'rls-disabled'],
  ['disabled-rls', undefined],
  ['fk', undefined],
  ['policy-recusrion', 'policy-recursion'],
  ['RLS-Disabled', 'rls-disabled'],
])('nearest to %s is %s', (name, expected) => {
  expect(nearest(name, ['rls-disabled', 'policy-recursion', 'unindexed-foreign-key'])).toBe(expected);
});
