import {
  callsForCaller,
  clausesOf,
  clientAccess,
  defineRule,
  type EntityOf,
  type Fix,
  foldedHabits,
  type Graded,
  groupCallsOf,
  isForServiceRole,
  isHabit,
  isShown,
  isStorageObjects,
  MILDER,
  milderForFewRows,
  policiesFor,
  repeatedCallsIn,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'per-row-auth-call',
    category: 'performance',
    severity: 'high',
    summary: 'A policy calls auth.uid(), auth.jwt() or current_setting() anew for each row.',
    why: 'The answer is the same for the whole statement, but Postgres does not know that of a function in a policy: it runs it for each row that is looked at, unless an index on the compared column finds the rows. Alone in a subselect it is run once, before the first row, whatever the plan.',
    remedy:
      'Put each call into a scalar subselect of its own: (select auth.uid()). It may hold casts and JSON steps as well, but nothing of the row. A policy that asks for the service key alone is to be dropped instead.',
    scope: [
      'Medium where an index on the compared column finds the rows of a plain read, which takes one for each permissive policy beside it, as OR joins them, and none that is restrictive and checked before.',
      'Low where such an index serves a subselect, for calls that run only for rows being written, and for what is only given to a function of the schema that is given the row as well and reads tables, as that runs for each row in any case.',
      'Medium, too, behind a test of the row in an OR, as the call then runs only where that is not true, and where it stands in an AND with a comparison of the row that costs less (bucket_id = ‘avatars’), as it then runs only for the rows that this lets through.',
      'A policy for INSERT, UPDATE or DELETE alone is one step milder: such statements mostly look at few rows.',
      'Three or more policies of storage.objects that differ by their constants alone, as the name of the bucket, are one finding.',
      'Where three quarters of the policies that ask for the caller do so, those of one severity that one wrapping mends are one finding from twelve on; what a policy needs besides is told of it alone, and `"habit": 0` shows each.',
    ],
    messages: {
      outer:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at{{only}}.',
      indexed:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, but where {{found}} the rows, which is why this is milder.',
      inner:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads{{only}}.',
      searched:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads, but where {{found}} the rows, which is why this is low.',
      server:
        '{{calls}} in the policy {{policy}} of {{table}} runs again for every row, to admit the service key only, which passes row security anyway: the policy can go.',
      habit: '{{calls}} {{run}} again for every row {{rows}}, by {{count}} policies: {{policies}}.{{milder}}',
      given:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, but only for {{helpers}}, which runs for each row in any case and costs far more, which is why this is low.',
      written:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row that is written to {{table}}.',
    },
    restsOn: ['policies', 'rowSecurity'],
    equivalents: ['splinter:0003'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security#call-functions-with-select',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
    optionDocs: { habit: 'So many policies of a schema that do this alike are one finding; 0 tells of each.' },
  },
  defaults: { habit: 12 },
  visit: {
    graph(graph, { settings, options, shown, isApart, report }) {
      const graded: Graded[] = [];
      for (const policy of shown('policy')) tell(policy);
      const ofBuckets = foldedHabits(graded, options.habit === 0 ? 0 : OF_BUCKETS, ({ entity }) =>
        isApart(entity) ? undefined : patternOf(graph, entity),
      );
      const from = isHabit(options.habit, graded.length, askingPolicies(graph)) ? options.habit : 0;
      const { alone, habits } = foldedHabits(ofBuckets.alone.map(withFixMade), from, (each) =>
        from === 0 || isApart(each.entity) ? undefined : habitKey(graph, each),
      );
      for (const each of [...alone, ...ofBuckets.habits]) report(each);
      for (const habit of habits) {
        const { schema } = graph.get('table', habit.entity.table).name;
        report({
          ...habit,
          entity: graph.global('schema', schema) ?? habit.entity,
          discriminator: `${habit.severity} ${habit.discriminator}`,
        });
      }

      function tell(policy: Policy): void {
        const { clientRoles, tenantColumns } = settings;
        const told = repeatedCallsIn(graph, policy, clientRoles, 'caller');
        // per-row-helper-call tells of those that run for each row in vain, what they are given included.
        const isToldOf = (fn: EntityOf<'function'>) =>
          groupCallsOf(graph, fn, clientRoles, tenantColumns).some((each) => each.policy === policy);
        if (told === undefined || (told.message === 'given' && told.functions.every(isToldOf))) return;
        const isForServer = policy.isPermissive && settings.platform === 'supabase' && isForServiceRole(policy);
        if (!isForServer) {
          const milder = milderForFewRows(told, policy);
          if (milder.message === 'given') report(milder);
          else graded.push({ ...milder, severity: milder.severity ?? 'high' });
        }
        // policy-for-public-role tells of those that anon meets as well.
        else if (!isMetByAnon(graph, policy)) {
          const { name } = graph.get('table', policy.table);
          const fix: Fix = {
            title: 'Drop the policy',
            safety: 'review',
            sql: sql`drop policy ${policy.name} on ${name};`,
          };
          const data = { calls: told.data.calls, policy: told.data.policy, table: told.data.table };
          report({ entity: policy, message: 'server', data, severity: told.severity ?? 'high', fix });
        }
      }
    },
  },
});

/** So many policies of buckets that read alike are one finding, whatever the others are. */
const OF_BUCKETS = 3;

/** How a policy of a bucket reads with all constants left out; undefined for policies of other tables, each of which has a condition of its own. */
function patternOf(graph: SchemaGraph, policy: Policy): string | undefined {
  if (!isStorageObjects(graph.get('table', policy.table))) return undefined;
  const { text } = policy.using ?? policy.check ?? { text: '' };
  return text.replace(/'(?:[^']|'')*'/g, "''").replace(/\s+/g, ' ');
}

/** The policies that ask for the caller in any way. */
function askingPolicies(graph: SchemaGraph): number {
  return graph
    .ofKind('policy')
    .filter((each) => isShown(each, graph) && clausesOf(each).some(({ expression }) => callsForCaller(expression)))
    .length;
}

/** With its fix made once: whether that wants care is asked before it is shown. */
function withFixMade(each: Graded): Graded {
  const { fix } = each;
  if (fix === undefined) return each;
  let made: { readonly fix: Fix | undefined } | undefined;
  return {
    ...each,
    fix: () => {
      made ??= { fix: fix() };
      return made.fix;
    },
  };
}

/** What is alike of policies that one wrapping mends; undefined where a policy needs more, or another care. */
function habitKey(graph: SchemaGraph, each: Graded): string | undefined {
  const { entity, severity, message, data, related, fix } = each;
  if (related.length > 0 || fix?.()?.safety !== 'safe') return undefined;
  const only = 'only' in data ? data.only : '';
  const { schema } = graph.get('table', entity.table).name;
  return [schema, severity, message, data.calls, only.endsWith(MILDER) ? MILDER : only].join(' | ');
}

function isMetByAnon(graph: SchemaGraph, policy: Policy): boolean {
  const anon = graph.global('role', 'anon');
  const table = graph.get('table', policy.table);
  if (anon === undefined || policy.roles.some((each) => each !== 'public')) return false;
  const [access] = clientAccess(graph, table, ['anon']);
  return (access?.commands ?? []).some((each) => policiesFor(graph, table, each, anon.id).includes(policy));
}
