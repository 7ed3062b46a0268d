import type { GivenToFunction } from '../caller/caller-comparisons.ts';
import { looseScope } from '../caller/loose-scope.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isStampOfAuthor } from '../lexicon/author-stamps.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { findsRowByKey } from './helper-lookups.ts';
import { policyAudience } from './policy-audience.ts';
import { decidingClause, isAlwaysTrue } from './policy-clauses.ts';
import type { RowCommand } from './row-security.ts';
import { policyComparisons, type TenantName, tenantNames } from './tenant-columns.ts';

type Table = EntityOf<'table'>;

/** So many tables that go through one parent row share more than a parent: it is what they are scoped by. */
const SHARED_BY = 4;

/** Who wrote a row is not whose it is. */
/**
 * The names that tell tenants apart beyond doubt: configured; compared with a setting, a claim or a function's answer; found in
 * a table that has the same column (a membership); or, where it names a row of another table, shared by many tables. Columns
 * of authors are none, unless configured.
 */
export function tenantScopes(graph: SchemaGraph, configured: readonly string[]): readonly TenantName[] {
  return namesBeyondDoubt(graph, configured).filter((each) => !namesAuthor(each));
}

function namesAuthor({ kind, name }: TenantName): boolean {
  return kind !== 'configured' && isStampOfAuthor(name);
}

function namesBeyondDoubt(graph: SchemaGraph, configured: readonly string[]): readonly TenantName[] {
  return tenantNames(graph, configured).filter((each) => {
    if (each.kind === 'configured') return true;
    return each.kind === 'tenant' && (each.tables.length >= SHARED_BY || isScope(graph, each));
  });
}

function isScope(graph: SchemaGraph, { name, tables }: TenantName): boolean {
  const comparisons = tables
    .flatMap((table) => graph.ownedBy(table, 'policy'))
    .flatMap((policy) => policyComparisons(graph, policy))
    .filter(({ column }) => graph.get('column', column).name === name);
  return comparisons.some(({ via, sources, reads, column, given }) => {
    if (via === 'value') return sources.some((each) => each !== 'user');
    if (via === 'argument') return given === undefined || !looksUpParent(graph, column, given);
    return via === 'membership' && reads.some((relation) => graph.column(relation, name) !== undefined);
  });
}

/** Does the helper use what it is given to find the one row that the key of the column names, whose owner it then asks for: a parent, as its subselect would be? */
function looksUpParent(graph: SchemaGraph, column: EntityId, given: GivenToFunction): boolean {
  return graph.foreignKeysOf(graph.get('column', column)).some((key) => findsRowByKey(graph, given, key));
}

/** A column by which a table's rows are told apart, and other tables that do so by it. */
export interface SharedScope {
  readonly column: EntityOf<'column'>;
  /** It says who wrote the row, by whom other tables hold theirs apart all the same. */
  readonly isAuthor: boolean;
  readonly siblings: readonly Table[];
}

/**
 * The tenant column of a table, or else for writing its author column, by which other tables hold the rows apart for this command. Those
 * that let everybody signed in have every row by it do not count, nor those whose column refers to another table.
 */
export function sharedScope(
  graph: SchemaGraph,
  table: Table,
  command: RowCommand,
  settings: { readonly tenantColumns: readonly string[]; readonly clientRoles: readonly string[] },
): SharedScope | undefined {
  const scopes = namesBeyondDoubt(graph, settings.tenantColumns);
  // What someone wrote is for all to read, unless more than that is said.
  const authors = command === 'select' ? [] : scopes.filter(namesAuthor);
  for (const scope of [...scopes.filter((each) => !namesAuthor(each)), ...authors]) {
    const { name, tables } = scope;
    const column = graph.column(table.id, name);
    if (column === undefined) continue;
    const siblings = tables
      .filter((each) => each !== table.id && refersAlike(graph, column, graph.column(each, name)))
      .map((each) => graph.get('table', each))
      .filter((each) => isHeldApart(graph, each, command, name, settings.clientRoles));
    if (siblings.length > 0) return { column, isAuthor: namesAuthor(scope), siblings };
  }
  return undefined;
}

/** To the same table, as far as foreign keys say. */
function refersAlike(graph: SchemaGraph, column: EntityOf<'column'>, other: EntityOf<'column'> | undefined): boolean {
  const [own, theirs] = [column, other].map((each) => (each === undefined ? [] : targetsOf(graph, each)));
  return own?.length === 0 || theirs?.length === 0 || own?.some((each) => theirs?.includes(each)) === true;
}

function targetsOf(graph: SchemaGraph, { relation, id }: EntityOf<'column'>): readonly EntityId[] {
  return graph
    .ownedBy(relation, 'foreignKey')
    .filter(({ columns }) => columns.length === 1 && columns[0] === id)
    .map((key) => key.referencedTable);
}

function isHeldApart(
  graph: SchemaGraph,
  table: Table,
  command: RowCommand,
  name: string,
  clientRoles: readonly string[],
): boolean {
  const column = graph.column(table.id, name)?.id;
  const policies = graph
    .ownedBy(table.id, 'policy')
    .filter((each) => policyAudience(graph, each, clientRoles).some(({ commands }) => commands.includes(command)));
  const compares = policies.filter((policy) =>
    policyComparisons(graph, policy).some((each) => each.via !== 'otherTable' && each.column === column),
  );
  if (compares.some((each) => !each.isPermissive)) return true;
  return compares.length > 0 && !policies.some((each) => each.isPermissive && isOpen(each));

  function isOpen(policy: EntityOf<'policy'>): boolean {
    const clause = decidingClause(policy, command);
    if (clause === null) return false;
    return isAlwaysTrue(policy, command) || looseScope(graph, clause, name) !== undefined;
  }
}
