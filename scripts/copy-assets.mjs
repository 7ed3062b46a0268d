// tsc copies no data files: what the sources read at run time (SQL, JSON) goes beside the compiled module.
import { cpSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import fastGlob from 'fast-glob';

for (const file of fastGlob.sync(['src/**/*.sql', 'src/**/*.json'])) {
  mkdirSync(dirname(`dist/${file}`), { recursive: true });
  cpSync(file, `dist/${file}`);
}
