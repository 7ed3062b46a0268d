import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { eachStatement, raisesError } from '../query-shapes/pl-statements.ts';
import type { Write } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Routine = EntityOf<'function'>;

/** What a trigger function does with a row that is written. */
export interface TriggerDeeds {
  /** What it writes to tables. */
  readonly writes: readonly WriteTo[];
  /** The columns of the row that it sets. */
  readonly sets: readonly string[];
  /** Does it RAISE EXCEPTION somewhere? */
  readonly refuses: boolean;
}

export type WriteTo = Write & { readonly relation: EntityId };

/** Undefined where not all of it is known. */
export function triggerDeeds(graph: SchemaGraph, called: Routine): TriggerDeeds | undefined {
  const { isWhole, writes, assignments, block } = routineShape(graph, called);
  if (!isWhole || writes.some(({ write }) => write.relation === null)) return undefined;
  const sets = assignments.flatMap(({ target: [row, name] }) => (row === 'new' && name ? [name] : []));
  const refuses = [...(block === null ? [] : eachStatement([block]))].some(({ statement }) => raisesError(statement));
  return {
    writes: writes.flatMap(({ write }) => (write.relation === null ? [] : [{ ...write, relation: write.relation }])),
    sets: [...new Set(sets)],
    refuses,
  };
}

/** The columns of NEW and OLD that it names. */
export function rowColumns(called: Routine): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { tree } of expressionsOf(bodyTree(called)))
    walk(tree, (_, node) => {
      const [row, name] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
      if ((row === 'new' || row === 'old') && name !== undefined) names.add(name);
      return undefined;
    });
  return names;
}

/** Does the table have them all? */
export function hasRowColumns(graph: SchemaGraph, table: EntityOf<'table'>, called: Routine): boolean {
  return [...rowColumns(called)].every((name) => graph.column(table.id, name) !== undefined);
}

/** Does a trigger in use do the same to that table? */
export function isWrittenByOther(graph: SchemaGraph, { kind, relation }: WriteTo, called: Routine): boolean {
  return functionsInUse(graph, called).some((other) =>
    routineShape(graph, other).writes.some(({ write }) => write.relation === relation && write.kind === kind),
  );
}

/** The user's own functions, but for this one, that triggers call. */
export function functionsInUse(graph: SchemaGraph, called: Routine): readonly Routine[] {
  const ids = new Set(graph.ofKind('trigger').flatMap((trigger) => trigger.function ?? []));
  return [...ids].flatMap((id) => {
    const other = graph.find(id);
    return other?.kind === 'function' && other !== called && isUsersOwn(graph, other) ? [other] : [];
  });
}
