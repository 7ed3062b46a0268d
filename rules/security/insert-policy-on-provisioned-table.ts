import {
  admittingPolicies,
  brief,
  clientsOf,
  columnsSetByTriggers,
  commentsOf,
  defineRule,
  type EntityId,
  type EntityOf,
  freeStandings,
  isCurrentTime,
  madeBefore,
  type Origin,
  ownRowWrites,
  policyAudience,
  provisionedBeside,
  quoteIdentifier,
  relatedAt,
  rowOf,
  type SchemaGraph,
  sql,
  standingsBeside,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'insert-policy-on-provisioned-table',
    category: 'security',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'Rows are made by a trigger on their parent, yet a policy lets clients add them as well.',
    why: 'There is one row for each parent, and the trigger has made it. An INSERT of a client then fails on the key, or, where the trigger did not run or the row was deleted (which a DELETE policy lets users do), makes the row with whatever role, plan or balance the client writes into it.',
    remedy:
      'Drop the INSERT policy; clients change what the trigger made by an UPDATE policy. Keep it where the app relies on upsert, which needs it even for rows that are there; a comment in its file that says so is enough not to report it.',
    messages: {
      both: 'The trigger {{trigger}} makes {{row}} for each {{parent}} row, yet the policy {{policy}} lets {{roles}} add {{table}} rows too, with contents of their own: that fails on the key (23505) as long as the row of the trigger is there, and only an upsert needs it.',
      again:
        'The trigger {{trigger}} makes {{row}} for each {{parent}} row, yet the policy {{policy}} lets {{roles}} add {{table}} rows too, with contents of their own: they may delete the row of the trigger ({{deletion}}) and add it again with whatever an UPDATE does not leave to them. Only an upsert needs it.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions'],
    references: ['https://supabase.com/docs/guides/auth/managing-user-data#using-triggers'],
  },
  visit: {
    policy(policy, { graph, settings, texts, report }) {
      const provisioned = provisionedBeside(graph, policy, settings.clientRoles);
      // The whole file is looked through: only for the few that it matters to.
      if (provisioned === undefined || isForUpsert(policy.origin, texts)) return;
      const table = graph.get('table', policy.table);
      const access = policyAudience(graph, policy, settings.clientRoles);
      const { trigger } = provisioned;
      const again = addedAnew(graph, policy, settings.clientRoles);
      // self-granted-access tells what they make of the row, and closes it.
      if (again?.isTold === true) return;
      const hasOthers = graph.ownedBy(table.id, 'policy').length > 1;
      const beside = new Set(access.flatMap((each) => admittingPolicies(graph, table, 'insert', each)));
      beside.delete(policy);
      const data = {
        policy: quoteIdentifier(policy.name),
        table: brief(table.name),
        row: rowOf(brief(table.name)),
        parent: nameOf(trigger.relation),
        trigger: quoteIdentifier(trigger.name),
        roles: clientsOf(access),
      };
      const message =
        again?.isMore !== true
          ? { message: 'both' as const, data }
          : {
              message: 'again' as const,
              data: { ...data, deletion: `the policy ${quoteIdentifier(again.deletedBy.name)} lets them` },
            };
      report({
        entity: policy,
        ...message,
        related: [
          ...relatedAt(trigger, `trigger ${quoteIdentifier(trigger.name)}`),
          ...[...beside].flatMap((each) =>
            relatedAt(each, `the policy ${quoteIdentifier(each.name)} lets them add rows as well`),
          ),
        ],
        ...(hasOthers && beside.size === 0
          ? {
              fix: {
                title: 'Leave making rows to the trigger (not where the app upserts them)',
                safety: 'review',
                sql: sql`drop policy ${policy.name} on ${table.name};`,
              },
            }
          : {}),
      });

      function nameOf(relation: EntityId): string {
        const parent = graph.find(relation) as EntityOf<'table'> | undefined;
        return parent === undefined ? 'parent' : brief(parent.name);
      }
    },
  },
});

/** Where users may delete the row of the trigger and add it again: with more than an UPDATE leaves to them, and with what policies decide by? */
function addedAnew(graph: SchemaGraph, policy: EntityOf<'policy'>, clientRoles: readonly string[]) {
  const table = graph.get('table', policy.table);
  const write = ownRowWrites(graph, policy, clientRoles).find(({ command }) => command === 'insert');
  const deletedBy = write === undefined ? undefined : madeBefore(graph, table, write)?.deletedBy;
  if (write === undefined || deletedBy === undefined) return undefined;
  const updates = graph
    .ownedBy(table.id, 'policy')
    .flatMap((each) => ownRowWrites(graph, each, clientRoles).filter(({ command }) => command === 'update'));
  // When a row was changed gives nobody anything, though a trigger says it of each UPDATE.
  const clocks = new Set(
    columnsSetByTriggers(graph, table.id, 'update').sets.flatMap(({ column, assignment }) =>
      assignment?.value && isCurrentTime(assignment.value.tree) ? [column] : [],
    ),
  );
  const isMore = graph
    .columns(table.id)
    .filter(({ id }) => !clocks.has(id))
    .some((each) => write.leavesFree(each) && !updates.some((update) => update.leavesFree(each)));
  const standings = standingsBeside(graph, policy, clientRoles);
  return { deletedBy, isMore, isTold: freeStandings(graph, table, write, standings, clientRoles).length > 0 };
}

/** A comment in the file that makes it says that the app upserts. */
function isForUpsert(origin: Origin, texts: ReadonlyMap<string, string>): boolean {
  if (origin.from !== 'statement') return false;
  const text = texts.get(origin.at.file) ?? '';
  return UPSERT.test(text) && commentsOf(text).some((comment) => UPSERT.test(comment.text));
}

const UPSERT = /upsert|on conflict/i;
