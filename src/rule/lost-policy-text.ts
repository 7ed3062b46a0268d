import type { Entity } from '../graph/entities/index.ts';
import { groupedBy } from '../graph/grouping.ts';
import type { LostPolicy } from '../graph/history/lost-policies.ts';
import { madeAgain, takesTheSame } from '../graph/history/taken-by-cascade.ts';
import { bracketed } from '../graph/policies/policy-text.ts';
import { isRepeatable } from '../graph/repeatable-text.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { commandsText } from './client-prose.ts';
import type { Fix } from './finding.ts';
import { andList, brief, orList, relationName, spoken } from './prose.ts';
import { raw, sql } from './sql.ts';

/** What was dropped with CASCADE, as a sentence names it: `in_team()`, `column role of members`. */
export function droppedText(graph: SchemaGraph, dropped: Entity | undefined): string {
  if (dropped?.kind === 'column')
    return `column ${quoteIdentifier(dropped.name)} of ${relationName(graph, dropped.relation)}`;
  return dropped?.kind === 'function' || dropped?.kind === 'view' || dropped?.kind === 'table'
    ? spoken(dropped)
    : 'what it used';
}

/** What the functions that need it meet: `: each call of invite() fails with 42501`; empty where there are none. */
export function failingText(all: readonly LostPolicy[]): string {
  const adding = all.flatMap(({ failing, commands }) => (commands.includes('insert') ? failing : []));
  const others = all.flatMap(({ failing, commands }) => (commands.includes('insert') ? [] : failing));
  const names = (routines: typeof adding) => andList([...new Set(routines.map(({ name }) => `${brief(name)}()`))], 3);
  const told = [
    ...(adding.length > 0 ? [`each call of ${names(adding)} fails with 42501 for them`] : []),
    ...(others.length > 0 ? [`each call of ${names(others)} finds no row for them`] : []),
  ];
  return told.length === 0 ? '' : `, and ${andList(told)}`;
}

/** `add invites rows or change notes rows`; of several tables `read rows of orders, items and invoices`. */
export function lostDeeds(all: readonly LostPolicy[]): string {
  const deeds = [...groupedBy(all, ({ commands }) => commandsText(commands, orList))].map(([does, lost]) => {
    const tables = [...new Set(lost.map(({ table }) => brief(table.name)))];
    return tables.length === 1 ? `${does} ${tables[0]} rows` : `${does} rows of ${andList(tables, 3)}`;
  });
  return orList(deeds, 3);
}

/** As they were; undefined where one of them would not mean the same, or could not be made. */
export function policiesAgain(graph: SchemaGraph, all: readonly LostPolicy[]): Fix | undefined {
  const created = all.map((each) => policyAgain(graph, each));
  if (created.includes(undefined)) return undefined;
  return {
    title: all.length === 1 ? 'Make the policy again as it was' : 'Make the policies again as they were',
    safety: 'review',
    sql: created.join('\n'),
  };
}

function policyAgain(graph: SchemaGraph, { taken: policy, table, used }: LostPolicy): string | undefined {
  const { name, command, isPermissive, roles, using, check } = policy;
  const standing = new Map(
    used.flatMap((gone) => {
      const again = madeAgain(graph, gone);
      const isSame = gone.kind !== 'function' || (again?.kind === 'function' && takesTheSame(gone, again));
      return again !== undefined && isSame ? [[gone.id, again.id] as const] : [];
    }),
  );
  const isSafe = [using, check].every(
    (each) => each === null || isRepeatable(graph, each, (id) => standing.get(id) ?? id),
  );
  if (!isSafe) return undefined;
  const to = roles.map((each) => (each === 'public' ? 'public' : quoteIdentifier(graph.get('role', each).name)));
  const clauses = [
    ...(using === null ? [] : [`using ${bracketed(using.text)}`]),
    ...(check === null ? [] : [`with check ${bracketed(check.text)}`]),
  ];
  return sql`create policy ${name} on ${table.name}${raw(isPermissive ? '' : ' as restrictive')} for ${raw(command)} to ${raw(to.join(', '))}
  ${raw(clauses.join(' '))};`;
}
