import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { columnMeaning, valueOfSelect } from '../query-shapes/operand.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import type { Query } from '../query-shapes/query.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { callerSources } from './caller-source.ts';

type Routine = EntityOf<'function'>;

/**
 * Where a routine reads auth.users.raw_user_meta_data of the user whose id a parameter says, and its result comes from what it finds: by the
 * reference, the place of the parameter among all.
 */
export function decidingParameters(graph: SchemaGraph, routine: Routine): ReadonlyMap<object, number> {
  const found = new Map<object, number>();
  const users = graph.relation({ schema: 'auth', name: 'users' });
  if (users === undefined) return found;
  const shape = routineShape(graph, routine);
  const unasked = new Set(shape.expressions.flatMap(({ tree }) => outputsOfExists(tree)));
  for (const query of shape.queries) {
    const parameter = parameterFor(graph, routine, query, users.id);
    if (parameter === undefined) continue;
    walk(query.node, (_, node) => {
      const reference = fieldsOf(node, 'ColumnRef');
      if (reference !== undefined && isMetadata(graph, node, query.binding) && decides(graph, shape, reference))
        found.set(reference, parameter);
      return unasked.has(node) ? 'skip' : undefined;
    });
  }
  return found;
}

/** `id = p` of a query that reads auth.users. */
function parameterFor(graph: SchemaGraph, routine: Routine, query: Query, users: EntityId): number | undefined {
  for (const { relation, tests } of query.sources) {
    if (relation !== users) continue;
    for (const { column, kind, variable, isBare } of tests) {
      if (kind !== 'equal' || !isBare || variable === null || graph.get('column', column).name !== 'id') continue;
      const inputs = routine.parameters.flatMap((each, at) => (isInput(each) ? [{ name: each.name, at }] : []));
      const named = inputs.find(
        ({ name }, nth) =>
          variable === `$${nth + 1}` || (name !== null && [name, `${routine.name.name}.${name}`].includes(variable)),
      );
      if (named !== undefined) return named.at;
    }
  }
  return undefined;
}

function isMetadata(graph: SchemaGraph, node: Node, binding: Binding): boolean {
  const column = columnMeaning(node, binding)?.column;
  return column !== undefined && graph.get('column', column).name === 'raw_user_meta_data';
}

/** EXISTS looks at no value that its subselect would give. */
function outputsOfExists(tree: Node): readonly Node[] {
  const found: Node[] = [];
  walk(tree, (_, node) => {
    const { subLinkType, subselect } = fieldsOf(node, 'SubLink') ?? {};
    if (subLinkType === 'EXISTS_SUBLINK') found.push(...(fieldsOf(subselect, 'SelectStmt')?.targetList ?? []));
    return undefined;
  });
  return found;
}

/** Does what the routine gives back come from this reference? In SQL it is the result itself; in PL/pgSQL values go through variables. */
function decides(graph: SchemaGraph, shape: RoutineShape, reference: object): boolean {
  const { routine, block, expressions, unread } = shape;
  if (unread.length > 0) return false;
  if (block === null) return true;
  const names = new Set<string>();
  const derived = (node: Node, { meanings }: Binding) =>
    anyNode(node, (each) => {
      const other = fieldsOf(each, 'ColumnRef');
      const meaning = other && meanings.get(other);
      return other === reference || (meaning?.kind === 'variable' && names.has(meaning.name));
    });
  const statements = new Map<Binding, Bound>(expressions.map((each) => [each, each]));
  const isFoundBy = (binding: Binding) => {
    const { fromClause, whereClause } = fieldsOf(statements.get(binding)?.tree, 'SelectStmt') ?? {};
    return [...(fromClause ?? []), ...(whereClause ? [whereClause] : [])].some((each) => derived(each, binding));
  };
  for (let before = -1; before < names.size; ) {
    before = names.size;
    for (const [name, values] of variableSources(graph, routine))
      if (values.some((each) => isFoundBy(each.binding) || ('node' in each && derived(each.node, each.binding))))
        names.add(name);
  }
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  return [...eachStatement([block])].some(
    ({ statement }) =>
      DECIDING.has(statement.kind) &&
      ownExpressions(statement).some(({ tree }) => {
        const binding = bound.get(tree);
        return binding !== undefined && derived(tree, binding);
      }),
  );
}

const DECIDING: ReadonlySet<string> = new Set(['return', 'return-next', 'return-query', 'if', 'case']);

/** Does the call give auth.uid() itself as this parameter, perhaps by its default? */
export function givesCaller(
  graph: SchemaGraph,
  { parameters }: Routine,
  parameter: number,
  { args = [] }: FuncCall,
  binding: Binding,
): boolean {
  const nth = parameters.slice(0, parameter).filter(isInput).length;
  const { name, default: usual } = parameters[parameter] ?? {};
  const named = args.map((each) => fieldsOf(each, 'NamedArgExpr')).find((each) => each?.name === name && name !== null);
  const placed = args[nth];
  const given = named?.arg ?? (placed !== undefined && 'NamedArgExpr' in placed ? undefined : placed);
  if (given !== undefined) return isCallersId(graph, given, binding);
  return usual !== undefined && usual !== null && isCallersId(graph, usual.tree, usual);
}

/** auth.uid(), perhaps alone in a subselect. */
function isCallersId(graph: SchemaGraph, node: Node, binding: Binding): boolean {
  const value = valueOfSelect(node);
  const sources = value !== undefined && 'FuncCall' in value ? callerSources(graph, value, binding) : [];
  return sources.length === 1 && sources[0] === 'user';
}
