import {
  addTo,
  andList,
  apiCallers,
  apiPathText,
  askedOnce,
  assumedFields,
  bornBy,
  brief,
  brokenOverApi,
  type Change,
  certainFailures,
  counted,
  defineRule,
  type EntityId,
  type EntityOf,
  type Failure,
  failingSignUp,
  failuresOf,
  isHistoryIncomplete,
  isSaid,
  isTriggerFunction,
  isUsersOwn,
  lossOf,
  mendedBody,
  namedGrants,
  orList,
  pinnedPath,
  quoteIdentifier,
  type RelatedPlace,
  ranOnce,
  raw,
  refusesItsCallers,
  relationName,
  routineShape,
  type SchemaGraph,
  sql,
  usualPathFix,
  variableKind,
  withArticle,
  withBodyPlace,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;
type Trigger = EntityOf<'trigger'>;

export default defineRule({
  meta: {
    id: 'broken-function',
    category: 'integrity',
    severity: 'high',
    summary:
      'The body of a function names what does not exist, compares or stores what has the wrong type or fails a CHECK, sends rows nowhere, or ends without RETURN.',
    why: 'Postgres looks up the names in a PL/pgSQL body, and the types of what it compares, stores and returns, when a statement of it is first run, not when the function is made; whether rows have somewhere to go, and a way through has its RETURN, it asks as late; and what is renamed or dropped later changes no body. The migration succeeds, and each call that gets to the statement ends in an error: of a trigger function, each write to the table.',
    remedy:
      'Correct the name, or drop what is left over. A value of another type needs an explicit cast; RETURN QUERY wants each column to have the very type that the function declares, varchar is not text there. A constant that no CHECK of the table lets in is mostly a value that was renamed, or one that the list lacks. A SELECT whose rows nobody wants is PERFORM in PL/pgSQL, one whose rows are wanted has INTO or RETURN QUERY; a trigger function returns NEW, OLD or NULL on each way through it. A column called like a parameter, like a column of RETURNS TABLE or like a variable is told apart by a qualifier: t.id for the column, f.id for the parameter. Where a trigger of the table refuses the very change that an UPDATE makes, from one constant to another, one of the two is wrong about which changes there are. A function for service_role alone takes the user as a parameter: auth.uid() is NULL there, and where it refuses that, nobody can call it (medium). A search_path that a function pins has to name the schema of each extension whose functions it calls without one. `supabase db lint` (plpgsql_check) finds the same in a running database.',
    scope: [
      'Not reported: what a temporary table or text put together at run time may bring, what the body itself asks the catalog for, statements whose error a handler of that very condition expects, and trigger functions that no trigger uses.',
    ],
    messages: {
      write: 'Every {{write}} fails with {{code}} in {{function}}, the function of the trigger {{trigger}}: {{what}}.',
      signUp:
        'Nobody can sign up{{whom}}: {{function}}, the function of the trigger {{trigger}} on auth.users, comes to {{place}} then, and fails with {{code}}: {{what}}.',
      someWrites:
        'Where {{function}}, the function of the trigger {{trigger}} on {{table}}, gets to {{place}}, the {{write}} fails with {{code}}: {{what}}.',
      call: 'Every call of {{function}} fails with {{code}}: {{what}}.',
      policies:
        'Every call of {{function}} fails with {{code}}: {{what}}. Policies on {{tables}} call it: each statement that comes to them there fails as well.',
      someCalls: '{{function}} fails with {{code}} where it gets to {{place}}: {{what}}.',
      caught:
        '{{function}} never does what this block is for: {{what}}, and a handler for OTHERS catches the error ({{code}}), which is why this is medium.',
      caughtBody:
        '{{when}} of {{function}} ends in its handler for OTHERS, with all undone that it did: {{what}} ({{code}}). The caller is told whatever the handler makes of it.',
      nobody:
        'Every call of {{function}} fails: only service_role may call it, and it refuses whoever is not signed in. A request with the service key carries no user, so that auth.uid() is NULL for each of them; one with the token of a user comes as authenticated, who may not call it.',
      overApi:
        'Over the API {{function}} fails with {{code}} {{when}}: {{names}}, and requests look for names in {{path}} (extra_search_path).',
      done: 'Every call of {{function}} fails with {{code}}: {{what}}. A migration called it before that, no client may, and nothing in the schema does, which is why this is low: its work seems done.',
      leftOver:
        'Every call of {{function}} with these arguments fails with {{code}}: {{what}}. A function of the same name with other arguments does not name it, which is why this is medium: this one seems left over.',
    },
    restsOn: ['functions'],
    equivalents: ['supabase:plpgsql-check'],
    references: [
      'https://www.postgresql.org/docs/current/plpgsql-implementation.html',
      'https://supabase.com/docs/reference/cli/supabase-db-lint',
    ],
  },
  visit: {
    function(routine, { graph, journal, statements, texts, settings, report }) {
      const failing = certainFailures(graph, { journal, statements }, routine, failuresOf(graph, routine));
      const signUp = failingSignUp(graph, routine);
      const isSigningUp = signUp !== undefined && failing.includes(signUp.failure);
      const [first] = [...(isSigningUp ? [signUp.failure] : failing.filter(({ isCaught }) => !isCaught)), ...failing];
      if (first === undefined) {
        const refused = refusesItsCallers(graph, routine);
        // What others were only taken the right from is retired.
        const isMeant =
          refused !== undefined && namedGrants({ statements, journal }, routine).granted.has('service_role');
        if (isMeant)
          return report({
            ...withBodyPlace(routine),
            origin: { from: 'statement', at: refused.at },
            message: 'nobody',
            severity: 'medium',
            data: { function: `${brief(routine.name)}()` },
          });
        const failingByPath = brokenOverApi(graph, { journal, statements }, routine, settings);
        const [byPath] = failingByPath;
        if (byPath === undefined) return;
        return report({
          ...withBodyPlace(routine),
          ...(byPath.at === null ? {} : { origin: { from: 'statement', at: byPath.at } as const }),
          message: 'overApi',
          confidence: 'likely',
          data: {
            function: `${brief(routine.name)}()`,
            code: byPath.code,
            when: byPath.isAlwaysReached ? 'with each call' : 'where it gets to this statement',
            ...apiPathText(graph, routine, failingByPath),
          },
          fix: () => usualPathFix(graph, routine),
        });
      }
      const firedBy = graph.dependents(routine.id);
      const triggers = firedBy.filter(isFiring);
      const isFired = triggers.length > 0 || firedBy.some(({ kind }) => kind === 'eventTrigger');
      if (isTriggerFunction(routine) && !isFired) return;
      const alike = failing.filter((each) => isAlike(each, first));
      const told = {
        ...withBodyPlace(routine),
        ...(first.at === null ? {} : { origin: { from: 'statement', at: first.at } as const }),
        related: [...otherPlaces(failing, alike), ...gone(journal, first)],
        ...(isHistoryIncomplete(graph) ? { confidence: 'likely' as const } : {}),
        fix: () => mendedBody(graph, routine, failing, texts, statements),
      };
      const data = {
        function: `${brief(routine.name)}()`,
        code: first.code,
        what: whatOf(graph, routine, alike, journal),
      };
      const place = first.kind === 'end' ? 'its end' : 'this statement';
      const firing = triggers.find((each) => each.when === null && each.updateColumns.length === 0) ?? triggers[0];
      if (first.isCaught && first.isWholeBody && firing === undefined) {
        const when = first.isAlwaysReached ? 'Every call' : 'Each call that gets to this statement';
        return report({ ...told, message: 'caughtBody', data: { ...data, when } });
      }
      if (first.isCaught) return report({ ...told, message: 'caught', data, severity: 'medium' });
      if (isSigningUp) {
        const trigger = quoteIdentifier(signUp.trigger.name);
        const whom = whomText(graph, signUp.lookedFor);
        return report({ ...told, message: 'signUp', data: { ...data, trigger, place, whom }, severity: 'critical' });
      }
      if (firing !== undefined) {
        const isEach = first.isAlwaysReached && firing.when === null && firing.updateColumns.length === 0;
        const table = relationName(graph, firing.relation);
        const write = orList(firing.events.map((each) => each.toUpperCase()));
        const fired = { ...data, trigger: quoteIdentifier(firing.name) };
        if (!isEach) return report({ ...told, message: 'someWrites', data: { ...fired, table, write, place } });
        return report({
          ...told,
          message: 'write',
          data: { ...fired, write: `${write} on ${table}` },
          severity: 'critical',
        });
      }
      if (!first.isAlwaysReached) return report({ ...told, message: 'someCalls', data: { ...data, place } });
      const dropped = {
        title: 'Drop it, if nobody calls it any more',
        safety: 'review',
        sql: sql`drop ${raw(routine.routine)} ${raw(graph.path(routine))};`,
      } as const;
      if (isLeftOver(graph, journal, routine))
        return report({ ...told, message: 'leftOver', data, severity: 'medium', fix: dropped });
      const loss = lossOf(journal, first)?.by;
      const isDone = loss !== undefined && ranOnce(graph, statements, routine, loss);
      if (isDone && apiCallers(graph, routine, settings).length === 0)
        return report({ ...told, message: 'done', data, severity: 'low', fix: dropped });
      const guarded = [
        ...new Set(firedBy.flatMap((each) => (each.kind === 'policy' ? [relationName(graph, each.table)] : []))),
      ];
      if (guarded.length > 0)
        return report({
          ...told,
          message: 'policies',
          data: { ...data, tables: andList(guarded.sort(), 4) },
          severity: 'critical',
        });
      return report({ ...told, message: 'call', data });
    },
  },
});

/** ` whose email no users row has` */
function whomText(graph: SchemaGraph, columns: readonly EntityId[]): string {
  const texts = columns.map((id) => {
    const { name, relation } = graph.get('column', id);
    return `whose ${quoteIdentifier(name)} no ${relationName(graph, relation)} row has`;
  });
  return texts.length === 0 ? '' : ` ${andList(texts)}`;
}

function isFiring(entity: { readonly kind: string }): entity is Trigger {
  return entity.kind === 'trigger' && (entity as Trigger).enabled !== 'disabled';
}

/** Do two places fail for one reason? */
function isAlike(a: Failure, b: Failure): boolean {
  if (isSaid(a) || isSaid(b)) return a.kind === b.kind && textOf(a) === textOf(b);
  return a.kind === b.kind && a.relation === b.relation && a.foundIn === b.foundIn;
}

function textOf(failure: Failure): string {
  return isSaid(failure) ? failure.message : failure.name;
}

/** Places that fail for one reason, as one phrase. */
function whatOf(graph: SchemaGraph, routine: Routine, alike: readonly Failure[], journal: readonly Change[]): string {
  const [first] = alike;
  if (first === undefined) return '';
  if (isSaid(first)) return first.message;
  const failing = alike.filter((each) => !isSaid(each));
  const isOfTable = first.kind === 'column' && first.relation !== null;
  const beside = isOfTable ? assumedFields(graph, routine, first.relation) : [];
  const names = [...new Set([...failing.map(({ bare }) => bare), ...beside].map(quoteIdentifier))];
  const list = andList(names, isOfTable ? MOST_COLUMNS : 3);
  const more = gone(journal, first).length > 0 ? ' any more' : '';
  const isOne = names.length === 1;
  switch (first.kind) {
    case 'ambiguous':
      return ambiguityText(routine, failing, list);
    case 'qualifier':
      return `the statement names columns of ${list}, ${isOne ? 'which is' : 'which are'} not in its FROM`;
    case 'column': {
      const table = relationName(graph, first.relation);
      const columns = isOne ? `column ${list}` : `columns ${list}`;
      return table === ''
        ? `no table in the statement has ${isOne ? withArticle(columns) : columns}`
        : `${table} has no ${columns}${more}`;
    }
    default: {
      if (first.foundIn !== null)
        return `${list} ${isOne ? 'is' : 'are'} in the schema ${quoteIdentifier(first.foundIn)}, which the function's search_path (${pinnedPath(routine) || 'empty'}) does not name`;
      const noun = first.kind === 'relation' ? 'table' : first.kind;
      const written = andList([...new Set(failing.map(({ name }) => name))], 3);
      return isOne ? `there is no ${noun} ${written}${more}` : `there are no ${noun}s ${written}`;
    }
  }
}

/** `stock can mean a parameter of the function as well as a column: rename the parameter, or write the column with its table` */
function ambiguityText(
  routine: Routine,
  failing: readonly Extract<Failure, { readonly bare: string }>[],
  list: string,
): string {
  const names = new Set(failing.map(({ bare }) => bare));
  const words = new Set([...names].map((name) => variableKind(routine, name) ?? 'column'));
  const [word = 'variable'] = words.size === 1 ? words : [];
  if (word === 'column')
    return `${list} can mean a column of more than one of the tables: write ${names.size === 1 ? 'it' : 'them'} with the table that is meant`;
  return names.size === 1
    ? `${list} can mean ${withArticle(word)} of the function as well as a column: rename the ${word}, or write the column with its table`
    : `${list} can mean ${word}s of the function as well as columns: rename the ${word}s, or write the columns with their table`;
}

const MOST_COLUMNS = 8;

/** Each other name that fails, where it first stands; of very many the first. */
function otherPlaces(failing: readonly Failure[], told: readonly Failure[]): readonly RelatedPlace[] {
  const byName = new Map<string, Failure[]>();
  for (const each of failing) addTo(byName, `${each.code} ${textOf(each)}`, each);
  return [...byName.values()].flatMap((places) => {
    const [first] = places;
    if (
      first === undefined ||
      first.at === null ||
      told.some((each) => each.code === first.code && textOf(each) === textOf(first))
    )
      return [];
    const also = places.length > 1 ? `, ${counted(places.length, 'time')}` : '';
    const what = isSaid(first) ? first.message : `${first.name} fails as well`;
    return [{ note: `${what} (${first.code}${also})`, at: first.at }];
  });
}

/** Where the history dropped or renamed it. */
function gone(journal: readonly Change[], failing: Failure): readonly RelatedPlace[] {
  const last = lossOf(journal, failing);
  if (last === undefined) return [];
  const isAlong = last.type === 'dropped' && last.before.kind === 'column' && last.by.kind !== 'AlterTableStmt';
  return [
    {
      note: isAlong ? 'taken along here by CASCADE' : last.type === 'dropped' ? 'dropped here' : 'renamed here',
      at: last.by.at,
    },
  ];
}

/** What functions of the schema call. */
const calledRoutines = askedOnce((graph): ReadonlySet<EntityId> => {
  return new Set(
    graph.ofKind('function').flatMap((each) => (isUsersOwn(graph, each) ? routineShape(graph, each).calls : [])),
  );
});

/** Another overload does without the names that fail here, and no later file made this one beside it. */
function isLeftOver(graph: SchemaGraph, journal: readonly Change[], routine: Routine): boolean {
  if (calledRoutines(graph).has(routine.id)) return false;
  const made = bornBy(journal, routine.id)?.migration.index ?? 0;
  return graph.functions(routine.name).some((other) => {
    if (other.id === routine.id || failuresOf(graph, other).length > 0) return false;
    return made <= (bornBy(journal, other.id)?.migration.index ?? made);
  });
}
