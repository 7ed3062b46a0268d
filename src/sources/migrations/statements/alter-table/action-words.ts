import type { AlterTableCmd, AlterTableType } from '@pgsql/types';

/** Postgres' words for what ALTER TABLE was to do (alter_table_type_to_string(), tablecmds.c). */
export function actionWords({ subtype = 'AT_AddColumn' }: AlterTableCmd): string {
  const known = OTHERS.get(subtype);
  if (known !== undefined) return known;
  const words = subtype.replace(/^AT_/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return words.toUpperCase();
}

/** Those that are not called like the parser calls them (`AT_EnableRowSecurity`: ENABLE ROW SECURITY). */
const OTHERS: ReadonlyMap<AlterTableType, string> = new Map<AlterTableType, string>([
  ['AT_ColumnDefault', 'ALTER COLUMN ... SET DEFAULT'],
  ['AT_DropNotNull', 'ALTER COLUMN ... DROP NOT NULL'],
  ['AT_SetNotNull', 'ALTER COLUMN ... SET NOT NULL'],
  ['AT_SetExpression', 'ALTER COLUMN ... SET EXPRESSION'],
  ['AT_DropExpression', 'ALTER COLUMN ... DROP EXPRESSION'],
  ['AT_SetStatistics', 'ALTER COLUMN ... SET STATISTICS'],
  ['AT_SetOptions', 'ALTER COLUMN ... SET'],
  ['AT_ResetOptions', 'ALTER COLUMN ... RESET'],
  ['AT_SetStorage', 'ALTER COLUMN ... SET STORAGE'],
  ['AT_SetCompression', 'ALTER COLUMN ... SET COMPRESSION'],
  ['AT_AlterColumnType', 'ALTER COLUMN ... SET DATA TYPE'],
  ['AT_AlterColumnGenericOptions', 'ALTER COLUMN ... OPTIONS'],
  ['AT_AddIdentity', 'ALTER COLUMN ... ADD IDENTITY'],
  ['AT_SetIdentity', 'ALTER COLUMN ... SET'],
  ['AT_DropIdentity', 'ALTER COLUMN ... DROP IDENTITY'],
  ['AT_ChangeOwner', 'OWNER TO'],
  ['AT_DropCluster', 'SET WITHOUT CLUSTER'],
  ['AT_SetUnLogged', 'SET UNLOGGED'],
  ['AT_DropOids', 'SET WITHOUT OIDS'],
  ['AT_SetTableSpace', 'SET TABLESPACE'],
  ['AT_SetRelOptions', 'SET'],
  ['AT_ResetRelOptions', 'RESET'],
  ['AT_EnableTrig', 'ENABLE TRIGGER'],
  ['AT_EnableAlwaysTrig', 'ENABLE ALWAYS TRIGGER'],
  ['AT_EnableReplicaTrig', 'ENABLE REPLICA TRIGGER'],
  ['AT_DisableTrig', 'DISABLE TRIGGER'],
  ['AT_EnableTrigAll', 'ENABLE TRIGGER ALL'],
  ['AT_DisableTrigAll', 'DISABLE TRIGGER ALL'],
  ['AT_EnableTrigUser', 'ENABLE TRIGGER USER'],
  ['AT_DisableTrigUser', 'DISABLE TRIGGER USER'],
  ['AT_AddInherit', 'INHERIT'],
  ['AT_DropInherit', 'NO INHERIT'],
  ['AT_AddOf', 'OF'],
  ['AT_DropOf', 'NOT OF'],
  ['AT_GenericOptions', 'OPTIONS'],
  ['AT_DetachPartitionFinalize', 'DETACH PARTITION ... FINALIZE'],
]);
