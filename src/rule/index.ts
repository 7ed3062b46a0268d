// All a rule may import.

export { type Call, callsOf } from '../graph/binding/questions/calls.ts';
export { foldBoolean } from '../graph/binding/questions/fold-boolean.ts';
export type { BoundExpression } from '../graph/bound-expression.ts';
export type { Capability } from '../graph/capability.ts';
export type { Entity, EntityKind, EntityOf } from '../graph/entities/index.ts';
export type { EntityId } from '../graph/entity-id.ts';
export { indexNamingBehind, indexServingBehind } from '../graph/indexes/foreign-key-coverage.ts';
export { indexServing } from '../graph/indexes/index-coverage.ts';
export { isInUniqueKey, isRestedOn, isUniqueAlone, keysText, sameKey, sameValue } from '../graph/indexes/index-keys.ts';
export {
  type Aspect,
  type Change,
  fieldsOfStatement,
  isAbout,
  type Migration,
  type Problem,
  type SkippedCreate,
  type Statement,
} from '../graph/journal.ts';
export { type ChildTables, childTables } from '../graph/keys/child-tables.ts';
export { isNamed } from '../graph/lexicon/pattern.ts';
export { isNullMeant, isNullRemarked } from '../graph/nulls/meant-null.ts';
export { isNeverNull, isNullable } from '../graph/nulls/nullability.ts';
export type { Origin } from '../graph/origin.ts';
export { broughtDown } from '../graph/policies/brought-down.ts';
export { allFailByRecursion, failsByRecursion } from '../graph/policies/failing-statements.ts';
export { functionLoop, type PolicyLoop, subselectLoop } from '../graph/policies/policy-reach.ts';
export {
  isSecuredByEventTrigger,
  policiesFor,
  ROW_COMMANDS,
  type RowCommand,
} from '../graph/policies/row-security.ts';
export { callerColumns, tenantColumns } from '../graph/policies/tenant-columns.ts';
export { type ClientAccess, clientAccess } from '../graph/privileges/client-access.ts';
export { bypassesRowSecurity } from '../graph/privileges/privilege-questions.ts';
export { isRepeatable } from '../graph/repeatable-text.ts';
export { isCallerCall } from '../graph/routines/caller-calls.ts';
export { isNamedInBody, pathSetFirst, relationsNamedIn } from '../graph/routines/function-body.ts';
export { sameExpression } from '../graph/same-expression.ts';
export type { SchemaGraph } from '../graph/schema-graph.ts';
export { commentsOf } from '../sql/comments.ts';
export { type DoubledBackslash, doubledBackslashes, withSingleBackslashes } from '../sql/doubled-backslashes.ts';
export type { Expression } from '../sql/expression.ts';
export type { SourceLocation } from '../sql/location.ts';
export { display, isReserved, type QualifiedName, quoteIdentifier, quoteLiteral, sameName } from '../sql/name.ts';
export { withoutConjunct, wrapCalls } from '../sql/rewrite.ts';
export { secretsIn } from '../sql/secrets.ts';
export { anyNode, walk } from '../sql/walk.ts';
export { type AddedCheck, addedChecks } from './added-checks.ts';
export { addressesText, placesOfAddresses } from './addresses-text.ts';
export { actionForEach, stampsByParent, tellOfAuthors } from './author-stamps.ts';
export { apiPathText, brokenOverApi } from './broken-over-api.ts';
export { callerFirst, placesOfActors } from './caller-first.ts';
export { guardedInserts, passedForGone, passedTogether } from './cascade-guards.ts';
export {
  isNamedInBodies,
  isReturnedAsItIs,
  namedInBodies,
  returnedAsTheyAre,
  returnedText,
  returningFunctions,
} from './changed-type.ts';
export { countedForDelete } from './counted-for-delete.ts';
export { cutText } from './cut-text.ts';
export { deleteAction, isRecordOf, refusedForTrail } from './delete-action.ts';
export { dropServed, servedIndexes, servedText } from './drop-index.ts';
export { anotherAt, type Finding, type Fix, type RelatedPlace, relatedAt } from './finding.ts';
export { addForeignKey, foreignKeyName, remakeForeignKey } from './foreign-key-sql.ts';
export { type Habit, habitsOf, isHabit, ofSchema } from './habit.ts';
export { heldBySame, heldParents, holdingText, refusedAlone, usersText } from './held-parents-text.ts';
export { hinderedText } from './hindered-emptying.ts';
export { IN_AUTH_MESSAGES, inAuth } from './in-auth.ts';
export { keptInStep } from './kept-in-step.ts';
export { clearedFirst, isKeeping, keptFromTheFirstDay, leftByClearing, unlessKeeping } from './kept-users.ts';
export { kindText } from './kind-text.ts';
export { type LetIn, letInByRows } from './let-in.ts';
export { lockedFirst } from './locked-first.ts';
export { lockingClause } from './locking-clause.ts';
export { tableOrLog } from './log-text.ts';
export { droppedText, failingText, lostDeeds, policiesAgain } from './lost-policy-text.ts';
export { isMeantNoAction } from './meant-no-action.ts';
export { toldOfMemberRows } from './member-rows-told.ts';
export { mendedBody, pinnedPath } from './mended-body.ts';
export {
  checkAsUsing,
  narrowerCheck,
  narrowerWays,
  ownText,
  takesOver,
  usingAsCheck,
  withoutWays,
} from './narrower-check.ts';
export { isFreeForFunction } from './new-function.ts';
export { forbidNull, forbidNulls } from './not-null-sql.ts';
export { type OpenView, severalViews, viewsAlikeBy } from './open-views.ts';
export { closedToOwner, otherColumnsOfEach, otherColumnsOnly } from './other-columns-only.ts';
export { althoughText, ownObjectsOnly } from './own-objects.ts';
export { believedOfOwnRows, likely } from './own-row-beliefs.ts';
export {
  addedAgainText,
  addText,
  carriedText,
  claimedText,
  computedText,
  earnedText,
  knownKeysText,
  namesOfColumns,
  plannedText,
  publishedText,
  rankedText,
  weighedText,
} from './own-row-prose.ts';
export { ownedLookup } from './owned-lookup.ts';
export { ownerEvidence } from './owner-evidence.ts';
export { ownersRights } from './owners-rights.ts';
export { deedOnParent, isTouch } from './parent-deeds.ts';
export { pathsOfSchema } from './paths-of-schema.ts';
export * from './policy-questions.ts';
export {
  andList,
  brief,
  counted,
  fileName,
  grouped,
  orList,
  relationName,
  rowOf,
  spoken,
  withArticle,
} from './prose.ts';
export * from './questions.ts';
export { onlyIf, redefined } from './redefined.ts';
export { addedReference } from './reference-sql.ts';
export { refusingTrigger } from './refusing-trigger.ts';
export { rewrittenActionsTold } from './rewritten-actions-told.ts';
export { type AnyRule, type AuditSettings, defineRule, type Rule, type RuleContext } from './rule.ts';
export { areInDefinitionsOnly, chosenValues, mayPlant } from './run-by-callers.ts';
export { givenToServiceRole } from './service-role-fix.ts';
export { CATEGORIES, type Category, type Confidence, isAtLeast, SEVERITIES, type Severity } from './severity.ts';
export {
  shownAddresses,
  shownContacts,
  shownFlags,
  shownSecrets,
  shownWhereabouts,
  showsCredential,
} from './shown-columns.ts';
export { constantAtSignUp } from './sign-up-sql.ts';
export { type RawSql, raw, sql } from './sql.ts';
export { sweptPlaces, sweptText } from './swept-text.ts';
export { ADDRESSES, addedUniqueKey } from './unique-key-sql.ts';
export { isFixedPath, usualPathFix } from './usual-path.ts';
export { type WorkingDeciders, workingDeciders } from './working-deciders.ts';
