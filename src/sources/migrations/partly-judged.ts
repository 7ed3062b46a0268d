import { groupedBy } from '../../graph/grouping.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { display } from '../../sql/name.ts';

/**
 * What is said of policies on tables that nothing makes: their triggers, privileges and other policies are not known, and most that would be told of
 * them rests on these.
 */
export function partlyJudged(graph: SchemaGraph): readonly string[] {
  const policies = [...graph.ofKind('policy')];
  const partly = policies.filter(({ table }) => graph.get('table', table).isAssumed === true);
  if (partly.length === 0) return [];
  const byTable = [...groupedBy(partly, ({ table }) => display(graph.get('table', table).name)).entries()];
  const names = byTable.sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
  const shown = names.slice(0, SHOWN).map(([name]) => name.replace(/^public\./, ''));
  const more = names.length - shown.length;
  const count = `${partly.length} of ${policies.length} ${policies.length === 1 ? 'policy' : 'policies'}`;
  const tables = [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
  return [
    `${count} in full, as nothing that was read makes the ${names.length === 1 ? 'table' : 'tables'} (${tables}): lint with --base SNAPSHOT, which \`ddlint snapshot\` writes of a database that has them.`,
  ];
}

const SHOWN = 3;
