/**
 * npm run bench [-- FOLDER …]: whole-process times of ddlint beside squawk on the same files, in turns, as ratios, with peak memory and
 * ddlint's own phases. Without a folder: generated histories of 50, 500 and 5,000 files, and that of 500 in one file, as a dump is.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateHistory } from './generate-history.ts';
import { type Measurement, measure, median } from './measure.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ddlint = join(root, 'dist', 'src', 'cli.js');
const squawk = squawkBinary();

/** The binary inside the package of this platform: the launcher in front of it would add a Node start to squawk's time. */
function squawkBinary(): string {
  const packageFile = createRequire(import.meta.url).resolve(
    `@squawk-cli/${process.platform}-${process.arch}/package.json`,
  );
  return join(dirname(packageFile), 'bin', process.platform === 'win32' ? 'squawk.exe' : 'squawk');
}

async function compare(label: string, folder: string, runs: number): Promise<void> {
  const files = sqlFiles(folder);
  const ours: Measurement[] = [];
  const theirs: Measurement[] = [];
  for (let run = 0; run <= runs; run++) {
    const a = await measure(process.execPath, [ddlint, 'lint', folder, '--fail-on', 'never', '--quiet'], root);
    const b = await measure(squawk, ['--assume-in-transaction', ...files], root);
    if (a.exitCode !== 0) throw new Error(`ddlint ended with ${a.exitCode} on ${label}`);
    if (run > 0) {
      ours.push(a);
      theirs.push(b);
    }
  }
  const [time, peer] = [median(ours.map((each) => each.milliseconds)), median(theirs.map((each) => each.milliseconds))];
  const ratio = median(ours.map((each, index) => each.milliseconds / (theirs[index]?.milliseconds ?? 1)));
  console.log(
    `${label}: ddlint ${time.toFixed(0)} ms, ${megabytes(ours)} MB; squawk ${peer.toFixed(0)} ms, ${megabytes(theirs)} MB; ratio ${ratio.toFixed(2)} (${runs} runs in turns, medians)`,
  );
  const timing = spawnSync(process.execPath, [ddlint, 'lint', folder, '--fail-on', 'never', '--quiet', '--timing'], {
    cwd: root,
    encoding: 'utf8',
  });
  console.log(timing.stderr.replace(/^/gm, '    '));
}

/** What goes through a file for each of its objects shows in a large one alone. */
async function compareOneFile(migrations: number): Promise<void> {
  const [history, scratch] = [
    mkdtempSync(join(tmpdir(), 'ddlint-bench-')),
    mkdtempSync(join(tmpdir(), 'ddlint-bench-')),
  ];
  const { bytes } = generateHistory(history, migrations);
  const text = sqlFiles(history).map((each) => readFileSync(each, 'utf8'));
  mkdirSync(join(scratch, 'supabase', 'migrations'), { recursive: true });
  writeFileSync(join(scratch, 'supabase', 'migrations', '20240101000000_all.sql'), text.join('\n'));
  await compare(`${migrations} migrations in one file, ${(bytes / 1e6).toFixed(1)} MB`, scratch, 3);
  for (const each of [history, scratch]) rmSync(each, { recursive: true });
}

function megabytes(measurements: readonly Measurement[]): string {
  return (median(measurements.map((each) => each.peakBytes)) / 1e6).toFixed(0);
}

function sqlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((each) => each.endsWith('.sql'))
    .sort()
    .map((each) => join(folder, each));
}

async function startUp(): Promise<void> {
  const bare = median((await times([process.execPath, '-e', '0'])).map((each) => each.milliseconds));
  const version = median((await times([process.execPath, ddlint, '--version'])).map((each) => each.milliseconds));
  const scratch = mkdtempSync(join(tmpdir(), 'ddlint-bench-'));
  generateHistory(scratch, 1);
  const oneFile = median(
    (await times([process.execPath, ddlint, 'lint', scratch, '--fail-on', 'never'])).map((each) => each.milliseconds),
  );
  rmSync(scratch, { recursive: true });
  console.log(
    `start-up: bare node ${bare.toFixed(0)} ms, ddlint --version ${version.toFixed(0)} ms, ddlint lint of one file ${oneFile.toFixed(0)} ms`,
  );
}

async function times([command = '', ...args]: readonly string[]): Promise<Measurement[]> {
  const result: Measurement[] = [];
  for (let run = 0; run < 6; run++) result.push(await measure(command, args, root));
  return result.slice(1);
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
console.log(`ddlint ${version}, Node ${process.versions.node}`);
await startUp();
const folders = process.argv.slice(2);
if (folders.length > 0) {
  for (const folder of folders) await compare(folder, resolve(folder), 5);
} else {
  for (const [files, runs] of [
    [50, 5],
    [500, 5],
    [5000, 3],
  ] as const) {
    const scratch = mkdtempSync(join(tmpdir(), 'ddlint-bench-'));
    const { bytes } = generateHistory(scratch, files);
    await compare(`${files} migrations, ${(bytes / 1e6).toFixed(1)} MB`, scratch, runs);
    rmSync(scratch, { recursive: true });
  }
  await compareOneFile(500);
}
