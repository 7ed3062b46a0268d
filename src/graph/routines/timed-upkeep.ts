import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode, nodesOf } from '../../sql/walk.ts';
import { resultKind } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { isCurrentTime } from '../query-shapes/current-time.ts';
import type { Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Is the routine upkeep that whoever calls it can only bring forward: it takes nothing, gives no rows, and changes or deletes only rows whose
 * time has come (`expires_at < now()`), or adds what these rows gave (RETURNING) to another table?
 */
export function isTimedUpkeep(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  const { isWhole, writes, expressions } = routineShape(graph, routine);
  if (!isWhole || writes.length === 0 || routine.parameters.length > 0 || !givesNoRows(routine)) return false;
  const timed = new Set(expressions.flatMap(({ tree }) => namesOfTimed(tree)));
  return writes.every(({ query }) => isTimed(query.node) || readsOnly(query, timed));
}

function isTimed(node: Node | undefined): boolean {
  const { whereClause } = fieldsOf(node, 'DeleteStmt') ?? fieldsOf(node, 'UpdateStmt') ?? {};
  return whereClause !== undefined && anyNode(whereClause, isCurrentTime);
}

/** The names in WITH under which such rows are handed on. */
function namesOfTimed(tree: Node): readonly string[] {
  return nodesOf(tree, 'CommonTableExpr').flatMap(({ ctename, ctequery }) =>
    ctename !== undefined && isTimed(ctequery) ? [ctename] : [],
  );
}

/** `insert into notices (…) select … from expired` */
function readsOnly({ node, binding }: Query, names: ReadonlySet<string>): boolean {
  const { selectStmt, onConflictClause } = fieldsOf(node, 'InsertStmt') ?? {};
  const read = nodesOf(selectStmt, 'RangeVar');
  const isHandedOn = read.every((each) => {
    const meaning = binding.meanings.get(each);
    const isTable = meaning?.kind === 'source' && meaning.relation !== undefined;
    return !isTable && names.has(each.relname ?? '');
  });
  return read.length > 0 && isHandedOn && onConflictClause === undefined;
}

function givesNoRows(routine: EntityOf<'function'>): boolean {
  const kind = resultKind(routine);
  const isNumber = /^(?:int[248]|bool|numeric)$/.test(routine.returns?.name.name ?? '');
  return kind === 'void' || (kind === 'value' && isNumber && routine.returns?.isArray !== true);
}
