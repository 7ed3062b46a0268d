import type { AlterTableCmd, AlterTableType, ColumnDef, Constraint, CreateStmt, Node } from '@pgsql/types';
import type { Entity, EntityOf } from '../../../graph/entities/index.ts';
import { failingFiles } from '../../../graph/history/failing-files.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import type { SourceLocation } from '../../../sql/location.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { dropObjects } from '../drop-objects.ts';
import { Refusal } from '../refusal.ts';
import { alterTable } from './alter-table/alter-table.ts';

type Table = EntityOf<'table'>;

/** The table that has the name, where an earlier file made it that fails: the server took it back with the rest of that file. */
export function tableOfFailingFile(
  node: CreateStmt,
  name: QualifiedName,
  { graph, builder, assumptions, running }: ReplayContext,
): Table | undefined {
  const table = graph.relation(name);
  if (node.if_not_exists || assumptions.isStrict || table?.kind !== 'table' || table.isAssumed) return undefined;
  if (graph.isDoubtful(table, ['existence'])) return undefined;
  const file = placeOfOrigin(table)?.file;
  if (file === undefined || file === running.file) return undefined;
  return failingFiles(builder.build().journal).has(file) ? table : undefined;
}

/**
 * Such a table is taken for made, so that the rest of the history can be read. CREATE TABLE without IF NOT EXISTS is its repair: it can only
 * have run where the table was not there, and so the table has what this statement lists, and of foreign keys and checks nothing but that.
 */
export function repairTable(node: CreateStmt, table: Table, context: ReplayContext): void {
  const at = context.at(node.relation?.location);
  context.fail({ type: 'duplicateObject', existing: table, name: context.graph.path(table), at });
  const commands = partsOf(node, table, context);
  dropObjects(context, undoneConstraints(table, context), { cascade: false });
  for (const command of commands) addPart(command, table, context);
}

/** The foreign keys and checks that were taken back with the table. */
function undoneConstraints(table: Table, { graph }: ReplayContext): readonly Entity[] {
  const file = placeOfOrigin(table)?.file;
  return graph
    .constraints(table.id)
    .filter(
      (each) => (each.kind === 'foreignKey' || each.kind === 'checkConstraint') && placeOfOrigin(each)?.file === file,
    );
}

function placeOfOrigin({ origin }: Entity): SourceLocation | undefined {
  return origin.from === 'statement' ? origin.at : undefined;
}

/** The columns that it lacks, what others have besides, then the constraints of the table. */
function partsOf(node: CreateStmt, table: Table, { graph }: ReplayContext): readonly AlterTableCmd[] {
  const elements = node.tableElts ?? [];
  const columns = elements.flatMap((each) => fieldsOf(each, 'ColumnDef') ?? []);
  const isThere = ({ colname = '' }: ColumnDef) => graph.column(table.id, colname) !== undefined;
  const constraints = [
    ...columns.filter(isThere).flatMap(tableConstraints),
    ...elements.flatMap((each) => fieldsOf(each, 'Constraint') ?? []),
  ];
  return [
    ...columns.filter((each) => !isThere(each)).map((ColumnDef) => command('AT_AddColumn', { ColumnDef })),
    ...columns.filter((each) => isThere(each) && isNotNull(each)).map(notNull),
    ...constraints
      .filter((each) => !isKeyOf(each, table, graph))
      .map((Constraint) => command('AT_AddConstraint', { Constraint })),
  ];
}

function command(subtype: AlterTableType, def: Node): AlterTableCmd {
  return { subtype, def };
}

function notNull({ colname = '' }: ColumnDef): AlterTableCmd {
  return { subtype: 'AT_SetNotNull', name: colname };
}

function isNotNull(column: ColumnDef): boolean {
  return constraintsOf(column).some(({ contype }) => contype === 'CONSTR_NOTNULL');
}

function constraintsOf({ constraints = [] }: ColumnDef): readonly Constraint[] {
  return constraints.flatMap((each) => fieldsOf(each, 'Constraint') ?? []);
}

/** The constraints of a column as a table would list them. */
function tableConstraints(column: ColumnDef): readonly Constraint[] {
  const names: Node[] = [{ String: { sval: column.colname ?? '' } }];
  return constraintsOf(column).flatMap((each): readonly Constraint[] => {
    if (each.contype === 'CONSTR_CHECK') return [each];
    if (each.contype === 'CONSTR_FOREIGN') return [{ ...each, fk_attrs: names }];
    return each.contype === 'CONSTR_UNIQUE' ? [{ ...each, keys: names }] : [];
  });
}

/** A key that the table has, or a second primary key: those of the first attempt stay, as others may refer to them. */
function isKeyOf({ contype, keys }: Constraint, table: Table, graph: SchemaGraph): boolean {
  if (contype !== 'CONSTR_PRIMARY' && contype !== 'CONSTR_UNIQUE') return false;
  const names = stringsOf(keys).join('\0');
  return graph.constraints(table.id).some((each) => {
    if (each.kind !== 'primaryKey' && each.kind !== 'uniqueConstraint') return false;
    return (
      (each.kind === 'primaryKey' && contype === 'CONSTR_PRIMARY') ||
      each.columns.map((id) => graph.get('column', id).name).join('\0') === names
    );
  });
}

/** What is refused is not known to be there: the table stays as it is. */
function addPart(part: AlterTableCmd, { name }: Table, context: ReplayContext): void {
  const mark = context.builder.mark();
  const relation = { schemaname: name.schema, relname: name.name, inh: true };
  try {
    alterTable({ relation, objtype: 'OBJECT_TABLE', cmds: [{ AlterTableCmd: part }] }, context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    context.builder.undoTo(mark);
  }
}
