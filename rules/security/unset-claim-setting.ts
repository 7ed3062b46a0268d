import {
  andList,
  apiCallers,
  bracketed,
  brief,
  bypassesRowSecurity,
  clausesOf,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  firesInOrigin,
  isRepeatable,
  isTriggerFunction,
  type LegacyCall,
  type LegacyExpression,
  legacyExpression,
  legacyReads,
  placeOf,
  quoteIdentifier,
  quoteLiteral,
  raw,
  readingToday,
  readToday,
  relationName,
  routineDeeds,
  type SchemaGraph,
  type Severity,
  sql,
  textReadingToday,
  withBodyPlace,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;
type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'unset-claim-setting',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'A part of the request is read under a name that the API does not set on Postgres 14 and later.',
    why: "Up to Postgres 13 PostgREST set each claim, header and cookie under a name of its own (request.jwt.claim.role). Since Postgres 14 it sets request.jwt.claims, request.headers and request.cookies as JSON and nothing else, so that current_setting('request.jwt.claim.role', true) is NULL for every caller. NULL <> 'service_role' is neither true nor false: the IF that was to refuse is passed over, and whoever may call the function does what it guards. NULL = 'service_role' lets in nobody, the service key neither.",
    remedy:
      "Ask auth.role(), auth.uid() or auth.jwt() ->> 'claim'; for a header, current_setting('request.headers', true)::json ->> 'x-name'.",
    scope: [
      "Not reported: where the same body or clause asks for it in a way that there is as well, as coalesce(current_setting('request.jwt.claim.sub', true), auth.jwt() ->> 'sub') does, or calls set_config() with such a name; the role and the sub in what policies and triggers of storage and realtime run, since the Storage API sets these two.",
      'A server of your own that sets these names on its connections is not seen.',
    ],
    messages: {
      open: '{{function}} refuses nobody by {{condition}}: the API sets no {{settings}} on Postgres 14 and later, and with NULL in its place the condition is never true.{{who}} {{today}} is what the API sets.',
      unkept:
        '{{function}} keeps nothing as it was by {{condition}}: the API sets no {{settings}} on Postgres 14 and later, and with NULL in its place the condition is never true. Whoever may change the row changes that too. {{today}} is what the API sets.',
      refused:
        '{{function}} refuses everybody by {{condition}}, the service key too: the API sets no {{settings}} on Postgres 14 and later, and NULL in its place makes that so for each caller. {{today}} is what the API sets.',
      passed:
        'What {{function}} does if {{condition}} it never does, for the service key neither: the API sets no {{settings}} on Postgres 14 and later, and with NULL in its place the condition is never true. {{today}} is what the API sets.',
      entered:
        '{{condition}} of {{function}} is true for every caller, the service key too: the API sets no {{settings}} on Postgres 14 and later. {{today}} is what the API sets.',
      strict:
        '{{what}} fails with 42704 (unrecognized configuration parameter): the API sets no {{settings}} on Postgres 14 and later. {{today}} is what the API sets.',
      read: '{{what}} reads {{settings}}, which the API does not set on Postgres 14 and later: it is NULL for every caller. {{today}} is what the API sets.',
      everybody:
        '{{what}} is true for everybody: it asks for {{settings}}, which the API does not set on Postgres 14 and later. {{today}} is what the API sets.',
      nobody:
        '{{what}} lets in nobody: it asks for {{settings}}, which the API does not set on Postgres 14 and later, and NULL is not true. {{today}} is what the API sets.',
    },
    restsOn: ['existence', 'functions', 'policies', 'rowSecurity', 'privileges'],
    references: [
      'https://docs.postgrest.org/en/v12/references/transactions.html#request-headers-cookies-and-jwt-claims',
      'https://supabase.com/changelog/19695-platform-updates-30-nov-2021',
    ],
  },
  visit: {
    function(routine, { graph, settings, texts, report }) {
      const found = settings.platform === 'supabase' ? legacyReads(graph, routine) : undefined;
      if (found === undefined) return;
      const { reads, outcome, condition, asksOtherwise } = found;
      const [first] = reads;
      const at = condition?.at ?? (first && placeOf(first.expression, { FuncCall: first.call }));
      const about = {
        ...withBodyPlace(routine),
        ...(at === undefined || at === null || at.file === '' ? {} : { origin: { from: 'statement', at } as const }),
        fix: () => readingToday(graph, routine, reads, texts),
      };
      const data = { function: `${brief(routine.name)}()`, ...named(reads), condition: condition?.text.trim() ?? '' };
      const what = data.function;
      switch (outcome) {
        case 'open': {
          const callers = routine.security === 'definer' ? apiCallers(graph, routine, settings) : [];
          const who =
            callers.length === 0 ? '' : ` ${clientsOf(callers, true)} may call it with the rights of its owner.`;
          const severity = openSeverity(graph, routine, callers.length > 0, asksOtherwise);
          report({ ...about, message: 'open', data: { ...data, who }, severity });
          return;
        }
        case 'unkept':
          report({ ...about, message: 'unkept', data, severity: asksOtherwise ? 'high' : 'critical' });
          return;
        case 'refused':
          report({ ...about, message: 'refused', data });
          return;
        case 'strict':
          report({ ...about, message: 'strict', data: { ...data, what } });
          return;
        case 'passed':
          report({ ...about, message: 'passed', data, severity: 'medium' });
          return;
        case 'entered':
          report({ ...about, message: 'entered', data, severity: 'medium' });
          return;
        case 'read':
          report({ ...about, message: 'read', data: { ...data, what }, severity: 'medium' });
      }
    },
    policy(policy, { graph, settings, report }) {
      const table = graph.get('table', policy.table);
      if (settings.platform !== 'supabase' || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      if (policy.roles.every((role) => bypassesRowSecurity(graph, role))) return;
      for (const { name, expression } of clausesOf(policy)) {
        const found = legacyExpression(graph, expression, policy);
        const [first] = found?.calls ?? [];
        if (found === undefined || first === undefined) continue;
        const at = placeOf(expression, { FuncCall: first.call });
        const what = `${name} of the policy ${quoteIdentifier(policy.name)} of ${brief(table.name)}`;
        const about = {
          entity: policy,
          ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
          discriminator: name,
          data: { what, ...named(found.calls) },
          severity: severityOf(found),
          fix: () => (found.isForServiceRole ? undefined : policyFix(graph, policy)),
        } as const;
        if (found.outcome === 'always') report({ ...about, message: 'everybody' });
        else if (found.outcome === 'never') report({ ...about, message: 'nobody' });
        else if (found.outcome === 'strict') report({ ...about, message: 'strict' });
        else report({ ...about, message: 'read' });
        return;
      }
    },
    column(column, { graph, settings, report }) {
      const { default: value } = column;
      if (settings.platform !== 'supabase' || value === null) return;
      const found = legacyExpression(graph, value, column);
      const [first] = found?.calls ?? [];
      if (found === undefined || first === undefined) return;
      const at = placeOf(value, { FuncCall: first.call });
      const what = `The default of ${relationName(graph, column.relation)}.${quoteIdentifier(column.name)}`;
      const about = {
        entity: column,
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        data: { what, ...named(found.calls) },
        fix: () => defaultFix(graph, column),
      } as const;
      if (found.outcome === 'strict') report({ ...about, message: 'strict' });
      else report({ ...about, message: 'read', severity: 'medium' });
    },
    view(view, { graph, settings, report }) {
      const found = settings.platform === 'supabase' ? legacyExpression(graph, view.query, view) : undefined;
      const [first] = found?.calls ?? [];
      if (found === undefined || first === undefined) return;
      const at = placeOf(view.query, { FuncCall: first.call });
      const about = {
        entity: view,
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        data: { what: `The view ${brief(view.name)}`, ...named(found.calls) },
      } as const;
      if (found.outcome === 'strict') report({ ...about, message: 'strict' });
      else report({ ...about, message: 'read', severity: 'medium' });
    },
  },
});

function named(calls: readonly LegacyCall[]) {
  const settings = calls.map(({ setting }) => quoteLiteral(setting.name));
  const today = calls.map(({ setting }) => readToday(setting));
  return { settings: andList([...new Set(settings)]), today: andList([...new Set(today)]) };
}

/** Critical where whoever likes comes past the void guard to what it guards; medium where only the server may call the function anyway. */
function openSeverity(graph: SchemaGraph, routine: Routine, isCalled: boolean, asksOtherwise: boolean): Severity {
  if (isRunByTrigger(graph, routine)) return asksOtherwise ? 'high' : 'critical';
  if (routine.security === 'definer' && !isCalled) return 'medium';
  const { writes, reads, writesUnknown } = routineDeeds(graph, routine);
  const doesSomething = writes.length + reads.length + writesUnknown.length > 0;
  return isCalled && doesSomething && !asksOtherwise ? 'critical' : 'high';
}

/** A policy that asks for the service key, which passes row security anyway, decides nothing by that. */
function severityOf({ outcome, isForServiceRole }: LegacyExpression): Severity {
  if (outcome === 'always') return 'critical';
  if (outcome === 'read') return 'medium';
  return outcome === 'never' && isForServiceRole ? 'low' : 'high';
}

function isRunByTrigger(graph: SchemaGraph, routine: Routine): boolean {
  return isTriggerFunction(routine) && graph.dependentsOfKind(routine.id, 'trigger').some(firesInOrigin);
}

function policyFix(graph: SchemaGraph, policy: Policy): Fix | undefined {
  const written: string[] = [];
  for (const { name, expression } of clausesOf(policy)) {
    const calls = legacyExpression(graph, expression, policy)?.calls ?? [];
    if (calls.length === 0) continue;
    const text = isRepeatable(graph, expression) ? textReadingToday(expression, calls, true) : undefined;
    if (text === undefined) return undefined;
    written.push(`${name.toLowerCase()} ${bracketed(text)}`);
  }
  const table = graph.get('table', policy.table).name;
  return {
    title: 'Read what the API sets today',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${table}
  ${raw(written.join('\n  '))};`,
  };
}

function defaultFix(graph: SchemaGraph, column: EntityOf<'column'>): Fix | undefined {
  const { default: value, relation, name } = column;
  const table = graph.find(relation);
  const calls = value === null ? [] : (legacyExpression(graph, value, column)?.calls ?? []);
  const text = value !== null && isRepeatable(graph, value) ? textReadingToday(value, calls, false) : undefined;
  if (text === undefined || table?.kind !== 'table') return undefined;
  return {
    title: 'Read what the API sets today',
    safety: 'review',
    sql: sql`alter table ${table.name} alter column ${name} set default ${raw(text)};`,
  };
}
