import type { EntityOf } from '../graph/entities/index.ts';
import { isAuditTrail } from '../graph/lexicon/audit-trail.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { brief } from './prose.ts';

/** `orders`; of an audit trail `the log order_log`: whoever reaches its rows makes it say what never was. */
export function tableOrLog(graph: SchemaGraph, table: EntityOf<'table'>): string {
  return isAuditTrail(graph, table) ? `the log ${brief(table.name)}` : brief(table.name);
}
