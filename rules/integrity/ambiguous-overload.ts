import {
  andList,
  brief,
  counted,
  defineRule,
  type EntityOf,
  isInput,
  isTriggerFunction,
  isUsersOwn,
  raw,
  type SchemaGraph,
  sameType,
  sql,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;
type Parameter = Routine['parameters'][number];

export default defineRule({
  meta: {
    id: 'ambiguous-overload',
    category: 'integrity',
    severity: 'high',
    summary: 'Two functions of one name take the same call, one of them by its defaults.',
    why: 'Functions with different argument lists do not conflict when they are made, but a call that both can take is refused: function … is not unique. It is what is left when CREATE OR REPLACE FUNCTION gets one more argument with a default: that replaces nothing, it adds a second function, and every old call fails from then on.',
    remedy:
      'Drop the one that the other was to replace. Where both are meant, give them different names, or take the defaults away.',
    messages: {
      both: 'A call of {{function}} with {{count}} fails with 42725 (is not unique): {{one}} takes it, and {{other}} as well, by the default of {{defaults}}.',
    },
    restsOn: ['functions'],
    references: ['https://www.postgresql.org/docs/current/xfunc-overload.html'],
  },
  visit: {
    function(routine, { graph, report }) {
      if (!isUsersOwn(graph, routine) || isTriggerFunction(routine) || routine.routine === 'aggregate') return;
      for (const other of graph.functions(routine.name)) {
        // Once for a pair, at the older of the two.
        if (other.id <= routine.id || other.routine !== routine.routine || !isUsersOwn(graph, other)) continue;
        const count = sharedCall(routine, other);
        if (count === undefined) continue;
        const defaults = [routine, other].flatMap((each) => inputsOf(each).slice(count).map(nameOf));
        const isReferred = graph.dependents(routine.id).length > 0;
        report({
          entity: routine,
          message: 'both',
          data: {
            function: `${brief(routine.name)}()`,
            count: counted(count, 'argument'),
            one: graph.path(routine),
            other: graph.path(other),
            defaults: andList(defaults, 3),
          },
          related: other.origin.from === 'statement' ? [{ note: 'the other', at: other.origin.at }] : [],
          ...(isReferred
            ? {}
            : {
                fix: {
                  title: 'Drop the older one, if the other was to replace it',
                  safety: 'review',
                  sql: dropOf(graph, routine),
                },
              }),
        });
        return;
      }
    },
  },
});

function dropOf(graph: SchemaGraph, routine: Routine): string {
  return sql`drop ${raw(routine.routine)} ${raw(graph.path(routine))};`;
}

function inputsOf({ parameters }: Routine): readonly Parameter[] {
  return parameters.filter(isInput);
}

function nameOf({ name }: Parameter, at: number): string {
  return name ?? `its argument ${at + 1}`;
}

/** With how many arguments, all that one of them has, a call fits both; undefined where the types differ, or where VARIADIC decides. */
function sharedCall(one: Routine, other: Routine): number | undefined {
  const [a, b] = [inputsOf(one), inputsOf(other)];
  if ([...a, ...b].some(({ mode }) => mode === 'variadic')) return undefined;
  const required = (inputs: readonly Parameter[]) => inputs.filter((each) => each.default === null).length;
  const count = Math.min(a.length, b.length);
  const fits =
    count >= Math.max(required(a), required(b)) && a.slice(0, count).every(({ type }, at) => isSame(type, b[at]?.type));
  return fits ? count : undefined;
}

function isSame(a: Parameter['type'], b: Parameter['type'] | undefined): boolean {
  return b !== undefined && sameType(a, b);
}
