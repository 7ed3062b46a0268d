import type { CreateOpClassStmt, DefElem, DefineStmt } from '@pgsql/types';
import { isSameType } from '../../../graph/binding/type-system.ts';
import { inputTypes } from '../../../graph/entities/function-entity.ts';
import type { TypeRef } from '../../../graph/type-ref.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { defElems } from '../def-elem.ts';
import { isSameTypes } from '../routine/find-routine.ts';
import { withoutModifiers } from '../routine/parameters.ts';

export function createOperator(stmt: DefineStmt, context: ReplayContext): void {
  const written = context.nameOf(stmt.defnames);
  const name = context.newNameIn(written.schema, written.name);
  const options = new Map(defElems(stmt.definition).map((each) => [each.defname ?? '', each]));
  const left = operand(options.get('leftarg'), context);
  const right = operand(options.get('rightarg'), context);
  const existing = context.graph
    .schemaObject('operator', name)
    .find((each) => isSameOperand(each.left, left) && isSameOperand(each.right, right));
  if (existing) context.refuseDuplicate(existing);
  const types = [left, right].filter((each) => each !== null);
  const procedure = fieldsOf((options.get('procedure') ?? options.get('function'))?.arg, 'TypeName');
  const fn = context.nameOf(procedure?.names);
  const found = context.names.functionEntities(fn.schema, fn.name).find((each) => isSameTypes(inputTypes(each), types));
  context.builder.create({ kind: 'operator', name, left, right, function: found?.id ?? null }, context.by);
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
