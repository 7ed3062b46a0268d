import type { AlterTableCmd, AlterTableType, CreateStmt, Node } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { failingFiles } from '../../../graph/history/failing-files.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
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
  const { origin } = table;
  if (origin.from !== 'statement' || origin.at.file === running.file) return undefined;
  return failingFiles(builder.build().journal).has(origin.at.file) ? table : undefined;
}

/**
 * Such a table is taken for made, so that the rest of the history can be read. CREATE TABLE without IF NOT EXISTS is its repair: it can only
 * have run where the table was not there, and so the table has what this statement lists, too.
 */
export function repairTable(node: CreateStmt, table: Table, context: ReplayContext): void {
  const at = context.at(node.relation?.location);
  context.fail({ type: 'duplicateObject', existing: table, name: context.graph.path(table), at });
  for (const command of lackedParts(node, table, context)) addPart(command, table, context);
}

/** The columns that it lacks, then the constraints of the table that name one of them. */
function lackedParts(node: CreateStmt, table: Table, { graph }: ReplayContext): readonly AlterTableCmd[] {
  const elements = node.tableElts ?? [];
  const columns = elements.filter((each) => {
    const name = fieldsOf(each, 'ColumnDef')?.colname;
    return name !== undefined && graph.column(table.id, name) === undefined;
  });
  const names = new Set(columns.map((each) => fieldsOf(each, 'ColumnDef')?.colname));
  const constraints = elements.filter((each) => {
    const { keys, fk_attrs } = fieldsOf(each, 'Constraint') ?? {};
    return stringsOf(keys ?? fk_attrs).some((name) => names.has(name));
  });
  const commandOf = (subtype: AlterTableType) => (def: Node) => ({ subtype, def });
  return [...columns.map(commandOf('AT_AddColumn')), ...constraints.map(commandOf('AT_AddConstraint'))];
}

/** What is refused, a second primary key, is not known to be there: the table stays as it is. */
function addPart(command: AlterTableCmd, { name }: Table, context: ReplayContext): void {
  const mark = context.builder.mark();
  const relation = { schemaname: name.schema, relname: name.name, inh: true };
  try {
    alterTable({ relation, objtype: 'OBJECT_TABLE', cmds: [{ AlterTableCmd: command }] }, context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    context.builder.undoTo(mark);
  }
}
