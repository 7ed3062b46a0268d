import type { TypeRef } from '../../types/type-ref.ts';
import { elementOf, isSameType, LITERAL } from '../type-system.ts';
import { list, quoted } from './key-syntax.ts';
import { normalLiteral } from './literal-text.ts';
import type { Form, Writer } from './writer.ts';

export function key(text: string, type?: TypeRef): Form {
  return { kind: 'key', type, key: text };
}

/**
 * The form behind a cast, written or implicit: nothing where the type is the same, folded into constants as Postgres' own
 * deparser prints them, and into the elements of ARRAY[…].
 */
export function cast(form: Form, to: TypeRef | undefined, writer: Writer): Form {
  if (!to) return form;
  const from = form.type;
  const plain: TypeRef = { ...to, modifiers: [] };
  if (from && isSameType(from, to) && form.kind !== 'array') {
    const isNarrowed = to.modifiers.length > 0 && to.modifiers.join() !== from.modifiers.join();
    return isNarrowed ? wrapped(form, to, writer) : form;
  }
  if (form.kind === 'constant') {
    const folded = fold(withUnit(form, to), plain);
    if (folded) return to.modifiers.length === 0 || folded.value === null ? folded : wrapped(folded, to, writer);
  }
  const element = elementOf(to);
  if (form.kind === 'array' && element) {
    const elements = form.elements.map((each) => cast(each, each.kind === 'array' ? to : element, writer));
    return { kind: 'array', type: plain, elements };
  }
  return wrapped(form, to, writer);
}

/** `interval '1' day`: the unit that is missing in the text stands in the type. */
function withUnit(form: Extract<Form, { kind: 'constant' }>, { name, modifiers }: TypeRef): typeof form {
  const field = modifiers.find((each) => /^[a-z]/.test(each));
  if (name.name !== 'interval' || field === undefined || !/^\s*[+-]?\d+(\.\d+)?\s*$/.test(form.value ?? ''))
    return form;
  return { ...form, value: `${form.value} ${field.split(' ').at(-1)}` };
}

function wrapped(form: Form, to: TypeRef, writer: Writer): Form {
  return key(list('cast', typeKeyText(to, writer), print(form, writer)), to);
}

const INTEGERS = ['int2', 'int4', 'int8'];
const NUMBERS = [...INTEGERS, 'numeric', 'float4', 'float8'];
const STRINGS = ['text', 'varchar'];

/** A constant of another type, where the cast cannot change what it says. */
function fold(
  { type, value }: Extract<Form, { kind: 'constant' }>,
  to: TypeRef,
): Extract<Form, { kind: 'constant' }> | undefined {
  if (value === null) return { kind: 'constant', type: to, value };
  const isBuiltIn = to.name.schema === 'pg_catalog';
  if (!type || isSameType(type, LITERAL))
    return { kind: 'constant', type: to, value: isBuiltIn ? normalLiteral(to, value) : value };
  if (!isBuiltIn || to.isArray || type.isArray || type.name.schema !== 'pg_catalog') return undefined;
  const [source, target] = [type.name.name, to.name.name];
  const isExact = /^-?\d+$/.test(value) || !INTEGERS.includes(target);
  if (NUMBERS.includes(source) && NUMBERS.includes(target) && isExact)
    return { kind: 'constant', type: to, value: normalLiteral(to, value) };
  return STRINGS.includes(source) && STRINGS.includes(target) ? { kind: 'constant', type: to, value } : undefined;
}

export function print(form: Form, writer: Writer): string {
  if (form.kind === 'key') return form.key;
  if (form.kind === 'logic') return list(form.operator, ...form.parts.map((part) => print(part, writer)));
  if (form.kind === 'array') {
    // An empty array has nothing but its type to say what it is.
    const type = form.elements.length === 0 && form.type ? typeKeyText(form.type, writer) : undefined;
    return list('array', type, ...form.elements.map((each) => print(each, writer)));
  }
  const { type, value } = form;
  const label = type?.entity === undefined || value === null ? value : writer.labelOf(type.entity, value);
  const text = label === null ? 'null' : quoted(label);
  if (
    !type ||
    isSameType(type, LITERAL) ||
    (type.name.name === 'text' && !type.isArray && type.name.schema === 'pg_catalog')
  )
    return text;
  // A domain's constant is one of its base type behind a cast; for other types of the user's that makes no difference.
  return type.name.schema === 'pg_catalog'
    ? list(typeKeyText(type, writer), text)
    : list('cast', typeKeyText(type, writer), text);
}

/** A type by its catalog name, so that all spellings of it are one; the user's types by the name they have now. */
export function typeKeyText(type: TypeRef, writer: Writer): string {
  const { entity, name, isArray, modifiers } = type;
  const own = name.schema === 'pg_catalog' && entity === undefined;
  const text = own ? name.name : quoted(entity === undefined ? `${name.schema}.${name.name}` : writer.nameOf(entity));
  return `${text}${modifiers.length > 0 ? `(${modifiers.map(quoted).join(',')})` : ''}${isArray ? '[]' : ''}`;
}
