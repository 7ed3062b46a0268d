import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { standingsIn } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { variableOf } from '../query-shapes/operand.ts';
import type { ColumnTest, Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowEqualities } from '../query-shapes/row-equalities.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { columnPut, variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { OwnRowWrite } from './own-row-writes.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;
type Routine = EntityOf<'function'>;

/** The address in a user's own row, by which a function finds whom to give a row that policies let in. */
export interface FoundByAddress {
  readonly column: Column;
  readonly routine: Routine;
  readonly into: Table;
  readonly policies: readonly EntityOf<'policy'>[];
}

/**
 * `select id into v from profiles where lower(email) = p_email; insert into members (user_id, …) values (v, …)`, where users write the e-mail of their own
 * profile: the row comes to whoever wrote the address there. Not where a unique key keeps an address to one row, nor where the caller's own is looked for.
 */
export function foundByAddress(graph: SchemaGraph, table: Table, write: OwnRowWrite): FoundByAddress | undefined {
  if (write.command !== 'update') return undefined;
  const addresses = graph
    .columns(table.id)
    .filter((each) => hasRole(graph, each, 'email') && !isInUniqueKey(graph, each) && write.leavesFree(each));
  if (addresses.length === 0) return undefined;
  for (const routine of userRoutines(graph)) {
    if (isTriggerFunction(routine)) continue;
    for (const column of addresses) {
      const given = givenByAddress(graph, routine, column, write.tied);
      if (given !== undefined) return { column, routine, ...given };
    }
  }
  return undefined;
}

/** Some key that may keep two rows from having it: lower(email) as well. */
function isInUniqueKey(graph: SchemaGraph, { id, relation }: Column): boolean {
  return graph.ownedBy(relation, 'index').some(({ isUnique, keys }) => {
    const isNamed = ({ column, expression }: (typeof keys)[number]) =>
      column === id || expression?.references.some(({ target }) => target === id) === true;
    return isUnique && keys.some(isNamed);
  });
}

/** The rows it adds for whom it finds by the address alone. */
function givenByAddress(
  graph: SchemaGraph,
  routine: Routine,
  address: Column,
  users: readonly EntityId[],
): Pick<FoundByAddress, 'into' | 'policies'> | undefined {
  const { writes, queries } = routineShape(graph, routine);
  const looking = new Set<Binding>(
    queries.flatMap((query) => {
      const { node, binding } = query;
      const where = fieldsOf(node, 'SelectStmt')?.whereClause;
      return looksFor(graph, query, address) && !asksCaller(graph, where, binding) ? [binding] : [];
    }),
  );
  if (looking.size === 0) return undefined;
  const sources = variableSources(graph, routine);
  for (const { query, write } of writes) {
    const into = write.kind === 'insert' && write.relation !== null ? graph.find(write.relation) : undefined;
    if (into?.kind !== 'table') continue;
    for (const { column, value } of write.sets) {
      const name = value === null ? null : variableOf(value, query.binding);
      const found = (name === null ? undefined : sources.get(name)) ?? [];
      const isFound = found.some((each) => {
        const put = looking.has(each.binding) ? columnPut(each) : undefined;
        return put !== undefined && users.includes(put);
      });
      const asking = isFound ? standingsIn(graph, into.id).filter(({ user }) => user === column) : [];
      if (asking.length > 0) return { into, policies: [...new Set(asking.map(({ policy }) => policy))] };
    }
  }
  return undefined;
}

/** `email = p_email`, `lower(email) = any (p_emails)`; not where a key of the row is asked for as well, which is what finds it then. */
function looksFor(graph: SchemaGraph, query: Query, address: Column): boolean {
  const { sources, joins } = query;
  const isByIt =
    joins.some(({ left, right }) => left === address.id || right === address.id) ||
    sources.some(({ tests }) =>
      tests.some((each) => each.column === address.id && FINDING.has(each.kind) && each.constants.length === 0),
    );
  const keys = sources
    .filter(({ relation }) => relation === address.relation)
    .flatMap((each) => rowEqualities(query, each));
  return isByIt && !keys.some(({ column }) => isUniqueAlone(graph, graph.get('column', column)));
}

const FINDING: ReadonlySet<ColumnTest['kind']> = new Set(['equal', 'in', 'pattern']);
