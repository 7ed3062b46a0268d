import type { SchemaGraph } from './schema-graph.ts';

/** Does Prisma migrate it? By its files, or by the table in which it keeps what it has run. */
export function usesPrisma(graph: SchemaGraph, tool: string): boolean {
  return tool === 'prisma' || graph.relation({ schema: 'public', name: '_prisma_migrations' }) !== undefined;
}
