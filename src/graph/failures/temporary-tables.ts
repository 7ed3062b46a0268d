import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** May a table of this name be one that a routine makes while it runs, for the session or the transaction? */
export function mayBeMadeInBody(graph: SchemaGraph, name: string): boolean {
  const { names, hasUnknown } = madeInBodies(graph);
  return hasUnknown || names.has(name) || /(?:^|_)te?mp(?:_|$)/.test(name);
}

const madeInBodies = askedOnce((graph): { readonly names: ReadonlySet<string>; readonly hasUnknown: boolean } => {
  const names = new Set<string>();
  let hasUnknown = false;
  for (const routine of userRoutines(graph)) {
    if (
      /create\s+(?:global\s+|local\s+)?te?mp|create\s+(?:unlogged\s+)?table|\btemporary\b/i.test(
        routine.body?.text ?? '',
      )
    )
      hasUnknown ||= !routineShape(graph, routine).isWhole;
    for (const { tree } of expressionsOf(bodyTree(routine))) {
      const table = fieldsOf(tree, 'CreateStmt')?.relation?.relname;
      const into = fieldsOf(tree, 'CreateTableAsStmt')?.into ?? fieldsOf(tree, 'SelectStmt')?.intoClause;
      for (const each of [table, into?.rel?.relname]) if (each !== undefined) names.add(each);
    }
  }
  return { names, hasUnknown };
});
