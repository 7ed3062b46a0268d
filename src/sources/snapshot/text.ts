import { withoutSecrets } from '../../sql/secrets.ts';
import type { Codec } from './codec.ts';
import { isArray, type Json } from './json.ts';

/** A text of several lines is a list of them, so that a change is seen as the line it is in. */
export const lines: Codec<string> = {
  schema: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 2 }] },
  write: (value) => {
    const text = withoutSecrets(value);
    return text.includes('\n') ? text.split('\n') : text;
  },
  read: (json) => joinLines(json ?? ''),
};

export function joinLines(json: Json): string {
  return isArray(json) ? json.join('\n') : String(json);
}
