// A server that a test starts ends with the test's process, however that ends.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';

const CLUSTER = fileURLToPath(new URL('../../dist/src/testing/throw-away-cluster.js', import.meta.url));

/** Says where its server is, and then does nothing more. */
const PROGRAM = `
  const { startThrowAwayCluster } = await import(process.argv[1]);
  const { authority, port } = await startThrowAwayCluster();
  console.log(JSON.stringify({ authority, port }));
  setInterval(() => {}, 1000);`;

it('a server ends with a process that is killed', async () => {
  const program = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, CLUSTER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await new Promise<string>((resolve) => program.stdout.once('data', (text) => resolve(String(text))));
  const { authority, port } = JSON.parse(said) as { readonly authority: string; readonly port: number };
  const folder = dirname(authority);
  expect(existsSync(folder)).toBe(true);
  expect(await isListening(port)).toBe(true);
  program.kill('SIGKILL');
  await vi.waitFor(async () => expect(await isListening(port)).toBe(false), { timeout: 10_000, interval: 100 });
  await vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 10_000, interval: 100 });
});

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
