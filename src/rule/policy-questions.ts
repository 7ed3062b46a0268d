// The shared questions about policies: whom they are for, what they admit, how they are written again; part of what index.ts exports.

export { type AwaitedDecision, awaitedDecisions } from '../graph/agreement/awaited-decision.ts';
export { type ForgedAuthor, forgedAuthor } from '../graph/agreement/forged-authors.ts';
export { type ForgedConsent, forgedConsents } from '../graph/agreement/forged-consent.ts';
export { type ReassignedAuthor, reassignedAuthor } from '../graph/agreement/reassigned-authors.ts';
export { type RefusedClaim, refusedClaim } from '../graph/agreement/refused-claims.ts';
export { refusedEndings } from '../graph/agreement/refused-endings.ts';
export { type RewrittenRow, rewrittenRow } from '../graph/agreement/rewritten-rows.ts';
export {
  type AuthorWrites,
  authorWrites,
  type ShowingColumn,
  showingColumns,
} from '../graph/agreement/self-approval.ts';
export { sharedInvitation } from '../graph/agreement/shared-invitations.ts';
export { type SkippedSteps, skippedSteps } from '../graph/agreement/skipped-steps.ts';
export { type UndoneModeration, undoneModeration } from '../graph/agreement/undone-moderation.ts';
export { holdsUserId, refersToUsers } from '../graph/agreement/writer-columns.ts';
export { askingAppMetadata, withAppMetadata } from '../graph/caller/app-metadata.ts';
export { type Standing, standingsIn } from '../graph/caller/caller-standing.ts';
export { isClosedToClients, isClosedToSignedOut } from '../graph/caller/closed-conditions.ts';
export { type DroppedScope, droppedScopes } from '../graph/caller/dropped-scopes.ts';
export { type LooseScope, looseScope } from '../graph/caller/loose-scope.ts';
export { nobodysName } from '../graph/caller/nobodys-name.ts';
export { isForStandings, type RowScope, rowScope } from '../graph/caller/row-scope.ts';
export { branchOpenToNobody, isOpenToSignedIn, type Nobody } from '../graph/caller/signed-out.ts';
export { type AskedRank, ranksAlone } from '../graph/caller/standing-alone.ts';
export { statedActor } from '../graph/caller/stated-actor.ts';
export { metadataReads, type UserMetadataUse, userMetadataUses } from '../graph/caller/user-metadata.ts';
export { scanningHelper } from '../graph/costs/scanning-helpers.ts';
export { type ClosedBefore, closedBefore } from '../graph/history/closed-before.ts';
export { type LostPolicy, lostPolicies } from '../graph/history/lost-policies.ts';
export { type RevokedBefore, revokedBefore } from '../graph/history/revoked-before.ts';
export { isLastGranted } from '../graph/history/table-grants.ts';
export { type VoidColumnGrant, voidColumnGrants } from '../graph/history/void-column-grants.ts';
export { type VoidColumnRevoke, voidColumnRevokes } from '../graph/history/void-column-revokes.ts';
export type { VisibilityFlags } from '../graph/lexicon/visibility-flags.ts';
export {
  type Capture,
  capturedParameters,
  capturesIn,
  isCapturedElsewhere,
  subselectNamesRow,
} from '../graph/names/captured-columns.ts';
export { capturedPaths } from '../graph/names/captured-paths.ts';
export { extensionUsers } from '../graph/names/extension-users.ts';
export { keptEqual } from '../graph/names/kept-equal.ts';
export { outsideTests } from '../graph/names/stray-columns.ts';
export { type AddedAgain, addedAgain } from '../graph/own-rows/added-again.ts';
export { carriedGrant } from '../graph/own-rows/carried-grant.ts';
export { type CarriedLogin, carriedLogins, type LoginColumn } from '../graph/own-rows/carried-logins.ts';
export { type ClientSetPrice, clientSetPrice } from '../graph/own-rows/client-set-price.ts';
export { madeBefore } from '../graph/own-rows/deleted-own.ts';
export { type FoundByAddress, foundByAddress } from '../graph/own-rows/found-by-address.ts';
export { type FreePlan, freePlan } from '../graph/own-rows/free-plan.ts';
export { type FreeRank, freeRank } from '../graph/own-rows/free-rank.ts';
export { type FreeReputation, freeReputation } from '../graph/own-rows/free-reputation.ts';
export {
  chosenStandings,
  decides,
  decidesAlone,
  enoughByDefault,
  freeEntitlements,
  freeStandings,
  helpedStandings,
  ownedStandings,
  standingsBeside,
} from '../graph/own-rows/free-standings.ts';
export { type FreeWeight, freeWeight } from '../graph/own-rows/free-weight.ts';
export { claimedOrEarned, grantedOneself } from '../graph/own-rows/granted-oneself.ts';
export { groupEntitlements } from '../graph/own-rows/group-entitlements.ts';
export { namedStandings } from '../graph/own-rows/named-standings.ts';
export { openStandings } from '../graph/own-rows/open-standings.ts';
export { type PublishedRows, publishedRows } from '../graph/own-rows/published-rows.ts';
export { type UnclaimedKey, unclaimedKey } from '../graph/own-rows/unclaimed-keys.ts';
export { type Absence, type BlindAbsence, blindAbsence } from '../graph/policies/blind-absences.ts';
export { type BlindOwnAbsence, blindOwnAbsence } from '../graph/policies/blind-own-absences.ts';
export { type BlindPolicy, blindPolicies, columnOfCaller } from '../graph/policies/blind-policies.ts';
export { type BlindProbe, blindProbe } from '../graph/policies/blind-probes.ts';
export { type CallerlessBranch, callerlessBranch } from '../graph/policies/callerless-branches.ts';
export { type ClaimedRows, claimedRows } from '../graph/policies/claimed-rows.ts';
export { type ClosedBeginning, closedBeginning } from '../graph/policies/closed-beginnings.ts';
export { type DeletesPastCheck, deletesPastCheck } from '../graph/policies/deletes-past-check.ts';
export { type EvadedGuard, evadedGuard } from '../graph/policies/evaded-guards.ts';
export { forAnonOnly } from '../graph/policies/for-anon-only.ts';
export { isForSignedIn } from '../graph/policies/for-signed-in.ts';
export { type ForgottenCondition, forgottenCondition } from '../graph/policies/forgotten-conditions.ts';
export { forgottenConstant } from '../graph/policies/forgotten-constants.ts';
export { type NullGuard, nullGuard } from '../graph/policies/null-guards.ts';
export { openedBySetNull } from '../graph/policies/opened-by-set-null.ts';
export { type OtherPlace, otherPlace } from '../graph/policies/other-places.ts';
export {
  admittingPolicies,
  clientsMeetingRows,
  isNamedForServiceRole,
  mayMeetRows,
  openTo,
  openToRoles,
  policyAudience,
} from '../graph/policies/policy-audience.ts';
export {
  admitsNothing,
  clausesOf,
  conditionsOf,
  decidingClause,
  isAlwaysTrue,
  restricts,
} from '../graph/policies/policy-clauses.ts';
export { bracketed, clauseText, withReplaced } from '../graph/policies/policy-text.ts';
export { provisionedBeside, provisionedWhole } from '../graph/policies/provisioned-rows.ts';
export { rowsProvisionedBy } from '../graph/policies/provisioning-triggers.ts';
export { type RankWithoutTenant, rankWithoutTenant } from '../graph/policies/rank-without-tenant.ts';
export { type RefusedReadBack, refusedReadBack } from '../graph/policies/refused-read-backs.ts';
export { seenThroughParent } from '../graph/policies/seen-through-parent.ts';
export { readsOnlyShownRows } from '../graph/policies/shown-rows.ts';
export { type StoredRowCheck, storedRowCheck } from '../graph/policies/stored-row-checks.ts';
export { takenPlace } from '../graph/policies/taken-places.ts';
export { columnsComparedWithCaller } from '../graph/policies/tenant-columns.ts';
export { type SharedScope, sharedScope, tenantScopes } from '../graph/policies/tenant-scope.ts';
export { type UnansweredTrigger, unansweredTrigger } from '../graph/policies/unanswered-triggers.ts';
export { isForUnheldRole, type UnheldRoles, unheldRoles } from '../graph/policies/unheld-roles.ts';
export { commandsOf } from '../graph/policies/unreached-policies.ts';
export { unscopedMembership } from '../graph/policies/unscoped-memberships.ts';
export { type UnseenBranch, unseenBranches } from '../graph/policies/unseen-branches.ts';
export { rolesBlindToNull } from '../graph/policies/unseen-rows.ts';
export { harmsOfUntied, type UntiedHarm } from '../graph/policies/untied-parent-harms.ts';
export { type UntiedParent, untiedParent } from '../graph/policies/untied-parents.ts';
export { widenedChecks } from '../graph/policies/widened-checks.ts';
export { areNewOnesKept, comesFromDefaults, isLeftToDefaults } from '../graph/privileges/default-grants.ts';
export { mayAnyColumn, mayColumn, mayTable } from '../graph/privileges/privilege-questions.ts';
export { letterOf } from '../graph/privileges/privileges.ts';
export { blockedSignUp } from '../graph/sign-up/blocked-sign-ups.ts';
export { bucketsAlone } from '../graph/storage/bucket-conditions.ts';
export { type ForeignFolder, foreignFolder } from '../graph/storage/foreign-folders.ts';
export { pathCasts } from '../graph/storage/path-casts.ts';
export { openPrivateBucket } from '../graph/storage/private-buckets.ts';
export { privateFiles } from '../graph/storage/private-files.ts';
export { isStorageObjects } from '../graph/storage/storage-objects.ts';
export { withArgument } from '../sql/call-arguments.ts';
