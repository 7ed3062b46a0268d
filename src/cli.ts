#!/usr/bin/env node
// argv → audit → text → exit code; the only file that touches process, stdout and exit.
import { mkdirSync, writeFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { plainLines } from '../reports/plain-text.ts';
import type { Command } from './cli/arguments/commands.ts';
import type { Io } from './cli/io.ts';
import { ConfigError, InterruptedError, RuleError, SourceError } from './errors.ts';

// The grammar is 1.7 MB of WebAssembly that V8 would compile a second time, optimised, while the audit runs: that costs more
// than it saves on any history of less than 50 MB (npm run bench), and a fifth of the whole time on a small one.
// Each flag is said: newer V8s do not draw the conclusions of a flag that is set while they run, and Node 24 then took 2 s and
// 600 MB for it.
for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);

// A run of few seconds gains little from what V8's last compiler makes late, and pays for it with the second core: asked for after
// three times as much work, an audit of 1,000 tables takes a seventh less time, and a quarter less of the processors'.
const isCountedInBytes = Number.parseInt(process.versions.v8, 10) < 12;
setFlagsFromString(isCountedInBytes ? '--interrupt-budget=200000' : '--invocation-count-for-turbofan=9000');

// From Node 22 on, what was compiled is kept in the system's folder for temporary files, as eslint and tsc have it kept;
// NODE_DISABLE_COMPILE_CACHE=1 forbids it.
(nodeModule as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();

/** 2 could not do the job; never 0 or 1 after a crash. */
const FAILED = 2;

/** As shells count: 128 + the signal's number. */
const SIGNALS: ReadonlyMap<NodeJS.Signals, number> = new Map([
  ['SIGINT', 130],
  ['SIGTERM', 143],
]);

const io: Io = {
  cwd: process.cwd(),
  env: process.env,
  isTerminal: process.stdout.isTTY === true,
  columns: process.stdout.columns,
  now: () => performance.now(),
  print: (text) => void process.stdout.write(text),
  note: (line) => void process.stderr.write(`${plainLines(line)}\n`),
  write(file, text) {
    try {
      const full = resolve(process.cwd(), file);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
    } catch (cause) {
      throw new ConfigError(`Cannot write ${file}: ${(cause as Error).message}`, { cause });
    }
  },
  async interruptible(work) {
    const interruption = new AbortController();
    const interrupt = (signal: NodeJS.Signals): void => interruption.abort(signal);
    for (const signal of SIGNALS.keys()) process.once(signal, interrupt);
    try {
      return await work(interruption.signal);
    } catch (error) {
      // What a cut connection makes of it is of no interest then.
      throw interruption.signal.aborted ? new InterruptedError(String(interruption.signal.reason)) : error;
    } finally {
      for (const signal of SIGNALS.keys()) process.off(signal, interrupt);
    }
  },
};

async function main(): Promise<number> {
  const { parseArguments } = await import('./cli/arguments/arguments.ts');
  const { version } = await import('./version.ts');
  return run(await parseArguments(process.argv.slice(2), version(), io.columns ?? 100));
}

async function run(command: Command): Promise<number> {
  switch (command.name) {
    case 'print':
      io.print(command.text);
      return 0;
    case 'lint':
      return (await import('./cli/lint.ts')).lint(command.options, io);
    case 'audit':
      return (await import('./cli/audit.ts')).auditDatabase(command.options, io);
    case 'snapshot':
      return (await import('./cli/snapshot.ts')).writeSnapshotFile(command.options, io);
    case 'drift':
      return (await import('./cli/drift.ts')).printDrift(command.options, io);
    case 'rules':
      return (await import('./cli/rules.ts')).listRules(command.format, command.config, io);
    case 'explain':
      return (await import('./cli/rules.ts')).explain(command.rule, command.config, io);
  }
}

function explainFailure(error: unknown): string {
  if (error instanceof ConfigError || error instanceof SourceError) return error.message;
  if (error instanceof InterruptedError) return `interrupted (${error.message}). Nothing was changed.`;
  if (error instanceof RuleError) {
    return `${error.message}. That is a bug in the rule; switch it off in ddlint.jsonc to go on: { "rules": { "${error.ruleId}": "off" } }`;
  }
  const detail = process.env.DDLINT_DEBUG && error instanceof Error ? error.stack : String(error);
  return `ddlint broke, and this is a bug of its own: ${detail}\nDDLINT_DEBUG=1 shows where. Please report it.`;
}

// Node itself would end with 1, which means findings.
process.on('uncaughtException', (error) => {
  io.note(`ddlint: ${explainFailure(error)}`);
  process.exit(FAILED);
});

// A reader that has seen enough (ddlint | head) is no failure; the exit code stays what the findings make it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/**
 * Ends the process as soon as all that was printed has gone out. To let Node end by itself puts the whole graph away piece by piece
 * first, a tenth of a second for a large one.
 */
function end(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}

main().then(end, (error: unknown) => {
  io.note(`ddlint: ${explainFailure(error)}`);
  end(error instanceof InterruptedError ? (SIGNALS.get(error.message as NodeJS.Signals) ?? FAILED) : FAILED);
});
