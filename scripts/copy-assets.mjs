// tsc copies no data files: what the sources read at run time (SQL, JSON) goes beside the compiled module.
// Nor does it remove what it compiled from a file that is gone: a rule would live on.
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import fastGlob from 'fast-glob';

for (const file of fastGlob.sync(['src/**/*.sql', 'src/**/*.json'])) {
  mkdirSync(dirname(`dist/${file}`), { recursive: true });
  cpSync(file, `dist/${file}`);
}

for (const file of fastGlob.sync(['dist/{src,rules,reports}/**/*.js', '!dist/src/cli-*.js'])) {
  if (!existsSync(file.replace(/^dist\//, '').replace(/\.js$/, '.ts'))) rmSync(file);
}
