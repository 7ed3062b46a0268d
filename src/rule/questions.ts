// The shared questions that rules ask of names, policies and the SQL inside the schema; part of what index.ts exports.

export { admittedClients, columnsOpenTo } from '../graph/admitted-clients.ts';
export { askedOnce } from '../graph/asked-once.ts';
export { bodyExpressions, bodyStatements } from '../graph/body-tree.ts';
export { type CallerComparison, callerComparisons } from '../graph/caller/caller-comparisons.ts';
export {
  asksCaller,
  type CallerSource,
  callerSources,
  dependsOnRow,
  functionAsksCaller,
} from '../graph/caller/caller-source.ts';
export { callerTests } from '../graph/caller/caller-tests.ts';
export { repeatedCallerCalls, repeatedHelperCalls } from '../graph/caller/helper-calls.ts';
export { type LegacyExpression, legacyExpression, legacyReads } from '../graph/caller/legacy-reads.ts';
export { type LegacyCall, legacySetting } from '../graph/caller/legacy-settings.ts';
export { type NullPass, nullPass } from '../graph/caller/null-pass.ts';
export { type PolicyBranch, policyBranches } from '../graph/caller/policy-branches.ts';
export { type CarriedNull, carriedNulls } from '../graph/carried-nulls.ts';
export {
  blockedDelete,
  CHAIN_LENGTH,
  cascadesByParent,
  type Distances,
  farthest,
  keptFurtherDown,
  markInPlaceOfDelete,
  type Refusal,
  refusalInTurn,
  restrictingKeys,
  tablesBelow,
  wouldBeginChain,
} from '../graph/cascades.ts';
export { type ConcurrentStatement, concurrentStatement, mayBeConcurrent } from '../graph/concurrent-statement.ts';
export { type ConstantKey, constantKeys } from '../graph/constant-keys.ts';
export { mayCopyNull } from '../graph/copied-nulls.ts';
export { originalOf } from '../graph/copied-table.ts';
export { type CrossedKeys, crossedKeys, type KeySide, linksTo } from '../graph/crossed-keys.ts';
export { askedByTriggers, type DeadBranch, deadBranches } from '../graph/dead-branches.ts';
export { isDeletedFrom } from '../graph/deleted-rows.ts';
export { distinctOutput } from '../graph/distinct-output.ts';
export { type DoubledStep, doubledSteps } from '../graph/doubled-steps.ts';
export { emptiedColumns, isBestEmptied, type Obstacle, obstacleToEmptying } from '../graph/emptied-columns.ts';
export { inputTypes, isInput, resultKind } from '../graph/entities/function-entity.ts';
export { firesInOrigin } from '../graph/entities/trigger.ts';
export { areEquated } from '../graph/equated-columns.ts';
export { estimatedRows } from '../graph/estimated-rows.ts';
export { CREATED_COLUMNS, type Expectation, expectedValue, UPDATED_COLUMNS } from '../graph/expected-value.ts';
export { checkFailedByDefault } from '../graph/failed-check.ts';
export { assumedFields } from '../graph/failures/assumed-fields.ts';
export { isHistoryIncomplete } from '../graph/failures/failing-names.ts';
export { failingSignUp } from '../graph/failures/failing-sign-up.ts';
export { alwaysFails, type Failure, failuresOf, isSaid, neverTakesEffect } from '../graph/failures/failures.ts';
export { certainFailures, lossOf } from '../graph/failures/lost-names.ts';
export { isForServiceRole, refusesAllButServiceRole } from '../graph/for-service-role.ts';
export { type ForgedActors, forgedActors } from '../graph/forged-actors.ts';
export { addTo, groupedBy } from '../graph/grouping.ts';
export { type HalfCount, halfCounts } from '../graph/half-counts.ts';
export { type HalfToldWrite, halfToldWrites } from '../graph/half-told-writes.ts';
export { bornBy, bornIn, existedBefore, isBornInSameMigration } from '../graph/history/born-in.ts';
export { isKeptByOlderRows } from '../graph/history/broken-by-older-row.ts';
export { isSetterDropped } from '../graph/history/dropped-setter.ts';
export { emptiedBy } from '../graph/history/emptied-by.ts';
export { type IdleTriggerFunction, idleTriggerFunction } from '../graph/history/idle-trigger-function.ts';
export { keepsRows, keepsValues } from '../graph/history/kept-values.ts';
export { type LateBeginning, lateBeginning } from '../graph/history/late-beginning.ts';
export { isDoneWithout, isKeptFree, lostForeignKey } from '../graph/history/lost-foreign-key.ts';
export { lostSetter } from '../graph/history/lost-setter.ts';
export { type LostTrigger, lostTriggers } from '../graph/history/lost-trigger.ts';
export { firstNeed } from '../graph/history/needed-migrations.ts';
export { letBeNullBy, nullsInHistory, olderRowWithout } from '../graph/history/nulls-in-history.ts';
export { tableOfRecordedFiles } from '../graph/history/recorded-files.ts';
export { restingOnFailed } from '../graph/history/resting-on-failed.ts';
export { isSeeded } from '../graph/history/seeded-tables.ts';
export {
  type DeadCondition,
  deadQueries,
  type ImpossibleTest,
  neverTrue,
  neverTrueArms,
} from '../graph/impossible-values.ts';
export { indexDefinition } from '../graph/index-definition.ts';
export { keptTwin } from '../graph/index-twins.ts';
export { keptByCheck } from '../graph/kept-by-check.ts';
export { isKeptForATime } from '../graph/kept-for-a-time.ts';
export { isKeptForGood, type KeepingRow, keepingRow } from '../graph/kept-for-good.ts';
export { keyFromCaller } from '../graph/key-from-caller.ts';
export { keyFromParameters } from '../graph/key-from-parameters.ts';
export { type OwnValues, ownValues } from '../graph/key-roots.ts';
export { type KnownValues, knownValues } from '../graph/known-values.ts';
export { isAuditTrail, isKeyToTenant, TRAIL_COLUMNS } from '../graph/lexicon/audit-trail.ts';
export { COLUMN_NAMES, type ColumnRole } from '../graph/lexicon/column-names.ts';
export { type FlaggedTime, flaggedTimes, SPAN_WORDS, type TimeSpan, timeSpans } from '../graph/lexicon/column-pairs.ts';
export { columnsWithRole, deletionMark, hasRole, rolesOf } from '../graph/lexicon/column-roles.ts';
export { refusalAmong } from '../graph/lexicon/consent-values.ts';
export { countedTable, isOfPeriod } from '../graph/lexicon/counted-table.ts';
export { ENTITLEMENT_NAMES } from '../graph/lexicon/entitlement-names.ts';
export { caseOf, numberOfName } from '../graph/lexicon/head-noun.ts';
export { keepsInboundEvents } from '../graph/lexicon/inbound-event.ts';
export { isMediaType, isMediaTypeValue, namesOfMediaTypes } from '../graph/lexicon/media-type.ts';
export { namedElsewhere } from '../graph/lexicon/named-elsewhere.ts';
export {
  isPolymorphic,
  type NamedTable,
  nounOf,
  tableNamedBy,
  tableNamedForRole,
  tablesNamed,
} from '../graph/lexicon/named-table.ts';
export { isSameName, isSameNoun, numberOf, singularOf } from '../graph/lexicon/noun.ts';
export { isNamed, type NamePatterns } from '../graph/lexicon/pattern.ts';
export { POLICY_NAMES } from '../graph/lexicon/policy-names.ts';
export { TABLE_NAMES } from '../graph/lexicon/table-names.ts';
export {
  goesWithItsUser,
  isAccountTable,
  isAuditTable,
  isAuthUsers,
  isKeyedByUser,
  isMembershipTable,
  isReferenceList,
  linksAccounts,
  type QueueTable,
  queueTable,
} from '../graph/lexicon/table-roles.ts';
export { tablesInName } from '../graph/lexicon/tables-in-name.ts';
export { type TimeStyle, timeStyle } from '../graph/lexicon/time-style.ts';
export { wordsOf } from '../graph/lexicon/words.ts';
export { isLink, ownerElsewhere, owningKeys } from '../graph/linked-rows.ts';
export type { IndexStatistics, LiveStatistics, TableStatistics } from '../graph/live-statistics.ts';
export { type LostUpdate, lostUpdates } from '../graph/lost-updates.ts';
export { isLowerCaseCheck, lowerCaseKey } from '../graph/lower-case.ts';
export { restsOnMissingColumn } from '../graph/missing-columns.ts';
export { namedCalls } from '../graph/named-calls.ts';
export { mayNameSecret } from '../graph/named-secret.ts';
export { isNamedWithCallersRights } from '../graph/named-with-callers-rights.ts';
export { writtenName } from '../graph/names/written-name.ts';
export { indexesOfNewRow } from '../graph/new-row-indexes.ts';
export { nullCondition } from '../graph/null-condition.ts';
export { firstWithSameKey, nullableKeys, nullGaps, openKeys } from '../graph/null-gaps.ts';
export { nullsInLists } from '../graph/null-in-list.ts';
export { nullsInInserts } from '../graph/nulls-in-inserts.ts';
export { onlyReads } from '../graph/only-reads.ts';
export { type OrphanInserts, orphanInserts } from '../graph/orphan-inserts.ts';
export { conflictsNaming, type OutdoneKey, outdoneKey } from '../graph/outdone-keys.ts';
export { namesNothingOfRow, referencedColumn } from '../graph/own-column.ts';
export { isPassedByAllValues } from '../graph/passed-by-all.ts';
export { pinsPath } from '../graph/pins-path.ts';
export { placeOf } from '../graph/place.ts';
export { implies } from '../graph/policies/alternatives.ts';
export { brokenBySubselect } from '../graph/policies/broken-by-subselect.ts';
export { type CallerlessInsert, callerlessInsert } from '../graph/policies/callerless-inserts.ts';
export { type CallerlessWrite, callerlessWrite } from '../graph/policies/callerless-writes.ts';
export { type Outvote, outvotesOf } from '../graph/policies/outvoted.ts';
export { type OwnRowWrite, ownRowWrites } from '../graph/policies/own-row-writes.ts';
export { isNobodysWithout, opensWithout } from '../graph/policies/ownerless-row.ts';
export { type PolicyCall, policyCallsOf } from '../graph/policies/policy-calls.ts';
export { type CrowdCase, policiesOfCrowd, policyCrowds } from '../graph/policies/policy-crowds.ts';
export { type RoleAskedElsewhere, rolesAskedElsewhere } from '../graph/policies/role-asked-elsewhere.ts';
export { type RowSubselect, rowSubselects } from '../graph/policies/row-subselects.ts';
export {
  columnsComparedWithCaller,
  isTenantGroup,
  namesTenant,
  policyComparisons,
  type TenantName,
  tenantNames,
} from '../graph/policies/tenant-columns.ts';
export type { CheckThenInsert } from '../graph/query-shapes/check-then-insert.ts';
export { conjuncts, testsIn } from '../graph/query-shapes/column-tests.ts';
export { definitionsIn } from '../graph/query-shapes/definitions-in.ts';
export type { DynamicSql } from '../graph/query-shapes/dynamic-sql.ts';
export type { ExceptionHandler } from '../graph/query-shapes/exception-handlers.ts';
export { isIdle } from '../graph/query-shapes/idle-routine.ts';
export { isReturningUsed } from '../graph/query-shapes/kept-returning.ts';
export { isLockable } from '../graph/query-shapes/lockable.ts';
export { mayWrite } from '../graph/query-shapes/may-write.ts';
export { type NullLoopBound, nullLoopBounds } from '../graph/query-shapes/null-loop-bounds.ts';
export { constantOf } from '../graph/query-shapes/operand.ts';
export type {
  ColumnJoin,
  ColumnTest,
  OnConflict,
  Operand,
  OrderKey,
  Query,
  QuerySource,
  RowLock,
  SetColumn,
  VectorDistance,
  Write,
} from '../graph/query-shapes/query.ts';
export { NOT_DISTINCT } from '../graph/query-shapes/query.ts';
export { routineLocks } from '../graph/query-shapes/routine-locks.ts';
export { triggeredRelations } from '../graph/query-shapes/routine-scope.ts';
export {
  type Assignment,
  type RoutineShape,
  type RoutineWrite,
  routineShape,
  type TakenLock,
} from '../graph/query-shapes/routine-shape.ts';
export {
  type HeldQuery,
  type HeldWrite,
  opaqueRoutines,
  type QueryHolder,
  queriesInSchema,
  rowTests,
  unreadRoutines,
  userRoutines,
  writesTo,
} from '../graph/query-shapes/schema-queries.ts';
export type { UnquotedValue } from '../graph/query-shapes/text-origins.ts';
export { areApartInTime } from '../graph/query-shapes/time-windows.ts';
export {
  columnsSetByTriggers,
  type TriggerSetColumn,
  type TriggerSetColumns,
} from '../graph/query-shapes/trigger-columns.ts';
export { type VariableOrder, variableOrders } from '../graph/query-shapes/variable-orders.ts';
export { type WholeRowTest, wholeRowTests } from '../graph/query-shapes/whole-row-tests.ts';
export { isRunningState, isWaitingState } from '../graph/queue-states.ts';
export {
  breakBefore,
  castAround,
  distinctFrom,
  type Insertion,
  partAlone,
  partInPlace,
  redefinition,
  valueOr,
} from '../graph/redefinition.ts';
export { referringColumns } from '../graph/referring-columns.ts';
export { type Refresh, refreshesOf, takesConcurrentRefresh } from '../graph/refreshes.ts';
export { type RefusedCascade, refusedCascades } from '../graph/refused-cascades.ts';
export type { RefusedDuplicate } from '../graph/refused-duplicates.ts';
export { deletesActing, refusedEmptying, requiredOfEmptied } from '../graph/refused-nulls.ts';
export { refusedSecondRows } from '../graph/refused-second-rows.ts';
export { type RefusedSetNull, refusedSetNulls } from '../graph/refused-set-nulls.ts';
export { refusedSignUps } from '../graph/refused-sign-ups.ts';
export { remarkAbove } from '../graph/remark-above.ts';
export { remarkBeside } from '../graph/remark-beside.ts';
export { returnedColumns } from '../graph/returned-columns.ts';
export { insertsValues, mayInsertSeveral } from '../graph/rows-inserted.ts';
export { secretKeys } from '../graph/secret-keys.ts';
export { isShown } from '../graph/shown.ts';
export { type SignUpChoice, signUpChoices } from '../graph/sign-up-choices.ts';
export { singleRowReaders } from '../graph/single-rows.ts';
export { isSpareBesideFull, type SpareIndex, spareIndex } from '../graph/spare-index.ts';
export { isKeyToOther, standingTable, writtenColumns } from '../graph/standing-table.ts';
export { type StateKey, stateKey } from '../graph/state-keys.ts';
export { statusLabels } from '../graph/status-labels.ts';
export { type MajorityStyle, majorityStyle } from '../graph/style.ts';
export { type SwallowedWrite, swallowedWrites } from '../graph/swallowed-writes.ts';
export { tableOfCaller } from '../graph/table-of-caller.ts';
export { timeSetters } from '../graph/time-setters.ts';
export { isTimedUpkeep } from '../graph/timed-upkeep.ts';
export { toldApart } from '../graph/told-apart.ts';
export { isGuarded } from '../graph/trigger-guards.ts';
export { columnsJudgedByTriggers } from '../graph/trigger-tests.ts';
export { addsTwins } from '../graph/twin-inserts.ts';
export { twinKey, twinsOf } from '../graph/twin-keys.ts';
export { type TwinTrigger, twinTrigger } from '../graph/twin-triggers.ts';
export { type TypeChange, typeChange } from '../graph/type-change.ts';
export { isCaseInsensitive, isMoment, storedType, type TypeClass, typeClass } from '../graph/type-class.ts';
export { isBuiltIn, sameType, type TypeRef, typeText } from '../graph/type-ref.ts';
export { type UndoneWrite, undoneWrites } from '../graph/undone-writes.ts';
export { refusedRefreshes } from '../graph/unfilled-views.ts';
export { isNeverRefreshed, isReadInSchema, tablesBehind } from '../graph/unrefreshed-views.ts';
export { type UnservedLookup, unservedLookups } from '../graph/unserved-lookups.ts';
export { hasUpperBound } from '../graph/upper-bound.ts';
export { isUsersOwn } from '../graph/users-own.ts';
export {
  areTiedByExpression,
  domainsOf,
  isLengthMinimum,
  type ValueCheck,
  valueChecks,
} from '../graph/value-checks.ts';
export {
  classForOperator,
  distanceOperator,
  isVectorIndex,
  keptRival,
  VECTOR_METHODS,
  vectorIndexesOn,
} from '../graph/vector-indexes.ts';
export { type VectorSearch, vectorSearches } from '../graph/vector-searches.ts';
export { isSaidToBeFree, isWitness, isWrittenOnDelete } from '../graph/witness.ts';
export { clauseStart, closingBracket } from '../sql/clause-places.ts';
export * from './access-questions.ts';
export { crowdMerged, isToBeMerged } from './crowd-merged.ts';
export { readingToday, readToday, textReadingToday } from './legacy-setting-sql.ts';
export { spoken } from './prose.ts';
export { milderForFewRows, repeatedCallsIn } from './repeated-calls.ts';
export { splitByCheck } from './split-policy.ts';
export {
  type RepeatingClause,
  repeatingClauses,
  wrappedPolicy,
  wrappingWarning,
} from './wrapped-policy.ts';
