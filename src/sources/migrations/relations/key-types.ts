import { baseType, coerces, isSameType } from '../../../graph/binding/type-system.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { type TypeRef, typeText } from '../../../graph/types/type-ref.ts';
import type { ReplayContext } from '../context.ts';

/** Types with equality across them in one operator family (pg_amop of btree). */
const FAMILIES = [
  ['int2', 'int4', 'int8'],
  ['float4', 'float8'],
  ['text', 'varchar', 'name'],
  ['date', 'timestamp', 'timestamptz'],
];

interface KeyColumns {
  readonly name: string;
  readonly columns: readonly EntityId[];
  readonly referenced: readonly EntityId[];
}

/** A foreign key needs an equality operator between the types of both sides, or an implicit cast to the referenced one. */
export function refuseIncompatible({ name, columns, referenced }: KeyColumns, context: ReplayContext): void {
  columns.forEach((id, i) => {
    const target = referenced[i];
    const own = context.graph.get('column', id);
    const other = target === undefined ? undefined : context.graph.get('column', target);
    if (!own.type || !other?.type || areComparable(own.type, other.type, context) !== false) return;
    context.refuse(
      `foreign key constraint "${name}" cannot be implemented: key columns "${own.name}" of the referencing table and ` +
        `"${other.name}" of the referenced table are of incompatible types: ${plain(own.type)} and ${plain(other.type)}`,
    );
  });
}

function plain(type: TypeRef): string {
  return typeText({ ...type, modifiers: [] });
}

function areComparable(own: TypeRef, other: TypeRef, { names }: ReplayContext): boolean | undefined {
  if (own.isUnresolved || other.isUnresolved) return undefined;
  const a = baseType(own, names);
  const b = baseType(other, names);
  if (isSameType(a, b)) return true;
  const isFamily = FAMILIES.some((family) => [a, b].every((type) => isBuiltInOf(type, family)));
  return isFamily || coerces(a, b, names);
}

function isBuiltInOf(type: TypeRef, family: readonly string[]): boolean {
  return (
    type.entity === undefined && !type.isArray && type.name.schema === 'pg_catalog' && family.includes(type.name.name)
  );
}
