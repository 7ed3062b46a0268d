import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { constantText } from '../query-shapes/operand.ts';

const PASSWORDS: NamePatterns = ['*_password', '*_passwd', '*_pwd', '*_passphrase', '*_passcode'];
/** Words that people take for a first password. */
const FIRST_PASSWORDS: readonly string[] = [
  ...['password', 'passwort', 'contraseña', 'clave', 'senha', 'changeme', 'change_me', 'change-me', 'welcome'],
  ...['letmein', 'secret', 'admin', 'qwerty', 'default', 'temporal'],
];

/**
 * Is a password's default a constant that could be one (`'Start123!'`), so that each row which keeps it has the same, and whoever reads the file knows it?
 * What only says that there is none ('', 'none', 'oauth') is no password, nor is a hash.
 */
export function hasKnownPassword({ name, default: given }: EntityOf<'column'>): boolean {
  const text = constantText(given?.tree);
  if (text === null || !isNamed(name, PASSWORDS)) return false;
  if (FIRST_PASSWORDS.includes(text.toLowerCase())) return true;
  const isHash = /^\$\w+\$|^[0-9a-f]{32,}$/i.test(text);
  return !isHash && text.length >= 4 && /\d/.test(text) && !/\s/.test(text);
}
