import { doStatement } from './do-block/do-statement.ts';
import type { Handlers } from './handler.ts';
import { alterDefaultPrivileges } from './statements/alter-default-privileges.ts';
import { alterDomain } from './statements/alter-domain.ts';
import { alterExtensionContents } from './statements/alter-extension.ts';
import { alterFunction } from './statements/alter-function.ts';
import { alterOwner } from './statements/alter-owner.ts';
import { alterPolicy } from './statements/alter-policy.ts';
import { alterTable } from './statements/alter-table/alter-table.ts';
import { comment } from './statements/comment.ts';
import { createCast } from './statements/create-cast.ts';
import { createCompositeType } from './statements/create-composite-type.ts';
import { createDomain } from './statements/create-domain.ts';
import { alterEnum, createEnum } from './statements/create-enum.ts';
import { createExtension } from './statements/create-extension.ts';
import {
  createForeignDataWrapper,
  createForeignServer,
  importForeignSchema,
} from './statements/create-foreign-server.ts';
import { createForeignTable } from './statements/create-foreign-table.ts';
import { createFunction } from './statements/create-function.ts';
import { createIndex } from './statements/create-index.ts';
import { refreshMaterializedView } from './statements/create-materialized-view.ts';
import {
  createAccessMethod,
  createConversion,
  createLanguage,
  createOperatorFamily,
  createSubscription,
  dropSubscription,
} from './statements/create-minor-object.ts';
import { createOperatorClass } from './statements/create-operator.ts';
import { createPolicy } from './statements/create-policy.ts';
import { alterPublication, createPublication } from './statements/create-publication.ts';
import { createRangeType } from './statements/create-range-type.ts';
import { alterRole, alterRoleSet, createRole } from './statements/create-role.ts';
import { createRule } from './statements/create-rule.ts';
import { createSchema } from './statements/create-schema.ts';
import { alterSequence, createSequenceStatement } from './statements/create-sequence.ts';
import { createStatistics } from './statements/create-statistics.ts';
import { createTable } from './statements/create-table.ts';
import { createTableAs } from './statements/create-table-as.ts';
import { createTrigger } from './statements/create-trigger.ts';
import { createView } from './statements/create-view.ts';
import { copy, deleteFrom, insert, merge, truncate, update } from './statements/data.ts';
import { define } from './statements/define.ts';
import { drop } from './statements/drop.ts';
import { dropOwned } from './statements/drop-owned.ts';
import { dropRole } from './statements/drop-role.ts';
import { alterEventTrigger, createEventTrigger } from './statements/event-trigger.ts';
import { grant } from './statements/grant.ts';
import { grantRole } from './statements/grant-role.ts';
import { reassignOwned } from './statements/reassign-owned.ts';
import { rename } from './statements/rename.ts';
import { call, select } from './statements/select.ts';
import { discard, set } from './statements/set.ts';
import { setObjectSchema } from './statements/set-schema.ts';
import { transaction } from './statements/transaction.ts';

/** Every statement that changes the schema. Keys are the parser's, files are named for what people write. */
export const handlers: Handlers = {
  AlterDefaultPrivilegesStmt: alterDefaultPrivileges,
  AlterDomainStmt: alterDomain,
  AlterEnumStmt: alterEnum,
  AlterEventTrigStmt: alterEventTrigger,
  AlterExtensionContentsStmt: alterExtensionContents,
  AlterFunctionStmt: alterFunction,
  AlterObjectSchemaStmt: setObjectSchema,
  AlterOwnerStmt: alterOwner,
  AlterPolicyStmt: alterPolicy,
  AlterPublicationStmt: alterPublication,
  AlterRoleSetStmt: alterRoleSet,
  AlterRoleStmt: alterRole,
  AlterSeqStmt: alterSequence,
  AlterTableStmt: alterTable,
  CallStmt: call,
  CommentStmt: comment,
  CompositeTypeStmt: createCompositeType,
  CopyStmt: copy,
  CreateAmStmt: createAccessMethod,
  CreateCastStmt: createCast,
  CreateConversionStmt: createConversion,
  CreateDomainStmt: createDomain,
  CreateEnumStmt: createEnum,
  CreateEventTrigStmt: createEventTrigger,
  CreateExtensionStmt: createExtension,
  CreateFdwStmt: createForeignDataWrapper,
  CreateForeignServerStmt: createForeignServer,
  CreateForeignTableStmt: createForeignTable,
  CreateFunctionStmt: createFunction,
  CreateOpClassStmt: createOperatorClass,
  CreateOpFamilyStmt: createOperatorFamily,
  CreatePLangStmt: createLanguage,
  CreatePolicyStmt: createPolicy,
  CreatePublicationStmt: createPublication,
  CreateRangeStmt: createRangeType,
  CreateRoleStmt: createRole,
  CreateSchemaStmt: createSchema,
  CreateSeqStmt: createSequenceStatement,
  CreateStatsStmt: createStatistics,
  CreateStmt: createTable,
  CreateSubscriptionStmt: createSubscription,
  CreateTableAsStmt: createTableAs,
  CreateTrigStmt: createTrigger,
  DefineStmt: define,
  DeleteStmt: deleteFrom,
  DiscardStmt: discard,
  DoStmt: doStatement,
  DropOwnedStmt: dropOwned,
  DropRoleStmt: dropRole,
  DropStmt: drop,
  DropSubscriptionStmt: dropSubscription,
  GrantRoleStmt: grantRole,
  GrantStmt: grant,
  ImportForeignSchemaStmt: importForeignSchema,
  IndexStmt: createIndex,
  InsertStmt: insert,
  MergeStmt: merge,
  ReassignOwnedStmt: reassignOwned,
  RefreshMatViewStmt: refreshMaterializedView,
  RenameStmt: rename,
  RuleStmt: createRule,
  SelectStmt: select,
  TransactionStmt: transaction,
  TruncateStmt: truncate,
  UpdateStmt: update,
  VariableSetStmt: set,
  ViewStmt: createView,
};
