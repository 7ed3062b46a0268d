import type { Node, TypeName } from '@pgsql/types';
import type { Entity } from '../../graph/entities/index.ts';
import type { TypeRef } from '../../graph/types/type-ref.ts';
import type { ReplayContext } from './context.ts';

/** The type that a TypeName of the parser stands for. %TYPE is followed; an unknown name is reported and comes back unresolved. */
export function typeRefOf(
  typeName: TypeName | undefined,
  context: ReplayContext,
  location = typeName?.location,
): TypeRef {
  const type = lookUpType(typeName, context);
  if (type.isUnresolved && typeName?.pct_type !== true) {
    const { schema, name } = context.nameOf(typeName?.names);
    reportUnknownType(schema, name, location, context);
  }
  return type;
}

/** The same without a report: for a signature that only selects among what exists. */
export function lookUpType(typeName: TypeName | undefined, context: ReplayContext): TypeRef {
  const { schema, name } = context.nameOf(typeName?.names);
  if (typeName?.pct_type) return percentType(typeName, context);
  const isArray = (typeName?.arrayBounds ?? []).length > 0;
  const internalArray = name.startsWith('_') && (schema === 'pg_catalog' || schema === undefined);
  const modifiers = modifiersOf(typeName, name);
  if (internalArray && context.provided.hasBuiltInType(name.slice(1))) {
    return { name: { schema: 'pg_catalog', name: name.slice(1) }, isArray: true, modifiers };
  }
  const entity = context.names.typeEntity(schema, name);
  if (entity && 'name' in entity && typeof entity.name === 'object') {
    return { name: entity.name, entity: entity.id, isArray, modifiers };
  }
  if ((schema === undefined || schema === 'pg_catalog') && context.provided.hasBuiltInType(name)) {
    return { name: { schema: 'pg_catalog', name }, isArray, modifiers };
  }
  const home = multirangeSchema(schema, name, context);
  if (home !== undefined) return { name: { schema: home, name }, isArray, modifiers };
  return { name: { schema: schema ?? '', name }, isArray, modifiers, isUnresolved: true };
}

/** A multirange type is part of its range type (docs, CREATE TYPE), and no entity of its own. */
function multirangeSchema(schema: string | undefined, name: string, context: ReplayContext): string | undefined {
  const schemas = schema === undefined ? context.names.path() : [schema];
  const ranges = context.graph.ofKind('rangeType').filter((each) => each.multirangeName === name);
  return schemas.find((each) => ranges.some((range) => range.name.schema === each));
}

function reportUnknownType(
  schema: string | undefined,
  name: string,
  location: number | undefined,
  context: ReplayContext,
): void {
  context.assumptions.unresolved({ kind: 'type', schema, name, node: { location }, reason: 'unknown' }, undefined);
}

/** `table.column%TYPE`: the type the column has now (docs, CREATE FUNCTION, argtype). */
function percentType(typeName: TypeName, context: ReplayContext): TypeRef {
  const parts = (typeName.names ?? []).flatMap((each) => ('String' in each ? [each.String.sval ?? ''] : []));
  const column = parts[parts.length - 1] ?? '';
  const relation: Entity | undefined = context.names.relationEntity(
    parts.length > 2 ? parts[parts.length - 3] : undefined,
    parts[parts.length - 2] ?? '',
  );
  const found = relation ? context.graph.column(relation.id, column) : undefined;
  return (
    found?.type ?? { name: { schema: '', name: parts.join('.') }, isArray: false, modifiers: [], isUnresolved: true }
  );
}

function modifiersOf(typeName: TypeName | undefined, name: string): readonly string[] {
  const values = (typeName?.typmods ?? []).map(modifierText);
  if (name === 'interval') return intervalModifiers(values);
  if (name === 'numeric' && values.length === 1) return [...values, '0'];
  // `char` without a length is char(1): the grammar itself writes that modifier.
  return values;
}

function modifierText(node: Node): string {
  if ('A_Const' in node) {
    const { ival, fval, sval } = node.A_Const;
    if (ival) return String(ival.ival ?? 0);
    return fval?.fval ?? sval?.sval ?? '';
  }
  if ('ColumnRef' in node) {
    return (node.ColumnRef.fields ?? []).map((each) => ('String' in each ? (each.String.sval ?? '') : '*')).join('.');
  }
  return '';
}

/** Field masks of interval's first modifier (src/include/utils/timestamp.h, INTERVAL_MASK; src/include/utils/datetime.h). */
const INTERVAL_FIELDS: ReadonlyMap<string, string> = new Map([
  ['4', 'year'],
  ['2', 'month'],
  ['8', 'day'],
  ['1024', 'hour'],
  ['2048', 'minute'],
  ['4096', 'second'],
  ['6', 'year to month'],
  ['1032', 'day to hour'],
  ['3080', 'day to minute'],
  ['7176', 'day to second'],
  ['3072', 'hour to minute'],
  ['7168', 'hour to second'],
  ['6144', 'minute to second'],
]);

function intervalModifiers(values: readonly string[]): readonly string[] {
  const fields = INTERVAL_FIELDS.get(values[0] ?? '');
  return [...(fields === undefined ? [] : [fields]), ...values.slice(1)];
}
