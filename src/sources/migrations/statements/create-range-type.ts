import type { CreateRangeStmt } from '@pgsql/types';
import { defElems } from '../../../sql/def-elem.ts';
import { truncateIdentifier } from '../../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { withoutModifiers } from '../routine/parameters.ts';
import { newTypeName } from '../type-kinds.ts';

/** CREATE TYPE … AS RANGE. */
export function createRangeType(stmt: CreateRangeStmt, context: ReplayContext): void {
  const { name, assumed } = newTypeName(stmt.typeName, context);
  const options = new Map(defElems(stmt.params).map((each) => [each.defname, fieldsOf(each.arg, 'TypeName')]));
  const subtype = options.get('subtype');
  if (subtype === undefined) context.refuse('type attribute "subtype" is required');
  const multirange = stringsOf(options.get('multirange_type_name')?.names).at(-1);
  context.builder.create(
    {
      kind: 'rangeType',
      name,
      subtype: withoutModifiers(context.type(subtype)),
      multirangeName: multirange ?? multirangeName(name.name),
      owner: context.session.role,
      acl: context.initialAcl('type', name.schema),
    },
    context.by,
    assumed,
  );
}

/** makeMultirangeTypeName() (src/backend/catalog/pg_type.c). */
function multirangeName(range: string): string {
  const at = range.indexOf('range');
  if (at === -1) return `${truncateIdentifier(range, 63 - '_multirange'.length)}_multirange`;
  return truncateIdentifier(`${range.slice(0, at)}multi${range.slice(at)}`);
}
