import {
  andList,
  brief,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  narrowerWays,
  orList,
  quoteIdentifier,
  quoteLiteral,
  raw,
  rolesAskedElsewhere,
  type SchemaGraph,
  type StateAskedElsewhere,
  sql,
  stateAskedElsewhere,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'policy-beside-role-check',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary:
      'A policy lets every member write what a function does only for those who have a certain role, or add rows that it refuses.',
    why: 'The API serves tables as well as functions. Whoever the function refuses sends the same UPDATE or DELETE to the table, where the policy asks only whether they are a member: the refusal keeps nobody from it, and what else the function does (a journal, stock that goes back) is left out.',
    remedy:
      'Let the policy for UPDATE and DELETE ask for the role as the function does, or drop it and let the function alone write: as SECURITY DEFINER it needs no policy. Where members may write some columns, revoke UPDATE and grant it for those.',
    scope: [
      'Reported where the body raises an error unless a row of the caller with the role is there, and the policy asks the same table for nothing but a row; not where a restrictive policy, a missing privilege or a trigger stands in the way.',
      'Medium where the policy is for INSERT, and the function raises an error unless what the new row belongs to is in a certain state, for which the policy does not look there: ask for it in WITH CHECK.',
    ],
    messages: {
      changed:
        'By the policy {{policy}} every member may change {{columns}} of {{table}} rows, which {{function}} does only for those who have {{role}} in {{members}}: whom it refuses may write to the table.',
      deleted:
        'By the policy {{policy}} every member may delete {{table}} rows, which {{function}} does only for those who have {{role}} in {{members}}: whom it refuses may write to the table.',
      added:
        'By the policy {{policy}} {{clients}} may add {{table}} rows for themselves with any {{column}}, while {{function}} adds one only where {{state}} of that {{parent}} row is {{values}}: whom it refuses may write to the table.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'functions', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const asked = stateAskedElsewhere(graph, policy, settings);
      if (asked !== undefined) {
        const { routine, write, named, state, values, at } = asked;
        report({
          entity: policy,
          message: 'added',
          discriminator: named.name,
          data: {
            policy: quoteIdentifier(policy.name),
            clients: clientsOf(write.access),
            table: brief(graph.get('table', policy.table).name),
            column: quoteIdentifier(named.name),
            function: `${brief(routine.name)}()`,
            state: quoteIdentifier(state.name),
            parent: brief(graph.get('table', state.relation).name),
            values: orList(values.map(quoteLiteral), 4),
          },
          severity: 'medium',
          related: at.file === '' ? [] : [{ note: `${brief(routine.name)} refuses them here`, at }],
          fix: () => lookedUp(graph, policy, asked),
        });
      }
      const [first, ...more] = rolesAskedElsewhere(graph, policy, settings);
      if (first === undefined) return;
      const { routine, command, columns, role, values } = first;
      const members = graph.find(role.relation);
      if (members?.kind !== 'table') return;
      const data = {
        policy: quoteIdentifier(policy.name),
        table: brief(graph.get('table', policy.table).name),
        function: brief(routine.name),
        role: `${quoteIdentifier(role.name)} ${orList(values.map(quoteLiteral), 3)}`,
        members: brief(members.name),
      };
      const related = [first, ...more].flatMap(({ at, routine: each }) =>
        at.file === '' ? [] : [{ note: `${brief(each.name)} refuses them here`, at }],
      );
      const about = { entity: policy, related };
      if (command === 'delete') return report({ ...about, message: 'deleted', data });
      const names = andList(
        columns.map(({ name }) => quoteIdentifier(name)),
        3,
      );
      report({ ...about, message: 'changed', data: { ...data, columns: names } });
    },
  },
});

/** WITH CHECK looks there as well, and finds only what the caller sees. Not where policies over there look back: that would be a loop. */
function lookedUp(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  { write, named, key, state, values }: StateAskedElsewhere,
): Fix | undefined {
  const looksBack = graph
    .ownedBy(state.relation, 'policy')
    .some(({ using }) => using?.references.some(({ target }) => target === policy.table));
  if (looksBack) return undefined;
  const parent = graph.get('table', state.relation).name;
  const own = graph.get('table', policy.table).name;
  const asked = sql`exists (
    select 1 from ${parent} asked
    where asked.${key.name} = ${raw(quoteIdentifier(own.name))}.${named.name} and asked.${state.name} in (${raw(values.map(quoteLiteral).join(', '))})
  )`;
  return narrowerWays(graph, policy, [write.way], [asked], 'Ask of a new row what the function asks');
}
