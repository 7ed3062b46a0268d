import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isAccountTable, isAuthUsers } from '../lexicon/table-roles.ts';
import { type Derived, derivedFrom } from '../query-shapes/derived-variables.ts';
import { columnMeaning, variableOf } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowEqualities } from '../query-shapes/row-equalities.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { argumentsOf } from '../routines/call-arguments.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { sourceOf } from './caller-source.ts';
import { tablesRead } from './tables-read.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;

/** How deep functions that are handed the group are looked into. */
const MAX_DEPTH = 3;

/**
 * Does a body look in the table only for rows of a group that its caller names, `where m.user_id = auth.uid() and m.team_id = p_team`, or of the group that what he
 * names belongs to? Who has a row there, of a team of their own, has none of that one. So where each function that looks there for it is handed the group.
 */
export function asksOfNamedGroup(graph: SchemaGraph, routine: Routine, table: Table): boolean {
  const groups = new Set(
    graph.ownedBy(table.id, 'column').flatMap((each) => (isOfGroup(graph, each) ? [each.id] : [])),
  );
  if (groups.size === 0) return false;
  const names = routine.parameters
    .filter(isInput)
    .flatMap(({ name }, at) => [`$${at + 1}`, ...(name === null ? [] : [name])]);
  return looksByGroup(graph, routine, { table, groups }, new Set(names));
}

interface Members {
  readonly table: Table;
  readonly groups: ReadonlySet<EntityId>;
}

/** Does it refer to a group, and not to all of them in turn where a row is given: `insert into members select new.id, t.id from teams t`? */
function isOfGroup(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  const isKey = graph.foreignKeysOf(column).some(({ columns, referencedTable: id }) => {
    const referenced = id === null ? undefined : graph.find(id);
    if (referenced?.kind !== 'table' || columns.length > 1) return false;
    return !isAuthUsers(referenced.name) && !isAccountTable(graph, referenced);
  });
  const isGivenAll = writesTo(graph, column.relation).some(({ query, write }) =>
    write.sets.some((set) => set.column === column.id && columnMeaning(set.value ?? undefined, query.binding)),
  );
  return isKey && !isGivenAll;
}

/** @param given the parameters that stand for the group, or for what belongs to one */
function looksByGroup(
  graph: SchemaGraph,
  routine: Routine,
  members: Members,
  given: ReadonlySet<string>,
  depth = 0,
): boolean {
  const { table, groups } = members;
  const { block, expressions, queries, isWhole } = routineShape(graph, routine);
  if (!isWhole || depth > MAX_DEPTH) return false;
  const followed = (isSource: Derived): Derived =>
    block === null
      ? (node, binding) => anyNode(node, (each) => isSource(each, binding))
      : derivedFrom(block, expressions, isSource);
  const isOfGiven = followed((node, binding) => given.has(variableOf(node, binding) ?? ''));
  const isOfCaller = followed((node, binding) => node !== undefined && sourceOf(graph, node, binding) !== undefined);
  const isNamed: Derived = (node, binding) => isOfGiven(node, binding) && !isOfCaller(node, binding);
  const looks = queries.flatMap((query) =>
    query.sources.flatMap((source) =>
      source.relation !== table.id || source.isTarget
        ? []
        : rowEqualities(query, source).some((each) => groups.has(each.column) && isNamed(each.value, query.binding)),
    ),
  );
  const calls = expressions.flatMap((bound) => {
    const found: boolean[] = [];
    anyNode(bound.tree, (node) => {
      const [call, called] = [fieldsOf(node, 'FuncCall'), calledFunction(graph, node, bound)];
      if (call === undefined || called === undefined || !isUsersOwn(graph, called)) return false;
      if (!tablesRead(graph, routineShape(graph, called)).has(table.id)) return false;
      const named = [...(argumentsOf(called, call) ?? [])].flatMap(([name, value]) =>
        isNamed(value, bound) ? [name] : [],
      );
      found.push(looksByGroup(graph, called, members, new Set(named), depth + 1));
      return false;
    });
    return found;
  });
  return [...looks, ...calls].every((each) => each);
}
