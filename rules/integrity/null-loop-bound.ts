import {
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  type NullLoopBound,
  nullLoopBounds,
  quoteIdentifier,
  redefined,
  type SchemaGraph,
  valueOr,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'null-loop-bound',
    category: 'integrity',
    severity: 'medium',
    summary: 'A loop over the positions of an array fails where the array is empty.',
    why: 'An array without elements has no bounds: array_length(), array_upper() and array_lower() of it are NULL, and not 0. FOR i IN 1 .. NULL is no loop that runs zero times: it raises 22004, and all is undone that the call did. A list with nothing in it is what nobody tries.',
    remedy:
      'Write coalesce(array_length(list, 1), 0), or cardinality(list) where the array has one dimension and is not NULL, or FOREACH over coalesce(list, array[]::type[]).',
    scope: [
      'Not reported are arrays that anything before the loop asks about or changes, and those of queries that are sure to find a row.',
    ],
    messages: {
      caller:
        '{{function}} fails with 22004 ({{side}} bound of FOR loop cannot be null) when {{array}} is empty: {{asked}} of an array without elements is NULL.',
      query:
        '{{function}} fails with 22004 ({{side}} bound of FOR loop cannot be null) when the query for {{array}} finds no row: {{asked}} is NULL then.',
    },
    restsOn: ['functions'],
    references: [
      'https://www.postgresql.org/docs/current/functions-array.html',
      'https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-INTEGER-FOR',
    ],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      if (routine.language !== 'plpgsql') return;
      const bounds = nullLoopBounds(graph, routine);
      const [first, ...others] = bounds;
      if (first === undefined) return;
      const data = {
        function: `${brief(routine.name)}()`,
        side: first.side,
        array: first.array.split('.').map(quoteIdentifier).join('.'),
        asked: `${first.asked}()`,
      };
      const told = {
        entity: routine,
        ...(first.at === null ? {} : { origin: { from: 'statement', at: first.at } as const }),
        related: others.flatMap(({ at }) => (at === null ? [] : [{ note: 'here too', at }])),
        fix: () => fixFor(graph, routine, bounds, texts),
      };
      if (first.from === 'caller') report({ ...told, message: 'caller', data });
      else report({ ...told, message: 'query', data });
    },
  },
});

/** With the bounds of a loop that does not run. */
function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  bounds: readonly NullLoopBound[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const text = texts.get(routine.body?.at?.file ?? '');
  if (text === undefined) return undefined;
  const insertions = bounds.flatMap(({ calls }) => calls.flatMap(({ node, without }) => valueOr(node, without, text)));
  const written = redefined(graph, routine, texts, insertions);
  return written === undefined
    ? undefined
    : { title: 'Let the loop run zero times for an empty array', safety: 'review', sql: written };
}
