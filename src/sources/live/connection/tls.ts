import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { ConfigError } from '../../../errors.ts';
import type { ConnectionTarget } from './connection-target.ts';

/** One attempt's TLS: false = without. */
export type TlsAttempt = false | ConnectionOptions;

/** The attempts in libpq's order (docs 32.18.4): `prefer` falls back to no TLS, `allow` the other way round, the rest do not. */
export function tlsAttempts(target: ConnectionTarget): readonly TlsAttempt[] {
  const unverified: ConnectionOptions = { rejectUnauthorized: false };
  switch (target.sslMode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, unverified];
    case 'prefer':
      return [unverified, false];
    case 'require':
      return [unverified];
    case 'verify-ca':
      return [{ ...authorities(target), rejectUnauthorized: true, checkServerIdentity: () => undefined }];
    case 'verify-full':
      return [{ ...authorities(target), rejectUnauthorized: true, servername: target.host }];
  }
}

function authorities({ sslRootCert }: ConnectionTarget): ConnectionOptions {
  if (sslRootCert === undefined || sslRootCert === 'system') return {};
  try {
    return { ca: readFileSync(sslRootCert, 'utf8') };
  } catch (cause) {
    throw new ConfigError(`The certificate file of sslrootcert cannot be read: ${sslRootCert}.`, { cause });
  }
}
