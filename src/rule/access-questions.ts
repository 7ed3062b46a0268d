// Who may reach what, past which protection: the shared questions of security rules; part of what index.ts exports.
export { type ApiCaller, apiCallers, isTriggerFunction } from '../graph/api-calls.ts';
export { filtersByCaller } from '../graph/caller/caller-filter.ts';
export { type ClientRelation, clientGrantees } from '../graph/client-access.ts';
export { isInlinable } from '../graph/inlinable.ts';
export { type NamedGrants, namedGrants } from '../graph/named-grants.ts';
export { mayReadEveryRow } from '../graph/open-reading.ts';
export { type OwnerRead, ownerReads } from '../graph/owner-reads.ts';
export { isUnderRowSecurity, mayColumn } from '../graph/privilege-questions.ts';
export { isCalledAsCaller } from '../graph/query-shapes/caller-uses.ts';
export { type RoutineDeeds, routineDeeds } from '../graph/query-shapes/routine-deeds.ts';
export { testedVariables } from '../graph/query-shapes/tested-variables.ts';
export { keptSealed } from '../graph/sealed-column.ts';
export { childrenOf, isWithoutRowSecurity, parentTables, securedAncestor } from '../graph/table-ancestors.ts';
export { updatableTable } from '../graph/updatable-view.ts';
export { refusedChanges } from '../graph/write-guards.ts';
export { clientsOf, commandsText } from './client-prose.ts';
export { deedsOf, withBodyPlace } from './deeds.ts';
export { revokeFromClients } from './revoke.ts';
