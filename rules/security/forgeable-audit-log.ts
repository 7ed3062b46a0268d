import {
  admittingPolicies,
  andList,
  brief,
  callerComparisons,
  callerFirst,
  clientsMeetingRows,
  clientsOf,
  defineRule,
  type EntityOf,
  forgedActors,
  isAuditTable,
  isTriggerFunction,
  openPolicy,
  placesOfActors,
  policiesLet,
  quoteIdentifier,
  relatedAt,
  type SchemaGraph,
  sql,
  writesTo,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

export default defineRule({
  meta: {
    id: 'forgeable-audit-log',
    category: 'security',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary:
      'Triggers write an audit log with the rights of their owner, yet clients may add entries of their own, or say in whose name.',
    why: 'A log proves something only as long as its entries come from what happened. Whoever may add one writes there what never happened, in the name of whomever they like, and nothing tells it from the others. So it is where the trigger takes who did it from the row: whoever may write that column picks the name.',
    remedy:
      'Drop the INSERT policy and revoke INSERT: a SECURITY DEFINER trigger function writes with the rights of its owner and needs neither. Who did it is auth.uid() first, and the row only where nobody is signed in; where other code goes by whom the log names (a trigger that gives them points), it has to be told that apart first, and there is no fix.',
    scope: [
      'Not reported: logs that a function without SECURITY DEFINER writes, as its caller then needs the right, policies that ask that the entry names the caller, those that are true for every row (write-policy-always-true), and those for all commands (audit-log-mutable).',
    ],
    messages: {
      forged:
        '{{clients}} may add rows of their own to the log {{table}} as far as {{policies}} them: none asks that the entry names who adds it, while {{writers}}, with the rights of the owner, {{write}} there without it.',
      named:
        '{{writer}} adds entries to the log {{log}} in the name of whomever the row names: {{actors}} comes from {{sources}} of {{table}} {{asked}}, and {{clients}} may write anybody there as far as {{policies}} them.',
    },
    restsOn: ['policies', 'privileges', 'rowSecurity', 'triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY'],
  },
  visit: {
    function(routine, { graph, settings, texts, report }) {
      const forged = forgedActors(graph, routine, settings.clientRoles).filter(({ table }) => {
        return settings.exposedSchemas.includes(table.name.schema) && graph.isKnown(table, 'rowSecurity');
      });
      for (const each of forged) {
        const { log, table, values, access, policies } = each;
        const sources = new Set(values.flatMap((one) => one.sources.map(({ name }) => quoteIdentifier(name))));
        const lets = policiesLet(policies);
        report({
          entity: routine,
          ...(routine.setBy.body === undefined ? {} : { origin: routine.setBy.body }),
          message: 'named',
          discriminator: `${log.id} ${table.id}`,
          data: {
            writer: `${brief(routine.name)}()`,
            log: brief(log.name),
            actors: andList([...new Set(values.map(({ actor }) => quoteIdentifier(actor.name)))]),
            sources: andList([...sources], 4),
            table: brief(table.name),
            asked: values.some(({ caller }) => caller !== null) ? 'before the caller is asked for' : 'alone',
            clients: clientsOf(access),
            policies: `${lets.charAt(0).toLowerCase()}${lets.slice(1)}`,
          },
          related: placesOfActors(routine, each, texts),
          fix: () => callerFirst(graph, routine, forged, texts),
        });
      }
    },
    table(table, { graph, settings, report }) {
      if (!settings.exposedSchemas.includes(table.name.schema) || !graph.isKnown(table, 'rowSecurity')) return;
      if (!table.rowSecurity || table.partitionOf !== null || !isAuditTable(graph, table)) return;
      const writers = definersThatLog(graph, table);
      if (writers.length === 0) return;
      const access = clientsMeetingRows(graph, table, 'insert', settings.clientRoles);
      const policies = [...new Set(access.flatMap((each) => admittingPolicies(graph, table, 'insert', each)))];
      const [first] = policies;
      const isTold = policies.some((each) => each.command === 'all' || openPolicy(graph, each, settings) !== undefined);
      if (first === undefined || isTold || !policies.every((each) => namesNobody(graph, each))) return;
      const names = andList(policies.map(({ name }) => quoteIdentifier(name)));
      report({
        entity: table,
        origin: first.origin,
        message: 'forged',
        data: {
          clients: clientsOf(access),
          table: brief(table.name),
          policies: policies.length === 1 ? `the policy ${names} lets` : `the policies ${names} let`,
          write: writers.length === 1 ? 'writes' : 'write',
          writers: andList(writers.map(({ name }) => `${brief(name)}()`)),
        },
        related: policies.slice(1).flatMap((each) => relatedAt(each, `the policy ${quoteIdentifier(each.name)}`)),
        fix: {
          title: 'Leave the log to the triggers',
          safety: 'review',
          sql: policies.map(({ name }) => sql`drop policy ${name} on ${table.name};`).join('\n'),
        },
      });
    },
  },
});

/** The trigger functions of other tables that add rows, where all routines that do run with the rights of their owner. */
function definersThatLog(graph: SchemaGraph, table: EntityOf<'table'>): readonly Routine[] {
  const writers = new Set(
    writesTo(graph, table.id).flatMap(({ holder, write }) =>
      holder.kind === 'function' && write.kind === 'insert' ? [holder] : [],
    ),
  );
  const all = [...writers];
  if (all.some(({ security }) => security !== 'definer')) return [];
  return all.filter((each) => isTriggerFunction(each) && graph.dependentsOfKind(each.id, 'trigger').length > 0);
}

/** Does its check compare no column of the new row with the user who adds it? Of a missing check nothing is asked. */
function namesNobody(graph: SchemaGraph, { check, using }: EntityOf<'policy'>): boolean {
  const clause = check ?? using;
  return (
    clause !== null &&
    !callerComparisons(graph, clause).some(({ via, sources }) => via === 'value' && sources.includes('user'))
  );
}
