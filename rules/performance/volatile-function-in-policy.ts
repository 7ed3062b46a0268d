import {
  andList,
  brief,
  defineRule,
  display,
  type EntityOf,
  type Fix,
  inputTypes,
  isUsersOwn,
  onlyReads,
  policyCallsOf,
  quoteIdentifier,
  raw,
  relatedAt,
  routineShape,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

/** How many names a sentence lists. */
const NAMED = 4;

export default defineRule({
  meta: {
    id: 'volatile-function-in-policy',
    category: 'performance',
    severity: 'medium',
    summary: 'Policies call a VOLATILE function for each row.',
    why: 'A function that does not say STABLE or IMMUTABLE is VOLATILE: Postgres takes a new snapshot for every query in it and may not use it to search an index. In a policy that is once for each row that is looked at, in a WITH CHECK for each that is written; during an UPDATE it even sees the rows that the same statement has changed already.',
    remedy:
      'Declare a function that only reads STABLE. One that writes does not belong into a policy: SELECT would write, once for each row.',
    scope: ['Low where it stands only in WITH CHECK, and does not write.'],
    messages: {
      reads:
        '{{function}} is VOLATILE though it only reads: {{policies}} on {{tables}} {{run}} it with a new snapshot for each row{{only}}.',
      writes:
        '{{function}} writes to {{written}}, and {{policies}} on {{tables}} {{run}} it for each row that is {{met}}.',
      other:
        '{{function}} is VOLATILE: {{policies}} on {{tables}} {{run}} it with a new snapshot for each row{{only}}.',
    },
    restsOn: ['functions', 'policies', 'rowSecurity'],
    references: ['https://www.postgresql.org/docs/current/xfunc-volatility.html'],
  },
  visit: {
    function(fn, { graph, report }) {
      if (fn.volatility !== 'volatile' || fn.routine !== 'function' || !isUsersOwn(graph, fn)) return;
      const calls = policyCallsOf(graph, fn.id);
      if (calls.length === 0) return;
      const policies = [...new Set(calls.map(({ policy }) => policy))];
      const tables = [...new Set(policies.map((each) => brief(graph.get('table', each.table).name)))];
      const written = writtenTables(graph, fn);
      const names = andList(
        policies.map((each) => quoteIdentifier(each.name)),
        NAMED,
      );
      const data = {
        function: `${brief(fn.name)}()`,
        policies: policies.length === 1 ? `the policy ${names}` : `the policies ${names}`,
        tables: andList(tables, NAMED),
        run: policies.length === 1 ? 'runs' : 'run',
      };
      const isForWritten = calls.every((each) => each.isForWritten);
      const only = isForWritten ? ' that is written, and for no other, which is why this is low' : '';
      const milder = isForWritten ? { severity: 'low' as const } : {};
      const met = isForWritten ? 'written' : 'looked at';
      const related = policies.flatMap((each) => relatedAt(each, 'calls it'));
      if (written.length > 0)
        report({ entity: fn, message: 'writes', data: { ...data, met, written: andList(written) }, related });
      else if (onlyReads(graph, fn))
        report({ entity: fn, ...milder, message: 'reads', data: { ...data, only }, related, fix: fixFor(graph, fn) });
      else report({ entity: fn, ...milder, message: 'other', data: { ...data, only }, related });
    },
  },
});

function writtenTables(graph: SchemaGraph, fn: Routine): readonly string[] {
  return [...new Set(routineShape(graph, fn).writes.map(({ write }) => write.name))];
}

function fixFor(graph: SchemaGraph, fn: Routine): Fix {
  const types = inputTypes(fn).map((each) => graph.typeName(each));
  return {
    title: 'Declare it STABLE',
    safety: 'review',
    sql: sql`alter function ${raw(display(fn.name))}(${raw(types.join(', '))}) stable;`,
  };
}
