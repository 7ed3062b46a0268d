import { fieldsOf, stringsOf } from '../sql/nodes.ts';
import { anyNode } from '../sql/walk.ts';
import type { ApiCaller } from './api-calls.ts';
import { askedOnce } from './asked-once.ts';
import type { Binding } from './binding/binding.ts';
import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { isNamed } from './lexicon/pattern.ts';
import { openToRoles } from './policies/policy-audience.ts';
import { unwrapped, variableOf } from './query-shapes/operand.ts';
import type { ColumnTest, Query, SetColumn, Write } from './query-shapes/query.ts';
import { routineShape } from './query-shapes/routine-shape.ts';
import type { SchemaGraph } from './schema-graph.ts';

/** Rows of a table that a routine changes, whichever an argument names. */
export interface ChosenRows {
  readonly table: EntityOf<'table'>;
  readonly command: 'update' | 'delete';
}

/** What only those know who were told: whoever has it was let in. */
const SECRETS = [
  ...['*_token_*', '*_code_*', '*_secret_*', '*_hash_*', '*_nonce_*', '*_signature_*', '*_key_*', '*_session_*'],
];

/**
 * A table under row security of which the routine changes or deletes the rows that an argument names, by UPDATE, DELETE or an INSERT
 * that overwrites, where no policy lets all these callers do that.
 * What is only counted (`views = views + 1`) or worked out anew is none, nor are rows of a routine that looks for
 * a secret it is given.
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
  const { queries, writes } = routineShape(graph, routine);
  const looks = queries.filter(({ kind }) => kind === 'select');
  const asked = looks.flatMap(({ sources }) => sources.flatMap(({ tests }) => tests));
  // Whoever has an invitation may do what it is for.
  if (asked.some(({ column, variable }) => isArgument(variable) && isSecret(graph, column))) return [];
  return writes.flatMap(({ query, write }): readonly ChosenRows[] => {
    const table = write.relation === null ? undefined : graph.find(write.relation);
    if (table?.kind !== 'table' || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return [];
    const found = write.kind === 'insert' ? overwritten(query, write, isArgument) : named(query, write, isArgument);
    return found === undefined || found.keys.some((id) => isSecret(graph, id))
      ? []
      : [{ table, command: found.command }];
  });
});

function isSecret(graph: SchemaGraph, column: EntityId): boolean {
  return isNamed(graph.get('column', column).name, SECRETS);
}

type IsArgument = (name: string | null) => boolean;

interface Found extends Pick<ChosenRows, 'command'> {
  /** The columns by which the rows are found. */
  readonly keys: readonly EntityId[];
}

/** By UPDATE or DELETE, where nothing but arguments and constants says which rows: what a subselect finds may be none of them. */
function named(query: Query, write: Write, isArgument: IsArgument): Found | undefined {
  const command = write.kind === 'update' || write.kind === 'delete' ? write.kind : undefined;
  const { whereClause } = fieldsOf(query.node, 'UpdateStmt') ?? fieldsOf(query.node, 'DeleteStmt') ?? {};
  if (command === undefined || anyNode(whereClause, (_, tag) => tag === 'SubLink')) return undefined;
  if (command === 'update' && !write.sets.some((set) => isDecided(set, query.binding, isArgument))) return undefined;
  const target = query.sources.find(({ isTarget, relation }) => isTarget && relation === write.relation);
  const tests = target?.tests.filter(({ kind, variable }) => KINDS.has(kind) && isArgument(variable)) ?? [];
  return tests.length === 0 ? undefined : { command, keys: tests.map(({ column }) => column) };
}

const KINDS: ReadonlySet<ColumnTest['kind']> = new Set(['equal', 'range']);

/** By INSERT … ON CONFLICT DO UPDATE: the arguments hold the key of a row that may be there, and what it gets. */
function overwritten({ binding }: Query, { sets, onConflict }: Write, isArgument: IsArgument): Found | undefined {
  if (onConflict?.action !== 'update' || onConflict.columns.length === 0) return undefined;
  const given = new Set(
    sets.flatMap(({ column, value }) =>
      column !== null && isArgument(variableOf(value ?? undefined, binding)) ? [column] : [],
    ),
  );
  const isOverwritten = onConflict.sets.some(({ column, value }) => {
    const [source, name] = stringsOf(fieldsOf(unwrapped(value ?? undefined), 'ColumnRef')?.fields);
    const isGiven =
      source === 'excluded' &&
      sets.some((each) => each.name === name && each.column !== null && given.has(each.column));
    return isGiven || (column !== null && isArgument(variableOf(value ?? undefined, binding)));
  });
  const areKeysGiven = onConflict.columns.every((each) => given.has(each));
  return isOverwritten && areKeysGiven ? { command: 'update', keys: onConflict.columns } : undefined;
}

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
