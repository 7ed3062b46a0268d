import type { CreateOpClassStmt, DefElem, DefineStmt } from '@pgsql/types';
import { isSameType } from '../../../graph/binding/type-system.ts';
import { inputTypes } from '../../../graph/entities/function-entity.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { TypeRef } from '../../../graph/types/type-ref.ts';
import { defElems } from '../../../sql/def-elem.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { namesOf } from '../find-object.ts';
import { isSameTypes } from '../routine/find-routine.ts';
import { withoutModifiers } from '../routine/parameters.ts';

export function createOperator(stmt: DefineStmt, context: ReplayContext): void {
  const written = context.nameOf(stmt.defnames);
  const name = context.newNameIn(written.schema, written.name);
  const options = new Map(defElems(stmt.definition).map((each) => [each.defname ?? '', each]));
  const left = operand(options.get('leftarg'), context);
  const right = operand(options.get('rightarg'), context);
  const existing = operatorOf(name, left, right, context);
  const types = [left, right].filter((each) => each !== null);
  const procedure = fieldsOf((options.get('procedure') ?? options.get('function'))?.arg, 'TypeName');
  const fn = context.nameOf(procedure?.names);
  const found = context.names.functionEntities(fn.schema, fn.name).find((each) => isSameTypes(inputTypes(each), types));
  const facts = { function: found?.id ?? null };
  // One without a function is a shell that another operator named before (docs, CREATE OPERATOR, notes).
  if (existing?.function === null) context.builder.alter(existing, facts, context.by);
  else if (existing) context.refuseDuplicate(existing);
  else context.builder.create({ kind: 'operator', name, left, right, ...facts }, context.by);
  createShell(options.get('commutator'), right, left, context);
  createShell(options.get('negator'), left, right, context);
}

/** A commutator or negator that is not there yet is made as a shell. */
function createShell(
  option: DefElem | undefined,
  left: TypeRef | null,
  right: TypeRef | null,
  context: ReplayContext,
): void {
  if (option === undefined) return;
  const written = context.nameOf(namesOf(option.arg).map((sval) => ({ String: { sval } })));
  const name = context.newNameIn(written.schema, written.name);
  if (operatorOf(name, left, right, context) === undefined)
    context.builder.create({ kind: 'operator', name, left, right, function: null }, context.by);
}

function operatorOf(
  name: QualifiedName,
  left: TypeRef | null,
  right: TypeRef | null,
  context: ReplayContext,
): EntityOf<'operator'> | undefined {
  const all = context.graph.schemaObject('operator', name);
  return all.find((each) => isSameOperand(each.left, left) && isSameOperand(each.right, right));
}

function operand(option: DefElem | undefined, context: ReplayContext): TypeRef | null {
  const typeName = fieldsOf(option?.arg, 'TypeName');
  return typeName === undefined ? null : withoutModifiers(context.type(typeName));
}

function isSameOperand(a: TypeRef | null, b: TypeRef | null): boolean {
  return a === null || b === null ? a === b : isSameType(a, b);
}

/** CREATE OPERATOR CLASS; without FAMILY it makes a family of its own name (docs). */
export function createOperatorClass(stmt: CreateOpClassStmt, context: ReplayContext): void {
  const written = context.nameOf(stmt.opclassname);
  const name = context.newNameIn(written.schema, written.name);
  const method = stmt.amname ?? '';
  const existing = context.graph.schemaObject('operatorClass', name).find((each) => each.method === method);
  if (existing) context.refuseDuplicate(existing);
  const type = withoutModifiers(context.type(stmt.datatype));
  const isDefault = stmt.isDefault === true;
  context.builder.create({ kind: 'operatorClass', name, method, type, isDefault }, context.by);
  const family = context.graph.schemaObject('minorObject', name).find((each) => each.object === 'operatorFamily');
  if (stmt.opfamilyname === undefined && family === undefined)
    context.builder.create({ kind: 'minorObject', object: 'operatorFamily', name }, context.by);
}
