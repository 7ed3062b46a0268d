import type { ColumnDef, Constraint, Node } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { TypeRef } from '../../../graph/types/type-ref.ts';
import { type QualifiedName, sameName } from '../../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { collationName } from './indexes.ts';
import { type SequenceType, sequenceType } from './sequence-facts.ts';

/** A column definition, read: what CREATE TABLE and ADD COLUMN share. */
export interface ColumnDefinition {
  readonly name: string;
  readonly location: number | undefined;
  readonly type: TypeRef | null;
  readonly collation: QualifiedName | null;
  readonly serial: SequenceType | null;
  readonly default: Node | null;
  readonly identity: { readonly kind: 'always' | 'byDefault'; readonly options: readonly Node[] } | null;
  readonly generated: { readonly tree: Node; readonly stored: boolean } | null;
  /** NOT NULL: its constraint's name, if one was given. */
  readonly notNull: {
    readonly name: string | undefined;
    readonly noInherit: boolean;
    readonly location: number | undefined;
  } | null;
  /** CHECK, PRIMARY KEY, UNIQUE, REFERENCES with this column as the only one, each with DEFERRABLE and the like folded in. */
  readonly constraints: readonly Constraint[];
}

const SERIALS: ReadonlyMap<string, { readonly type: string; readonly sequence: SequenceType }> = new Map([
  ['smallserial', { type: 'int2', sequence: 'smallint' }],
  ['serial2', { type: 'int2', sequence: 'smallint' }],
  ['serial', { type: 'int4', sequence: 'integer' }],
  ['serial4', { type: 'int4', sequence: 'integer' }],
  ['bigserial', { type: 'int8', sequence: 'bigint' }],
  ['serial8', { type: 'int8', sequence: 'bigint' }],
]);

/** transformColumnDefinition() (src/backend/parser/parse_utilcmd.c). */
export function columnDefinition(node: ColumnDef, table: string, context: ReplayContext): ColumnDefinition {
  const name = node.colname ?? '';
  const constraints = foldAttributes(node.constraints);
  const names = stringsOf(node.typeName?.names);
  const serial = names.length === 1 ? SERIALS.get(names[0] ?? '') : undefined;
  if (serial && (node.typeName?.arrayBounds ?? []).length > 0)
    context.refuse('array of serial is not implemented', node.typeName?.location);
  const type: TypeRef | null = serial
    ? { name: { schema: 'pg_catalog', name: serial.type }, isArray: false, modifiers: [] }
    : node.typeName === undefined
      ? null
      : context.type(node.typeName);
  const definition = {
    name,
    location: node.location,
    type,
    collation: ownCollation(node, context),
    serial: serial?.sequence ?? null,
    default: null as Node | null,
    identity: null as ColumnDefinition['identity'],
    generated: null as ColumnDefinition['generated'],
    notNull: null as ColumnDefinition['notNull'],
    constraints: [] as Constraint[],
  };
  const nulls = { isNullable: false, isNotNull: serial !== undefined };
  const refuseTwice = (what: string, at: number | undefined): never =>
    context.refuse(`${what} for column "${name}" of table "${table}"`, at);
  for (const each of constraints) {
    switch (each.contype) {
      case 'CONSTR_NULL':
        nulls.isNullable = true;
        break;
      case 'CONSTR_NOTNULL':
        nulls.isNotNull = true;
        definition.notNull = { name: each.conname, noInherit: each.is_no_inherit === true, location: each.location };
        break;
      case 'CONSTR_DEFAULT':
        if (definition.default !== null || serial) refuseTwice('multiple default values specified', each.location);
        definition.default = each.raw_expr ?? null;
        break;
      case 'CONSTR_IDENTITY':
        if (definition.identity !== null) refuseTwice('multiple identity specifications', each.location);
        nulls.isNotNull = true;
        definition.identity = {
          kind: each.generated_when === 'a' ? 'always' : 'byDefault',
          options: each.options ?? [],
        };
        break;
      case 'CONSTR_GENERATED':
        if (definition.generated !== null) refuseTwice('multiple generation clauses specified', each.location);
        if (each.raw_expr) definition.generated = { tree: each.raw_expr, stored: each.generated_kind === 's' };
        break;
      case 'CONSTR_FOREIGN':
        definition.constraints.push({ ...each, fk_attrs: [{ String: { sval: name } }] });
        break;
      case 'CONSTR_PRIMARY':
      case 'CONSTR_UNIQUE':
        definition.constraints.push({ ...each, keys: [{ String: { sval: name } }] });
        break;
      case 'CONSTR_CHECK':
        definition.constraints.push(each);
        break;
      default:
        context.notUnderstood(`${each.contype} on a column is not modelled.`, each.location);
    }
  }
  if (nulls.isNullable && nulls.isNotNull) refuseTwice('conflicting NULL/NOT NULL declarations', node.location);
  if (definition.default !== null && definition.identity !== null)
    refuseTwice('both default and identity specified', node.location);
  if (definition.default !== null && definition.generated !== null)
    refuseTwice('both default and generation expression specified', node.location);
  if (definition.identity !== null && definition.generated !== null)
    refuseTwice('both identity and generation expression specified', node.location);
  if (nulls.isNotNull) definition.notNull ??= { name: undefined, noInherit: false, location: node.location };
  return definition;
}

/** The attributes (DEFERRABLE, INITIALLY DEFERRED, NOT ENFORCED) follow the constraint they belong to (transformConstraintAttrs()). */
export function foldAttributes(nodes: readonly Node[] | undefined): readonly Constraint[] {
  const folded: Constraint[] = [];
  for (const each of nodes ?? []) {
    const node = fieldsOf(each, 'Constraint');
    if (node === undefined) continue;
    const facts = ATTRIBUTES.get(node.contype ?? '');
    const last = folded.at(-1);
    if (facts && last) folded[folded.length - 1] = { ...last, ...facts };
    else folded.push(node);
  }
  return folded;
}

const ATTRIBUTES: ReadonlyMap<string, Partial<Constraint>> = new Map<string, Partial<Constraint>>([
  ['CONSTR_ATTR_DEFERRABLE', { deferrable: true }],
  ['CONSTR_ATTR_NOT_DEFERRABLE', { deferrable: false }],
  ['CONSTR_ATTR_DEFERRED', { deferrable: true, initdeferred: true }],
  ['CONSTR_ATTR_IMMEDIATE', { initdeferred: false }],
  ['CONSTR_ATTR_ENFORCED', { is_enforced: true, skip_validation: false, initially_valid: true }],
  ['CONSTR_ATTR_NOT_ENFORCED', { is_enforced: false, skip_validation: true, initially_valid: false }],
]);

const DEFAULT_COLLATION: QualifiedName = { schema: 'pg_catalog', name: 'default' };

/** COLLATE, where it is another than the type's own. */
function ownCollation(node: ColumnDef, context: ReplayContext): QualifiedName | null {
  if (node.collClause?.collname === undefined) return null;
  const collation = collationName(node.collClause.collname, context);
  return sameName(collation, DEFAULT_COLLATION) ? null : collation;
}

/** Identity columns are smallint, integer or bigint; their sequence has the same type. */
export function identityType(type: EntityOf<'column'>['type'], context: ReplayContext): SequenceType {
  const found = type === null || type.isArray ? undefined : sequenceType(type.name.name);
  return found ?? context.refuse('identity column type must be smallint, integer, or bigint');
}
