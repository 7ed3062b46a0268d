import {
  andList,
  asksCaller,
  type BoundExpression,
  brief,
  type CallerComparison,
  callerComparisons,
  clientsOf,
  columnsSetByTriggers,
  conditionsOf,
  type DroppedScope,
  defineRule,
  droppedScopes,
  type EntityId,
  type EntityOf,
  implies,
  isGuarded,
  isOpenToSignedIn,
  mayColumn,
  namesNothingOfRow,
  narrowerCheck,
  openTo,
  otherColumnsOnly,
  policiesFor,
  policyAudience,
  quoteIdentifier,
  ROW_COMMANDS,
  relationName,
  type SchemaGraph,
  storedRowCheck,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'policy-check-weaker-than-using',
    category: 'security',
    severity: 'high',
    summary: 'A policy picks rows by whose they are, but does not ask that of the rows it lets be written.',
    why: 'USING is about the row as it was, WITH CHECK about the row as it will be. Where WITH CHECK leaves out the comparison with the caller, a row can be given to somebody else or moved into another tenant, and under FOR ALL such a row can be added. A WITH CHECK that looks the row up by its key, can_edit(id), asks the same row twice: it comes before the new one is stored.',
    remedy:
      'Leave WITH CHECK out: USING then counts for the new row too. Or repeat in it what USING compares. Where the row is looked up by its key, compare the columns themselves in WITH CHECK, give the function their new values, or grant UPDATE of the other columns only; it is medium where the row can just be given to another user.',
    scope: [
      'Restrictive policies that hold the new row are taken into account.',
      'Where every SELECT policy of a role compares the same columns (but those for whom an UPDATE policy lets write anything), Postgres asks that of the new row as well, unless the UPDATE reads no column; it is low then.',
      'A WITH CHECK that asks for a role of the caller instead is not reported, unless it looks that up in the very table that gives the tenant of the caller in USING.',
    ],
    messages: {
      moved:
        'The policy {{policy}} lets {{roles}} set {{columns}} of {{table}} rows to any value: USING compares it with the caller, WITH CHECK does not.{{instead}}',
      added:
        'The policy {{policy}} lets {{roles}} add {{table}} rows with any {{columns}}: USING compares it with the caller, WITH CHECK does not.{{instead}}',
      stored:
        'The policy {{policy}} lets {{roles}} set {{columns}} of {{table}} rows to any value: what it asks of the new row, {{asked}}, looks the row up by its key and meets it as it was before the UPDATE.',
      held: 'Only the SELECT policies of {{table}} keep {{roles}} from setting {{columns}} to any value, and not in an UPDATE without WHERE: the WITH CHECK of {{policy}} does not compare it with the caller.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['pgrls:SEC020', 'pgrls:SEC040'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const { using, check } = policy;
      if (!policy.isPermissive || using === null) return;
      if (policy.command !== 'update' && policy.command !== 'all') return;
      if (check === null) return tellOfStored();
      const owned = droppedColumns(graph, using, check);
      const scopes = owned.length > 0 ? [] : droppedScopes(graph, using, check);
      const dropped = owned.length > 0 ? owned : [...new Set(scopes.map(({ column }) => column))];
      // What is always true is write-policy-always-true's.
      if (openTo(graph, policy, ROW_COMMANDS, settings.clientRoles).length > 0) return;
      if (dropped.length === 0) return tellOfStored();
      const table = graph.get('table', policy.table);
      const access = policyAudience(graph, policy, settings.clientRoles);
      const adding = access.filter((each) => each.commands.includes('insert') && isFree('insert', each.role, dropped));
      const moving = access.filter((each) => each.commands.includes('update') && isFree('update', each.role, dropped));
      const open = moving.filter(({ role }) => !isSeenOnlyInScope(role, dropped));
      const affected = open.length > 0 ? open : adding.length > 0 ? adding : moving;
      if (affected.length === 0) return;
      const about = {
        entity: policy,
        ...(check.at === undefined ? {} : { origin: { from: 'statement', at: check.at } as const }),
        data: {
          policy: quoteIdentifier(policy.name),
          roles: clientsOf(affected),
          columns: andList(graph.columnNames(dropped).map(quoteIdentifier)),
          table: brief(table.name),
          instead: insteadOf(graph, scopes),
        },
        ...(scopes.length === 0 ? {} : { confidence: 'likely' as const }),
        fix: () => narrowerCheck(graph, policy, using, 'Ask of the new row what USING asks of the old one'),
      };
      if (affected === open) report({ ...about, message: 'moved' });
      else if (affected === adding) report({ ...about, message: 'added' });
      else report({ ...about, message: 'held', severity: 'low' });

      /** Of what the check finds in the stored row the new one may say anything. */
      function tellOfStored(): void {
        const stored = storedRowCheck(graph, policy);
        if (stored === undefined) return;
        const table = graph.get('table', policy.table);
        const columns = stored.columns.filter((each) => !isGuarded(graph, table, each, 'update'));
        const ids = columns.map(({ id }) => id);
        const access = policyAudience(graph, policy, settings.clientRoles).filter(
          ({ role, commands }) =>
            commands.includes('update') && isFree('update', role, ids) && !isSeenOnlyInScope(role, ids),
        );
        if (columns.length === 0 || access.length === 0) return;
        const { clause, helper, isUser } = stored;
        report({
          entity: policy,
          ...(clause.at === undefined ? {} : { origin: { from: 'statement', at: clause.at } as const }),
          message: 'stored',
          severity: isUser ? 'medium' : 'high',
          data: {
            policy: quoteIdentifier(policy.name),
            roles: clientsOf(access),
            columns: andList(columns.map(({ name }) => quoteIdentifier(name))),
            table: brief(table.name),
            asked: helper === undefined ? 'a subselect' : `${brief(helper.name)}()`,
          },
          fix: () => {
            const write = { command: 'update', access, isSole: true } as const;
            return otherColumnsOnly(graph, policy, write, columns, settings.clientRoles);
          },
        });
      }

      /** The role may set one of the columns, no trigger sets it afterwards, no restrictive policy compares it. */
      function isFree(
        command: 'insert' | 'update',
        role: Policy['roles'][number],
        dropped: readonly EntityId[],
      ): boolean {
        const table = graph.get('table', policy.table);
        const { sets } = columnsSetByTriggers(graph, table.id, command);
        const letter = command === 'insert' ? 'a' : 'w';
        const free = dropped.filter(
          (id) => !sets.some(({ column }) => column === id) && mayColumn(graph, role, graph.get('column', id), letter),
        );
        const restrictive = policiesFor(graph, table, command, role).filter((each) => !each.isPermissive);
        return free.length > 0 && !restrictive.some((each) => compares(graph, each.check ?? each.using, dropped));
      }

      function isSeenOnlyInScope(role: Policy['roles'][number], dropped: readonly EntityId[]): boolean {
        const table = graph.get('table', policy.table);
        const readable = policiesFor(graph, table, 'select', role);
        if (readable.some((each) => !each.isPermissive && compares(graph, each.using, dropped))) return true;
        const updating = policiesFor(graph, table, 'update', role).filter((each) => each.isPermissive);
        const permissive = readable.filter(
          (each) => each.isPermissive && !updating.some((one) => letsWriteAny(one, each)),
        );
        return permissive.length > 0 && permissive.every((each) => compares(graph, each.using, dropped));
      }
    },
  },
});

/** Does the one policy let whoever sees rows by the other write any value into them (is_admin() in both)? It is not by this policy then. */
function letsWriteAny({ using, check }: Policy, reading: Policy): boolean {
  const written = check ?? using;
  if (using === null || written === null || reading.using === null) return false;
  return namesNothingOfRow(written) && implies(reading.using, using) && implies(reading.using, written);
}

/** The columns of the conditions of USING of which WITH CHECK keeps none. */
function droppedColumns(graph: SchemaGraph, using: BoundExpression, check: BoundExpression): readonly EntityId[] {
  const kept = columnsOf(callerComparisons(graph, check));
  // A check that asks for a role of the caller (is_admin()) lets fewer write, if in another way.
  if (kept.size === 0 && asksCaller(graph, check.tree, check) && !isOpenToSignedIn(check)) return [];
  const conditions = conditionsOf(using).map((each) => columnsOf(callerComparisons(graph, each)));
  const dropped = conditions.filter((each) => ![...each].some((column) => kept.has(column)));
  return [...new Set(dropped.flatMap((each) => [...each]))];
}

function insteadOf(graph: SchemaGraph, [scope]: readonly DroppedScope[]): string {
  if (scope === undefined) return '';
  return ` What it asks of the caller instead, also in ${relationName(graph, scope.table)}, says nothing of the row that is written.`;
}

function columnsOf(comparisons: readonly CallerComparison[]): ReadonlySet<EntityId> {
  return new Set(comparisons.map(({ column }) => column));
}

function compares(graph: SchemaGraph, clause: BoundExpression | null, columns: readonly EntityId[]): boolean {
  if (clause === null) return false;
  const compared = columnsOf(callerComparisons(graph, clause));
  return columns.every((each) => compared.has(each));
}
