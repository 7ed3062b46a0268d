import type { Call } from '../graph/binding/questions/calls.ts';
import { columnFoundBy } from '../graph/caller/found-by-index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { andList } from './prose.ts';
import type { RepeatingClause } from './wrapped-policy.ts';

/** The calls of a policy that run most often, and for which rows. */
export interface RepeatedCalls {
  /**
   * `outer`: for each row of the policy's table that is looked at; `indexed`: the same, but where an index on the columns compared
   * finds the rows; `inner`: for each row that a subselect reads; `searched`: the same, but where such an index finds
   * them; `written`: for each row that is written.
   */
  readonly kind: 'outer' | 'indexed' | 'inner' | 'searched' | 'written';
  readonly calls: readonly Call[];
  /** `USING and WITH CHECK clauses`. */
  readonly clauses: string;
  readonly columns: string;
  readonly relations: readonly EntityId[];
}

/**
 * Of the calls in the clauses, the worst.
 * @param isStable of a VOLATILE function no index condition is made
 */
export function repeatedCalls(
  graph: SchemaGraph,
  clauses: readonly RepeatingClause[],
  isStable: (call: Call) => boolean,
): RepeatedCalls | undefined {
  const calls = clauses.flatMap(({ name, expression, calls: some }) =>
    some.map((call) => ({
      call,
      clause: name,
      indexed: isStable(call) ? columnFoundBy(graph, expression, call.call) : undefined,
    })),
  );
  const per = (row: Call['runs']['per'], clause?: RepeatingClause['name']) =>
    calls.filter((each) => each.call.runs.per === row && (clause === undefined || each.clause === clause));
  const outer = per('outer row', 'USING');
  const inner = per('inner row').filter(({ indexed }) => indexed === undefined);
  const searched = per('inner row').filter(({ indexed }) => indexed !== undefined);
  const written = per('outer row', 'WITH CHECK');
  const told = [outer, inner, searched, written].find((each) => each.length > 0);
  if (told === undefined) return undefined;
  const isIndexed = told === outer && outer.every(({ indexed }) => indexed !== undefined);
  const meant = told === outer ? [...outer, ...written] : told;
  const names = CLAUSES.filter((name) => meant.some(({ clause }) => clause === name));
  const columns = new Set(
    told.flatMap(({ indexed }) => (indexed === undefined ? [] : [quoteIdentifier(indexed.name)])),
  );
  return {
    kind: kindOf(),
    calls: told.map(({ call }) => call),
    clauses: `${andList(names)} ${names.length === 1 ? 'clause' : 'clauses'}`,
    columns: andList([...columns]),
    relations: [...new Set(told.flatMap(({ call: { runs } }) => (runs.per === 'inner row' ? runs.relations : [])))],
  };

  function kindOf(): RepeatedCalls['kind'] {
    if (told === outer) return isIndexed ? 'indexed' : 'outer';
    if (told === inner) return 'inner';
    return told === searched ? 'searched' : 'written';
  }
}

const CLAUSES = ['USING', 'WITH CHECK'] as const;
