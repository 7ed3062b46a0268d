import type { EntityOf } from '../entities/index.ts';
import type { History, Statement } from '../journal.ts';
import { type ApiCaller, apiCallers } from '../privileges/api-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { namedGrants } from './named-grants.ts';

/** EXECUTE taken from roles that call the function all the same, as PUBLIC still holds it and every role is in PUBLIC. */
export interface VoidExecuteRevoke {
  readonly callers: readonly ApiCaller[];
  /** The last of them. */
  readonly by: Statement;
}

/**
 * `revoking SELECT from a user might not prevent that user from using SELECT if PUBLIC or another membership role still has SELECT rights` (docs,
 * REVOKE), and PUBLIC has EXECUTE on every new function. Only what can be called through the API; not where the history grants it to PUBLIC by name, or to the role behind the REVOKE.
 */
export function voidExecuteRevoke(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  history: History,
  settings: Parameters<typeof apiCallers>[2],
): VoidExecuteRevoke | undefined {
  if (!routine.acl.some(({ grantee }) => grantee === 'public')) return undefined;
  const { granted, revoked } = namedGrants(history, routine);
  if (revoked.size === 0 || granted.has('public')) return undefined;
  const holdsItself = ({ role }: ApiCaller) => routine.acl.some(({ grantee }) => grantee === role);
  const callers = apiCallers(graph, routine, settings).filter((each) => revoked.has(each.name) && !holdsItself(each));
  const by = callers.flatMap(({ name }) => revoked.get(name) ?? []).sort((a, b) => b.index - a.index)[0];
  return by === undefined ? undefined : { callers, by };
}
