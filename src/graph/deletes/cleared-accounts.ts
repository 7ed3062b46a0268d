import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { NULL } from '../query-shapes/query.ts';
import { type RoutineWrite, routineShape } from '../query-shapes/routine-shape.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Routine = EntityOf<'function'>;

/** A function that deletes or empties what refers to a user, so that the user can go then. */
export interface ClearedAccount {
  readonly routine: Routine;
  /** What would keep the user without it. */
  readonly keys: readonly ForeignKey[];
  /** It runs by itself, before a user is deleted. */
  readonly isTrigger: boolean;
}

/** The functions that clear what keeps a user: a trigger before the DELETE, one that deletes the user itself, or one that does so in two tables or more. */
export const clearedAccounts = askedOnce((graph): readonly ClearedAccount[] => {
  const users = graph.relation({ schema: 'auth', name: 'users' });
  if (users === undefined) return [];
  const byRoutine = new Map<Routine, ForeignKey[]>();
  for (const key of graph.referencedBy(users.id))
    for (const routine of clearing(graph, key)) byRoutine.set(routine, [...(byRoutine.get(routine) ?? []), key]);
  return [...byRoutine].flatMap(([routine, keys]) => {
    const isTrigger = isTriggerFunction(routine);
    if (isTrigger && !runsBeforeDelete(graph, routine, users.id)) return [];
    const deletesUser = writesTo(graph, users.id).some(
      ({ holder, write }) => holder === routine && write.kind === 'delete',
    );
    const tables = new Set(keys.map(({ table }) => table));
    return isTrigger || deletesUser || tables.size >= TABLES ? [{ routine, keys, isTrigger }] : [];
  });
});

const TABLES = 2;

/** The functions each call of which leaves no row that refers by this key to a user whom it is given, or who calls. */
export function clearing(graph: SchemaGraph, key: ForeignKey): readonly Routine[] {
  if (key.columns.length !== 1 || key.onDelete === 'cascade' || key.onDelete === 'set null') return [];
  const holders = writesTo(graph, key.table).flatMap(({ holder }) => (holder.kind === 'function' ? [holder] : []));
  return [...new Set(holders)].filter((routine) => {
    const writes = routineShape(graph, routine).writes.filter(
      ({ write, isConditional, loop }) => write.relation === key.table && !isConditional && loop === null,
    );
    const emptying = writes.filter((each) => empties(each, key));
    const deleting = writes.filter((each) => each.write.kind === 'delete' && reach(each, key) !== 'none');
    // What is kept of them is another's then: the rest is deleted.
    const isShared = emptying.length > 0 && deleting.length > 0;
    return isShared || [...emptying, ...deleting].some((each) => reach(each, key) === 'all');
  });
}

function empties({ write }: RoutineWrite, { columns }: ForeignKey): boolean {
  return (
    write.kind === 'update' && write.sets.some(({ column, constant }) => column === columns[0] && constant === NULL)
  );
}

/** Which of the user's rows an UPDATE or DELETE comes to. */
function reach({ query }: RoutineWrite, { columns }: ForeignKey): 'all' | 'some' | 'none' {
  const tests = query.sources.find(({ isTarget }) => isTarget)?.tests ?? [];
  const isOfUser = tests.some(
    ({ column, kind, against }) => column === columns[0] && kind === 'equal' && against !== 'constant',
  );
  if (!isOfUser) return 'none';
  return tests.length === 1 && query.otherConditions.length === 0 && query.sources.length === 1 ? 'all' : 'some';
}

function runsBeforeDelete(graph: SchemaGraph, routine: Routine, users: EntityOf<'table'>['id']): boolean {
  return graph
    .dependentsOfKind(routine.id, 'trigger')
    .some(
      (each) =>
        each.relation === users &&
        each.timing === 'before' &&
        each.level === 'row' &&
        each.events.includes('delete') &&
        each.when === null &&
        firesInOrigin(each),
    );
}
