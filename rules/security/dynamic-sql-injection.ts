import {
  andList,
  apiCallers,
  areInDefinitionsOnly,
  brief,
  callerTests,
  chosenValues,
  clientsOf,
  counted,
  defineRule,
  isTriggerFunction,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'dynamic-sql-injection',
    category: 'security',
    severity: 'high',
    summary: 'A PL/pgSQL function runs SQL that it puts together from a value which others choose, unquoted.',
    why: 'EXECUTE runs whatever text it gets. A value that is joined to it by || or by the %s of format() is read as SQL: with the right value the statement becomes another, which runs with the rights of the function.',
    remedy:
      'Names go in by %I or quote_ident(), values by USING, %L or quote_literal(). A choice among a few known texts is best made by CASE.',
    scope: [
      'Values that the body compares with something first, or looks up in a catalog, are taken as checked; values that cannot hold SQL (numbers, uuid, regclass …), that regexp_replace() leaves only letters, digits and the like of, and what is read from catalogs or tables are not reported.',
      'Medium where no client role may call it, and where no API serves the schema and the value reaches nothing but CREATE, ALTER, DROP and their like, as in a function that makes partitions.',
    ],
    messages: {
      definer:
        '{{roles}} may call {{function}} and choose {{values}}, which it runs as SQL with the rights of {{owner}}.',
      asking:
        '{{roles}} may call {{function}} and choose {{values}}, which it runs as SQL with the rights of {{owner}}. Its body asks who calls, so all rests on that, which is why this is high.',
      callable: '{{roles}} may call {{function}} and choose {{values}}, which it runs as SQL, unquoted.',
      internal: '{{function}} runs {{values}} as SQL, unquoted: whoever calls it chooses what is run.',
      closed: '{{function}} runs {{values}} as SQL, unquoted. No client role may call it, which is why this is medium.',
      passed:
        '{{function}} runs {{values}} as SQL, unquoted, as {{through}} leaves it: that is safe only while no quote gets through, which is why this is medium.',
      definitions:
        '{{function}} runs {{values}} as SQL, unquoted, in statements that make or change objects, with the rights of its caller, who may run such statements anyway: only the code that calls it can say that no request chooses the value, which is why this is medium.',
      row: '{{function}} runs {{values}} as SQL, unquoted: whoever writes the row chooses what is run.',
    },
    restsOn: ['functions', 'privileges'],
    references: ['https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-QUOTE-LITERAL-EXAMPLE'],
  },
  visit: {
    function(routine, { graph, settings, report }) {
      if (routine.language !== 'plpgsql') return;
      const values = chosenValues(graph, routine);
      const [first, ...others] = values;
      if (first === undefined) return;
      const names = andList(
        values.map(({ name }) => name),
        3,
      );
      const noun = isTriggerFunction(routine) ? 'value' : 'argument';
      const data = {
        function: brief(routine.name),
        values: `its ${values.length === 1 ? noun : counted(values.length, noun).replace(/^\d+ /, '')} ${names}`,
      };
      const about = {
        entity: routine,
        ...(first.at === null ? {} : { origin: { from: 'statement', at: first.at } as const }),
        related: others.flatMap(({ name, at }) => (at === null ? [] : [{ note: name, at }])),
      };
      const through = values.flatMap((each) => each.through ?? []);
      if (through.length === values.length) {
        const functions = [...new Set(through)].map(({ name }) => `${brief(name)}()`);
        const passed = { ...data, through: andList(functions, 3) };
        return report({ ...about, message: 'passed', data: passed, severity: 'medium', confidence: 'likely' });
      }
      const callers = apiCallers(graph, routine, settings);
      const roles = clientsOf(callers, true);
      if (callers.length > 0 && routine.security === 'definer') {
        const owner = graph.get('role', routine.owner).name;
        const { asks, evaded } = callerTests(graph, routine);
        if (asks === true && evaded.length === 0)
          report({ ...about, message: 'asking', data: { ...data, roles, owner } });
        else report({ ...about, message: 'definer', data: { ...data, roles, owner }, severity: 'critical' });
      } else if (callers.length > 0) report({ ...about, message: 'callable', data: { ...data, roles } });
      else if (isTriggerFunction(routine)) report({ ...about, message: 'row', data });
      else if (settings.exposedSchemas.length > 0 && routine.security === 'invoker')
        report({ ...about, message: 'closed', data, severity: 'medium' });
      else if (routine.security === 'invoker' && areInDefinitionsOnly(graph, routine, values))
        report({ ...about, message: 'definitions', data, severity: 'medium' });
      else report({ ...about, message: 'internal', data });
    },
  },
});
