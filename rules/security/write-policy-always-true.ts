// Long because an open policy is told by what it opens: rows, a form that everybody may fill in, a whole bucket, or what a trigger writes then.
import {
  type AuditSettings,
  admittingPolicies,
  andList,
  anotherAt,
  asksCaller,
  type BucketsAlike,
  brief,
  bucketsAlike,
  bucketsAlikeText,
  type ClientAccess,
  checkAsUsing,
  clientsOf,
  commandsText,
  defineRule,
  type EntityOf,
  type Fix,
  failsByTrigger,
  failsToday,
  givenToServiceRole,
  isOpenForm,
  letInByRows,
  type OpenPolicy,
  openPolicy,
  ownersColumn,
  policiesLet,
  provisionedWhole,
  quoteIdentifier,
  type RowCommand,
  refusedToday,
  type SchemaGraph,
  type SentChange,
  seesEveryRow,
  sentChanges,
  sentChangesText,
  sql,
  tableOrLog,
  takesOver,
  tyingWrite,
  usersColumn,
  usingAsCheck,
  widenedChecks,
  withPersonal,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'write-policy-always-true',
    category: 'security',
    severity: 'critical',
    summary: 'A permissive policy lets client roles write any row.',
    why: 'Permissive policies are joined by OR: one that is always true makes all others for the command pointless. Whoever has the public key of the app, or an account, can then change or delete what belongs to everybody else, or, where only INSERT is open, add what they like.',
    remedy:
      'Say whose rows may be written, by a comparison with the caller. What is meant for the service key needs no policy at all: service_role bypasses row security.',
    scope: [
      'For UPDATE, DELETE and ALL it is USING that picks the rows; a clause that is missing admits nothing and is not reported here.',
      'A policy for UPDATE or DELETE alone opens only what the SELECT policies show, as soon as a WHERE reads a column: it is high where those ask who calls.',
      'Adding rows only is high, and medium where the clause asks that somebody is signed in, unless other policies go by a column that says whose a row is: then anybody writes in the name of others; it is critical where policies of other tables let in whoever has such a row (a membership, a rank), and where anon adds what a SECURITY DEFINER trigger writes into rows of other tables that the new row names; it is low for what anybody is to send by a form (contact_messages, newsletter, a comment right above that says anyone may sign up) and no client reads; it is medium, too, where a trigger makes all rows that there can be (a profile for each user).',
      'The policies that open a table to the same clients are one finding.',
      'Of storage.objects, a policy that asks for nothing but the bucket is critical where anon may change or remove objects by it, high where anon may add them (medium where it limits the names by a pattern), medium where everybody who is signed in may change or remove those of others; what the SELECT policies do not show can be neither changed nor removed.',
    ],
    messages: {
      bucket:
        '{{policies}} {{roles}} {{commands}} every object of the {{buckets}}: {{asks}} for nothing but the bucket.',
      bucketNamed:
        '{{policies}} {{roles}} add objects to the {{buckets}} where {{names}}, as anybody can name them: {{asks}} for nothing of the caller.',
      bucketInsert:
        '{{policies}} {{roles}} add objects to the {{buckets}}, whatever they are called: {{asks}} for nothing but the bucket.',
      write:
        '{{policies}} {{roles}} {{commands}} every row of {{table}}{{among}}: {{clause}}.{{taken}}{{letIn}}{{today}}',
      shown:
        '{{policies}} {{roles}} {{commands}} every row of {{table}} that they can see{{adding}}: {{clause}}.{{taken}} A statement with a WHERE meets {{rows}}.{{letIn}}',
      insertAs:
        '{{policies}} {{roles}} add {{table}} rows of any content with any {{column}}, by which other policies of {{table}} tell whose a row is: {{clause}}.{{touched}}{{letIn}}{{today}}',
      insertBeside:
        '{{policies}} {{roles}} add rows of any content to {{table}}: {{clause}}. Beside each row that the trigger {{trigger}} has made that fails on the key (23505), which is why this is medium; it passes where such a row was deleted.',
      form: '{{policies}} {{roles}} add rows of any content to {{table}}: {{clause}}. That is what such a form is for, which is why this is low. How long a row may be only CHECKs limit, and how many one sender adds nothing here does.{{today}}',
      insert:
        '{{policies}} {{roles}} add rows of any content to {{table}}{{shown}}: {{clause}}.{{touched}}{{letIn}}{{today}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['splinter:0024'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, texts, report }) {
      const buckets = bucketsAlike(graph, policy, settings.clientRoles);
      if (buckets !== undefined) return reportBuckets(buckets);
      const table = graph.get('table', policy.table);
      const opening = openWriting(graph, policy, settings);
      if (opening === undefined) return;
      // One mended alone leaves the others as they are.
      const alike = openedAlike(graph, table, opening, settings);
      if (alike[0]?.policy !== policy) return;
      const policies = alike.map((each) => each.policy);
      const access = joined(alike);
      const related = alike
        .slice(1)
        .flatMap((each) => anotherAt(each.policy, `lets them ${commandsText(each.written)} as well`));
      const serviceFix = givenToServiceRole(policies, table, settings);
      const written = new Set<RowCommand>(alike.flatMap((each) => [...each.written]));
      const isTaking = takesOver(graph, policies);
      const ownFix = isInsertOnly(written)
        ? usingAsCheck(graph, policies)
        : isTaking
          ? checkAsUsing(graph, policy)
          : undefined;
      const fix = serviceFix ?? ownFix;
      const about = { entity: policy, related, ...(fix === undefined ? {} : { fix }) };
      const data = {
        policies: policiesLet(policies),
        roles: clientsOf(access),
        table: brief(table.name),
        clause: clauseOf(alike),
      };
      if (isInsertOnly(written)) {
        const sent = access.flatMap((each) => sentChanges(graph, table, each).map((change) => ({ ...each, change })));
        const changes = [...new Map(sent.map(({ change }) => [keyOf(change), change])).values()];
        const touched = widenedText(widenedChecks(graph, table, policies, access)) + sentChangesText(changes);
        const { text: letIn, isLetIn } = letInByRows(graph, table, access, ['insert'], settings.clientRoles);
        const isWorst = isLetIn || sent.some(({ name, change }) => name === 'anon' && change.isFindable);
        const trigger = provisionedWhole(graph, table);
        if (trigger !== undefined) {
          const made = { ...data, trigger: quoteIdentifier(trigger.name) };
          report({ ...about, message: 'insertBeside', data: made, severity: 'medium' });
          return;
        }
        const owner = ownersColumn(graph, table);
        if (owner !== undefined && serviceFix === undefined) {
          const column = quoteIdentifier(owner.name);
          const tying = policies.length === 1 ? tyingFix(policies[0], table, owner, access) : undefined;
          const more = tying === undefined ? {} : { fix: tying };
          const { roles, today } = meeting(graph, table, access, settings, owner);
          const severity = today !== '' ? 'medium' : isWorst ? 'critical' : 'high';
          report({
            ...about,
            ...more,
            message: 'insertAs',
            data: { ...data, roles, column, touched, letIn, today },
            severity,
          });
          return;
        }
        const { roles, today } = meeting(graph, table, access, settings);
        if (
          !isLetIn &&
          touched === '' &&
          serviceFix === undefined &&
          isOpenForm(graph, table, policies, access, texts)
        ) {
          report({ ...about, message: 'form', data: { ...data, roles, today }, severity: 'low' });
          return;
        }
        // Whoever asks that somebody is signed in has thought of who may add rows.
        const isOpen = today === '' && (changes.length > 0 || alike.some(({ holds }) => holds === 'is always true'));
        const rest = touched === '' ? ' Rows that are there already it does not touch.' : touched;
        const adding = { ...data, roles, shown: readersOf(graph, table), touched: rest, letIn, today };
        const worst = isWorst && today === '' ? 'critical' : 'high';
        report({ ...about, message: 'insert', data: adding, severity: isOpen || isLetIn ? worst : 'medium' });
        return;
      }
      // For audit-log-mutable, which leaves such policies to this rule.
      const taken = isTaking
        ? ' Its WITH CHECK asks only what a row is afterwards: they take over those of others by making them their own.'
        : '';
      const writing = { ...data, table: tableOrLog(graph, table), taken };
      // A statement that reads a column (WHERE, RETURNING) meets what the SELECT policies let through (docs, CREATE POLICY).
      const seeing = access.filter((each) => written.has('select') || seesEveryRow(graph, each, table) !== false);
      if (seeing.length > 0) {
        const today = failsToday(graph, table, seeing, settings.clientRoles);
        // Where others let them read, read-policy-always-true says what.
        const { text: letIn } = letInByRows(graph, table, seeing, ['update', 'insert'], settings.clientRoles);
        const among = written.has('select') ? withPersonal(graph, table, seeing) : '';
        const seen = { ...writing, commands: commandsText(written), roles: clientsOf(seeing), among, letIn, today };
        report({ ...about, message: 'write', data: seen, ...(today === '' ? {} : { severity: 'high' as const }) });
        return;
      }
      const showing = access.flatMap((each) => admittingPolicies(graph, table, 'select', each));
      const isOwn = showing.every(({ using }) => using !== null && asksCaller(graph, using.tree, using));
      const rows =
        showing.length > 0 ? 'only what the SELECT policies show' : 'none, as no SELECT policy shows them any';
      const commands = commandsText([...written].filter((each) => each !== 'insert'));
      const adding = written.has('insert') ? ', and add rows of any content' : '';
      // What is added and fails on a key, or changed and not shown, lets nobody in.
      const gaining = [
        ...(written.has('insert') && provisionedWhole(graph, table) === undefined ? (['insert'] as const) : []),
        ...(written.has('update') && showing.length > 0 ? (['update'] as const) : []),
      ];
      const letIn = letInByRows(graph, table, access, gaining, settings.clientRoles);
      report({
        ...about,
        message: 'shown',
        data: { ...writing, commands, adding, rows, letIn: letIn.text },
        severity: isOwn && !letIn.isLetIn ? 'high' : 'critical',
      });

      /** Policies that do the same to several buckets are one habit. */
      function reportBuckets({ policies, buckets, names, access, severity }: BucketsAlike): void {
        const [first] = policies;
        if (first !== policy) return;
        const { data, related } = bucketsAlikeText(policies, access, buckets);
        const about = { entity: policy, related, severity };
        if (names.length > 0) {
          report({ ...about, message: 'bucketNamed', data: { ...data, names: andList(names, 3) } });
          return;
        }
        const commands = commandsText(access.flatMap((each) => each.commands));
        if (severity === 'high') report({ ...about, message: 'bucketInsert', data });
        else report({ ...about, message: 'bucket', data: { ...data, commands } });
      }
    },
  },
});

interface OpenWriting extends OpenPolicy {
  readonly policy: Policy;
  readonly written: ReadonlySet<RowCommand>;
}

/** Whom the policy lets write any row, and what else it lets them do. */
function openWriting(graph: SchemaGraph, policy: Policy, settings: AuditSettings): OpenWriting | undefined {
  const { access: open = [], holds = '' } = openPolicy(graph, policy, settings) ?? {};
  const access = open.filter(({ commands }) => commands.some((each) => each !== 'select'));
  if (access.length === 0) return undefined;
  return { policy, access, holds, written: new Set(access.flatMap(({ commands }) => commands)) };
}

/** The policies of the table that open it to the same clients, the first one first. */
function openedAlike(
  graph: SchemaGraph,
  table: Table,
  { access }: OpenWriting,
  settings: AuditSettings,
): readonly OpenWriting[] {
  return graph
    .ownedBy(table.id, 'policy')
    .flatMap((each) => openWriting(graph, each, settings) ?? [])
    .filter((each) => clientsOf(each.access) === clientsOf(access))
    .sort((a, b) => a.policy.id - b.policy.id);
}

/** What several policies let each client do. */
function joined(policies: readonly OpenWriting[]): readonly ClientAccess[] {
  const [first, ...others] = policies;
  return (first?.access ?? []).map((each) => {
    const same = others.flatMap(({ access }) => access.filter(({ name }) => name === each.name));
    return { ...each, commands: [...new Set([each, ...same].flatMap(({ commands }) => commands))] };
  });
}

/**
 * Those whose INSERT no row of a trigger's makes fail, or makes fail unless the column is the caller; where there are none, all, and why it does not work
 * today.
 */
function meeting(
  graph: SchemaGraph,
  table: Table,
  access: readonly ClientAccess[],
  { clientRoles }: AuditSettings,
  owner?: EntityOf<'column'>,
): { readonly roles: string; readonly today: string } {
  const kept = access.map((each) => {
    const refused = failsByTrigger(graph, table, 'insert', each, clientRoles)?.written;
    return refused ?? (owner === undefined ? undefined : tyingWrite(graph, table, owner, each));
  });
  const passing = access.filter((_, at) => kept[at] === undefined);
  const [first] = kept;
  if (passing.length > 0 || first === undefined) return { roles: clientsOf(passing), today: '' };
  return { roles: clientsOf(access), today: refusedToday(first) };
}

/** Several clients do the same by one trigger. */
function keyOf({ trigger, changed, kind }: SentChange): string {
  return [trigger.id, changed.id, kind].join(' ');
}

function widenedText(widened: readonly Policy[]): string {
  if (widened.length === 0) return '';
  const names = andList(
    widened.map(({ name }) => quoteIdentifier(name)),
    3,
  );
  const isOne = widened.length === 1;
  return ` As checks are joined by OR, that of ${names} ${isOne ? 'holds' : 'hold'} nobody either: a row that ${isOne ? 'it lets' : 'they let'} somebody change may be given any values.`;
}

function isInsertOnly(written: ReadonlySet<RowCommand>): boolean {
  return [...written].every((each) => each === 'insert');
}

/** `its USING is always true`, `the USING of each is always true`. */
function clauseOf(policies: readonly OpenWriting[]): string {
  const names = policies.map(({ policy, written }) =>
    isInsertOnly(written) && policy.check !== null ? 'WITH CHECK' : 'USING',
  );
  const [first] = policies;
  if (policies.length === 1) return `its ${names[0]} ${first?.holds}`;
  const holds = policies.every((each) => each.holds === first?.holds) ? first?.holds : 'is true for them';
  return `the ${[...new Set(names)].sort().join(' or ')} of each ${holds}`;
}

/** Of rows that nobody changes, what is known is whom they are shown to. */
function readersOf(graph: SchemaGraph, table: Table): string {
  const column = usersColumn(graph, table, (command) => command === 'select');
  if (column === undefined) return '';
  return `, whichever ${quoteIdentifier(column.name)} they put in, by which the SELECT policies say whom a row is shown to`;
}

/** Only where everybody of the policy has an account. */
function tyingFix(
  policy: Policy | undefined,
  { name }: Table,
  column: EntityOf<'column'>,
  access: readonly ClientAccess[],
): Fix | undefined {
  if (policy?.command !== 'insert' || access.some((each) => each.name !== 'authenticated')) return undefined;
  return {
    title: `Let everybody add rows of their own only (${quoteIdentifier(column.name)})`,
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${name}\n  with check ((select auth.uid()) = ${column.name});`,
  };
}
