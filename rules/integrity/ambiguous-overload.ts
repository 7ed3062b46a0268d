import {
  andList,
  apiCallers,
  bornBy,
  brief,
  type Change,
  clientsOf,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  fileName,
  isInput,
  isTriggerFunction,
  isUsersOwn,
  leftOverload,
  namedCalls,
  raw,
  relatedAt,
  type SchemaGraph,
  type Statement,
  sameType,
  sql,
  userRoutines,
  withBodyPlace,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;
type Parameter = Routine['parameters'][number];
type Settings = Parameters<typeof apiCallers>[2];

export default defineRule({
  meta: {
    id: 'ambiguous-overload',
    category: 'integrity',
    severity: 'high',
    summary:
      'Two functions of one name take the same call, one of them by its defaults, or one was to take the place of the other and did not.',
    why: 'Functions with different argument lists do not conflict when they are made, but a call that both can take is refused: function … is not unique. It is what is left when CREATE OR REPLACE FUNCTION gets one more argument with a default: that replaces nothing, it adds a second function, and every old call fails from then on.',
    remedy:
      'Drop the one that the other was to replace; no fix is offered where they differ in more than arguments added at the end, or where both are in use. Where both are meant, give them different names, or take the defaults away.',
    scope: [
      'Low where no client role may call either and nothing in the history does so.',
      'Also reported, medium, without a call that both take: CREATE OR REPLACE in a later file with parameters more or less, and much the same body, while clients may still call the former function: whoever does runs the former body, with whatever it does not check.',
      'Not reported where one calls the other, or a later statement grants, comments or writes the former one anew.',
    ],
    messages: {
      unused:
        'A call of {{function}} with {{count}} would fail with 42725 (is not unique): {{one}} takes it, and {{other}} as well, by the default of {{defaults}}. No client role may call either, and nothing here does so.',
      both: 'A call of {{function}} with {{count}} fails with 42725 (is not unique): {{one}} takes it, and {{other}} as well, by the default of {{defaults}}.{{callers}}',
      left: 'CREATE OR REPLACE replaces nothing here, as the parameters are others: {{former}} of {{file}} is still there, and {{callers}} may call it through the API. Who calls it so runs the former body.',
    },
    restsOn: ['functions'],
    references: ['https://www.postgresql.org/docs/current/xfunc-overload.html'],
  },
  visit: {
    function(routine, { graph, journal, statements, settings, report }) {
      if (!isUsersOwn(graph, routine) || isTriggerFunction(routine) || routine.routine === 'aggregate') return;
      for (const other of graph.functions(routine.name)) {
        // Once for a pair, at the older of the two.
        if (other.id <= routine.id || other.routine !== routine.routine || !isUsersOwn(graph, other)) continue;
        const shared = sharedCall(routine, other);
        if (shared === undefined) continue;
        const { least, most } = shared;
        const defaults = [routine, other].flatMap((each) => inputsOf(each).slice(most).map(nameOf));
        const callers = callersOf(graph, [routine, other], shared);
        const isUnused =
          isOutOfReach(graph, [routine, other], settings) &&
          !isCalledStill(graph, [routine, other], shared, statements);
        const data = {
          function: `${brief(routine.name)}()`,
          count: least === most ? counted(most, 'argument') : `${least} to ${counted(most, 'argument')}`,
          one: graph.path(routine),
          other: graph.path(other),
          defaults: andList(defaults, 3),
        };
        const names = callers.map((each) => `${brief(each.name)}()`);
        const called =
          names.length === 0 ? '' : ` ${andList(names, 3)} ${names.length === 1 ? 'calls' : 'call'} it so.`;
        const about = {
          ...withBodyPlace(routine),
          related: relatedAt({ ...other, ...withBodyPlace(other) }, 'the other'),
          fix: () => fixFor(graph, journal, routine, other),
        };
        if (isUnused) report({ ...about, message: 'unused', data, severity: 'low' });
        else report({ ...about, message: 'both', data: { ...data, callers: called } });
        return;
      }
      tellLeft();

      /** What was to be replaced, and is still called. */
      function tellLeft(): void {
        const former = leftOverload(graph, journal, routine);
        const born = former && bornBy(journal, former.id);
        if (former === undefined || born === undefined || sharedCall(former, routine) !== undefined) return;
        const callers = apiCallers(graph, former, settings);
        if (callers.length === 0 || !isUsersOwn(graph, former)) return;
        report({
          ...withBodyPlace(routine),
          message: 'left',
          data: { former: graph.path(former), file: fileName(born.at), callers: clientsOf(callers, true) },
          related: [{ note: 'the former one', at: born.at }],
          severity: 'medium',
          confidence: 'likely',
          fix: () => ({
            title: 'Drop the former one (calls that give its arguments fail from then on)',
            safety: 'review',
            sql: sql`drop ${raw(former.routine)} ${raw(graph.path(former))};`,
          }),
        });
      }
    },
  },
});

/** Only where the newer one looks like the older with more arguments, and nothing says that both are meant. */
function fixFor(graph: SchemaGraph, journal: readonly Change[], older: Routine, newer: Routine): Fix | undefined {
  const [before, after] = [inputsOf(older), inputsOf(newer)];
  const isSameCall = before.length <= after.length && before.every(({ name }, at) => name === after[at]?.name);
  const isReferred = graph.dependents(older.id).length > 0;
  if (!isSameCall || isReferred || isKeptBeside(journal, older, newer) || callsOther(graph, older, newer))
    return undefined;
  return {
    title: 'Drop the older one, if the other was to replace it',
    safety: 'review',
    sql: sql`drop ${raw(older.routine)} ${raw(graph.path(older))};`,
  };
}

/** Was it written anew when the other was there? */
function isKeptBeside(journal: readonly Change[], { id }: Routine, other: Routine): boolean {
  const born = bornBy(journal, other.id);
  return journal.some(
    (each) =>
      each.type === 'altered' &&
      each.after.id === id &&
      born !== undefined &&
      each.by.index > born.index &&
      isNewBody(each),
  );
}

function isNewBody({ before, after }: Change & { readonly type: 'altered' }): boolean {
  return before.kind === 'function' && after.kind === 'function' && before.setBy.body !== after.setBy.body;
}

/** Does one of them do its work by the other? */
function callsOther(graph: SchemaGraph, older: Routine, newer: Routine): boolean {
  return [older, newer].some((each) => namedCalls(graph, each, each.name.name)?.length !== 0);
}

function inputsOf({ parameters }: Routine): readonly Parameter[] {
  return parameters.filter(isInput);
}

function nameOf({ name }: Parameter, at: number): string {
  return name ?? `its argument ${at + 1}`;
}

interface Shared {
  readonly least: number;
  readonly most: number;
}

/**
 * With how many arguments, up to all that one of them has, a call fits both; undefined where the types differ, or where VARIADIC
 * decides.
 */
function sharedCall(one: Routine, other: Routine): Shared | undefined {
  const [a, b] = [inputsOf(one), inputsOf(other)];
  if ([...a, ...b].some(({ mode }) => mode === 'variadic')) return undefined;
  const required = (inputs: readonly Parameter[]) => inputs.filter((each) => each.default === null).length;
  const most = Math.min(a.length, b.length);
  const least = Math.max(required(a), required(b));
  const fits = most >= least && a.slice(0, most).every(({ type }, at) => isSame(type, b[at]?.type));
  return fits ? { least, most } : undefined;
}

/** Where the API has client roles: may none of them call any? Elsewhere every application may. */
function isOutOfReach(graph: SchemaGraph, routines: readonly Routine[], settings: Settings): boolean {
  const isClosed = (each: Routine) => each.routine === 'function' && apiCallers(graph, each, settings).length === 0;
  return settings.clientRoles.length > 0 && routines.every(isClosed);
}

/** Does another routine call them so, or a query of the history name them, which may have handed the call to a scheduler? */
function isCalledStill(
  graph: SchemaGraph,
  overloads: readonly Routine[],
  { least, most }: Shared,
  statements: readonly Statement[],
): boolean {
  const [name = ''] = overloads.map((each) => each.name.name);
  const others = userRoutines(graph).filter((each) => !overloads.includes(each));
  return (
    others.some((each) => namedCalls(graph, each, name)?.every((count) => count < least || count > most) !== true) ||
    statements.some(({ kind, node }) => /^(?:Select|Call)Stmt$/.test(kind) && JSON.stringify(node).includes(name))
  );
}

/** The routines whose bodies call it with as many arguments as both take, none of them by its name, which could tell the two apart. */
function callersOf(graph: SchemaGraph, overloads: readonly Routine[], { least, most }: Shared): readonly Routine[] {
  const [name = ''] = overloads.map((each) => each.name.name);
  return userRoutines(graph).filter((each) => {
    if (overloads.includes(each) || /=>/.test(each.body?.text ?? '')) return false;
    return namedCalls(graph, each, name)?.some((count) => count >= least && count <= most) === true;
  });
}

function isSame(a: Parameter['type'], b: Parameter['type'] | undefined): boolean {
  return b !== undefined && sameType(a, b);
}
