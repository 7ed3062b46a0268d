import { connect, type NetConnectOpts } from 'node:net';

/** What the server told this session about itself. */
export interface BackendKey {
  readonly processId: number;
  readonly secretKey: number;
}

/** PostgreSQL's CancelRequest (protocol docs 54.2.8): 1234 and 5678 where a version would stand. */
const CANCEL_CODE = 80_877_102;
const PATIENCE = 2_000;

/**
 * Asks the server to end what the session is doing. It answers nothing, so this never fails; what was not cancelled ends by
 * its own timeout.
 */
export function requestCancel(host: string, port: number, { processId, secretKey }: BackendKey): Promise<void> {
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(CANCEL_CODE, 4);
  message.writeInt32BE(processId, 8);
  message.writeInt32BE(secretKey, 12);
  const address: NetConnectOpts = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  return new Promise((resolve) => {
    const socket = connect(address, () => socket.end(message));
    socket.setTimeout(PATIENCE, () => socket.destroy());
    socket.on('error', () => undefined).on('close', () => resolve());
  });
}
