import {
  andList,
  brief,
  clientsOf,
  defineRule,
  type EntityOf,
  isCalledAsCaller,
  isIdle,
  raw,
  type SchemaGraph,
  sql,
  type VoidExecuteRevoke,
  voidExecuteRevoke,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

/** A function that a REVOKE was to keep from its callers. */
interface StillOpen extends VoidExecuteRevoke {
  readonly routine: Routine;
}

export default defineRule({
  meta: {
    id: 'void-execute-revoke',
    category: 'security',
    severity: 'medium',
    summary: 'EXECUTE on a function is taken from a role that keeps it, as PUBLIC has it.',
    why: 'Every new function may be executed by PUBLIC, in which every role is. A REVOKE from anon or authenticated takes away what was granted to them by name, and nothing of what they have as part of PUBLIC: the function goes on being served under /rpc to whom it was to be kept from.',
    remedy: 'Revoke it from PUBLIC as well, and grant it to the roles that are to call it.',
    scope: [
      'A SECURITY DEFINER function that does something is told of by definer-function-callable-by-anon, which names the REVOKE.',
      'Not reported where a migration grants it to PUBLIC by name, where a policy, a view, a default or a function with its caller’s rights calls it, so that its roles need the right, and where a function with its caller’s rights only works out a value.',
      'Low for a function that does what it does with the rights of its caller.',
    ],
    messages: {
      kept: 'The REVOKE of EXECUTE on {{functions}} from {{roles}} takes nothing away: PUBLIC, in which every role is, still has it, and {{roles}} may call {{them}} through the API{{rights}}.',
    },
    restsOn: ['functions', 'privileges'],
    references: [
      'https://www.postgresql.org/docs/current/sql-revoke.html#SQL-REVOKE-NOTES',
      'https://www.postgresql.org/docs/current/ddl-priv.html#PRIVILEGES-SUMMARY-TABLE',
    ],
  },
  visit: {
    function(routine, { graph, statements, journal, settings, report }) {
      const openOf = (each: Routine): StillOpen | undefined => {
        const found = voidExecuteRevoke(graph, each, { statements, journal }, settings);
        return found === undefined || isSpared(graph, each) ? undefined : { ...found, routine: each };
      };
      const own = openOf(routine);
      if (own === undefined) return;
      // Whoever writes a file of them takes all of them for closed.
      const alike = graph
        .ofKind('function')
        .flatMap((each) => openOf(each) ?? [])
        .filter((each) => isAlike(each, own));
      if (alike[0]?.routine !== routine) return;
      const isDefiner = routine.security === 'definer';
      report({
        entity: routine,
        origin: { from: 'statement', at: own.by.at },
        message: 'kept',
        data: {
          functions: andList(
            alike.map((each) => brief(each.routine.name)),
            4,
          ),
          roles: clientsOf(own.callers),
          them: alike.length === 1 ? 'it' : 'them',
          rights: isDefiner ? '' : ', with their own rights, which is why this is low',
        },
        related: alike.slice(1).map(({ by }) => ({ note: 'here too', at: by.at })),
        ...(isDefiner ? {} : { severity: 'low' }),
        fix: {
          title: 'Take it from PUBLIC, and leave it to the others by name',
          safety: 'review',
          sql: alike.map((each) => takenFromPublic(graph, each, settings.clientRoles)).join('\n'),
        },
      });
    },
  },
});

/** The right is needed, nothing comes of it, or definer-function-callable-by-anon tells of it. */
function isSpared(graph: SchemaGraph, routine: Routine): boolean {
  const isDefiner = routine.security === 'definer';
  return isDefiner !== isIdle(graph, routine) || isCalledAsCaller(graph, routine);
}

/** In one file, from the same roles, with the same rights. */
function isAlike(one: StillOpen, other: StillOpen): boolean {
  const roles = ({ callers }: StillOpen) => callers.map(({ name }) => name).join();
  return (
    one.by.migration === other.by.migration &&
    roles(one) === roles(other) &&
    one.routine.security === other.routine.security
  );
}

/** Those keep it who had it as part of PUBLIC only, and from whom nobody took it. */
function takenFromPublic(graph: SchemaGraph, { routine, callers }: StillOpen, clientRoles: readonly string[]): string {
  const names = [...clientRoles.filter((each) => each !== 'public'), 'service_role'];
  const keeping = [...new Set(names)].filter((name) => {
    const role = graph.global('role', name);
    const isTaken = callers.some((each) => each.name === name);
    return role !== undefined && !isTaken && !routine.acl.some(({ grantee }) => grantee === role.id);
  });
  const name = raw(graph.path(routine));
  return [
    sql`revoke execute on function ${name} from public;`,
    ...(keeping.length > 0 ? [sql`grant execute on function ${name} to ${keeping};`] : []),
  ].join('\n');
}
