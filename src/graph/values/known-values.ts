import { wordPattern } from '../../sql/name.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { valuesInHistory } from '../history/values-in-history.ts';
import type { Statement } from '../journal.ts';
import { comparedConstants } from '../query-shapes/compared-constants.ts';
import {
  type GivenConstants,
  type GivenFrom,
  givenConstants,
  type VariableValues,
  variableValues,
} from '../query-shapes/given-constants.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { expressionsInSchema } from '../query-shapes/schema-expressions.ts';
import { opaqueRoutines, queriesInSchema, userRoutines } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { listedValues } from './listed-values.ts';

export interface KnownValues {
  readonly values: readonly string[];
  /** Those of them that only a comment names. */
  readonly commented: readonly string[];
  /** What the history wrote besides: it has to stay allowed, and may be but an example. */
  readonly written: readonly string[];
  /**
   * Something defaults, writes or lists them, and nothing in the schema is seen to write another, the history included: not so where they are only
   * compared with, or a routine writes what it is given or puts its SQL together.
   */
  readonly areSettled: boolean;
  /** A comment lists all that the schema names: someone meant them to be all. */
  readonly areListed: boolean;
}

/**
 * The values of a text column that the schema itself names: its default, what it is compared with anywhere, what routines write
 * to it, and what a comment on it lists. Others may be in use; '' is none.
 */
export function knownValues(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  texts: ReadonlyMap<string, string>,
  statements: readonly Statement[],
): KnownValues {
  const { values, isGiven, isOpen } = evidence(graph).get(column.id) ?? { values: new Set<string>() };
  const written = valuesInHistory(graph, statements).get(column.id);
  const listed = listedValues(column, texts, values);
  const isSource = isGiven === true || listed.length > 0;
  const isWhole = written?.isWhole !== false && written?.constants.includes('') !== true;
  const areSettled = isSource && isOpen !== true && isWhole && !isInTextOfOpaque(graph, column.name);
  const all = new Set([...values, ...listed]);
  return {
    values: [...all],
    commented: [...all].filter((each) => !values.has(each)),
    written: [...new Set(written?.constants)].filter((each) => each !== '' && !all.has(each)),
    areSettled,
    areListed: listed.length > 0 && [...values].every((each) => listed.includes(each)),
  };
}

interface Evidence {
  readonly values: Set<string>;
  /** A default or a write gives one of them. */
  isGiven?: boolean;
  /** Something is written that is not known. */
  isOpen?: boolean;
}

const NO_VARIABLES: VariableValues = new Map();
const NO_NAMES: GivenFrom = { variables: NO_VARIABLES, isOwn: () => false };

const evidence = askedOnce((graph): ReadonlyMap<EntityId, Evidence> => {
  const all = new Map<EntityId, Evidence>();
  const of = (column: EntityId): Evidence => {
    const found = all.get(column) ?? { values: new Set<string>() };
    all.set(column, found);
    return found;
  };
  const give = (column: EntityId, { constants, isWhole }: GivenConstants) => {
    const found = of(column);
    const named = constants.filter((each) => each !== '');
    for (const each of named) found.values.add(each);
    if (named.length > 0) found.isGiven = true;
    // What is empty has no value yet, and has to stay allowed.
    if (!isWhole || named.length < constants.length) found.isOpen = true;
  };
  const write = (sets: readonly SetColumn[], variables: VariableValues, binding: Pick<Binding, 'meanings'>) => {
    for (const { column, value, from } of sets)
      if (column !== null && from !== 'default')
        give(column, givenConstants(value ?? undefined, { variables, isOwn: ownOf(column, binding) }));
  };
  for (const column of graph.ofKind('column'))
    if (column.default !== null && typeClass(graph, column.type) === 'text')
      give(column.id, givenConstants(column.default.tree, NO_NAMES));
  for (const { holder, query } of queriesInSchema(graph)) {
    if (query.writes.length === 0) continue;
    const variables = holder.kind === 'function' ? variablesOf(graph, routineShape(graph, holder)) : NO_VARIABLES;
    for (const each of query.writes) write([...each.sets, ...(each.onConflict?.sets ?? [])], variables, query.binding);
  }
  for (const { column, given } of setByTriggers(graph)) give(column, given);
  for (const { tree, binding } of expressionsInSchema(graph))
    for (const { column, constant, isFolded } of comparedConstants(tree, binding)) {
      if (constant === '') continue;
      const found = of(column);
      found.values.add(constant);
      if (isFolded) found.isOpen = true;
    }
  return all;
});

function ownOf(column: EntityId, { meanings }: Pick<Binding, 'meanings'>): GivenFrom['isOwn'] {
  return (reference) => {
    const meaning = meanings.get(reference);
    return meaning?.kind === 'column' && meaning.column === column;
  };
}

const variablesOf = askedOnce((_: SchemaGraph, shape: RoutineShape) => variableValues(shape));

/** `new.status := 'open'` of the functions that triggers call. */
function setByTriggers(graph: SchemaGraph): readonly { readonly column: EntityId; readonly given: GivenConstants }[] {
  return userRoutines(graph).flatMap((routine) => {
    const triggers = graph.dependentsOfKind(routine.id, 'trigger');
    if (triggers.length === 0) return [];
    const shape = routineShape(graph, routine);
    return shape.assignments.flatMap(({ target: [row, name], value }) => {
      if (row !== 'new' || name === undefined) return [];
      const variables = variablesOf(graph, shape);
      return triggers.flatMap(({ relation }) => {
        const column = graph.column(relation, name)?.id;
        if (column === undefined) return [];
        const isOwn = value === null ? NO_NAMES.isOwn : ownOf(column, value);
        return [{ column, given: givenConstants(value?.tree, { variables, isOwn }) }];
      });
    });
  });
}

/** SQL that is put together at run time, or a body that cannot be read, which names such a column: what it writes is not known. */
const isInTextOfOpaque = askedOnce((graph: SchemaGraph, column: string): boolean => {
  const word = wordPattern(column);
  return opaqueRoutines(graph).some(({ routine }) => word.test(routine.body?.text ?? ''));
});
