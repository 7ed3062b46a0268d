import {
  andList,
  askedByTriggers,
  brief,
  type DeadBranch,
  type DeadCondition,
  deadBranches,
  deadQueries,
  defineRule,
  type EntityOf,
  type Fix,
  failuresOf,
  type ImpossibleTest,
  isSaid,
  isUsersOwn,
  neverTrue,
  neverTrueArms,
  orList,
  quoteIdentifier,
  quoteLiteral,
  redefined,
  relationName,
  routineShape,
  type SchemaGraph,
  spoken,
  statusLabels,
  writesText,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

/** A condition that is never true, and what comes of it, as the end of a sentence. */
interface Dead {
  readonly tests: readonly ImpossibleTest[];
  readonly result: string;
}

export default defineRule({
  meta: {
    id: 'impossible-value',
    category: 'integrity',
    severity: 'medium',
    summary: 'A condition asks for a value that a CHECK of the table never lets in.',
    why: 'No row holds what its CHECK refuses: a condition that asks for it is never true, without an error. What a trigger is to do then (withdraw tokens, write a log) is never done, an UPDATE or DELETE finds no row, a count is always 0, and a policy lets nobody in. Mostly the value was renamed, or is spelled otherwise in the list, or was never added there.',
    remedy:
      'Ask for the value that the CHECK has in its place, or let the value in, if something is to write it. Enums need no such rule: Postgres raises an error for a label that they lack (broken-function).',
    scope: [
      'Not reported: lists in which the CHECK lets one value in (old and new spellings), conditions that something is not such a value, branches that only tell values apart, NEW of a BEFORE trigger where a trigger may mend the value first, and rows that may be older than a CHECK that is NOT VALID.',
    ],
    messages: {
      asks: '{{who}} asks for {{value}}, which the CHECK {{check}} never lets in{{allowed}}: {{result}}.',
    },
    restsOn: ['existence', 'constraints', 'triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS'],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      if (!isUsersOwn(graph, routine)) return;
      const branches = deadBranches(graph, routine).map(
        (each): Dead => ({ tests: each.tests, result: lost(graph, each) }),
      );
      const queries = routineShape(graph, routine).expressions.flatMap((each) => queryResults(graph, each));
      const dead = [...branches, ...queries].filter(({ tests }) => !tests.some((each) => isTold(graph, routine, each)));
      const told = toldOf(graph, dead, spoken(routine));
      if (told === undefined) return;
      report({ entity: routine, message: 'asks', ...told, fix: () => fixFor(graph, routine, dead, texts) });
    },
    policy(policy, { graph, report }) {
      const clauses = [policy.using, policy.check].flatMap((each) => each ?? []);
      const dead = clauses.flatMap((clause): readonly Dead[] => {
        const asked = { row: 'around' } as const;
        const whole = neverTrue(graph, clause.tree, clause, asked);
        if (whole !== undefined)
          return [{ tests: whole, result: policy.isPermissive ? 'it lets nobody in' : 'it lets nothing through' }];
        const arms = neverTrueArms(graph, clause.tree, clause, asked);
        const ways = arms.length === 0 ? [] : [{ tests: arms, result: 'this way in is open to nobody' }];
        return [...ways, ...queryResults(graph, clause)];
      });
      const who = `The policy ${quoteIdentifier(policy.name)} of ${relationName(graph, policy.table)}`;
      const told = toldOf(graph, dead, who);
      if (told !== undefined) report({ entity: policy, message: 'asks', ...told });
    },
    view(view, { graph, report }) {
      const told = isUsersOwn(graph, view) ? toldOf(graph, queryResults(graph, view.query), spoken(view)) : undefined;
      if (told !== undefined) report({ entity: view, message: 'asks', ...told });
    },
    materializedView(view, { graph, report }) {
      const told = isUsersOwn(graph, view) ? toldOf(graph, queryResults(graph, view.query), spoken(view)) : undefined;
      if (told !== undefined) report({ entity: view, message: 'asks', ...told });
    },
    trigger(trigger, { graph, report }) {
      if (trigger.when === null) return;
      const tests = neverTrue(graph, trigger.when.tree, trigger.when, askedByTriggers(graph, [trigger]));
      const who = `The trigger ${quoteIdentifier(trigger.name)} of ${relationName(graph, trigger.relation)}`;
      const told = toldOf(graph, tests === undefined ? [] : [{ tests, result: 'it never runs its function' }], who);
      if (told !== undefined) report({ entity: trigger, message: 'asks', ...told });
    },
    index(index, { graph, report }) {
      if (index.predicate === null) return;
      const tests = neverTrue(graph, index.predicate.tree, index.predicate, { row: 'around' });
      const told = toldOf(
        graph,
        tests === undefined ? [] : [{ tests, result: 'it never holds a row' }],
        `The index ${brief(index.name)}`,
      );
      if (told !== undefined) report({ entity: index, message: 'asks', ...told, severity: 'low' });
    },
  },
});

function toldOf(graph: SchemaGraph, dead: readonly Dead[], who: string) {
  const [first, ...others] = dead;
  const [test] = first?.tests ?? [];
  if (first === undefined || test === undefined) return undefined;
  const alike = first.tests.filter(({ column }) => column === test.column);
  const allowed = statusLabels(graph, test.column);
  return {
    ...(test.at === null ? {} : { origin: { from: 'statement', at: test.at } as const }),
    related: others.flatMap(({ tests: [each], result }) =>
      each === undefined || each.at === null ? [] : [{ note: `${askedValue(graph, [each])}: ${result}`, at: each.at }],
    ),
    data: {
      who,
      value: askedValue(graph, alike),
      check: quoteIdentifier(test.constraint.name),
      allowed: allowed.length === 0 ? '' : ` (only ${orList(allowed.map(quoteLiteral), 6)})`,
      result: first.result,
    },
  };
}

/** `orders.status 'gone'`. */
function askedValue(graph: SchemaGraph, tests: readonly ImpossibleTest[]): string {
  const [first] = tests;
  if (first === undefined) return '';
  const { relation, name } = first.column;
  return `${relationName(graph, relation)}.${quoteIdentifier(name)} ${orList([...new Set(tests.flatMap(valuesOf))].map(quoteLiteral), 4)}`;
}

function valuesOf({ constants }: ImpossibleTest): readonly string[] {
  return constants.map(({ sval }) => sval?.sval ?? '');
}

function queryResults(graph: SchemaGraph, bound: Parameters<typeof deadQueries>[1]): readonly Dead[] {
  return deadQueries(graph, bound).map(({ tests, does }) => ({ tests, result: RESULTS[does] }));
}

const RESULTS: { readonly [does in DeadCondition['does']]: string } = {
  select: 'the query there finds no row',
  update: 'the UPDATE there changes no row',
  delete: 'the DELETE there removes no row',
  insert: 'the INSERT there adds no row',
  count: 'what is counted there is always nothing',
};

/** What never happens. */
function lost(graph: SchemaGraph, { writes, sets, raises }: DeadBranch): string {
  const done = [
    ...(writes.length > 0 ? [writesText(graph, writes)] : []),
    ...(sets.length > 0 ? [`sets ${andList(sets.map(quoteIdentifier), 3)}`] : []),
    ...(raises ? ['refuses the row'] : []),
  ];
  return `what it does then${done.length === 0 ? '' : ` (${done.join(', ')})`} is never done`;
}

/** broken-function tells of a statement that writes what this CHECK refuses. */
function isTold(graph: SchemaGraph, routine: Routine, { constraint }: ImpossibleTest): boolean {
  return failuresOf(graph, routine).some(
    (each) => isSaid(each) && each.message.includes(`check constraint "${constraint.name}"`),
  );
}

/** The function with the CHECK's own spelling, where each value differs from one of it in case, separators or plural only. */
function fixFor(
  graph: SchemaGraph,
  routine: Routine,
  dead: readonly Dead[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const file = routine.body?.at?.file;
  const text = file === undefined ? undefined : texts.get(file);
  const insertions = dead
    .flatMap(({ tests }) => tests)
    .flatMap(({ column, constants }) => {
      const allowed = statusLabels(graph, column);
      return constants.map(({ sval, location }) => {
        const written = sval?.sval ?? '';
        const [meant, another] = allowed.filter((each) => spelling(each) === spelling(written));
        const literal = quoteLiteral(written);
        const isThere = location !== undefined && text?.startsWith(literal, location) === true;
        return meant === undefined || another !== undefined || !isThere
          ? undefined
          : { at: location, end: location + literal.length, text: quoteLiteral(meant) };
      });
    });
  const certain = insertions.flatMap((each) => each ?? []);
  if (certain.length < insertions.length) return undefined;
  const written = redefined(graph, routine, texts, certain);
  return written === undefined
    ? undefined
    : { title: 'Ask for the value as the CHECK spells it', safety: 'review', sql: written };
}

function spelling(value: string): string {
  return value
    .toLowerCase()
    .replace(/[\s_-]+/g, '')
    .replace(/s$/, '');
}
