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
  type NullPass,
  nullGuard,
  nullPass,
  quoteIdentifier,
  redefined,
  type SchemaGraph,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'null-passes-check',
    category: 'security',
    severity: 'critical',
    summary:
      'A comparison that is to refuse is neither true nor false for NULL: a function takes that for its caller, a trigger for no change.',
    why: 'NULL <> x is neither true nor false, so that the IF is passed over and nobody is refused. Every argument of a function may be NULL, unless it is STRICT: whoever leaves that one out has all the rights that its owner has. In the same way a trigger with NEW.c <> OLD.c lets c be set to NULL, and then to anything.',
    remedy:
      'Compare by IS DISTINCT FROM, which takes NULL for a value, or leave the argument out and let the function use auth.uid(). Reported is only what changes or deletes rows that another argument names and no policy lets everybody change: where the rows are found by the same argument, NULL finds none, and where it is written into a NOT NULL column, it fails. Of a trigger, only columns that may be NULL, that clients may change by a policy and a grant, and of which nothing else is asked; high where policies compare one with the caller, else medium.',
    messages: {
      guarded:
        'The trigger {{trigger}} is to refuse changes of {{columns}} in {{table}}, but {{condition}} is neither true nor false where a side is NULL: by the policy {{policy}} {{clients}} may set that to NULL, and then to anything.{{decided}}',
      open: '{{function}} lets {{roles}} {{command}} whichever {{table}} rows they name: with NULL for {{parameter}} its test {{condition}} is neither true nor false, and refuses nobody.',
    },
    restsOn: ['functions', 'privileges', 'policies', 'rowSecurity', 'columns', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/functions-comparison.html'],
  },
  visit: {
    trigger(trigger, { graph, settings, texts, report }) {
      const guard = nullGuard(graph, trigger, settings.clientRoles);
      const [first] = guard?.kept ?? [];
      const table = graph.find(trigger.relation);
      if (guard === undefined || first === undefined || table?.kind !== 'table') return;
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
    },
    function(routine, { graph, settings, texts, report }) {
      if (routine.security !== 'definer') return;
      const callers = apiCallers(graph, routine, settings);
      const pass = callers.length === 0 ? undefined : nullPass(graph, routine, callers);
      const [first, ...more] = pass?.passed ?? [];
      if (pass === undefined || first === undefined) return;
      const told = pass.passed.find((each) => each.isOfCaller) ?? first;
      const places = [first, ...more].flatMap((each) => (each === told ? [] : [each.condition.at]));
      report({
        entity: routine,
        ...(told.condition.at.file === '' ? {} : { origin: { from: 'statement', at: told.condition.at } as const }),
        message: 'open',
        data: {
          function: brief(routine.name),
          roles: clientsOf(callers),
          command: commandsText([pass.rows.command]),
          table: brief(pass.rows.table.name),
          parameter: pass.parameter,
          condition: told.condition.text.replace(/\s+/g, ' '),
        },
        related: places.flatMap((at) => (at.file === '' ? [] : [{ note: 'passed as well', at }])),
        fix: () => fixFor(graph, routine, pass.passed, texts),
      });
    },
  },
});

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
