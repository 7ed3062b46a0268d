import type { AlterTableCmd, AlterTableStmt } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { dropObjects } from '../drop-objects.ts';
import { collationName } from '../relations/indexes.ts';
import { addAttribute } from './create-composite-type.ts';

/** ALTER TYPE … ADD, DROP and ALTER ATTRIBUTE, which the grammar gives as an ALTER TABLE of another object type. */
export function alterCompositeType(stmt: AlterTableStmt, context: ReplayContext): void {
  if (stmt.relation === undefined) return;
  const { schemaname, relname = '', location } = stmt.relation;
  const type = context.names.typeEntity(schemaname, relname);
  const written = context.written(schemaname ?? context.names.creationSchema(), relname);
  if (type === undefined) {
    if (stmt.missing_ok !== true) context.reportUnknown('type', written, location);
    return;
  }
  if (type.kind !== 'compositeType') context.refuse(`${written} is not a composite type`, location);
  for (const each of stmt.cmds ?? []) if ('AlterTableCmd' in each) alterAttribute(type, each.AlterTableCmd, context);
}

function alterAttribute(type: EntityOf<'compositeType'>, command: AlterTableCmd, context: ReplayContext): void {
  const definition = fieldsOf(command.def, 'ColumnDef');
  switch (command.subtype) {
    case 'AT_AddColumn':
      if (definition) addAttribute(type, definition, context);
      return;
    case 'AT_DropColumn':
      dropAttribute(type, command, context);
      return;
    case 'AT_AlterColumnType': {
      refuseWhereUsed(type, context);
      const attribute = context.column(type, command.name ?? '');
      const collation = definition?.collClause?.collname;
      const facts = {
        type: context.type(definition?.typeName),
        collation: collation === undefined ? null : collationName(collation, context),
      };
      context.builder.alter(attribute, facts, context.by);
      return;
    }
    default:
      context.notUnderstood(`ALTER TYPE with ${command.subtype} is not modelled.`, undefined, {
        aspects: ['types'],
        reach: { entities: [type.id] },
      });
  }
}

function dropAttribute(type: EntityOf<'compositeType'>, command: AlterTableCmd, context: ReplayContext): void {
  const attribute = context.graph.column(type.id, command.name ?? '');
  if (attribute === undefined) {
    if (command.missing_ok !== true) context.column(type, command.name ?? '');
    return;
  }
  dropObjects(context, [attribute], { cascade: command.behavior === 'DROP_CASCADE' });
}

/** find_composite_type_dependencies(): a column of the type holds rows that ALTER ATTRIBUTE would have to rewrite. */
function refuseWhereUsed(type: EntityOf<'compositeType'>, context: ReplayContext): void {
  const user = context.graph
    .dependents(type.id)
    .find((each) => each.kind === 'column' && each.relation !== type.id && each.type?.entity === type.id);
  if (user)
    context.refuse(`cannot alter type "${type.name.name}" because column "${context.graph.path(user)}" uses it`);
}
