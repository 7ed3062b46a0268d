import type { JsonOutput, Node, RangeVar, TypeName } from '@pgsql/types';
import { innerOf, stringsOf, tagOf } from '../../../sql/nodes.ts';
import { typeKeyText } from './form.ts';
import { list, quoted } from './key-syntax.ts';
import { writeRelation } from './relation.ts';
import { typeOf, type Writer } from './writer.ts';

/** Facts of a node that say where it was written, not what. */
const PLACES: ReadonlySet<string> = new Set([
  'location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'stmt_len',
  'stmt_location',
  'alias',
]);

/** Any node without a form of its own: its tag and fields in one order, the expressions inside it in their form. */
export function writeParts(node: Node, writer: Writer): string {
  const tag = tagOf(node) ?? 'none';
  const fields = innerOf(node);
  return list(tag, ...writeFields(fields, writer));
}

function writeFields(fields: object, writer: Writer): string[] {
  return Object.entries(fields)
    .filter(([name, value]) => !PLACES.has(name) && !(name === 'output' && isDefaultOutput(value, writer)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => list(name, writeField(value, name, writer)));
}

function writeField(value: unknown, name: string, writer: Writer): string {
  if (Array.isArray(value)) return list('', ...value.map((each) => writeField(each, name, writer)));
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (isTagged(value)) return writer.text(value);
  if (name === 'typeName') return writeTypeName(value, writer);
  if ('relname' in value) return writeRelation(value as RangeVar, writer);
  return list('', ...writeFields(value, writer));
}

/** RETURNING json is what SQL/JSON constructors return anyway, and the deparser writes it out. */
function isDefaultOutput(value: JsonOutput, writer: Writer): boolean {
  const type = value.typeName && typeOf(writer, value.typeName);
  return type?.name.name === 'json' && value.returning?.format?.format_type === 'JS_FORMAT_DEFAULT';
}

function isTagged(value: object): value is Node {
  const [key = ''] = Object.keys(value);
  return /^[A-Z]/.test(key);
}

export function writeTypeName(typeName: TypeName, writer: Writer): string {
  const type = typeOf(writer, typeName);
  return type ? typeKeyText(type, writer) : stringsOf(typeName.names).map(quoted).join('.');
}
