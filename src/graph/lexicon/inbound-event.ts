import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isKeyToOther } from '../standing-table.ts';
import { typeClass } from '../types/type-class.ts';
import { isNamed, type NamePatterns } from './pattern.ts';

const PAYLOADS: NamePatterns = ['*_payload', 'data', '*_event_data', 'body', '*_raw', 'raw_*'];
const EVENT_IDS: NamePatterns = ['*_event_id', '*_external_id', '*_external_*_id', '*_delivery_id'];

/**
 * Does the table keep what others send, as it came: the payload, beside an id that the sender gave it? What sort of event it is
 * stands there in the sender's words, of which new ones come at any time.
 */
export function keepsInboundEvents(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  const columns = graph.columns(table.id);
  const isPayload = (each: EntityOf<'column'>) =>
    typeClass(graph, each.type) === 'json' && isNamed(each.name, PAYLOADS);
  const isSendersId = (each: EntityOf<'column'>) => isNamed(each.name, EVENT_IDS) && !isKeyToOther(graph, each);
  return columns.some(isPayload) && columns.some(isSendersId);
}
