// Who may reach what, past which protection: the shared questions of security rules; part of what index.ts exports.
export { type ApiCaller, apiCallers, isTriggerFunction } from '../graph/api-calls.ts';
export { filtersByCaller } from '../graph/caller/caller-filter.ts';
export { chosenRows } from '../graph/chosen-rows.ts';
export { type ClaimedProfile, claimedProfile } from '../graph/claimed-profiles.ts';
export { type ClientRelation, clientGrantees } from '../graph/client-access.ts';
export { definerReaders } from '../graph/definer-readers.ts';
export { disclosedRows } from '../graph/disclosed-rows.ts';
export { isQualifiedWhole } from '../graph/failures/missing-by-path.ts';
export { foundBySecret } from '../graph/found-by-secret.ts';
export { givesVaultSecret } from '../graph/given-secrets.ts';
export { type NamedGrants, namedGrants } from '../graph/history/named-grants.ts';
export { isInlinable } from '../graph/inlinable.ts';
export { isToBeRedeemed } from '../graph/lexicon/redeemed.ts';
export { type OwnerRead, ownerReads } from '../graph/owner-reads.ts';
export { callerlessReading } from '../graph/policies/callerless-reading.ts';
export { type CallersRow, callersRows, secondRows } from '../graph/policies/callers-row.ts';
export { alternativesLeft, type ForbiddenCalls, forbiddenCalls } from '../graph/policies/forbidden-calls.ts';
export { type ForbiddenRead, forbiddenRead } from '../graph/policies/forbidden-reads.ts';
export { mayReadEveryRow, seesEveryRow } from '../graph/policies/open-reading.ts';
export { isMaker, ownersColumn, usersColumn } from '../graph/policies/owner-columns.ts';
export { isHeldAsOwner, isLeftToPolicies, isQuiet } from '../graph/policies/owner-policies.ts';
export { ownerColumn, type ParentWrite, parentWrites } from '../graph/policies/parent-writes.ts';
export { type SentChange, sentChanges } from '../graph/policies/sent-changes.ts';
export { showsAsPolicies } from '../graph/policies/shown-by-policies.ts';
export {
  failsByTrigger,
  type TriggerRefusal,
  triggerRefusals,
  tyingWrite,
} from '../graph/policies/trigger-refusals.ts';
export { isUnderRowSecurity, mayColumn } from '../graph/privilege-questions.ts';
export { isCalledAsCaller } from '../graph/query-shapes/caller-uses.ts';
export { type RoutineDeeds, routineDeeds } from '../graph/query-shapes/routine-deeds.ts';
export { testedVariables } from '../graph/query-shapes/tested-variables.ts';
export { keptSealed } from '../graph/sealed-column.ts';
export { childrenOf, isWithoutRowSecurity, parentTables, securedAncestor } from '../graph/table-ancestors.ts';
export { updatableTable } from '../graph/updatable-view.ts';
export { refusedChanges, surelyRefused } from '../graph/write-guards.ts';
export { writtenByTriggers } from '../graph/written-by-trigger.ts';
export { withBodyPlace } from './body-place.ts';
export {
  bucketsText,
  clientsOf,
  commandsText,
  doneTo,
  failsToday,
  policiesLet,
  policyOf,
  refusedToday,
} from './client-prose.ts';
export { deedsOf, writesText } from './deeds.ts';
export { isMigratedList, PERSONAL } from './migrated-list.ts';
export { openBucket, openBucketSeverity } from './open-bucket.ts';
export { isOpenForm } from './open-form.ts';
export { type OpenPolicy, openPolicy } from './open-policy.ts';
export { revokeFromClients } from './revoke.ts';
export { sentChangesText } from './sent-changes-text.ts';
