import type { Node, TypeName } from '@pgsql/types';
import { stringsOf, writtenName } from '../../sql/nodes.ts';
import type { TypeRef } from '../types/type-ref.ts';
import type { Analysis } from './analysis.ts';
import { builtin, builtinType } from './builtin/builtins.ts';

/** LookupTypeName(): the type a TypeName means, with its reference recorded. Undefined when nothing known has the name. */
export function bindTypeName(typeName: TypeName, analysis: Analysis): TypeRef | undefined {
  const type = findType(typeName, analysis);
  if (type) analysis.results.giveType(typeName, type);
  return type;
}

function findType(typeName: TypeName, analysis: Analysis): TypeRef | undefined {
  const parts = stringsOf(typeName.names);
  if (typeName.pct_type) return bindColumnType(typeName, parts, analysis);
  const { schema, name } = writtenName(typeName.names);
  const isArray = (typeName.arrayBounds ?? []).length > 0;
  const modifiers = modifiersOf(typeName);
  if (schema === undefined || schema === 'pg_catalog') {
    const own = builtinNamed(name);
    if (own)
      return isArray || own.isArray || modifiers.length > 0
        ? { ...own, isArray: isArray || own.isArray, modifiers }
        : own;
  }
  return bindUserType(typeName, schema, name, { isArray, modifiers }, analysis);
}

/** A built-in type by its catalog name; `_text` is the array type of text. */
function builtinNamed(name: string): TypeRef | undefined {
  if (builtinType(name)) return builtin(name);
  return name.startsWith('_') && builtinType(name.slice(1)) ? builtin(`${name.slice(1)}[]`) : undefined;
}

function bindUserType(
  node: TypeName,
  schema: string | undefined,
  name: string,
  shape: Pick<TypeRef, 'isArray' | 'modifiers'>,
  { names, results }: Analysis,
): TypeRef | undefined {
  const field = (node.names ?? []).length - 1;
  const type = names.type(schema, name) ?? rowType(schema, name, names);
  if (type) {
    results.refer(node, 'type', type.id, { field });
    return { name: type.name, ...(type.id === undefined ? {} : { entity: type.id }), ...shape };
  }
  const element = name.startsWith('_') ? names.type(schema, name.slice(1)) : undefined;
  if (element) {
    return { name: element.name, ...(element.id === undefined ? {} : { entity: element.id }), ...shape, isArray: true };
  }
  results.unresolved.push({ kind: 'type', schema, name, node, reason: 'unknown' });
  return undefined;
}

function rowType(schema: string | undefined, name: string, names: Analysis['names']) {
  const relation = names.relation(schema, name);
  return relation && { id: relation.id, name: relation.name };
}

/** `orders.status%TYPE`: the column's type, as it is now. */
function bindColumnType(node: TypeName, parts: readonly string[], { names, results }: Analysis): TypeRef | undefined {
  const columnName = parts.at(-1);
  const relation = names.relation(parts.at(-3), parts.at(-2) ?? '');
  const column = relation?.columns.find((each) => each.name === columnName);
  if (relation && column) {
    results.refer(node, 'column', column.id, {
      relation: relation.id,
      field: parts.length - 1,
      qualifier: parts.length - 2,
    });
    return column.type;
  }
  if (!relation) {
    results.unresolved.push({
      kind: 'relation',
      schema: parts.at(-3),
      name: parts.at(-2) ?? '',
      node,
      reason: 'unknown',
    });
  }
  return undefined;
}

/** INTERVAL_MASK bits (src/include/utils/timestamp.h) of the field restrictions, as format_type() names them. */
const INTERVAL_FIELDS: ReadonlyMap<number, string> = new Map([
  [4, 'year'],
  [2, 'month'],
  [8, 'day'],
  [1024, 'hour'],
  [2048, 'minute'],
  [4096, 'second'],
  [6, 'year to month'],
  [1032, 'day to hour'],
  [3080, 'day to minute'],
  [7176, 'day to second'],
  [3072, 'hour to minute'],
  [7168, 'hour to second'],
  [6144, 'minute to second'],
]);

const INTERVAL_FULL_RANGE = 0x7fff;

/** Type modifiers as written; `interval day to second (3)` has 'day to second' and '3'. */
export function modifiersOf(typeName: TypeName): readonly string[] {
  const written = (typeName.typmods ?? []).flatMap((node) => modifier(node) ?? []);
  const { name } = writtenName(typeName.names);
  if (name !== 'interval') return written;
  const [mask = '', precision] = written;
  const fields = INTERVAL_FIELDS.get(Number(mask));
  const isFull = Number(mask) === INTERVAL_FULL_RANGE;
  return [...(fields ? [fields] : isFull ? [] : [mask]), ...(precision === undefined ? [] : [precision])].filter(
    Boolean,
  );
}

function modifier(node: Node): string | undefined {
  if ('A_Const' in node) {
    const { ival, sval, fval } = node.A_Const;
    return sval?.sval ?? fval?.fval ?? (ival ? String(ival.ival ?? 0) : undefined);
  }
  if ('ColumnRef' in node) return stringsOf(node.ColumnRef.fields).join('.');
  return undefined;
}
