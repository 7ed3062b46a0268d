import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { columnsOfRow, type Given, givenTo } from '../nulls/copied-nulls.ts';
import { admittedClients, columnsOpenTo } from '../privileges/admitted-clients.ts';
import { constantOf, unwrapped } from '../query-shapes/operand.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { type PutValue, variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { statusLabels } from './status-labels.ts';

type Column = EntityOf<'column'>;

/**
 * Does a column hold only what another one held, whose values are limited: `old.status` of an order in the log of its changes? So it is where clients may not
 * write it and each value that a routine of the schema gives is such a column's, or a variable that the same routine puts into one; a constant only beside
 * those, where it is one of the values listed there.
 */
export function isCopyOfLimited(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  column: Column,
  isLimited: (column: Column) => boolean,
  clientRoles: readonly string[],
): boolean {
  const given = givenTo(graph).get(column.id) ?? [];
  if (given.length === 0 || isOpen(graph, table, column, clientRoles)) return false;
  // Several columns at once from one query.
  const isUnknown = writesTo(graph, table.id).some(({ write }) =>
    write.sets.some((each) => each.column === column.id && each.value === null && each.from !== 'default'),
  );
  if (isUnknown) return false;
  const found = new Search(graph, column, isLimited);
  if (!given.every((each) => found.follows(each)) || found.sources.size === 0) return false;
  const labels = new Set([...found.sources].flatMap((id) => statusLabels(graph, graph.get('column', id))));
  return [...found.constants].every((each) => labels.has(each));
}

function isOpen(graph: SchemaGraph, table: EntityOf<'table'>, column: Column, clientRoles: readonly string[]): boolean {
  if (!graph.isKnown(table, 'rowSecurity')) return true;
  return (['insert', 'update'] as const).some((command) =>
    columnsOpenTo(graph, table, admittedClients(graph, table, clientRoles, [command])).includes(column),
  );
}

/** Where values come from. */
class Search {
  /** The limited columns. */
  readonly sources = new Set<EntityId>();
  readonly constants = new Set<string>();
  readonly #graph: SchemaGraph;
  readonly #column: Column;
  readonly #isLimited: (column: Column) => boolean;

  constructor(graph: SchemaGraph, column: Column, isLimited: (column: Column) => boolean) {
    this.#graph = graph;
    this.#column = column;
    this.#isLimited = isLimited;
  }

  /** Is it only what limited columns hold, and constants? */
  follows({ routine, value }: Given): boolean {
    return this.#put(routine, value, new Set());
  }

  #put(routine: Given['routine'], value: PutValue, followed: ReadonlySet<string>): boolean {
    if ('column' in value) return this.#from(value.column);
    return this.#value(routine, value.node, value.binding, followed);
  }

  #value(routine: Given['routine'], node: Node | undefined, binding: Binding, followed: ReadonlySet<string>): boolean {
    const inner = unwrapped(node);
    const constant = constantOf(inner);
    if (inner === undefined) return false;
    if (constant !== null) {
      if (typeof constant === 'string') this.constants.add(constant);
      return true;
    }
    const cases = fieldsOf(inner, 'CaseExpr');
    const arms = cases && [...(cases.args ?? []).map((each) => fieldsOf(each, 'CaseWhen')?.result), cases.defresult];
    const choices = fieldsOf(inner, 'CoalesceExpr')?.args ?? arms?.filter((each) => each !== undefined);
    if (choices !== undefined) return choices.every((each) => this.#value(routine, each, binding, followed));
    const reference = fieldsOf(inner, 'ColumnRef');
    const meaning = reference && binding.meanings.get(reference);
    if (meaning?.kind === 'column') return meaning.column !== undefined && this.#from(meaning.column);
    return meaning?.kind === 'variable' && this.#variable(routine, meaning.name, followed);
  }

  #variable(routine: Given['routine'], name: string, followed: ReadonlySet<string>): boolean {
    if (followed.has(name)) return true;
    const further = new Set([...followed, name]);
    const columns = /^(?:new|old)\./.test(name) ? columnsOfRow(this.#graph, routine, name) : [];
    if (columns.length > 0) return columns.every((each) => this.#from(each));
    const values = variableSources(this.#graph, routine).get(name) ?? [];
    if (values.length > 0 && values.every((each) => this.#put(routine, each, further))) return true;
    return this.#isPutIntoLimited(routine, name);
  }

  /** What a CHECK elsewhere would refuse undoes the whole call. */
  #isPutIntoLimited(routine: Given['routine'], name: string): boolean {
    const into = [...givenTo(this.#graph)].find(
      ([id, all]) =>
        id !== this.#column.id &&
        this.#isLimited(this.#graph.get('column', id)) &&
        all.some((each) => each.routine === routine && isVariable(each.value, name)),
    );
    if (into !== undefined) this.sources.add(into[0]);
    return into !== undefined;
  }

  #from(id: EntityId): boolean {
    const column = this.#graph.get('column', id);
    if (id === this.#column.id) return true;
    if (this.#graph.find(column.relation)?.kind !== 'table' || !this.#isLimited(column)) return false;
    this.sources.add(id);
    return true;
  }
}

function isVariable(value: PutValue, name: string): boolean {
  if ('column' in value) return false;
  const reference = fieldsOf(unwrapped(value.node), 'ColumnRef');
  const meaning = reference && value.binding.meanings.get(reference);
  return meaning?.kind === 'variable' && meaning.name === name;
}
