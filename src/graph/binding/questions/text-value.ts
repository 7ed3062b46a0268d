import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../../sql/nodes.ts';
import { replacedText } from '../../../sql/replaced-text.ts';
import type { Folded } from './constant-value.ts';

/**
 * What `||` and the common built-in functions of text give for known values (docs 9.4); undefined for others, and where a value is not known.
 * @param worthOf the value of an operand
 */
export function textValue(node: Node, worthOf: (part: Node) => Folded): Folded {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '||' && lexpr !== undefined && rexpr !== undefined)
    return calculated([worthOf(lexpr), worthOf(rexpr)], ([left = '', right = '']) => left + right);
  const call = fieldsOf(node, 'FuncCall');
  const { schema, name: called } = writtenName(call?.funcname);
  const calculate = schema === undefined || schema === 'pg_catalog' ? FUNCTIONS.get(called) : undefined;
  const args = call?.args ?? [];
  if (calculate === undefined || args.some((each) => 'NamedArgExpr' in each)) return undefined;
  return calculated(args.map(worthOf), calculate);
}

type Calculation = (args: readonly string[]) => Folded;

/** They are all strict. */
function calculated(values: readonly Folded[], calculate: Calculation): Folded {
  if (values.includes(undefined) || values.some((each) => typeof each === 'symbol' || typeof each === 'boolean'))
    return undefined;
  return values.includes(null) ? null : calculate(values.map(String));
}

const FUNCTIONS: ReadonlyMap<string, Calculation> = new Map<string, Calculation>([
  ['lower', ([text = '']) => text.toLowerCase()],
  ['upper', ([text = '']) => text.toUpperCase()],
  [
    'initcap',
    ([text = '']) => text.toLowerCase().replace(/[a-z0-9]+/g, (word) => word[0]?.toUpperCase() + word.slice(1)),
  ],
  ['btrim', ([text = '', ...more]) => (more.length > 0 ? undefined : text.replace(/^ +| +$/g, ''))],
  ['ltrim', ([text = '', ...more]) => (more.length > 0 ? undefined : text.replace(/^ +/, ''))],
  ['rtrim', ([text = '', ...more]) => (more.length > 0 ? undefined : text.replace(/ +$/, ''))],
  ['split_part', splitPart],
  ['left', ([text = '', count]) => (Number(count) < 0 ? undefined : text.slice(0, Number(count)))],
  ['substr', part],
  ['substring', part],
  ['replace', ([text = '', from = '', to = '']) => replacedText(text, from, to)],
  ['regexp_replace', replaced],
  ['length', charactersOf],
  ['char_length', charactersOf],
  ['character_length', charactersOf],
  ['strpos', ([text = '', part = '']) => text.indexOf(part) + 1],
  ['position', ([text = '', part = '']) => text.indexOf(part) + 1],
]);

/** One that takes two UTF-16 units is one. */
function charactersOf([text = '']: readonly string[]): Folded {
  return [...text].length;
}

function splitPart([text = '', delimiter = '', at]: readonly string[]): Folded {
  const index = Number(at);
  return index < 1 || delimiter === '' ? undefined : (text.split(delimiter)[index - 1] ?? '');
}

/** By places, or what matches a pattern. */
function part([text = '', from = '', length]: readonly string[]): Folded {
  if (/^\d+$/.test(from) && (length === undefined || /^\d+$/.test(length))) {
    const start = Number(from) - 1;
    if (start < 0) return undefined;
    return length === undefined ? text.slice(start) : text.slice(start, start + Number(length));
  }
  const pattern = length === undefined ? patternOf(from, '') : undefined;
  return pattern === undefined ? undefined : (pattern.exec(text)?.[0] ?? null);
}

function replaced([text = '', from = '', to = '', flags = '']: readonly string[]): Folded {
  const pattern = /^[gi]*$/.test(flags) && /^[\w. -]*$/.test(to) ? patternOf(from, flags) : undefined;
  return pattern === undefined ? undefined : text.replace(pattern, to);
}

/** Classes of letters, digits and single characters, which mean the same in both dialects. */
const SIMPLE_PATTERN =
  /^\^?(?:\[\^?(?:a-z|A-Z|0-9|\\[wsd]|[\w. @+]|-(?=\]))+\][+*]?|\\[wsdWSD.][+*]?|[\w@ ][+*]?)+\$?$/;

function patternOf(text: string, flags: string): RegExp | undefined {
  return SIMPLE_PATTERN.test(text) ? new RegExp(text, [...new Set(flags)].join('')) : undefined;
}
