import {
  type AuditSettings,
  andList,
  brief,
  clientsExecuting,
  defineRule,
  type EntityOf,
  type Fix,
  habitsOf,
  IN_AUTH_MESSAGES,
  inAuth,
  isFixedPath,
  isTriggerFunction,
  isUsersOwn,
  mayPlant,
  pathSetFirst,
  pathsOfSchema,
  quoteIdentifier,
  raw,
  redefinition,
  relationsNamedIn,
  type SchemaGraph,
  type SourceLocation,
  sql,
  transitionTables,
  usualPathFix,
  withBodyPlace,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

export default defineRule({
  meta: {
    id: 'definer-without-search-path',
    category: 'security',
    severity: 'high',
    summary: 'A SECURITY DEFINER function does not pin its search_path.',
    why: 'Names in the body are looked up in the search_path of whoever calls the function, and in their temporary schema first of all, but with the rights of its owner. A caller who makes a table or function of the right name decides what those rights are used on. SECURITY DEFINER does not change the path either: Supabase Auth connects with auth as its only schema, and a trigger that it comes to, on auth.users or where a key takes rows along with a user, does not find the tables of public by it.',
    remedy:
      "Pin it: SET search_path = '' and a schema before every name is safest; else the schemas meant, with pg_temp at the end.",
    scope: [
      'It takes SQL of one’s own to set a path or to make a temporary table: on Supabase clients come through an API that runs none, so that it is medium there, low where the tables are named with their schema or no client role may execute the function, and high only where clients may call a function that runs what they give it.',
      'Bodies in SQL-standard form (BEGIN ATOMIC) are bound when they are made and need none.',
      'Where clients come through an API that runs no SQL of theirs, twelve functions of a schema or more that name their tables with a schema are one finding; `"habit": 0` shows each.',
    ],
    messages: {
      named:
        "{{function}} runs with the rights of {{owner}} but finds {{names}} by its caller's search_path: a temporary table of that name goes first.",
      plain: "{{function}} runs with the rights of {{owner}} but looks up names by its caller's search_path.",
      qualified:
        "{{function}} runs with the rights of {{owner}} but looks up functions, operators and types by its caller's search_path; its tables it names with their schema, which is why this is medium.",
      'auth alone':
        '{{function}} runs with the rights of {{owner}} and looks up functions, operators and types by its caller’s search_path; only Supabase Auth fires it, for which no client sets the path, and it names its tables with their schema, which is why this is low.',
      tableless:
        "{{function}} runs with the rights of {{owner}} but looks up functions, operators and types by its caller's search_path; it names no table, which is why this is medium.",
      'named apart':
        "{{function}} runs with the rights of {{owner}} but finds {{names}} by its caller's search_path: a temporary table of that name goes first. Requests to the API cannot make one, only who runs SQL in the database, which is why this is medium.",
      'plain apart':
        "{{function}} runs with the rights of {{owner}} but looks up names by its caller's search_path. Requests to the API can neither set it nor make tables, only who runs SQL in the database, which is why this is medium.",
      'qualified apart':
        "{{function}} runs with the rights of {{owner}} but looks up functions, operators and types by its caller's search_path. Requests to the API can neither set it nor make any, which is why this is low.",
      several:
        "{{count}} functions of {{schema}} run with the rights of {{owner}} but look up functions, operators and types by their caller's search_path ({{names}}). Requests to the API can neither set it nor make any, which is why this is low.",
      'named closed':
        "{{function}} runs with the rights of {{owner}} but finds {{names}} by its caller's search_path. No client role may execute it, which is why this is low.",
      'plain closed':
        "{{function}} runs with the rights of {{owner}} but looks up names by its caller's search_path. No client role may execute it, which is why this is low.",
      inside:
        '{{function}} runs with the rights of {{owner}} and sets search_path in its body: the path stays changed in the session of whoever calls it. A SET clause of the function, in place of that statement, ends with the call.',
      unused:
        '{{function}} does not pin its search_path and would run with the rights of {{owner}}; today no trigger uses it, and nothing else can call it, which is why this is low.',
      ...IN_AUTH_MESSAGES,
    },
    restsOn: ['functions', 'triggers'],
    equivalents: ['splinter:0011'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY',
      'https://github.com/supabase/auth/issues/293',
    ],
    optionDocs: {
      habit: 'So many functions of a schema that name their tables with a schema are one finding; 0 tells of each.',
    },
  },
  defaults: { habit: 12 },
  visit: {
    graph(graph, { settings, options, texts, shown, isApart, report }) {
      const told = shown('function')
        .filter(isOpen)
        .map((routine) => ({ routine, found: foundOf(graph, routine, settings) }));
      const { alone, habits } = habitsOf(told, options.habit, ({ routine, found: { message } }) =>
        message !== 'qualified apart' || isApart(routine, withBodyPlace(routine).origin)
          ? undefined
          : `${routine.name.schema} ${routine.owner}`,
      );
      for (const { routine, found } of alone) {
        const inside = pathSetFirst(routine);
        const fix = () => {
          if (inside === undefined) return usualPathFix(graph, routine);
          return found.message === 'inside' ? clauseFix(routine, graph, texts, inside) : undefined;
        };
        report({ ...withBodyPlace(routine), fix, ...found });
      }
      for (const [first, ...others] of habits) {
        const { data, ...about } = pathsOfSchema(graph, [first.routine, ...others.map(({ routine }) => routine)]);
        const owner = ownerOf(graph, first.routine);
        report({ ...about, message: 'several', data: { ...data, owner }, severity: 'low' });
      }
    },
  },
});

/** Does it run with the rights of its owner, and with whatever path its caller has? */
function isOpen(routine: Routine): boolean {
  return routine.security === 'definer' && routine.body !== null && !isFixedPath(routine);
}

/** What comes of the open path. */
function foundOf(graph: SchemaGraph, routine: Routine, settings: AuditSettings) {
  const data = { function: brief(routine.name), owner: ownerOf(graph, routine) };
  if (isTriggerFunction(routine) && !isFired(graph, routine))
    return { message: 'unused', data, severity: 'low' } as const;
  if (pathSetFirst(routine) !== undefined) return { message: 'inside', data, severity: 'medium' } as const;
  const failing = inAuth(graph, routine);
  if (failing !== undefined) return failing;
  const { relations: named, isComplete } = relationsNamedIn(routine);
  const transitions = transitionTables(graph, routine);
  const relations = named.filter(({ schema, name }) => schema !== undefined || !transitions.has(name));
  const unqualified = relations.filter(({ schema }) => schema === undefined);
  const names = [...new Set(unqualified.map(({ name }) => quoteIdentifier(name)))];
  const isByNames = names.length > 0;
  const whatever = { ...data, names: andList(names, 3) };
  if (mayPlant(graph, settings)) {
    if (isByNames) return { message: 'named', data: whatever } as const;
    if (!isComplete) return { message: 'plain', data } as const;
    if (isFiredByAuthAlone(graph, routine)) return { message: 'auth alone', data, severity: 'low' } as const;
    if (relations.length > 0) return { message: 'qualified', data, severity: 'medium' } as const;
    return { message: 'tableless', data, severity: 'medium' } as const;
  }
  if (!isTriggerFunction(routine) && clientsExecuting(graph, routine, settings.clientRoles).length === 0) {
    if (isByNames) return { message: 'named closed', data: whatever, severity: 'low' } as const;
    return { message: 'plain closed', data, severity: 'low' } as const;
  }
  if (isByNames) return { message: 'named apart', data: whatever, severity: 'medium' } as const;
  if (!isComplete) return { message: 'plain apart', data, severity: 'medium' } as const;
  if (isFiredByAuthAlone(graph, routine)) return { message: 'auth alone', data, severity: 'low' } as const;
  return { message: 'qualified apart', data, severity: 'low' } as const;
}

function ownerOf(graph: SchemaGraph, { owner }: Routine): string {
  return graph.get('role', owner).name;
}

/** Nobody calls a trigger function by its name. */
function isFired(graph: SchemaGraph, { id }: Routine): boolean {
  return graph.dependentsOfKind(id, 'trigger').length > 0 || graph.dependentsOfKind(id, 'eventTrigger').length > 0;
}

/** Clients do not write to the tables of Auth, nor set the path that it connects with. */
function isFiredByAuthAlone(graph: SchemaGraph, routine: Routine): boolean {
  const triggers = graph.dependentsOfKind(routine.id, 'trigger');
  if (!isTriggerFunction(routine) || triggers.length === 0) return false;
  if (graph.dependentsOfKind(routine.id, 'eventTrigger').length > 0) return false;
  return triggers.every(({ relation }) => {
    const table = graph.find(relation);
    return table?.kind === 'table' && table.name.schema === 'auth' && !isUsersOwn(graph, table);
  });
}

/** The statement would undo a SET clause beside it, so that the body is written again without it. */
function clauseFix(
  routine: Routine,
  graph: SchemaGraph,
  texts: ReadonlyMap<string, string>,
  { file, start, end }: SourceLocation,
): Fix | undefined {
  const text = texts.get(file) ?? '';
  const path = /^set\s+(?:session\s+)?search_path\s*(?:=|\bto\b)\s*(.+)$/is.exec(text.slice(start, end))?.[1]?.trim();
  const semicolon = /^\s*;/.exec(text.slice(end))?.[0];
  if (path === undefined || semicolon === undefined) return undefined;
  const written = redefinition(routine, texts, [{ at: start, end: end + semicolon.length, text: '' }]);
  const last = /\bpg_temp\b/.test(path) || /^(?:''|"")$/.test(path) ? '' : ', pg_temp';
  return written === undefined
    ? undefined
    : {
        title: 'Pin the path in a clause of the function, and leave the statement out',
        safety: 'review',
        sql: `${written}\n${sql`alter ${raw(routine.routine)} ${raw(graph.path(routine))} set search_path = ${raw(path + last)};`}`,
      };
}
