import {
  andList,
  apiCallers,
  brief,
  clientsOf,
  commandsText,
  defineRule,
  distinctFrom,
  type EntityOf,
  type Fix,
  type MissingRowGuard,
  missingRowGuard,
  type NullPass,
  nullGuard,
  nullPass,
  policyOf,
  putBehind,
  quoteIdentifier,
  redefined,
  type SchemaGraph,
  type UnansweredGuard,
  unansweredGuard,
  unansweredTrigger,
  withArticle,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'null-passes-check',
    category: 'security',
    severity: 'critical',
    summary:
      'A comparison that is to refuse is neither true nor false for NULL: a function takes that for its caller or for an answer, a trigger for no change.',
    why: 'NULL <> x is neither true nor false, so that the IF is passed over and nobody is refused. Every argument of a function may be NULL, unless it is STRICT: whoever leaves that one out has all the rights that its owner has. So does what finds no row: not is_owner(org) refuses nobody who is no member, nor not is_valid(code) anybody whose code is nowhere, where these give NULL, and a claim that only some tokens have is NULL for everybody else. In the same way a trigger with NEW.c <> OLD.c lets c be set to NULL, and then to anything.',
    remedy:
      'Compare by IS DISTINCT FROM, which takes NULL for a value, or leave the argument out and let the function use auth.uid(). A function that is asked should give an answer always (select exists (…), coalesce); rows that every user has are not taken to be missing.',
    scope: [
      'Reported is only what changes or deletes rows that another argument names, and, high, what adds rows under one that it names or gives rows back, where no policy lets everybody do that: where the rows are found by the same argument, NULL finds none, and where it is written into a NOT NULL column, it fails.',
      'A guard that is to refuse whoever has too little is told of too, high where clients may call the function and medium elsewhere: who has no row passes it, and what stands behind it is done for rows of another table. Not where every user has such a row, where the function adds one, or where a foreign key, a trigger or NOT NULL refuses what is written then.',
      'Claims that Supabase Auth gives every user, and those that a function of the schema puts into tokens, are not taken to be missing. A trigger that keeps a column by such a claim, or by a row that not every user has, is critical where policies of others decide by that column, else high.',
      'Of a trigger, only columns that may be NULL, that clients may change by a policy and a grant, and of which nothing else is asked; high where policies compare one with the caller, else medium.',
    ],
    messages: {
      guarded:
        'The trigger {{trigger}} is to refuse changes of {{columns}} in {{table}}, but {{condition}} is neither true nor false where a side is NULL: by the policy {{policy}} {{clients}} may set that to NULL, and then to anything.{{decided}}',
      unansweredTrigger:
        'The trigger {{trigger}} is to refuse changes of {{columns}} in {{table}}, but {{absence}} {{condition}} is never true: by the policy {{policy}} {{clients}} may set {{them}} to anything{{decided}}.',
      open: '{{function}} lets {{roles}} {{deed}}: with NULL for {{parameter}} its test {{condition}} is neither true nor false, and refuses nobody.',
      unanswered:
        '{{function}} lets {{roles}} {{deed}}: {{absence}}, {{helper}}{{condition}} is neither true nor false, and refuses nobody.',
      short:
        '{{function}} is to refuse where {{condition}}, but where it finds no {{table}} row that is neither true nor false, and refuses nobody: it {{deed}} all the same.',
    },
    restsOn: ['functions', 'privileges', 'policies', 'rowSecurity', 'columns', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/functions-comparison.html'],
  },
  visit: {
    trigger(trigger, { graph, settings, texts, report }) {
      const guard = nullGuard(graph, trigger, settings.clientRoles);
      const [first] = guard?.kept ?? [];
      const table = graph.find(trigger.relation);
      if (guard === undefined || first === undefined || table?.kind !== 'table') {
        tellUnansweredTrigger();
        return;
      }
      const { kept, access, policy, routine, isDecidedBy } = guard;
      const { at } = first.condition;
      report({
        entity: trigger,
        ...(at.file === '' ? {} : { origin: { from: 'statement', at } as const }),
        message: 'guarded',
        data: {
          trigger: quoteIdentifier(trigger.name),
          columns: andList(kept.map(({ column }) => quoteIdentifier(column.name))),
          table: brief(table.name),
          condition: first.condition.text.replace(/\s+/g, ' ').trim(),
          policy: quoteIdentifier(policy.name),
          clients: clientsOf(access),
          decided: isDecidedBy ? ' Policies of the table go by it.' : '',
        },
        severity: isDecidedBy ? 'high' : 'medium',
        fix: () => fixFor(graph, routine, kept, texts),
      });

      function tellUnansweredTrigger(): void {
        const guard = unansweredTrigger(graph, trigger, settings.clientRoles);
        const [condition, ...more] = guard?.conditions ?? [];
        if (guard === undefined || condition === undefined || table?.kind !== 'table') return;
        const { columns, absence, access, policy } = guard;
        const decided = columns.flatMap(({ id }) => graph.dependentsOfKind(id, 'policy'));
        const others = decided.filter((each) => each !== policy);
        report({
          entity: trigger,
          ...(condition.at.file === '' ? {} : { origin: { from: 'statement', at: condition.at } as const }),
          message: 'unansweredTrigger',
          data: {
            trigger: quoteIdentifier(trigger.name),
            columns: andList(columns.map(({ name }) => quoteIdentifier(name))),
            table: brief(table.name),
            absence: absenceText(absence),
            condition: condition.text.replace(/\s+/g, ' ').trim(),
            policy: quoteIdentifier(policy.name),
            clients: clientsOf(access),
            them: columns.length === 1 ? 'it' : 'them',
            decided: others[0] === undefined ? '' : `, by which ${policyOf(graph, others[0])} decides`,
          },
          related: more.flatMap(({ at }) => (at.file === '' ? [] : [{ note: 'passed as well', at }])),
          severity: others.length > 0 ? 'critical' : 'high',
          fix: () =>
            unlessFalse(
              graph,
              guard.routine,
              guard.conditions.map((each) => ({ condition: each })),
              texts,
              ', which keeps out a server with the service key as well',
            ),
        });
      }
    },
    function(routine, { graph, settings, texts, report }) {
      const callers = apiCallers(graph, routine, settings);
      if (routine.security !== 'definer') return tellShort();
      const pass = callers.length === 0 ? undefined : nullPass(graph, routine, callers);
      const [first, ...more] = pass?.passed ?? [];
      if (pass === undefined || first === undefined) {
        const guard = callers.length === 0 ? undefined : unansweredGuard(graph, routine, callers);
        if (guard !== undefined) tellUnanswered(guard);
        else tellShort();
        return;
      }
      const told = pass.passed.find((each) => each.isOfCaller) ?? first;
      const places = [first, ...more].flatMap((each) => (each === told ? [] : [each.condition.at]));
      report({
        entity: routine,
        ...(told.condition.at.file === '' ? {} : { origin: { from: 'statement', at: told.condition.at } as const }),
        message: 'open',
        data: {
          function: brief(routine.name),
          roles: clientsOf(callers),
          deed: deedText(graph, pass.rows),
          parameter: pass.parameter,
          condition: told.condition.text.replace(/\s+/g, ' '),
        },
        related: places.flatMap((at) => (at.file === '' ? [] : [{ note: 'passed as well', at }])),
        severity: severityOf(pass.rows),
        fix: () => fixFor(graph, routine, pass.passed, texts),
      });

      function tellShort(): void {
        const guard = missingRowGuard(graph, routine);
        if (guard === undefined) return;
        const { table, condition } = guard;
        report({
          entity: routine,
          ...(condition.at.file === '' ? {} : { origin: { from: 'statement', at: condition.at } as const }),
          message: 'short',
          data: {
            function: brief(routine.name),
            table: brief(table.name),
            condition: condition.text.replace(/\s+/g, ' ').trim(),
            deed: shortDeed(guard),
          },
          severity: callers.length > 0 ? 'high' : 'medium',
          fix: () => unlessFalse(graph, routine, [guard], texts),
        });
      }

      function tellUnanswered({ absence, passed, rows, callers: open }: UnansweredGuard): void {
        const [asked, ...others] = passed;
        if (asked === undefined) return;
        const { condition, helper } = asked;
        report({
          entity: routine,
          ...(condition.at.file === '' ? {} : { origin: { from: 'statement', at: condition.at } as const }),
          message: 'unanswered',
          data: {
            function: brief(routine.name),
            roles: clientsOf(open),
            deed: deedText(graph, rows),
            absence: absenceText(absence),
            helper: helper === null ? '' : `${brief(helper.name)}() gives NULL, and `,
            condition: condition.text.replace(/\s+/g, ' ').trim(),
          },
          related: others.flatMap(({ condition: { at } }) => (at.file === '' ? [] : [{ note: 'passed as well', at }])),
          severity: severityOf(rows),
          fix: () => unlessFalse(graph, routine, passed, texts),
        });
      }
    },
  },
});

/** What they may do then: `change whichever rooms rows they name`. */
function deedText(graph: SchemaGraph, { table, command, keys }: UnansweredGuard['rows']): string {
  const does = commandsText([command]);
  const rows = `${brief(table.name)} rows`;
  if (command === 'select' && keys.length === 0) return `${does} ${rows} of others`;
  if (command !== 'insert') return `${does} whichever ${rows} they name`;
  return `${does} ${rows} with whichever ${andList(keys.map((id) => quoteIdentifier(graph.get('column', id).name)))} they name`;
}

function shortDeed({ deed: { table, kind } }: MissingRowGuard): string {
  const name = brief(table.name);
  if (kind === 'insert') return `adds a row to ${name}`;
  return kind === 'update' ? `changes rows of ${name}` : `deletes rows of ${name}`;
}

/** What is lost or turned over is worse than what is read or added. */
function severityOf({ command }: UnansweredGuard['rows']): 'critical' | 'high' {
  return command === 'update' || command === 'delete' ? 'critical' : 'high';
}

/** When it is. */
function absenceText(absence: UnansweredGuard['absence']): string {
  if (absence.kind === 'claim') return `for whoever has no ${absence.claim} in their token`;
  if (absence.kind === 'row') return `for whoever has no ${brief(absence.table.name)} row that fits`;
  if (absence.kind === 'null') return `with NULL for ${absence.parameter}`;
  return `with ${withArticle(absence.parameter)} that is not in ${brief(absence.table.name)}`;
}

/** What is neither true nor false refuses as well. */
function unlessFalse(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  passed: readonly Pick<UnansweredGuard['passed'][number], 'condition'>[],
  texts: ReadonlyMap<string, string>,
  also = '',
): Fix | undefined {
  const text = texts.get(routine.body?.at?.file ?? '');
  const insertions =
    text === undefined ? [] : passed.flatMap(({ condition }) => putBehind(condition.tree, ' is not false', text));
  const written = insertions.length === 0 ? undefined : redefined(graph, routine, texts, insertions);
  return written === undefined
    ? undefined
    : { title: `Refuse unless it is false, NULL too (IS NOT FALSE)${also}`, safety: 'review', sql: written };
}

function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  passed: readonly { readonly comparison: NullPass['passed'][number]['comparison'] }[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const text = texts.get(routine.body?.at?.file ?? '');
  const insertions = text === undefined ? [] : passed.flatMap(({ comparison }) => distinctFrom(comparison, text) ?? []);
  if (insertions.length < passed.length) return undefined;
  const written = redefined(graph, routine, texts, insertions);
  return written === undefined
    ? undefined
    : { title: 'Compare by IS DISTINCT FROM, which takes NULL for a value', safety: 'review', sql: written };
}
