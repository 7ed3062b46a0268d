import {
  andList,
  brief,
  bypassesRowSecurity,
  defineRule,
  indexServing,
  quoteIdentifier,
  type RowSubselect,
  relationName,
  rowSubselects,
  type SchemaGraph,
  scanningHelper,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'correlated-policy-subquery',
    category: 'performance',
    severity: 'high',
    summary: 'A policy for reading has a subselect that depends on the row and so runs again for each.',
    why: 'Postgres works a subselect out once if it names nothing of the row. IN, = ANY and scalar subselects that do name it run for every row that is looked at: measured on Postgres 18, reading 100,000 rows took 4.3 s instead of 0.2 s. Only an EXISTS that is tied to the row by equality alone is turned round by the planner itself, where it expects many rows and the result fits into work_mem.',
    remedy:
      'Turn it round: instead of auth.uid() in (select m.user_id from members m where m.team_id = tasks.team_id) write team_id in (select m.team_id from members m where m.user_id = (select auth.uid())), which runs once; team_id = any (array(select …)) can use an index as well.',
    scope: [
      'Medium where each run is one look-up by an index, low for an EXISTS with a join that Postgres can hash; a hashable EXISTS on one table is not reported, nor are policies that only write.',
      'A function that a policy runs for each row is reported where all that it asks of a table is the answer of another function: give it a condition that an index serves (m.user_id = who) beside that.',
    ],
    messages: {
      helper:
        'Reading {{tables}} runs {{function}} for every row, by {{policies}}, and each run reads all of {{scanned}}: all that it asks of the rows there is {{asked}}, which no index answers, so that the rows of both are multiplied.',
      each: 'Reading {{table}} runs the subselect of the policy {{policy}} over {{relations}} again for every row: it names the row, and not in a way that Postgres can turn round.',
      lookUp:
        'Reading {{table}} runs the subselect of the policy {{policy}} again for every row, each time as a look-up in {{relations}} by an index: turned round it would run once.',
      hashed:
        'The policy {{policy}} ties a join of {{relations}} to the row of {{table}} by EXISTS: where the result does not fit into work_mem as one hash table, the join runs again for every row.',
    },
    restsOn: ['policies', 'rowSecurity', 'indexes'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security#minimize-joins',
      'https://www.postgresql.org/docs/current/functions-subquery.html',
    ],
  },
  visit: {
    function(routine, { graph, report }) {
      const found = scanningHelper(graph, routine);
      if (found === undefined) return;
      const { policies, scanned, asked } = found;
      const tables = [...new Set(policies.map((each) => brief(graph.get('table', each.table).name)))];
      const names = andList(policies.map((each) => quoteIdentifier(each.name)));
      report({
        entity: routine,
        message: 'helper',
        data: {
          tables: andList(tables),
          function: `${brief(routine.name)}()`,
          policies: `the ${policies.length === 1 ? 'policy' : 'policies'} ${names}`,
          scanned: brief(scanned.name),
          asked: `${brief(asked.name)}()`,
        },
      });
    },
    policy(policy, { graph, report }) {
      const table = graph.get('table', policy.table);
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity') || policy.using === null) return;
      if (policy.command !== 'select' && policy.command !== 'all') return;
      if (policy.roles.every((role) => bypassesRowSecurity(graph, role))) return;
      // One that reads its own table does not run at all: policy-recursion.
      const subselects = rowSubselects(policy.using).filter((each) => !each.relations.includes(table.id));
      const graded = subselects.flatMap((each) => {
        const grade = gradeOf(graph, each);
        return grade === undefined ? [] : [{ grade, relations: each.relations }];
      });
      const worst = GRADES.find((grade) => graded.some((each) => each.grade === grade));
      if (worst === undefined) return;
      const relations = new Set(graded.filter((each) => each.grade === worst).flatMap((each) => each.relations));
      const data = {
        table: brief(table.name),
        policy: quoteIdentifier(policy.name),
        relations: andList([...relations].map((id) => relationName(graph, id))),
      };
      if (worst === 'each') report({ entity: policy, message: 'each', data });
      else if (worst === 'lookUp') report({ entity: policy, message: 'lookUp', data, severity: 'medium' });
      else report({ entity: policy, message: 'hashed', data, severity: 'low' });
    },
  },
});

/** From worst to mildest. */
const GRADES = ['each', 'lookUp', 'hashed'] as const;

function gradeOf(graph: SchemaGraph, { relations, lookedUp, runs }: RowSubselect): (typeof GRADES)[number] | undefined {
  const [only, second] = relations;
  if (runs === 'hashed') return second === undefined ? undefined : 'hashed';
  if (only === undefined || second !== undefined) return 'each';
  const isServed = lookedUp.some((column) => indexServing(graph, only, [column]) !== undefined);
  return isServed ? 'lookUp' : 'each';
}
