// Who may reach what, past which protection: the shared questions of security rules; part of what index.ts exports.

export { filtersByCaller } from '../graph/caller/caller-filter.ts';
export { isQualifiedWhole } from '../graph/failures/missing-by-path.ts';
export { type ClosedSchema, closedSchemas } from '../graph/history/closed-schemas.ts';
export { lostViewFilter } from '../graph/history/lost-view-filter.ts';
export { type NamedGrants, namedGrants } from '../graph/history/named-grants.ts';
export { type NeverGranted, neverGranted } from '../graph/history/never-granted.ts';
export { type ServedPolicy, servedPolicies } from '../graph/history/policies-done-by-functions.ts';
export { areTablesGrantedByHand } from '../graph/history/tables-granted-by-hand.ts';
export { uncallableFunctions } from '../graph/history/uncallable-functions.ts';
export { type VoidExecuteRevoke, voidExecuteRevoke } from '../graph/history/void-execute-revokes.ts';
export { isToBeRedeemed } from '../graph/lexicon/redeemed.ts';
export { asksOnlyWhetherSet, callerlessReading } from '../graph/policies/callerless-reading.ts';
export { type CallersRow, callersRows, secondRows } from '../graph/policies/callers-row.ts';
export { surelyForbidden } from '../graph/policies/forbidden-call.ts';
export { alternativesLeft, type ForbiddenCalls, forbiddenCalls } from '../graph/policies/forbidden-calls.ts';
export { type ForbiddenRead, forbiddenRead } from '../graph/policies/forbidden-reads.ts';
export { mayReadEveryRow, seesEveryRow, showsEveryRow } from '../graph/policies/open-reading.ts';
export { isMaker, ownersColumn, usersColumn } from '../graph/policies/owner-columns.ts';
export { isHeldAsOwner, isLeftToPolicies, isQuiet } from '../graph/policies/owner-policies.ts';
export { isAskedBefore, ownerColumn, type ParentWrite, parentWrites } from '../graph/policies/parent-writes.ts';
export { type SentChange, sentChanges } from '../graph/policies/sent-changes.ts';
export { isShownAnyway, mayAllRead } from '../graph/policies/shown-anyway.ts';
export { showsAsPolicies } from '../graph/policies/shown-by-policies.ts';
export {
  failsByTrigger,
  type TriggerRefusal,
  triggerRefusals,
  tyingWrite,
} from '../graph/policies/trigger-refusals.ts';
export { type ApiCaller, apiCallers, clientsExecuting, isTriggerFunction } from '../graph/privileges/api-calls.ts';
export { type ClientRelation, clientGrantees } from '../graph/privileges/client-access.ts';
export { definerReaders } from '../graph/privileges/definer-readers.ts';
export { type OwnerRead, ownerReads } from '../graph/privileges/owner-reads.ts';
export { isUnderRowSecurity, mayColumn, mayExecute } from '../graph/privileges/privilege-questions.ts';
export { isReachedOverApi } from '../graph/privileges/reached-over-api.ts';
export { isCalledAsCaller } from '../graph/query-shapes/caller-uses.ts';
export { type RoutineDeeds, routineDeeds } from '../graph/query-shapes/routine-deeds.ts';
export { chosenRows } from '../graph/routines/chosen-rows.ts';
export { disclosedRows } from '../graph/routines/disclosed-rows.ts';
export { isInlinable } from '../graph/routines/inlinable.ts';
export { type RowsOfOthers, rowsOfOthers } from '../graph/routines/others-in-group.ts';
export { recordedPayment } from '../graph/routines/recorded-payment.ts';
export { settingsSet } from '../graph/routines/settings-set.ts';
export { CREDENTIALS, credentialIn, SEALERS } from '../graph/secrets/credentials.ts';
export { foundBySecret, isFilledAtRandom } from '../graph/secrets/found-by-secret.ts';
export { gatedBySecret, type SecretGate } from '../graph/secrets/gated-by-secret.ts';
export { givesVaultSecret } from '../graph/secrets/given-secrets.ts';
export { hasKnownPassword } from '../graph/secrets/known-default.ts';
export { isMostlySealed } from '../graph/secrets/mostly-sealed.ts';
export { leavesOutRowsWith } from '../graph/secrets/rows-with-secret.ts';
export { keptSealed } from '../graph/secrets/sealed-column.ts';
export { isSecretColumn } from '../graph/secrets/secret-column.ts';
export { type ClaimedProfile, claimedProfile } from '../graph/sign-up/claimed-profiles.ts';
export { type BucketListing, listingsAlike } from '../graph/storage/listed-buckets.ts';
export { childrenOf, isWithoutRowSecurity, parentTables, securedAncestor } from '../graph/table-ancestors.ts';
export { refusedChanges, surelyRefused, surelyRefusing } from '../graph/triggers/write-guards.ts';
export { writtenByTriggers } from '../graph/triggers/written-by-trigger.ts';
export { authRows, isOnlyCounted, isOwnIdAlone } from '../graph/views/auth-rows.ts';
export { meantReaders, outsiders } from '../graph/views/read-as-caller.ts';
export { refreshedBy } from '../graph/views/refreshes.ts';
export { writersOfOthers } from '../graph/views/strangers-written.ts';
export { updatableTable, writersThrough } from '../graph/views/updatable-view.ts';
export { viewAccess } from '../graph/views/view-access.ts';
export { withBodyPlace } from './body-place.ts';
export {
  askedTexts,
  bucketsAlikeText,
  bucketsText,
  clientsMay,
  clientsOf,
  commandsText,
  doneTo,
  failsToday,
  letsIn,
  otherwise,
  policiesLet,
  policyOf,
  refusedToday,
} from './client-prose.ts';
export { deedsOf, writesText } from './deeds.ts';
export { grantForPolicies } from './grant-for-policies.ts';
export { areGuestsMeant, guestsRowsOnly } from './guests-meant.ts';
export { isMigratedList } from './migrated-list.ts';
export { type BucketsAlike, bucketsAlike, openBucket, openBucketSeverity } from './open-bucket.ts';
export { isOpenForm } from './open-form.ts';
export { type OpenPolicy, openPolicy } from './open-policy.ts';
export { PASSWORD_HASHES, personalColumns, withPersonal } from './personal-columns.ts';
export { revokeFromClients } from './revoke.ts';
export { EVERYONE, isForEveryone, type KeptBy, revokedFromAnon } from './revoked-from-anon.ts';
export { CLOSED_TO_CLIENTS, rowSecurityOn } from './row-security-on.ts';
export { sentChangesText } from './sent-changes-text.ts';
export { isTurnedAway, type TurnedAway, turnedAway } from './turned-away.ts';
export { forbiddenText, readAsCaller } from './view-as-caller.ts';
