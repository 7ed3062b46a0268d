import {
  andList,
  bornBy,
  brief,
  type Change,
  commandsText,
  defineRule,
  type EntityOf,
  type Fix,
  type Outvote,
  openBucket,
  openBucketSeverity,
  openPolicy,
  outvotesOf,
  quoteIdentifier,
  relatedAt,
  type SchemaGraph,
  type Severity,
  sql,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'outvoted-policy',
    category: 'security',
    severity: 'high',
    summary: 'A policy asks for something in vain: another one lets the same users do the same without it.',
    why: 'Permissive policies are joined by OR. A narrower one added beside a wider one takes nothing away: who does not meet what it asks for is let in by the other. Mostly the wider one was to be dropped, by a name that is not quite its own.',
    remedy:
      'Drop the wider policy, or make the narrower one restrictive (AS RESTRICTIVE), so that both have to be met. Where the wider one is meant, drop the narrower: it only says what is not so.',
    scope: [
      'Compared are the conditions that AND and OR connect, and what EXISTS and IN ask of the row they look for.',
      "A longer list in the wider one (role in (owner, editor) beside role = owner) is somebody's decision: it is reported only where the narrower policy came in a later file, for the same command, and in place of all that the wider one lets through.",
      'Policies that are always true are not reported here (read-policy-always-true, write-policy-always-true), nor what every signed-in user meets.',
    ],
    messages: {
      write:
        '{{policy}} asks for {{asked}} in vain: {{by}} lets the same users {{commands}} the same {{table}} rows without it.',
      read: '{{policy}} asks for {{asked}} in vain: {{by}} lets the same users read the same {{table}} rows without it, which is why this is {{severity}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, journal, settings, report }) {
      const [outvote] = outvotesOf(graph, policy, settings.clientRoles).filter(
        (each) => !isTold(each.by) && !isWider(journal, policy, each),
      );
      if (outvote === undefined) return;
      const { by, commands } = outvote;
      const isWriting = commands.some((each) => each !== 'select');
      const severity: Severity = isWriting
        ? outvote.asksCaller
          ? 'high'
          : 'medium'
        : outvote.asksCaller
          ? 'medium'
          : 'low';
      const data = {
        policy: `The policy ${quoteIdentifier(policy.name)}`,
        by: `the policy ${quoteIdentifier(by.name)}`,
        asked: andList(outvote.asked.map(shown), 2),
        table: brief(graph.get('table', policy.table).name),
      };
      const about = {
        entity: policy,
        severity,
        related: relatedAt(by, 'lets them do so'),
        fix: () => fixFor(graph, journal, policy, outvote),
      };
      if (isWriting) report({ ...about, message: 'write', data: { ...data, commands: commandsText(commands) } });
      else report({ ...about, message: 'read', data: { ...data, severity } });

      /** What asks for nothing is write-policy-always-true's or read-policy-always-true's. */
      function isTold(by: Policy): boolean {
        const bucket = openBucket(graph, by, settings.clientRoles);
        return (
          openPolicy(graph, by, settings) !== undefined ||
          (bucket !== undefined && openBucketSeverity(bucket) !== undefined)
        );
      }
    },
  },
});

const MOST_SHOWN = 90;

function shown({ text }: { readonly text: string }): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN - 1)}…` : line;
}

/** Has the other one more values of one list, as somebody may want it: no newer one of another file was to take its place? */
function isWider(journal: readonly Change[], policy: Policy, { by, isOfList, isReplaced }: Outvote): boolean {
  if (!isOfList) return false;
  const [made, before] = [bornBy(journal, policy.id), bornBy(journal, by.id)];
  if (made === undefined || before === undefined) return true;
  return !isReplaced || by.command !== policy.command || made.migration.index <= before.migration.index;
}

/** The newer one was to take its place, does the same commands, and leaves nobody without a whole kind of rows. */
function fixFor(
  graph: SchemaGraph,
  journal: readonly Change[],
  policy: Policy,
  { by, isReplaced }: Outvote,
): Fix | undefined {
  if (!isReplaced) return undefined;
  const [made, before] = [bornBy(journal, policy.id), bornBy(journal, by.id)];
  if (made === undefined || before === undefined || before.index > made.index || by.command !== policy.command)
    return undefined;
  return {
    title: `Drop ${quoteIdentifier(by.name)}, in whose place ${quoteIdentifier(policy.name)} came (what only the wider one lets through ends)`,
    safety: 'review',
    sql: sql`drop policy ${by.name} on ${graph.get('table', policy.table).name};`,
  };
}
