import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import { constantText, unwrapped } from '../query-shapes/operand.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import { variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNewEmail, isOfUsers } from './sign-up-triggers.ts';

type Routine = EntityOf<'function'>;

/** A column into which a trigger of auth.users writes the e-mail address of a user. */
export interface KeptAddress {
  readonly column: EntityOf<'column'>;
  readonly trigger: EntityOf<'trigger'>;
  /** Only where sign-up gives nothing else for it: `coalesce(…, new.email)`. */
  readonly isFallback: boolean;
  /** Where the row is written. */
  readonly at: SourceLocation | null;
}

/** Each column once. Not where another trigger changes the value before it is stored, nor what is made of the address: `split_part(new.email, '@', 1)`. */
export const keptAddresses = askedOnce((graph: SchemaGraph, table: EntityOf<'table'>): readonly KeptAddress[] => {
  const found = new Map<EntityOf<'column'>, KeptAddress>();
  for (const { holder, query, write } of writesTo(graph, table.id)) {
    const triggers = holder.kind === 'function' ? graph.dependentsOfKind(holder.id, 'trigger') : [];
    const trigger = triggers.find((each) => isOfUsers(graph, each));
    if (holder.kind !== 'function' || trigger === undefined || (write.kind !== 'insert' && write.kind !== 'update'))
      continue;
    const changed = columnsSetByTriggers(graph, table.id, write.kind).sets.map((each) => each.column);
    for (const { column: id, value } of write.sets) {
      if (id === null || changed.includes(id)) continue;
      const column = graph.get('column', id);
      const kept = addressIn(graph, holder, value ?? undefined, query.binding);
      if (kept !== undefined && !found.has(column))
        found.set(column, { column, trigger, isFallback: kept === 'fallback', at: write.at });
    }
  }
  return [...found.values()];
});

/** It keeps the value as it is, but for blanks and case. */
const KEEPING: ReadonlySet<string> = new Set(['lower', 'btrim', 'trim', 'ltrim', 'rtrim', 'initcap']);

/** Is the value `new.email`, or is it that where nothing before it has a value? */
function addressIn(
  graph: SchemaGraph,
  routine: Routine,
  node: Node | undefined,
  binding: Binding,
): 'always' | 'fallback' | undefined {
  const inner = unwrapped(node);
  const call = fieldsOf(inner, 'FuncCall');
  if (call !== undefined)
    return KEEPING.has(writtenName(call.funcname).name)
      ? addressIn(graph, routine, call.args?.[0], binding)
      : undefined;
  if (isNewEmail(inner)) return 'always';
  const choices = fieldsOf(inner, 'CoalesceExpr')?.args;
  if (choices !== undefined) return addressAmong(graph, routine, choices, binding);
  const reference = fieldsOf(inner, 'ColumnRef');
  const meaning = reference && binding.meanings.get(reference);
  if (meaning?.kind !== 'variable') return undefined;
  // What is set twice may be made of the address in the end.
  const [only, ...others] = variableSources(graph, routine).get(meaning.name) ?? [];
  if (only === undefined || others.length > 0 || !('node' in only)) return undefined;
  return addressIn(graph, routine, only.node, only.binding);
}

/** What stands behind a constant, or behind what is made of the address, is never reached. */
function addressAmong(
  graph: SchemaGraph,
  routine: Routine,
  [first, ...others]: readonly Node[],
  binding: Binding,
): 'always' | 'fallback' | undefined {
  const own = addressIn(graph, routine, first, binding);
  if (own !== undefined) return own;
  const isLast = first === undefined || anyNode(first, isNewEmail) || isValue(first);
  const later = isLast ? undefined : addressAmong(graph, routine, others, binding);
  return later && 'fallback';
}

function isValue(node: Node): boolean {
  return constantText(node) !== null;
}
