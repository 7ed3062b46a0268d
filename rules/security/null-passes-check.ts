import {
  apiCallers,
  brief,
  clientsOf,
  commandsText,
  defineRule,
  distinctFrom,
  type EntityOf,
  type Fix,
  type NullPass,
  nullPass,
  redefined,
  type SchemaGraph,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'null-passes-check',
    category: 'security',
    severity: 'critical',
    summary: 'A SECURITY DEFINER function compares an argument with its caller, and NULL passes the comparison.',
    why: 'NULL <> x is neither true nor false, so that the IF is passed over and nobody is refused. Every argument of a function may be NULL, unless it is STRICT: whoever leaves that one out has all the rights that its owner has.',
    remedy:
      'Compare by IS DISTINCT FROM, which takes NULL for a value, or leave the argument out and let the function use auth.uid(). Reported is only what changes or deletes rows that another argument names and no policy lets everybody change: where the rows are found by the same argument, NULL finds none, and where it is written into a NOT NULL column, it fails.',
    messages: {
      open: '{{function}} lets {{roles}} {{command}} whichever {{table}} rows they name: with NULL for {{parameter}} its test {{condition}} is neither true nor false, and refuses nobody.',
    },
    restsOn: ['functions', 'privileges', 'policies', 'rowSecurity', 'columns', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/functions-comparison.html'],
  },
  visit: {
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
        fix: () => fixFor(graph, routine, pass, texts),
      });
    },
  },
});

function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { passed }: NullPass,
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
