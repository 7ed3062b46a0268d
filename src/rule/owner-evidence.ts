import type { CallerComparison } from '../graph/caller/caller-comparisons.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { isNamed, type NamePatterns } from '../graph/lexicon/pattern.ts';
import { isAccountTable } from '../graph/lexicon/table-roles.ts';
import { policyComparisons } from '../graph/policies/tenant-columns.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { andList, brief } from './prose.ts';

type Table = EntityOf<'table'>;

/** What shows that its rows belong to somebody. */
export function ownerEvidence(graph: SchemaGraph, table: Table): string | undefined {
  const comparisons = graph
    .ownedBy(table.id, 'policy')
    .flatMap((each) => policyComparisons(graph, each))
    // By a column that only a statement names which fails for it nothing is decided.
    .filter(({ via, column }) => via !== 'otherTable' && graph.get('column', column).isAssumed === table.isAssumed);
  const compared = comparisons.find(({ via }) => via === 'value') ?? comparisons[0];
  if (compared !== undefined) return comparedText(graph, compared);
  if (isAccountTable(graph, table)) return 'it has a row for each person';
  const owner = graph.ownedBy(table.id, 'foreignKey').find((key) => {
    // Who wrote a row is not whose it is, nor is who is to get what is made of it, or to judge it.
    if (graph.columnNames(key.columns).some((name) => isNamed(name, NOT_OWNERS))) return false;
    const target = graph.find(key.referencedTable);
    return target?.kind === 'table' && target.id !== table.id && isAccountTable(graph, target);
  });
  if (owner === undefined) return undefined;
  const names = graph.columnNames(owner.columns).map(quoteIdentifier);
  return `its ${andList(names)} says whose a row is`;
}

const NOT_OWNERS: NamePatterns = ['*_by', 'default_*', 'last_*', '*_reviewer_*', '*_approver_*', '*_moderator_*'];

/** With the caller itself, or with what the caller is found by: `task_id` in tasks. */
function comparedText(graph: SchemaGraph, { column: id, via, reads }: CallerComparison): string {
  const column = quoteIdentifier(graph.get('column', id).name);
  if (via === 'value') return `its policies compare ${column} with the caller`;
  if (via === 'argument') return `its policies give ${column} to a function that asks who calls`;
  const tables = reads.flatMap((each) => {
    const read = graph.find(each);
    return read?.kind === 'table' || read?.kind === 'view' ? [brief(read.name)] : [];
  });
  return tables.length === 0
    ? `its policies ask by ${column} who calls`
    : `its policies look by ${column} in ${andList(tables)} whether a row is the caller's`;
}
