import { askedOnce } from '../asked-once.ts';
import { type Call, callsOf } from '../binding/questions/calls.ts';
import { repeatedHelperCalls } from '../caller/helper-calls.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** A call in a policy that is given something of the row, and so runs for each. */
export interface PolicyCall {
  readonly policy: EntityOf<'policy'>;
  readonly call: Call;
  /** It runs only for rows that are being written, once for each, and no index could spare it. */
  readonly isForWritten: boolean;
}

/** Where policies that are in force call the function for each row, and have to, as it is given something of the row. */
export function policyCallsOf(graph: SchemaGraph, fn: EntityId): readonly PolicyCall[] {
  return repeatedCalls(graph).get(fn) ?? [];
}

const repeatedCalls = askedOnce((graph): ReadonlyMap<EntityId, readonly PolicyCall[]> => {
  const byFunction = new Map<EntityId, PolicyCall[]>();
  for (const policy of graph.ofKind('policy')) {
    const table = graph.find(policy.table);
    if (table?.kind !== 'table' || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) continue;
    for (const clause of [policy.using, policy.check]) {
      if (clause === null) continue;
      const avoidable = new Set(repeatedHelperCalls(graph, clause).map((each) => each.call));
      for (const call of callsOf(clause)) {
        const id = call.function?.id;
        if (id === undefined || call.runs.per === 'statement' || avoidable.has(call.call)) continue;
        const isForWritten = clause === policy.check && call.runs.per === 'outer row';
        addTo(byFunction, id, { policy, call, isForWritten });
      }
    }
  }
  return byFunction;
});
