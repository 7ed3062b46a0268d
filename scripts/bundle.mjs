// Makes the command one file with lazy parts: opening hundreds of modules would take longer than the audit of a small project.
// The package's library entries (index.js, testing/) stay as tsc wrote them.
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { rolldown } from 'rolldown';
import { CONFIG_SCHEMA } from '../dist/src/config/schema.js';
import { SNAPSHOT_SCHEMA } from '../dist/src/sources/snapshot/snapshot-file.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const OUT = join(root, 'dist/src');

/** They bring data files of their own, or are loaded for few commands. */
const EXTERNAL = ['libpg-query', 'pg'];

/** The directory of rules, as a module that imports each. */
function builtInRules() {
  const files = readdirSync(join(root, 'rules'), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .sort();
  const imports = files.map((file, i) => `import rule${i} from ${JSON.stringify(join(root, 'rules', file))};`);
  const ids = files.map((_, i) => `rule${i}`).join(', ');
  return [
    `import { IGNORE_RULES } from ${JSON.stringify(join(root, 'src/audit/audit.ts'))};`,
    ...imports,
    `const rules = [${ids}].map((rule) => ({ id: rule.meta.id, rule }));`,
    'export const loadBuiltInRules = async () => [...IGNORE_RULES, ...rules].sort((a, b) => (a.id < b.id ? -1 : 1));',
  ].join('\n');
}

/** The validator of the configuration, compiled now. */
function configValidator() {
  const ajv = new Ajv({
    allErrors: true,
    strictTuples: false,
    allowUnionTypes: true,
    code: { esm: true, source: true },
  });
  const code = standalone.default(ajv, ajv.compile(CONFIG_SCHEMA));
  return `${code}\nexport const validateConfig = (value) => (validate(value) ? [] : validate.errors);`;
}

/** The validator of snapshots: it stops at the first error, which is all that is said. Inlined, its definitions would make megabytes. */
function snapshotValidator() {
  const ajv = new Ajv({ code: { esm: true, source: true }, inlineRefs: false });
  const code = standalone.default(ajv, ajv.compile(SNAPSHOT_SCHEMA));
  return `${code}\nexport const validateSnapshot = (value) => (validate(value) ? [] : validate.errors);`;
}

/**
 * yargs brings string-width for the layout of its help, in three versions, each of which opens Unicode's segmentation data when it is
 * loaded: 15 ms at every start. Nothing asks for it but a help text.
 */
function withLazySegmenter(code, id) {
  const eager = 'const segmenter = new Intl.Segmenter();';
  if (!code.includes(eager))
    throw new Error(`${id} is not what bundle.mjs knows: look whether it is still slow to load`);
  return code.replace(
    eager,
    'let made; const segmenter = { segment: (text) => (made ??= new Intl.Segmenter()).segment(text) };',
  );
}

const replaced = new Map([
  [join(root, 'src/config/built-in-rules.ts'), builtInRules],
  [join(root, 'src/config/validate.ts'), configValidator],
  [join(root, 'src/sources/snapshot/validate.ts'), snapshotValidator],
]);

const bundle = await rolldown({
  input: { cli: join(root, 'src/cli.ts') },
  platform: 'node',
  // jsonc-parser's `main` is a wrapper that hides its modules from a bundler.
  resolve: { mainFields: ['module', 'main'] },
  external: EXTERNAL,
  plugins: [
    {
      name: 'what-the-build-knows',
      load(id) {
        return replaced.get(id)?.();
      },
      transform(code, id) {
        if (/[\\/]string-width[\\/]index\.js$/.test(id)) return withLazySegmenter(code, id);
        // Data files lie beside the module that tsc wrote; the bundle lies elsewhere.
        if (!id.startsWith(join(root, 'src')) || !code.includes('import.meta.url')) return undefined;
        const own = `./${relative(join(root, 'src'), id).replace(/\.ts$/, '.js')}`;
        return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(own)}, import.meta.url).href`);
      },
    },
  ],
});
const options = {
  dir: OUT,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'cli-[hash].js',
  // Less to read at each start; names stay, for stack traces.
  minify: {
    compress: { keepNames: { function: true, class: true } },
    mangle: { keepNames: true },
    codegen: { removeWhitespace: true },
  },
};
const { output } = await bundle.generate(options);
const made = new Set(output.map((chunk) => chunk.fileName));
await bundle.write(options);
await bundle.close();
for (const file of readdirSync(OUT)) if (file.startsWith('cli-') && !made.has(file)) rmSync(join(OUT, file));
