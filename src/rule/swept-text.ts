import type { SweptRows } from '../graph/deletes/swept-rows.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { clientsOf } from './client-prose.ts';
import { type RelatedPlace, relatedAt } from './finding.ts';
import { brief, orList, relationName } from './prose.ts';

/** Who deletes the rows, and in what, as words of a sentence. */
export function sweptText(graph: SchemaGraph, { trigger, routine, clients }: SweptRows) {
  return {
    trigger: quoteIdentifier(trigger.name),
    routine: `${brief(routine.name)}()`,
    clients: clientsOf(clients),
    events: orList(trigger.events.map((each) => each.toUpperCase())),
    table: relationName(graph, trigger.relation),
  };
}

/** Where it does so. */
export function sweptPlaces({ trigger, routine }: SweptRows): readonly RelatedPlace[] {
  return [
    ...relatedAt(trigger, `the trigger ${quoteIdentifier(trigger.name)}`),
    ...relatedAt(routine, `${brief(routine.name)}()`),
  ];
}
