import { builtinFunctions } from '../binding/builtin/builtins.ts';
import type { ValueCast } from '../binding/type-clash.ts';
import type { EntityOf } from '../entities/index.ts';
import { extensionsWith } from '../lexicon/extension-functions.ts';
import type { Refusal } from '../query-shapes/refusals.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { mayFit } from '../types/type-doubts.ts';
import { isUsersOwn } from '../users-own.ts';
import { type FailingPlace, isCaughtAround, isHistoryIncomplete, mayBeMade } from './failing-names.ts';

/** A query or expression in a routine's body at which Postgres raises an error when it is analysed, planned or run. */
export interface FailingQuery extends FailingPlace {
  readonly kind: 'query';
  /** As the server says it. */
  readonly message: string;
  /** The values that explicit casts would mend. */
  readonly casts: readonly ValueCast[];
  /** ON CONFLICT without a unique index over these columns. */
  readonly unmet?: Refusal['unmet'];
}

/** SQLSTATEs (docs, appendix A) with the names that handlers catch them by. */
const UNDEFINED = { code: '42883', condition: 'undefined_function' };
const MISMATCH = { code: '42804', condition: 'datatype_mismatch' };
const UNGROUPED = { code: '42803', condition: 'grouping_error' };
const TOO_WIDE = { code: '42601', condition: 'syntax_error' };
const NO_ARBITER = { code: '42P10', condition: 'invalid_column_reference' };
const NO_CONSTRAINT = { code: '42704', condition: 'undefined_object' };
const NO_VALUE = { code: '23502', condition: 'not_null_violation' };
const REFUSED_VALUE = { code: '23514', condition: 'check_violation' };
const NO_LABEL = { code: '22P02', condition: 'invalid_text_representation' };

/** The rule ambiguous-overload tells of the two functions, once for all who call them. */
type Told = 'ambiguous';

const ERRORS: {
  readonly [kind in Exclude<Refusal['kind'], Told>]: { readonly code: string; readonly condition: string };
} = {
  operator: UNDEFINED,
  function: UNDEFINED,
  assignment: MISMATCH,
  common: MISMATCH,
  argument: MISMATCH,
  result: MISMATCH,
  label: NO_LABEL,
  grouping: UNGROUPED,
  width: TOO_WIDE,
  notNull: NO_VALUE,
  check: REFUSED_VALUE,
  conflict: NO_ARBITER,
  constraint: NO_CONSTRAINT,
};

/**
 * Operators and functions that take no such types, values that are not their column's and results that are not the function's, columns beside
 * aggregates, subselects that give a row where a value is wanted, ON CONFLICT without its key, NOT NULL columns without a value: PL/pgSQL asks when the statement is first run. Nothing is
 * concluded where the history has operators or casts of its own, or where something
 * that was not understood may have changed a type.
 */
export function failingQueries(graph: SchemaGraph, routine: EntityOf<'function'>): readonly FailingQuery[] {
  return routineShape(graph, routine).refusals.flatMap((refusal) => {
    const { kind, message, casts, unmet, statement, isAlwaysReached, isWholeBody, undoesAll, handlers, at } = refusal;
    if (kind === 'ambiguous') return [];
    const { code, condition } = ERRORS[kind];
    const isCaught = isCaughtAround(handlers, code, condition);
    if (isCaught === undefined || isOpen(graph, refusal)) return [];
    const place = { statement, isAlwaysReached, isWholeBody, undoesAll, at, isCaught, mayBeThere: false };
    return [{ kind: 'query', code, message, casts, ...(unmet ? { unmet } : {}), ...place }];
  });
}

/** May it be otherwise than the graph says? */
function isOpen(graph: SchemaGraph, refusal: Refusal): boolean {
  const { kind, name, relations } = refusal;
  // Asked of one table, which is certain.
  if (kind === 'conflict' || kind === 'constraint' || kind === 'notNull' || kind === 'check') return false;
  if (kind === 'grouping' || kind === 'width')
    return relations.some((id) => {
      const relation = graph.find(id);
      return relation === undefined || graph.isDoubtful(relation, ['columns', 'constraints', 'existence']);
    });
  if (kind === 'function' && mayBeAnother(graph, name)) return true;
  return mayBeMade(graph, 'types') || mayFit(graph, { kind, name }, relations);
}

/** May there be a further function of that name? Where files are missing, what made this one has hardly made others. */
function mayBeAnother(graph: SchemaGraph, name: string): boolean {
  if (mayBeMade(graph, 'functions') || (isHistoryIncomplete(graph) && !isKnownName(graph, name))) return true;
  const bringing = extensionsWith(name);
  return graph.ofKind('extension').some((each) => bringing.includes(each.name));
}

function isKnownName(graph: SchemaGraph, name: string): boolean {
  const own = graph.ofKind('function').some((each) => each.name.name === name && isUsersOwn(graph, each));
  return own || builtinFunctions(name).length > 0;
}
