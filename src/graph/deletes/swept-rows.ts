import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { admittingPolicies } from '../policies/policy-audience.ts';
import { decidingClause } from '../policies/policy-clauses.ts';
import { admittedClients, columnsOpenTo } from '../privileges/admitted-clients.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { runBy } from '../query-shapes/routine-calls.ts';
import { routineDeeds } from '../query-shapes/routine-deeds.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Trigger = EntityOf<'trigger'>;
type Routine = EntityOf<'function'>;

/** A trigger that deletes rows which others keep by a key without an action, and so fails the statement that runs it. */
export interface SweptRows {
  readonly trigger: Trigger;
  /** Which deletes them: the trigger's function, or one that it calls. */
  readonly routine: Routine;
  /** Who may add rows that refer to what is deleted, whichever it is. */
  readonly clients: readonly ClientAccess[];
}

/**
 * The trigger of another table, or for another event, that deletes rows of the one referred to, where clients may add rows which refer to them: by no policy
 * that asks for more of the key than that, and past nothing that looks for such rows before.
 */
export function sweptRows(graph: SchemaGraph, key: ForeignKey, clientRoles: readonly string[]): SweptRows | undefined {
  const swept = sweepers(graph, key.referencedTable).find(({ trigger, run }) => {
    const isMinded = run.some((each) => touches(graph, each, key.table));
    return trigger.relation !== key.table && !isMinded;
  });
  if (swept === undefined || isClearedByTrigger(graph, key)) return undefined;
  const clients = clientsAdding(graph, key, clientRoles);
  return clients.length === 0 ? undefined : { trigger: swept.trigger, routine: swept.routine, clients };
}

interface Sweeper {
  readonly trigger: Trigger;
  readonly routine: Routine;
  /** All that its function has run. */
  readonly run: readonly Routine[];
}

const sweepers = askedOnce((graph: SchemaGraph, table: EntityId): readonly Sweeper[] => {
  const holders = writesTo(graph, table).flatMap(({ holder, write }) =>
    holder.kind === 'function' && write.kind === 'delete' ? [holder] : [],
  );
  if (holders.length === 0) return [];
  return graph.ofKind('trigger').flatMap((trigger): readonly Sweeper[] => {
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || !firesInOrigin(trigger) || trigger.level !== 'row') return [];
    const isOfItsDelete = trigger.relation === table && trigger.events.every((each) => each === 'delete');
    const run = runBy(graph, called);
    const routine = holders.find((each) => run.includes(each));
    const isDoubtful = run.some((each) => graph.isDoubtful(each, ['functions']) || catches(graph, each));
    return routine === undefined || isOfItsDelete || isDoubtful ? [] : [{ trigger, routine, run }];
  });
});

/** An error in it may be passed over. */
function catches(graph: SchemaGraph, routine: Routine): boolean {
  const { block } = routineShape(graph, routine);
  return (
    block !== null &&
    [...eachStatement([block])].some(({ statement }) => statement.kind === 'block' && statement.handlers.length > 0)
  );
}

/** It looks for the rows, or removes them; what it runs by EXECUTE may. */
function touches(graph: SchemaGraph, routine: Routine, table: EntityId): boolean {
  const { reads, writes } = routineDeeds(graph, routine);
  return !routineShape(graph, routine).isWhole || reads.includes(table) || writes.includes(table);
}

function isClearedByTrigger(graph: SchemaGraph, { table, referencedTable }: ForeignKey): boolean {
  return graph.ownedBy(referencedTable, 'trigger').some(({ events, function: id }) => {
    const called = id === null ? undefined : graph.find(id);
    return events.includes('delete') && (called?.kind !== 'function' || touches(graph, called, table));
  });
}

/** The clients that may add rows with the columns of the key, where the policy that lets them asks nothing of these. */
function clientsAdding(graph: SchemaGraph, key: ForeignKey, clientRoles: readonly string[]): readonly ClientAccess[] {
  const table = graph.get('table', key.table);
  const parent = graph.get('table', key.referencedTable);
  if (table.isAssumed === true || admittedClients(graph, parent, clientRoles, ['select']).length === 0) return [];
  return admittedClients(graph, table, clientRoles, ['insert']).filter((access) => {
    const open = columnsOpenTo(graph, table, [access]).map(({ id }) => id);
    if (!key.columns.every((id) => open.includes(id))) return false;
    if (!table.rowSecurity) return true;
    return admittingPolicies(graph, table, 'insert', access).some((policy) => {
      const clause = decidingClause(policy, 'insert');
      return clause !== null && !clause.references.some(({ target }) => key.columns.some((id) => id === target));
    });
  });
}
