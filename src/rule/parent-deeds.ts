import { hasRole } from '../graph/lexicon/column-roles.ts';
import type { ParentWrite } from '../graph/policies/parent-writes.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { andList } from './prose.ts';

/** What it does to the parent, as a verb of a sentence: `deletes`, `sets count of`. */
export function deedOnParent({ write }: ParentWrite): string {
  if (write.kind === 'delete') return 'deletes';
  return `sets ${andList(
    write.sets.map(({ name }) => quoteIdentifier(name)),
    3,
  )} of`;
}

/** It only notes when, or counts: `last_at = now()`, `n = n + 1`. */
export function isTouch(graph: SchemaGraph, { write, given }: ParentWrite): boolean {
  return (
    write.kind === 'update' &&
    given.length === 0 &&
    write.sets.every(({ column: id, value, readsOwnRow }) => {
      const column = id === null ? undefined : graph.find(id);
      if (column?.kind === 'column' && hasRole(graph, column, 'updated')) return true;
      return readsOwnRow || (value !== null && ('FuncCall' in value || 'SQLValueFunction' in value));
    })
  );
}
