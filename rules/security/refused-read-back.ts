import {
  andList,
  bracketed,
  brief,
  callerComparisons,
  clauseText,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  quoteIdentifier,
  type RefusedReadBack,
  raw,
  refusedReadBack,
  relatedAt,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'refused-read-back',
    category: 'security',
    severity: 'medium',
    summary: 'Clients may add rows to a table, and each INSERT that gives the row back is refused.',
    why: 'INSERT … RETURNING, which is what insert().select() and Prefer: return=representation send, asks the SELECT policies of the new row as well, and does so before the row is stored. A policy that looks the row up by its id finds nothing yet, nor does one that looks for the member who is to be added to it afterwards, be it by an AFTER trigger of the same statement. The INSERT fails with 42501, new row violates row-level security policy, and the policy for INSERT seems to be at fault.',
    remedy:
      'Let reading ask something of the row itself as well, such as created_by = (select auth.uid()), or make the row and what belongs to it in a SECURITY DEFINER function that asks who calls. An INSERT without RETURNING passes, with an id that the client made.',
    scope: [
      'Reported where each policy for reading that may admit the role is surely false of a row of which no other row can know, by what functions say as well.',
    ],
    messages: {
      refused:
        'No INSERT into {{table}} by {{roles}}, as {{policies}} {{let}} it, can give the row back: it has to pass a SELECT policy too, before it is stored, and {{reading}} for {{looked}}. With RETURNING (insert().select()) it fails with 42501.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'functions', 'constraints', 'columns'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createpolicy.html#SQL-CREATEPOLICY-SUMMARY',
      'https://supabase.com/docs/reference/javascript/insert',
    ],
  },
  visit: {
    table(table, { graph, settings, report }) {
      const found = refusedReadBack(graph, table, settings.clientRoles);
      const [first] = found?.inserting ?? [];
      if (found === undefined || first === undefined) return;
      report({
        entity: first,
        message: 'refused',
        data: {
          table: brief(table.name),
          roles: clientsOf(found.access),
          policies: named(found.inserting),
          let: found.inserting.length === 1 ? 'lets' : 'let',
          reading: `${named(found.reading)} ${found.reading.length === 1 ? 'looks' : 'look'}`,
          looked: lookedText(found),
        },
        related: found.reading.flatMap((each) => relatedAt(each, 'asks for what is not there yet')),
        fix: () => fixFor(graph, found),
      });
    },
  },
});

function named(policies: readonly EntityOf<'policy'>[]): string {
  return andList(
    policies.map(({ name }) => quoteIdentifier(name)),
    2,
  );
}

function lookedText({ table, lookedIn }: RefusedReadBack): string {
  const others = lookedIn.filter((each) => each !== table).map(({ name }) => brief(name));
  const own = lookedIn.includes(table) ? [`the row in ${brief(table.name)}`] : [];
  return andList([...own, ...(others.length > 0 ? [`one in ${andList(others)} that refers to it`] : [])]);
}

/** What the one policy for INSERT asks of whose the row is, for reading too; of several, whoever wrote them has to say which. */
function fixFor(graph: SchemaGraph, { table, inserting, reading }: RefusedReadBack): Fix | undefined {
  const [adding, another] = inserting;
  const [only, more] = reading;
  if (adding?.check == null || another !== undefined || only?.using == null || more !== undefined) return undefined;
  const isOwned = callerComparisons(graph, adding.check).some(({ via, isOwnValue }) => via === 'value' && isOwnValue);
  const [shown, added] = [clauseText(graph, only.using), clauseText(graph, adding.check)];
  if (!isOwned || shown === undefined || added === undefined) return undefined;
  return {
    title: 'Let those who add a row see it as well (also when they belong to it no longer)',
    safety: 'review',
    sql: sql`alter policy ${only.name} on ${table.name}
  using (${raw(bracketed(shown))} or ${raw(bracketed(added))});`,
  };
}
