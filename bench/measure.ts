import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Measurement {
  /** Wall time of the whole process, milliseconds. */
  readonly milliseconds: number;
  /** Peak resident memory, bytes, as the kernel counts it (VmHWM); 0 where there is no /proc. */
  readonly peakBytes: number;
  readonly exitCode: number | null;
}

/** Runs a command once as a process of its own; its output is read and thrown away. */
export function measure(command: string, args: readonly string[], cwd: string): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let peakBytes = 0;
    const poll = setInterval(() => {
      peakBytes = Math.max(peakBytes, highWaterMark(child.pid));
    }, 5);
    child.stdout.resume();
    child.stderr.resume();
    child.on('error', reject);
    child.on('close', (exitCode) => {
      clearInterval(poll);
      resolve({ milliseconds: Number(process.hrtime.bigint() - started) / 1e6, peakBytes, exitCode });
    });
  });
}

function highWaterMark(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
