import { withoutSecrets } from '../../sql/secrets.ts';
import { type Codec, definition, type JsonSchema } from './codec.ts';
import { isArray, type Json } from './json.ts';

export const TEXT_SCHEMA: JsonSchema = {
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 2 }],
  description: 'SQL, a comment or a body; one of several lines is a list of them.',
};

/** A text of several lines is a list of them, so that a change is seen as the line it is in. */
export const lines: Codec<string> = {
  schema: definition('text'),
  write: (value) => {
    const text = withoutSecrets(value);
    return text.includes('\n') ? text.split('\n') : text;
  },
  read: (json) => joinLines(json ?? ''),
};

export function joinLines(json: Json): string {
  return isArray(json) ? json.join('\n') : String(json);
}
