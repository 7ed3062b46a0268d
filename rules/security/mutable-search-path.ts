import {
  type AuditSettings,
  andList,
  askedOnce,
  brief,
  brokenOverApi,
  defineRule,
  type EntityOf,
  forbiddenInAuth,
  groupedBy,
  type Habit,
  habitsOf,
  IN_AUTH_MESSAGES,
  inAuth,
  isFixedPath,
  isHabit,
  isInlinable,
  isShown,
  mayBeMadeInBody,
  type Origin,
  ownersRights,
  ownTemporaryTables,
  pathsOfSchema,
  quoteIdentifier,
  relationsNamedIn,
  type SchemaGraph,
  transitionTables,
  usualPathFix,
  withBodyPlace,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

export default defineRule({
  meta: {
    id: 'mutable-search-path',
    category: 'security',
    severity: 'low',
    summary: 'A function that runs with the rights of its caller does not pin its search_path.',
    why: 'Names in the body mean what the search_path of the session says, which is not the same for every caller: a dump that is restored, a logical replica, a cron job or a role with a path of its own runs the function with another one. It then fails, or meets an object of that name elsewhere. Supabase Auth is such a role, with auth as its only schema: a trigger that it comes to, on auth.users or where a key takes rows along with a user, does not find the tables of public by it.',
    remedy:
      "Pin it: SET search_path = '' and a schema before every name, else the schemas meant, with pg_temp at the end, or in front where the body makes temporary tables.",
    scope: [
      'SQL functions that the planner can put in the place of their call are not reported, since any SET keeps it from doing so; SECURITY DEFINER functions are reported by definer-without-search-path, and names that no request to the API finds by broken-function, where it runs.',
      'Temporary tables that a body makes are found first by every path that does not name pg_temp: they are not listed, and the fix of such a function leaves pg_temp in front.',
      'On Supabase twelve functions of a schema or more that name no relation are one finding; `"habit": 0` shows each.',
      'Where no platform\'s roles run them, bodies that name no relation are not reported, and many functions and hardly one that pins its path are one finding; `"habit": 0` shows each.',
    ],
    messages: {
      named:
        '{{function}} finds {{names}} by the search_path of whoever runs it: with another path it fails, or meets another relation of that name.',
      plain:
        '{{function}} looks up functions, operators and types by the search_path of whoever runs it; it names no relation that another path would change.',
      several:
        '{{count}} functions of {{schema}} look up functions, operators and types by the search_path of whoever runs them ({{names}}); they name no relation that another path would change.',
      partly:
        '{{function}} looks up names by the search_path of whoever runs it, and those of the statements too that it puts together as it runs: what they name without a schema is another relation by another path, and what they make goes into the first schema of it.',
      habit:
        '{{count}} functions of {{schema}} look up names by the search_path of whoever runs them ({{names}}): a restored dump, a replica or a role with a path of its own runs them with another, and they fail or meet other relations.',
      ...IN_AUTH_MESSAGES,
    },
    restsOn: ['functions'],
    equivalents: ['splinter:0011'],
    references: [
      'https://supabase.com/docs/guides/database/database-linter?lint=0011_function_search_path_mutable',
      'https://github.com/supabase/auth/issues/293',
    ],
    optionDocs: {
      habit:
        'So many functions of a schema are one finding: on Supabase of those that name no relation, on plain Postgres if they are three quarters of all; 0 tells of each.',
    },
  },
  defaults: { habit: 12 },
  visit: {
    graph(graph, { journal, statements, options, settings, isApart, report }) {
      for (const routines of habits(graph, settings, options.habit, isApart).values())
        report({ ...pathsOfSchema(graph, routines), message: 'habit' });
      // Where one application has the database, nobody is there whose path finds another lower().
      if (settings.platform !== 'supabase') return;
      const { alone, habits: alike } = habitsOf(plainRoutines(graph), options.habit, (each) =>
        isApart(each, withBodyPlace(each).origin) || isToldOfNames(each) ? undefined : each.name.schema,
      );
      for (const each of alone)
        report({
          ...withBodyPlace(each),
          message: 'plain',
          data: { function: brief(each.name) },
          fix: () => usualPathFix(graph, each),
          ...(isToldOfNames(each) ? { toldBy: ['broken-function'] } : {}),
        });
      for (const routines of alike) report({ ...pathsOfSchema(graph, routines), message: 'several' });

      /** That no request finds its names broken-function tells, whose fix pins the path as well. */
      function isToldOfNames(routine: Routine): boolean {
        return brokenOverApi(graph, { journal, statements }, routine, settings).length > 0;
      }
    },
    function(routine, { graph, journal, statements, settings, options, isApart, report }) {
      if (!findsByPath(routine)) return;
      if (habits(graph, settings, options.habit, isApart).get(routine.name.schema)?.includes(routine) === true) return;
      // With a path alone it would find the tables and then not be let write them.
      const isForbidden = forbiddenInAuth(graph, routine) !== undefined;
      const title =
        'Run it with the rights of its owner, as Supabase Auth has none on what it writes, and pin the search_path';
      const fix = () => {
        const rights = isForbidden ? ownersRights(graph, routine) : undefined;
        return rights === undefined ? usualPathFix(graph, routine) : { ...rights, title };
      };
      const failing = inAuth(graph, routine);
      if (failing !== undefined) {
        report({ ...withBodyPlace(routine), fix, ...failing });
        return;
      }
      // That no request finds its names broken-function tells, whose fix pins the path as well.
      const isTold = brokenOverApi(graph, { journal, statements }, routine, settings).length > 0;
      const about = { ...withBodyPlace(routine), fix, ...(isTold ? { toldBy: ['broken-function'] } : {}) };
      const { names, isComplete } = foundByPath(graph, routine);
      const data = { function: brief(routine.name) };
      if (names.length > 0) report({ ...about, message: 'named', data: { ...data, names: andList(names, 3) } });
      else if (!isComplete) report({ ...about, message: 'partly', data });
    },
  },
});

/** Does it run with its caller's path, and stay a function when it is called? */
function findsByPath(routine: Routine): boolean {
  return routine.security === 'invoker' && routine.body !== null && !isFixedPath(routine) && !isInlinable(routine);
}

/** The relations that the body names without a schema, as far as that is all that it names. */
function foundByPath(
  graph: SchemaGraph,
  routine: Routine,
): { readonly names: readonly string[]; readonly isComplete: boolean } {
  const { relations, isComplete } = relationsNamedIn(routine);
  const transitions = transitionTables(graph, routine);
  const temporary = ownTemporaryTables(routine);
  const found = relations.flatMap(({ schema, name }) =>
    schema !== undefined || transitions.has(name) || temporary.has(name) || isOutsidePath(graph, name) ? [] : [name],
  );
  return { names: [...new Set(found)].map(quoteIdentifier), isComplete };
}

/** Those whose path is open, and whose bodies name no relation that a path finds; none that Supabase Auth comes to. */
function plainRoutines(graph: SchemaGraph): readonly Routine[] {
  return graph.ofKind('function').filter((each) => {
    if (!isShown(each, graph) || !findsByPath(each) || inAuth(graph, each) !== undefined) return false;
    const { names, isComplete } = foundByPath(graph, each);
    return names.length === 0 && isComplete;
  });
}

/** By schema, the functions with an open path that names relations where hardly one has a pinned one; none on Supabase, whose roles have paths of their own. */
function habits(
  graph: SchemaGraph,
  { platform }: Pick<AuditSettings, 'platform'>,
  from: number,
  isApart: (routine: Routine, origin?: Origin) => boolean,
): ReadonlyMap<string, Habit<Routine>> {
  if (platform !== 'postgres') return new Map();
  return new Map(
    [...pathsBySchema(graph)].flatMap(([schema, { open, all }]) => {
      const [first, ...others] = open.filter((each) => !isApart(each, withBodyPlace(each).origin));
      return first !== undefined && isHabit(from, others.length + 1, all)
        ? [[schema, [first, ...others]] as const]
        : [];
    }),
  );
}

interface Paths {
  readonly open: readonly Routine[];
  /** How many functions name relations that a path finds. */
  readonly all: number;
}

const pathsBySchema = askedOnce((graph): ReadonlyMap<string, Paths> => {
  const own = graph.ofKind('function').filter((each) => {
    if (!isShown(each, graph) || each.body === null) return false;
    const { names, isComplete } = foundByPath(graph, each);
    return names.length > 0 || !isComplete;
  });
  return new Map(
    [...groupedBy(own, ({ name }) => name.schema)].map(([schema, all]) => {
      const open = all.filter(findsByPath);
      return [schema, { open, all: all.length }];
    }),
  );
});

/** pg_class, pg_indexes …: every path has pg_catalog in front, and all its relations begin so; and before it the session's temporary tables. */
function isOutsidePath(graph: SchemaGraph, name: string): boolean {
  if (!/^pg_/.test(name) && !mayBeMadeInBody(graph, name)) return false;
  return !RELATIONS.some((kind) => graph.ofKind(kind).some((each) => each.name.name === name));
}

const RELATIONS = ['table', 'view', 'materializedView', 'foreignTable'] as const;
