// Who may import whom (CONTRIBUTING.md holds the same table in words). A folder that is not listed is an error.
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastGlob from 'fast-glob';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every folder with modules, and the folders it may import besides itself; src/errors.ts is open to all. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'src/sql': [],
  'src/graph': ['src/sql'],
  'src/platform': ['src/graph', 'src/sql'],
  'src/rule': ['src/graph', 'src/sql'],
  'src/sources': ['src/graph', 'src/platform', 'src/sql'],
  'src/engine': ['src/rule', 'src/graph', 'src/platform', 'src/sql'],
  'src/audit': ['src/engine', 'src/sources', 'src/rule', 'src/graph', 'src/sql'],
  'src/config': ['src/audit', 'src/sources', 'src/rule', 'src/sql', 'rules'],
  rules: ['src/rule'],
  'src/drift': ['src/sources', 'src/rule', 'src/graph', 'src/sql'],
  reports: ['src/audit', 'src/drift', 'src/rule', 'src/sql'],
  'src/cli': ['src/config', 'src/audit', 'src/drift', 'src/sources', 'src/rule', 'src', 'reports'],
  // The entries: the command, the public API, the version.
  src: ['src/cli', 'src/config', 'src/audit', 'src/sources', 'src/rule', 'reports'],
  'src/testing': [
    'src/audit',
    'src/config',
    'src/engine',
    'src/graph',
    'src/graph/binding',
    'src/platform',
    'src/rule',
    'src/sources',
    'src/sql',
  ],
};

/** The listed folder a module belongs to: the deepest that contains it. */
function layerOf(file: string): string | undefined {
  return Object.keys(LAYERS)
    .filter((folder) => (folder === 'src' ? dirname(file) === 'src' : file.startsWith(`${folder}/`)))
    .sort((a, b) => b.length - a.length)[0];
}

const files = fastGlob.sync(['src/**/*.ts', 'rules/**/*.ts', 'reports/**/*.ts'], { cwd: root }).sort();

interface Import {
  readonly target: string;
  /** Erased at run time: `import type`, or nothing but types. */
  readonly isType: boolean;
}

const IMPORT =
  /^(?:import|export)\s+(?<type>type\s)?(?<names>[\w$*{},\s]*?)\s*from\s*['"](?<path>\.[^'"]+)['"]|import\(\s*['"](?<lazy>\.[^'"]+)['"]\s*\)/gm;

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(resolve(root, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(({ groups }) => {
    const path = groups?.path ?? groups?.lazy ?? '';
    const names = (groups?.names ?? '').replace(/[{}\s]+/g, ' ').split(',');
    const onlyTypes =
      groups?.names !== undefined && names.every((name) => name.trim() === '' || name.trim().startsWith('type '));
    const isType =
      groups?.type !== undefined || (groups?.lazy === undefined && onlyTypes && groups?.names?.trim() !== '');
    return { target: relative(root, resolve(root, dirname(file), path)), isType };
  });
}

const graph = new Map(files.map((file) => [file, importsOf(file)]));

it('sees the modules and their imports', () => {
  expect(files.length).toBeGreaterThan(150);
  expect([...graph.values()].flat().length).toBeGreaterThan(600);
});

it('every folder is listed', () => {
  expect(files.filter((file) => layerOf(file) === undefined)).toEqual([]);
  expect(
    Object.keys(LAYERS).filter((layer) => layer !== 'rules' && !files.some((file) => layerOf(file) === layer)),
  ).toEqual([]);
});

it('imports go one way', () => {
  const wrong = files.flatMap((file) =>
    (graph.get(file) ?? []).flatMap(({ target }) => {
      const [from, to] = [layerOf(file), layerOf(target)];
      if (target === 'src/errors.ts' || from === to || from === undefined) return [];
      return to !== undefined && LAYERS[from]?.includes(to) ? [] : [`${file} imports ${target}`];
    }),
  );
  expect(wrong).toEqual([]);
});

it('a rule imports src/rule/index.ts and nothing else', () => {
  const wrong = files
    .filter((file) => file.startsWith('rules/'))
    .flatMap((file) =>
      (graph.get(file) ?? [])
        .filter(({ target }) => target !== 'src/rule/index.ts')
        .map(({ target }) => `${file}: ${target}`),
    );
  expect(wrong).toEqual([]);
});

it('only cli.ts touches the process and the console', () => {
  const wrong = files.filter(
    (file) =>
      file !== 'src/cli.ts' &&
      !file.startsWith('src/testing/') &&
      /\bprocess\s*\.|\bconsole\s*\./.test(withoutComments(file)),
  );
  expect(wrong).toEqual([]);
});

function withoutComments(file: string): string {
  return readFileSync(resolve(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

it('no circle of imports at run time leads through another folder', () => {
  const state = new Map<string, 'open' | 'done'>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      const circle = [...path.slice(path.indexOf(file)), file];
      // Functions of one folder may call each other in turn (a statement holds a block of statements).
      if (new Set(circle.map(dirname)).size > 1) circles.push(circle.join(' → '));
      return;
    }
    state.set(file, 'open');
    for (const { target, isType } of graph.get(file) ?? [])
      if (!isType && graph.has(target)) visit(target, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
