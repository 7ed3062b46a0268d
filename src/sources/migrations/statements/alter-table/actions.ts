import { addColumn } from './add-column.ts';
import { addConstraint } from './add-constraint.ts';
import { columnDefault } from './column-default.ts';
import { alterColumnType } from './column-type.ts';
import { alterConstraint, dropConstraint, validateConstraint } from './constraints.ts';
import { dropColumn } from './drop-column.ts';
import {
  clusterOn,
  columnAttribute,
  enableRule,
  foreignOptions,
  owner,
  persistence,
  relOptions,
  replicaIdentity,
  rowSecurity,
  typedTable,
  withoutEffect,
} from './facts.ts';
import { dropExpression, setExpression } from './generated.ts';
import { addIdentity, dropIdentity, setIdentity } from './identity.ts';
import { disinherit, inherit } from './inheritance.ts';
import { dropColumnNotNull, setColumnNotNull } from './nullability.ts';
import { attachPartition, detachPartition } from './partitions.ts';
import { type Actions, action } from './run.ts';
import { enableTriggers } from './triggers.ts';

const TABLES = ['table', 'foreignTable'] as const;
const WITH_COLUMNS = ['table', 'foreignTable', 'view', 'materializedView'] as const;
const STORED = ['table', 'foreignTable', 'materializedView', 'index', 'sequence', 'view'] as const;

/** What the subcommands of ALTER TABLE do, on which relations, and in which pass (ATPrepCmd(), tablecmds.c). */
export const ACTIONS: Actions = {
  AT_AddColumn: action('addColumn', TABLES, addColumn),
  AT_AddConstraint: action('addColumn', TABLES, addConstraint),
  AT_AddIdentity: action('otherConstraint', ['table'], addIdentity),
  AT_AddInherit: action('misc', ['table'], inherit),
  AT_AddOf: action('misc', ['table'], typedTable),
  AT_AlterColumnGenericOptions: action('misc', ['foreignTable'], columnAttribute),
  AT_AlterColumnType: action('alterType', TABLES, alterColumnType),
  AT_AlterConstraint: action('misc', TABLES, alterConstraint),
  AT_AttachPartition: action('misc', ['table', 'index'], attachPartition),
  AT_ChangeOwner: action('misc', STORED, owner),
  AT_ClusterOn: action('misc', ['table', 'materializedView'], clusterOn),
  AT_ColumnDefault: action('drop', ['table', 'foreignTable', 'view'], columnDefault),
  AT_DetachPartition: action('misc', ['table'], detachPartition),
  AT_DetachPartitionFinalize: action('misc', ['table'], withoutEffect),
  AT_DisableRowSecurity: action('misc', ['table'], rowSecurity({ rowSecurity: false })),
  AT_DisableRule: action('misc', WITH_COLUMNS, enableRule),
  AT_DisableTrig: action('misc', TABLES, enableTriggers('disabled', 'named')),
  AT_DisableTrigAll: action('misc', TABLES, enableTriggers('disabled', 'every')),
  AT_DisableTrigUser: action('misc', TABLES, enableTriggers('disabled', 'every')),
  AT_DropCluster: action('misc', ['table', 'materializedView'], withoutEffect),
  AT_DropColumn: action('drop', TABLES, dropColumn),
  AT_DropConstraint: action('drop', TABLES, dropConstraint),
  AT_DropExpression: action('drop', TABLES, dropExpression),
  AT_DropIdentity: action('drop', ['table'], dropIdentity),
  AT_DropInherit: action('misc', ['table'], disinherit),
  AT_DropNotNull: action('drop', TABLES, dropColumnNotNull),
  AT_DropOf: action('misc', ['table'], typedTable),
  AT_DropOids: action('drop', TABLES, withoutEffect),
  AT_EnableAlwaysRule: action('misc', WITH_COLUMNS, enableRule),
  AT_EnableAlwaysTrig: action('misc', TABLES, enableTriggers('always', 'named')),
  AT_EnableReplicaRule: action('misc', WITH_COLUMNS, enableRule),
  AT_EnableReplicaTrig: action('misc', TABLES, enableTriggers('replica', 'named')),
  AT_EnableRowSecurity: action('misc', ['table'], rowSecurity({ rowSecurity: true })),
  AT_EnableRule: action('misc', WITH_COLUMNS, enableRule),
  AT_EnableTrig: action('misc', TABLES, enableTriggers('origin', 'named')),
  AT_EnableTrigAll: action('misc', TABLES, enableTriggers('origin', 'every')),
  AT_EnableTrigUser: action('misc', TABLES, enableTriggers('origin', 'every')),
  AT_ForceRowSecurity: action('misc', ['table'], rowSecurity({ forceRowSecurity: true })),
  AT_GenericOptions: action('misc', ['foreignTable'], foreignOptions),
  AT_NoForceRowSecurity: action('misc', ['table'], rowSecurity({ forceRowSecurity: false })),
  AT_ReplaceRelOptions: action('misc', STORED, relOptions(false)),
  AT_ReplicaIdentity: action('misc', ['table'], replicaIdentity),
  AT_ResetOptions: action('misc', WITH_COLUMNS, columnAttribute),
  AT_ResetRelOptions: action('misc', STORED, relOptions(true)),
  AT_SetAccessMethod: action('misc', ['table', 'materializedView'], withoutEffect),
  AT_SetCompression: action('misc', ['table', 'materializedView'], columnAttribute),
  AT_SetExpression: action('setExpression', TABLES, setExpression),
  AT_SetIdentity: action('misc', ['table'], setIdentity),
  AT_SetLogged: action('misc', ['table', 'sequence'], persistence('permanent')),
  AT_SetNotNull: action('columnAttributes', TABLES, setColumnNotNull),
  AT_SetOptions: action('misc', WITH_COLUMNS, columnAttribute),
  AT_SetRelOptions: action('misc', STORED, relOptions(false)),
  AT_SetStatistics: action('misc', [...WITH_COLUMNS, 'index'], columnAttribute),
  AT_SetStorage: action('misc', WITH_COLUMNS, columnAttribute),
  AT_SetTableSpace: action('misc', STORED, withoutEffect),
  AT_SetUnLogged: action('misc', ['table', 'sequence'], persistence('unlogged')),
  AT_ValidateConstraint: action('misc', TABLES, validateConstraint),
};
