// The shared questions that rules ask of names, policies and the SQL inside the schema; part of what index.ts exports.

export { type UnstampedInsert, unstampedInserts } from '../graph/agreement/unstamped-inserts.ts';
export { askedOnce, readOnce } from '../graph/asked-once.ts';
export { type CallerComparison, callerComparisons } from '../graph/caller/caller-comparisons.ts';
export {
  asksCaller,
  type CallerSource,
  callerSources,
  dependsOnRow,
  functionAsksCaller,
} from '../graph/caller/caller-source.ts';
export { callerTests } from '../graph/caller/caller-tests.ts';
export { callsForCaller, repeatedCallerCalls, repeatedHelperCalls } from '../graph/caller/helper-calls.ts';
export { type LegacyExpression, legacyExpression, legacyReads } from '../graph/caller/legacy-reads.ts';
export { type LegacyCall, legacySetting } from '../graph/caller/legacy-settings.ts';
export { type MissingRowGuard, missingRowGuard } from '../graph/caller/missing-row-guards.ts';
export { type NullPass, nullPass } from '../graph/caller/null-pass.ts';
export { isCallersOwnRow } from '../graph/caller/own-row-lock.ts';
export { type PolicyBranch, policyBranches } from '../graph/caller/policy-branches.ts';
export { refusesSignedOut } from '../graph/caller/refuses-signed-out.ts';
export { type UnansweredGuard, unansweredGuard } from '../graph/caller/unanswered-guards.ts';
export { unknownCalls } from '../graph/caller/unknown-calls.ts';
export { type ConcurrentStatement, concurrentStatement, mayBeConcurrent } from '../graph/concurrent-statement.ts';
export { originalOf } from '../graph/copied-table.ts';
export { type CrowdCase, loneCondition, policiesOfCrowd, policyCrowds } from '../graph/costs/policy-crowds.ts';
export { groupCallsOf } from '../graph/costs/row-helpers.ts';
export type { RowState } from '../graph/deletes/asked-states.ts';
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
} from '../graph/deletes/cascades.ts';
export { isDeletedFrom } from '../graph/deletes/deleted-rows.ts';
export { emptiedColumns, isBestEmptied, type Obstacle, obstacleToEmptying } from '../graph/deletes/emptied-columns.ts';
export { keptByCheck } from '../graph/deletes/kept-by-check.ts';
export { isKeptForATime } from '../graph/deletes/kept-for-a-time.ts';
export { isKeptForGood, type KeepingRow, keepingRow } from '../graph/deletes/kept-for-good.ts';
export { type RefusedCascade, refusedCascades } from '../graph/deletes/refused-cascades.ts';
export { refusedKinds } from '../graph/deletes/refused-kinds.ts';
export { deletesActing, refusedEmptying, requiredOfEmptied } from '../graph/deletes/refused-nulls.ts';
export { type RewrittenActions, rewrittenActions } from '../graph/deletes/rewritten-actions.ts';
export { isShippedList } from '../graph/deletes/shipped-list.ts';
export { sweptRows } from '../graph/deletes/swept-rows.ts';
export { type TriggerAgainst, undoneSetNulls } from '../graph/deletes/undone-set-nulls.ts';
export {
  isContentsOfCopy,
  isSaidOfTable,
  isSaidToBeFree,
  isWitness,
  isWrittenOnDelete,
} from '../graph/deletes/witness.ts';
export { inputTypes, isInput, resultKind } from '../graph/entities/function-entity.ts';
export { firesInOrigin } from '../graph/entities/trigger.ts';
export { estimatedRows } from '../graph/estimated-rows.ts';
export { assumedFields } from '../graph/failures/assumed-fields.ts';
export { failuresInAuth } from '../graph/failures/failing-in-auth.ts';
export { isHistoryIncomplete } from '../graph/failures/failing-names.ts';
export { alwaysFails, type Failure, failuresOf, isSaid, neverTakesEffect } from '../graph/failures/failures.ts';
export { forbiddenInAuth } from '../graph/failures/forbidden-in-auth.ts';
export { certainFailures, lossOf } from '../graph/failures/lost-names.ts';
export { variableKind } from '../graph/failures/meant-variables.ts';
export { refusesItsCallers } from '../graph/failures/refused-callers.ts';
export { mayBeMadeInBody } from '../graph/failures/temporary-tables.ts';
export { isOfFrozenCopy } from '../graph/frozen-copies.ts';
export { addTo, groupedBy } from '../graph/grouping.ts';
export { bornBy, bornIn, existedBefore, isBornInSameMigration, isOlderThanTable } from '../graph/history/born-in.ts';
export { isKeptByOlderRows } from '../graph/history/broken-by-older-row.ts';
export { isSetterDropped } from '../graph/history/dropped-setter.ts';
export { emptiedBy } from '../graph/history/emptied-by.ts';
export { failingFiles } from '../graph/history/failing-files.ts';
export { type IdleTriggerFunction, idleTriggerFunction } from '../graph/history/idle-trigger-function.ts';
export { keepsRows, keepsValues } from '../graph/history/kept-values.ts';
export { type LateBeginning, lateBeginning } from '../graph/history/late-beginning.ts';
export { leftOverload } from '../graph/history/left-overload.ts';
export { isDoneWithout, isKeptFree, lostForeignKey } from '../graph/history/lost-foreign-key.ts';
export { lostSetter } from '../graph/history/lost-setter.ts';
export { type LostTrigger, lostTriggers } from '../graph/history/lost-trigger.ts';
export { firstNeed } from '../graph/history/needed-migrations.ts';
export { letBeNullBy, nullsInHistory, olderRowWithout } from '../graph/history/nulls-in-history.ts';
export { type MadeLater, madeLater } from '../graph/history/out-of-order.ts';
export { ownersRightsSaid } from '../graph/history/owners-rights-said.ts';
export { prematureConstraints } from '../graph/history/premature-constraints.ts';
export { ranOnce } from '../graph/history/ran-once.ts';
export { tableOfRecordedFiles } from '../graph/history/recorded-files.ts';
export { restingOnFailed } from '../graph/history/resting-on-failed.ts';
export { isSeeded } from '../graph/history/seeded-tables.ts';
export { holdsOneRow } from '../graph/history/single-row-tables.ts';
export { uniqueKeyBefore } from '../graph/indexes/behind-unique-key.ts';
export { columnsCalledUnique } from '../graph/indexes/called-unique.ts';
export { indexDefinition } from '../graph/indexes/index-definition.ts';
export { keptTwin } from '../graph/indexes/index-twins.ts';
export { type LackedKeyIndex, lackedKeyIndexes, type UnservedKey } from '../graph/indexes/lacked-key-indexes.ts';
export { indexesOfNewRow, MANY_INDEXES } from '../graph/indexes/new-row-indexes.ts';
export { isOutsideIndex } from '../graph/indexes/outside-index.ts';
export { isSpareBesideFull, type SpareIndex, spareIndex } from '../graph/indexes/spare-index.ts';
export { type UnservedLookup, unservedLookups } from '../graph/indexes/unserved-lookups.ts';
export {
  classForOperator,
  distanceOperator,
  isVectorIndex,
  keptRival,
  VECTOR_METHODS,
  vectorIndexesOn,
} from '../graph/indexes/vector-indexes.ts';
export { type VectorSearch, vectorSearches } from '../graph/indexes/vector-searches.ts';
export { isKeyOfAuthor } from '../graph/keys/author-keys.ts';
export { type ConstantKey, constantKeys } from '../graph/keys/constant-keys.ts';
export { isCopiedFromAbove } from '../graph/keys/copied-parent.ts';
export { type CrossedKeys, crossedKeys, type KeySide, linksTo } from '../graph/keys/crossed-keys.ts';
export { areEquated } from '../graph/keys/equated-columns.ts';
export { keyFromCaller } from '../graph/keys/key-from-caller.ts';
export { keyFromParameters } from '../graph/keys/key-from-parameters.ts';
export { keyOfParent } from '../graph/keys/key-of-parent.ts';
export { type OwnValues, ownValues } from '../graph/keys/key-roots.ts';
export {
  isAddressElsewhere,
  isLinked,
  isNamedByProvider,
  isOfAnotherService,
  isSynchronised,
} from '../graph/keys/known-elsewhere.ts';
export { isLink, othersBelow, ownerElsewhere, owningKeys } from '../graph/keys/linked-rows.ts';
export { mirroredPair } from '../graph/keys/mirrored-pairs.ts';
export { conflictsNaming, type OutdoneKey, outdoneKey } from '../graph/keys/outdone-keys.ts';
export { referringColumns } from '../graph/keys/referring-columns.ts';
export type { RefusedDuplicate } from '../graph/keys/refused-duplicates.ts';
export { refusedSecondRows } from '../graph/keys/refused-second-rows.ts';
export { type SingleLookup, singleLookups } from '../graph/keys/single-lookups.ts';
export { type StateKey, stateKey } from '../graph/keys/state-keys.ts';
export { addsTwins } from '../graph/keys/twin-inserts.ts';
export { twinKey, twinsOf } from '../graph/keys/twin-keys.ts';
export { untiedColumns } from '../graph/keys/untied-columns.ts';
export { isAuditTrail, isKeyToTenant } from '../graph/lexicon/audit-trail.ts';
export { isStampOfAuthor } from '../graph/lexicon/author-stamps.ts';
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
  tableAbove,
  tableNamedBy,
  tableNamedByKin,
  tableNamedForRole,
  tablesNamed,
} from '../graph/lexicon/named-table.ts';
export { isSameName, isSameNoun, numberOf, singularOf } from '../graph/lexicon/noun.ts';
export { numbersParts } from '../graph/lexicon/part-numbers.ts';
export { isNamed, type NamePatterns } from '../graph/lexicon/pattern.ts';
export { POLICY_NAMES } from '../graph/lexicon/policy-names.ts';
export { isGivenByProvider } from '../graph/lexicon/provider-registration.ts';
export { isRunRecord } from '../graph/lexicon/run-record.ts';
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
export { TRAIL_COLUMNS } from '../graph/lexicon/trail-columns.ts';
export { wordsOf } from '../graph/lexicon/words.ts';
export { WORTH } from '../graph/lexicon/worth.ts';
export type { IndexStatistics, LiveStatistics, TableStatistics } from '../graph/live-statistics.ts';
export { restsOnMissingColumn } from '../graph/missing-columns.ts';
export { writtenName } from '../graph/names/written-name.ts';
export { type CarriedNull, carriedNulls } from '../graph/nulls/carried-nulls.ts';
export { mayCopyNull } from '../graph/nulls/copied-nulls.ts';
export { CREATED_COLUMNS, type Expectation, expectedValue, UPDATED_COLUMNS } from '../graph/nulls/expected-value.ts';
export { nullCondition } from '../graph/nulls/null-condition.ts';
export { firstWithSameKey, nullableKeys, nullGaps, openKeys } from '../graph/nulls/null-gaps.ts';
export { nullsInLists } from '../graph/nulls/null-in-list.ts';
export { isFilledByUpdate, nullsInInserts } from '../graph/nulls/nulls-in-inserts.ts';
export { isStampedByTrigger } from '../graph/nulls/stamped-by-trigger.ts';
export { usesPrisma } from '../graph/object-mapper.ts';
export { namesNothingOfRow, referencedColumn } from '../graph/own-column.ts';
export { type OwnRowWrite, ownRowWrites } from '../graph/own-rows/own-row-writes.ts';
export { gatesOwnRowsAlone } from '../graph/own-rows/own-rows-gated.ts';
export { isRewrittenByItsOwner } from '../graph/own-rows/rewritten-by-owner.ts';
export { isSaidToBeTheirs, withoutTheirs } from '../graph/own-rows/said-to-be-theirs.ts';
export { placeOf } from '../graph/place.ts';
export { implies } from '../graph/policies/alternatives.ts';
export { brokenBySubselect } from '../graph/policies/broken-by-subselect.ts';
export { type CallerlessInsert, callerlessInsert } from '../graph/policies/callerless-inserts.ts';
export { type CallerlessWrite, callerlessWrite } from '../graph/policies/callerless-writes.ts';
export { type Outvote, outvotesOf } from '../graph/policies/outvoted.ts';
export { isNobodysWithout, opensWithout } from '../graph/policies/ownerless-row.ts';
export { type PolicyCall, policyCallsOf } from '../graph/policies/policy-calls.ts';
export { type RoleAskedElsewhere, rolesAskedElsewhere } from '../graph/policies/role-asked-elsewhere.ts';
export { type RowSubselect, rowSubselects } from '../graph/policies/row-subselects.ts';
export { type StateAskedElsewhere, stateAskedElsewhere } from '../graph/policies/state-asked-elsewhere.ts';
export {
  columnsComparedWithCaller,
  isTenantGroup,
  namesTenant,
  policyComparisons,
  type TenantName,
  tenantNames,
} from '../graph/policies/tenant-columns.ts';
export { admittedClients, columnsOpenTo } from '../graph/privileges/admitted-clients.ts';
export { isForServiceRole, refusesAllButServiceRole } from '../graph/privileges/for-service-role.ts';
export { changedWithCallersRights, isNamedWithCallersRights } from '../graph/privileges/named-with-callers-rights.ts';
export { areApartByValue } from '../graph/query-shapes/apart-by-value.ts';
export type { CheckThenInsert } from '../graph/query-shapes/check-then-insert.ts';
export { conjuncts, testsIn } from '../graph/query-shapes/column-tests.ts';
export { columnsCounted } from '../graph/query-shapes/counting-writes.ts';
export { isCurrentTime } from '../graph/query-shapes/current-time.ts';
export { definitionsIn } from '../graph/query-shapes/definitions-in.ts';
export type { DynamicSql } from '../graph/query-shapes/dynamic-sql.ts';
export type { ExceptionHandler } from '../graph/query-shapes/exception-handlers.ts';
export { isIdle } from '../graph/query-shapes/idle-routine.ts';
export { isReturningUsed } from '../graph/query-shapes/kept-returning.ts';
export { type KnownVariables, variablesKnownAt } from '../graph/query-shapes/known-variables.ts';
export { isLockable } from '../graph/query-shapes/lockable.ts';
export { mayWrite } from '../graph/query-shapes/may-write.ts';
export { type MultipliedSum, multipliedSums } from '../graph/query-shapes/multiplied-sums.ts';
export { type NullLoopBound, nullLoopBounds } from '../graph/query-shapes/null-loop-bounds.ts';
export { constantOf, constantText } from '../graph/query-shapes/operand.ts';
export { outermost } from '../graph/query-shapes/outermost.ts';
export { looksForOwnRows } from '../graph/query-shapes/own-rows-taken.ts';
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
export { NOT_DISTINCT, NULL } from '../graph/query-shapes/query.ts';
export { isRefusedWhereFound } from '../graph/query-shapes/refused-where-found.ts';
export { routineLocks } from '../graph/query-shapes/routine-locks.ts';
export { triggeredRelations } from '../graph/query-shapes/routine-scope.ts';
export {
  type Assignment,
  type RoutineShape,
  type RoutineWrite,
  routineShape,
  type TakenLock,
} from '../graph/query-shapes/routine-shape.ts';
export { rowField } from '../graph/query-shapes/row-field.ts';
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
export { type SummedUnion, summedUnions, unionRange } from '../graph/query-shapes/summed-unions.ts';
export { areApartInTime } from '../graph/query-shapes/time-windows.ts';
export {
  columnsSetByTriggers,
  type TriggerSetColumn,
  type TriggerSetColumns,
} from '../graph/query-shapes/trigger-columns.ts';
export { type VariableOrder, variableOrders } from '../graph/query-shapes/variable-orders.ts';
export { type WholeRowTest, wholeRowTests } from '../graph/query-shapes/whole-row-tests.ts';
export { type WipedDefault, wipedDefaults } from '../graph/query-shapes/wiped-defaults.ts';
export { remarkAbove } from '../graph/remark-above.ts';
export { remarkBeside } from '../graph/remark-beside.ts';
export { bodyExpressions, bodyStatements } from '../graph/routines/body-tree.ts';
export { areAllWritersCareful } from '../graph/routines/careful-writers.ts';
export { type ChangingAnswer, type FalselyImmutable, falselyImmutableIn } from '../graph/routines/changing-answers.ts';
export { type CountedChildren, countedChildren } from '../graph/routines/counted-children.ts';
export { type CountedInsert, countedInsert } from '../graph/routines/counted-inserts.ts';
export { type ForgedActors, forgedActors } from '../graph/routines/forged-actors.ts';
export { lastRow } from '../graph/routines/last-rows.ts';
export { type LostUpdate, lostUpdates } from '../graph/routines/lost-updates.ts';
export { namedCalls } from '../graph/routines/named-calls.ts';
export { type NextNumber, nextNumber } from '../graph/routines/next-numbers.ts';
export { onlyReads } from '../graph/routines/only-reads.ts';
export { type OverwritingUpsert, overwritingUpserts } from '../graph/routines/overwriting-upserts.ts';
export { ownTemporaryTables } from '../graph/routines/own-temporary-tables.ts';
export { pinsPath } from '../graph/routines/pins-path.ts';
export {
  breakBefore,
  castAround,
  distinctFrom,
  type Insertion,
  partAlone,
  partInPlace,
  putBehind,
  redefinition,
  valueOr,
  viewAgain,
} from '../graph/routines/redefinition.ts';
export { type RepeatedStep, repeatedSteps } from '../graph/routines/repeated-steps.ts';
export { insertsValues, mayInsertSeveral } from '../graph/routines/rows-inserted.ts';
export { singleRowReaders } from '../graph/routines/single-rows.ts';
export { isTimedUpkeep } from '../graph/routines/timed-upkeep.ts';
export { unaskedLimits } from '../graph/routines/unasked-limits.ts';
export { beginningWithOne, type UnbegunNumber, unbegunNumber } from '../graph/routines/unbegun-numbers.ts';
export { type UndoneWrite, undoneWrites } from '../graph/routines/undone-writes.ts';
export { cipherKeys } from '../graph/secrets/cipher-keys.ts';
export { mayNameSecret } from '../graph/secrets/named-secret.ts';
export { secretKeys } from '../graph/secrets/secret-keys.ts';
export { isShown } from '../graph/shown.ts';
export { failingSignUp } from '../graph/sign-up/failing-sign-up.ts';
export { refusedSignUps } from '../graph/sign-up/refused-sign-ups.ts';
export { type RefusedText, refusedTexts, SENT_LENGTH } from '../graph/sign-up/refused-texts.ts';
export { type SignUpChoice, signUpChoices } from '../graph/sign-up/sign-up-choices.ts';
export { signUpClaims } from '../graph/sign-up/sign-up-claims.ts';
export { toldApart } from '../graph/sign-up/told-apart.ts';
export { untiedAccount } from '../graph/sign-up/untied-accounts.ts';
export { isKeyToOther, standingTable, writtenColumns } from '../graph/standing-table.ts';
export { type MajorityStyle, majorityStyle } from '../graph/style.ts';
export { tableOfCaller } from '../graph/table-of-caller.ts';
export { guardOfChange } from '../graph/triggers/change-guards.ts';
export { type CountedLimit, countedLimit } from '../graph/triggers/counted-limits.ts';
export { askedByTriggers, type DeadBranch, deadBranches } from '../graph/triggers/dead-branches.ts';
export { type DoubledStep, doubledSteps } from '../graph/triggers/doubled-steps.ts';
export { type HalfCount, halfCounts } from '../graph/triggers/half-counts.ts';
export { type HalfToldWrite, halfToldWrites } from '../graph/triggers/half-told-writes.ts';
export { isKeptByNote, type OrphanInserts, orphanInserts } from '../graph/triggers/orphan-inserts.ts';
export { type PrematureRead, prematureReads } from '../graph/triggers/premature-reads.ts';
export { goesBy, type Reckoned, reckonedFrom } from '../graph/triggers/reckoned-columns.ts';
export { siblingSteps } from '../graph/triggers/sibling-steps.ts';
export { type SwallowedWrite, swallowedWrites } from '../graph/triggers/swallowed-writes.ts';
export { timeSetters } from '../graph/triggers/time-setters.ts';
export { transitionTables } from '../graph/triggers/transition-tables.ts';
export { isGuarded } from '../graph/triggers/trigger-guards.ts';
export { columnsJudgedByTriggers } from '../graph/triggers/trigger-tests.ts';
export { type TwinTrigger, twinTrigger } from '../graph/triggers/twin-triggers.ts';
export { type TypeChange, typeChange } from '../graph/types/type-change.ts';
export { isCaseInsensitive, isMoment, storedType, type TypeClass, typeClass } from '../graph/types/type-class.ts';
export { isBuiltIn, sameType, type TypeRef, typeText } from '../graph/types/type-ref.ts';
export { isUsersOwn } from '../graph/users-own.ts';
export { isCopyOfLimited } from '../graph/values/copied-states.ts';
export { checkFailedByDefault } from '../graph/values/failed-check.ts';
export { generatedFrom } from '../graph/values/generated-from.ts';
export {
  type DeadCondition,
  deadQueries,
  type ImpossibleTest,
  neverTrue,
  neverTrueArms,
} from '../graph/values/impossible-values.ts';
export { type KnownValues, knownValues } from '../graph/values/known-values.ts';
export { isLowerCaseCheck, lowerCaseKey } from '../graph/values/lower-case.ts';
export { isLetOpen, isSaidToBeOpen, tableOfOptions } from '../graph/values/open-values.ts';
export { isPassedByAllValues } from '../graph/values/passed-by-all.ts';
export { isRunningState, isWaitingState } from '../graph/values/queue-states.ts';
export { type ShiftedTime, type ShiftedWrite, shiftedDefaults, shiftedWrites } from '../graph/values/shifted-times.ts';
export { statusLabels } from '../graph/values/status-labels.ts';
export { hasUpperBound } from '../graph/values/upper-bound.ts';
export {
  areTiedByExpression,
  domainsOf,
  isLengthMinimum,
  policiesOnLength,
  type ValueCheck,
  valueChecks,
} from '../graph/values/value-checks.ts';
export { distinctOutput } from '../graph/views/distinct-output.ts';
export { type Refresh, refreshesOf, takesConcurrentRefresh } from '../graph/views/refreshes.ts';
export { refusedRefreshes } from '../graph/views/unfilled-views.ts';
export { isNeverRefreshed, isReadInSchema, tablesBehind } from '../graph/views/unrefreshed-views.ts';
export { clauseStart, closingBracket } from '../sql/clause-places.ts';
export * from './access-questions.ts';
export { crowdMerged, isToBeMerged } from './crowd-merged.ts';
export { readingToday, readToday, textReadingToday } from './legacy-setting-sql.ts';
export { spoken } from './prose.ts';
export { MILDER, milderForFewRows, repeatedCallsIn, repeatedHelpersIn } from './repeated-calls.ts';
export { foldedHabits, type Graded, policiesOfHabit } from './repeated-habit.ts';
export { splitByCheck } from './split-policy.ts';
export {
  type RepeatingClause,
  repeatingClauses,
  wrappedPolicy,
  wrappingWarning,
} from './wrapped-policy.ts';
