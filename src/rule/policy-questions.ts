// The shared questions about policies: whom they are for, what they admit, how they are written again; part of what index.ts exports.

export { decidersByAdded } from '../graph/caller/added-standings.ts';
export { type Standing, standingsIn } from '../graph/caller/caller-standing.ts';
export { isClosedToClients, isClosedToSignedOut } from '../graph/caller/closed-conditions.ts';
export { type DroppedScope, droppedScopes } from '../graph/caller/dropped-scopes.ts';
export {
  chosenStandings,
  decides,
  decidesAlone,
  enoughByDefault,
  freeEntitlements,
  freeStandings,
  helpedStandings,
  standingsBeside,
} from '../graph/caller/free-standings.ts';
export { type LooseScope, looseScope } from '../graph/caller/loose-scope.ts';
export { nobodysName } from '../graph/caller/nobodys-name.ts';
export { isForStandings, type RowScope, rowScope } from '../graph/caller/row-scope.ts';
export { branchOpenToNobody, isOpenToSignedIn, type Nobody } from '../graph/caller/signed-out.ts';
export { type AskedRank, ranksAlone } from '../graph/caller/standing-alone.ts';
export {
  askingAppMetadata,
  metadataReads,
  type UserMetadataUse,
  userMetadataUses,
  withAppMetadata,
} from '../graph/caller/user-metadata.ts';
export { type ClosedBefore, closedBefore } from '../graph/history/closed-before.ts';
export { type RevokedBefore, revokedBefore } from '../graph/history/revoked-before.ts';
export { isLastGranted } from '../graph/history/table-grants.ts';
export { type VoidColumnGrant, voidColumnGrants } from '../graph/history/void-column-grants.ts';
export { type VoidColumnRevoke, voidColumnRevokes } from '../graph/history/void-column-revokes.ts';
export { type VisibilityFlags, visibilityFlags } from '../graph/lexicon/visibility-flags.ts';
export {
  type Capture,
  capturedParameters,
  capturesIn,
  isCapturedElsewhere,
  subselectNamesRow,
} from '../graph/names/captured-columns.ts';
export { extensionUsers } from '../graph/names/extension-users.ts';
export { outsideTests } from '../graph/names/stray-columns.ts';
export { type AddedAgain, addedAgain } from '../graph/policies/added-again.ts';
export { type AwaitedDecision, awaitedDecisions } from '../graph/policies/awaited-decision.ts';
export { type Absence, type BlindAbsence, blindAbsence } from '../graph/policies/blind-absences.ts';
export { type BlindPolicy, blindPolicies, columnOfCaller } from '../graph/policies/blind-policies.ts';
export { bucketsAlone, isStorageObjects } from '../graph/policies/bucket-conditions.ts';
export { type CallerlessBranch, callerlessBranch } from '../graph/policies/callerless-branches.ts';
export { carriedGrant } from '../graph/policies/carried-grant.ts';
export { type ClaimedRows, claimedRows } from '../graph/policies/claimed-rows.ts';
export { type ClientSetPrice, clientSetPrice } from '../graph/policies/client-set-price.ts';
export { type DeletesPastCheck, deletesPastCheck } from '../graph/policies/deletes-past-check.ts';
export { type EvadedGuard, evadedGuard } from '../graph/policies/evaded-guards.ts';
export { forAnonOnly } from '../graph/policies/for-anon-only.ts';
export { isForSignedIn } from '../graph/policies/for-signed-in.ts';
export { type ForeignFolder, foreignFolder } from '../graph/policies/foreign-folders.ts';
export { type ForgedAuthor, forgedAuthor } from '../graph/policies/forged-authors.ts';
export { type ForgedConsent, forgedConsents } from '../graph/policies/forged-consent.ts';
export { type ForgottenCondition, forgottenCondition } from '../graph/policies/forgotten-conditions.ts';
export { type FreePlan, freePlan } from '../graph/policies/free-plan.ts';
export { type FreeRank, freeRank } from '../graph/policies/free-rank.ts';
export { type FreeReputation, freeReputation } from '../graph/policies/free-reputation.ts';
export { type FreeWeight, freeWeight } from '../graph/policies/free-weight.ts';
export { grantedOneself } from '../graph/policies/granted-oneself.ts';
export { groupEntitlements } from '../graph/policies/group-entitlements.ts';
export { type NullGuard, nullGuard } from '../graph/policies/null-guards.ts';
export { type OtherPlace, otherPlace } from '../graph/policies/other-places.ts';
export { pathCasts } from '../graph/policies/path-casts.ts';
export {
  admittingPolicies,
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
export { openPrivateBucket } from '../graph/policies/private-buckets.ts';
export { privateFiles } from '../graph/policies/private-files.ts';
export { provisionedBeside, provisionedWhole } from '../graph/policies/provisioned-rows.ts';
export { rowsProvisionedBy } from '../graph/policies/provisioning-triggers.ts';
export { type PublishedRows, publishedRows } from '../graph/policies/published-rows.ts';
export { type RefusedClaim, refusedClaim } from '../graph/policies/refused-claims.ts';
export { refusedEndings } from '../graph/policies/refused-endings.ts';
export { type RewrittenRow, rewrittenRow } from '../graph/policies/rewritten-rows.ts';
export { scanningHelper } from '../graph/policies/scanning-helpers.ts';
export { seenThroughParent } from '../graph/policies/seen-through-parent.ts';
export {
  type AuthorWrites,
  authorWrites,
  type ShowingColumn,
  showingColumns,
} from '../graph/policies/self-approval.ts';
export { sharedInvitation } from '../graph/policies/shared-invitations.ts';
export { type SkippedSteps, skippedSteps } from '../graph/policies/skipped-steps.ts';
export { columnsComparedWithCaller } from '../graph/policies/tenant-columns.ts';
export { isStampOfAuthor, type SharedScope, sharedScope, tenantScopes } from '../graph/policies/tenant-scope.ts';
export { type UnclaimedKey, unclaimedKey } from '../graph/policies/unclaimed-keys.ts';
export { type UndoneModeration, undoneModeration } from '../graph/policies/undone-moderation.ts';
export { commandsOf } from '../graph/policies/unreached-policies.ts';
export { type UnseenBranch, unseenBranches } from '../graph/policies/unseen-branches.ts';
export { rolesBlindToNull } from '../graph/policies/unseen-rows.ts';
export { harmsOfUntied, type UntiedHarm } from '../graph/policies/untied-parent-harms.ts';
export { type UntiedParent, untiedParent } from '../graph/policies/untied-parents.ts';
export { widenedChecks } from '../graph/policies/widened-checks.ts';
export { holdsUserId } from '../graph/policies/writer-columns.ts';
export { comesFromDefaults, isLeftToDefaults } from '../graph/privileges/default-grants.ts';
export { mayAnyColumn, mayColumn, mayTable } from '../graph/privileges/privilege-questions.ts';
export { letterOf } from '../graph/privileges/privileges.ts';
export { blockedSignUp } from '../graph/sign-up/blocked-sign-ups.ts';
export { withArgument } from '../sql/call-arguments.ts';
