import type { Node } from '@pgsql/types';
import { truncateIdentifier } from '../../sql/name.ts';
import type { TypeRef } from '../types/type-ref.ts';
import type { Results } from './analysis.ts';
import type { NameSource } from './name-source.ts';
import { builtinName } from './type-system.ts';

/**
 * A string constant that becomes a regclass when the expression is read names a relation by OID from then on:
 * `nextval('seq')`, `'public.seq'::regclass`. (Through text, as in `'seq'::text::regclass`, it is looked up at run time.)
 */
export function bindLiteral(node: Node | undefined, type: TypeRef, names: NameSource, results: Results): void {
  if (builtinName(type) !== 'regclass' || !node || !('A_Const' in node)) return;
  const text = node.A_Const.sval?.sval;
  const parts = text === undefined ? undefined : parseNames(text);
  const name = parts?.at(-1);
  if (!parts || name === undefined) return;
  const schema = parts.at(-2);
  const relation = names.relation(schema, name);
  if (relation) {
    results.mean(node.A_Const, { kind: 'source', relation: relation.id, isCte: false });
    results.refer(node.A_Const, 'relation', relation.id);
  } else results.unresolved.push({ kind: 'relation', schema, name, node: node.A_Const, reason: 'unknown' });
}

const PART = /\s*(?:"((?:[^"]|"")+)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*))\s*(\.|$)/y;

/** stringToQualifiedNameList(): folded, quoted and dotted names in a string; undefined for an OID or bad syntax. */
export function parseNames(text: string): readonly string[] | undefined {
  const parts: string[] = [];
  PART.lastIndex = 0;
  for (;;) {
    const match = PART.exec(text);
    if (!match) return undefined;
    const [, quoted, plain = '', separator] = match;
    const name = quoted === undefined ? plain.toLowerCase() : quoted.replaceAll('""', '"');
    parts.push(truncateIdentifier(name));
    if (separator === '') return parts;
  }
}
