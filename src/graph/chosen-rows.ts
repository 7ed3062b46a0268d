import { anyNode } from '../sql/walk.ts';
import type { ApiCaller } from './api-calls.ts';
import { askedOnce } from './asked-once.ts';
import type { Binding } from './binding/binding.ts';
import type { EntityOf } from './entities/index.ts';
import { isNamed } from './lexicon/pattern.ts';
import { openToRoles } from './policies/policy-audience.ts';
import { variableOf } from './query-shapes/operand.ts';
import type { SetColumn } from './query-shapes/query.ts';
import { routineShape } from './query-shapes/routine-shape.ts';
import type { SchemaGraph } from './schema-graph.ts';

/** Rows of a table that a routine changes, whichever an argument names. */
export interface ChosenRows {
  readonly table: EntityOf<'table'>;
  readonly command: 'update' | 'delete';
}

/** What only those know who were told: whoever has it was let in. */
const SECRETS = ['*_token_*', '*_code_*', '*_secret_*', '*_hash_*', '*_nonce_*', '*_signature_*', '*_key_*'];

/**
 * A table under row security of which the routine changes or deletes the rows that an argument names, where no policy lets all these callers do that.
 * What is only counted (`views = views + 1`) or worked out anew is none, nor are rows that are
 * found by a secret.
 */
export function chosenRows(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  callers: readonly ApiCaller[],
): ChosenRows | undefined {
  return candidates(graph, routine).find(({ table, command }) => {
    const names = callers.map(({ name }) => name);
    const open = graph.ownedBy(table.id, 'policy').flatMap((each) => openToRoles(graph, each, [command], names));
    return !names.every((name) => open.some((each) => each.name === name));
  });
}

const candidates = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): readonly ChosenRows[] => {
  const parameters = new Set(
    routine.parameters.flatMap(({ name, mode }) => (mode === 'in' || mode === 'inout' ? (name ?? []) : [])),
  );
  const isArgument = (name: string | null) => name !== null && (parameters.has(name) || name.startsWith('$'));
  return routineShape(graph, routine).writes.flatMap(({ query, write }): readonly ChosenRows[] => {
    const table = write.relation === null ? undefined : graph.find(write.relation);
    const command = write.kind === 'update' || write.kind === 'delete' ? write.kind : undefined;
    if (table?.kind !== 'table' || command === undefined) return [];
    if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return [];
    if (command === 'update' && !write.sets.some((set) => isDecided(set, query.binding, isArgument))) return [];
    const target = query.sources.find(({ isTarget, relation }) => isTarget && relation === table.id);
    const tests = target?.tests.filter(({ kind, variable }) => kind === 'equal' && isArgument(variable)) ?? [];
    const isSecret = tests.some(({ column }) => isNamed(graph.get('column', column).name, SECRETS));
    return tests.length === 0 || isSecret ? [] : [{ table, command }];
  });
});

/** Does the call decide what is written: a value it is given, or one constant? What is counted or worked out anew is the same for every caller. */
function isDecided(
  { value, constant }: SetColumn,
  binding: Binding,
  isArgument: (name: string | null) => boolean,
): boolean {
  return (
    anyNode(
      value ?? undefined,
      (node) => ('ColumnRef' in node || 'ParamRef' in node) && isArgument(variableOf(node, binding)),
    ) || constant !== null
  );
}
