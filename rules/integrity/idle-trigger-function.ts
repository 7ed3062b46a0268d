import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  type IdleTriggerFunction,
  idleTriggerFunction,
  quoteIdentifier,
  type SchemaGraph,
  sql,
  writesText,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

export default defineRule({
  meta: {
    id: 'idle-trigger-function',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A trigger function is made, and no trigger that calls it.',
    why: 'CREATE FUNCTION … RETURNS trigger does nothing by itself, and nothing else can call such a function. Whoever reads the file believes that the rows are checked, logged or filled in; no statement fails, and nobody is told that they are not.',
    remedy:
      'Make the trigger, or drop the function. A trigger that was made in the dashboard is in no file: write it into a migration, or a database made by the files (a preview branch, supabase db reset) is without it.',
    scope: [
      'Not reported: functions that had a trigger once, whose name stands in a DO block or in another function, that only keep a time of change (stale-updated-at tells of that), those whose work another trigger does, those that write to a table which no file makes, and what is left over of a table that has the columns no more.',
    ],
    messages: {
      idle: 'No file makes a trigger that calls {{function}}: in a database made by these files it never {{deeds}}.{{table}}',
      signUp:
        'No file makes a trigger on auth.users that calls {{function}}: in a database made by these files it never {{deeds}} when somebody signs up.',
    },
    restsOn: ['existence', 'triggers', 'functions'],
    references: [
      'https://www.postgresql.org/docs/current/plpgsql-trigger.html',
      'https://supabase.com/docs/guides/auth/managing-user-data#using-triggers',
    ],
    needs: ['history'],
  },
  visit: {
    function(routine, { graph, journal, statements, texts, report }) {
      const idle = idleTriggerFunction(graph, journal, statements, texts, routine);
      if (idle === undefined) return;
      const data = { function: `${brief(routine.name)}()`, deeds: deedsText(graph, idle) };
      if (!idle.isForNewUsers) {
        const table =
          idle.table === undefined ? '' : ` The columns that it names are those of ${brief(idle.table.name)}.`;
        return report({ entity: routine, message: 'idle', data: { ...data, table } });
      }
      report({ entity: routine, message: 'signUp', data, fix: () => triggerOnSignUp(graph, routine, idle) });
    },
  },
});

function deedsText(graph: SchemaGraph, { writes, sets, refuses }: IdleTriggerFunction): string {
  if (writes.length > 0) return writesText(graph, writes);
  return refuses ? 'refuses a row' : `sets ${andList(sets.map(quoteIdentifier), 3)}`;
}

/** The trigger of Supabase's guide, where the function asks for nothing but the new row. */
function triggerOnSignUp(
  graph: SchemaGraph,
  { name, body }: Routine,
  { asksForEvent }: IdleTriggerFunction,
): Fix | undefined {
  const users = graph.relation({ schema: 'auth', name: 'users' });
  if (users === undefined || asksForEvent || takesMoreThanNames(body?.text ?? '')) return undefined;
  const isTaken = graph.ownedBy(users.id, 'trigger').some((each) => each.name === GUIDES_NAME);
  return {
    title: 'Make the trigger, as far as the dashboard has not: its name there may be another',
    safety: 'review',
    sql: sql`create trigger ${isTaken ? name.name : GUIDES_NAME} after insert on auth.users
  for each row execute function ${name}();`,
  };
}

/** What the client sends at sign-up: whoever makes the trigger lets everybody choose a role that is taken from there (self-granted-access). */
function takesMoreThanNames(text: string): boolean {
  return [...text.matchAll(/raw_user_meta_data\b\s*(?:->>?\s*'([^']*)')?/gi)].some(
    ([, key]) => key === undefined || !OF_THEMSELVES.test(key),
  );
}

/** What somebody may say of themselves. */
const OF_THEMSELVES =
  /^(?:(?:full|first|last|given|family|middle|display|user|nick|preferred)?_?name|username|avatar(?:_url)?|picture|photo(?:_url)?|email|phone(?:_number)?|bio|locale|language|timezone)$/i;

const GUIDES_NAME = 'on_auth_user_created';
