import type { Node } from '@pgsql/types';
import { fieldsOf, qualifiedNameOf, type WrittenName } from '../sql/nodes.ts';
import { walk } from '../sql/walk.ts';
import { bodyTree, expressionsOf } from './body-tree.ts';
import type { EntityOf } from './entities/index.ts';

/** A relation that a body names, as written there. */
export interface UsedRelation extends WrittenName {
  /** The target of an INSERT, UPDATE, DELETE or MERGE; else it is read. */
  readonly isWritten: boolean;
}

/** The relations that the statements of a body name; what its dynamic SQL names is not known. */
export function relationNamesIn(fn: EntityOf<'function'>): readonly UsedRelation[] {
  return expressionsOf(bodyTree(fn)).flatMap(({ tree }) => relationNames(tree));
}

function relationNames(query: Node): readonly UsedRelation[] {
  const names: UsedRelation[] = [];
  const local = new Set<string>();
  walk(query, (_, node) => {
    const cte = fieldsOf(node, 'CommonTableExpr')?.ctename;
    if (cte !== undefined) local.add(cte);
    return undefined;
  });
  walk(query, (tag, node, parents, field) => {
    const relation = fieldsOf(node, 'RangeVar');
    const above = parents.at(-1)?.tag;
    const isLocal = relation?.schemaname === undefined && local.has(relation?.relname ?? '');
    const isWritten = field === 'relation' && above !== undefined && WRITERS.has(above);
    if (relation !== undefined && !isLocal) names.push({ ...qualifiedNameOf(relation), isWritten });
    return tag === 'IntoClause' ? 'skip' : undefined;
  });
  return names;
}

const WRITERS: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
