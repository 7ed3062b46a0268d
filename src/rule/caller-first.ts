import type { EntityOf } from '../graph/entities/index.ts';
import { unwrapped } from '../graph/query-shapes/operand.ts';
import { isActorUsed } from '../graph/routines/actors-used.ts';
import type { ForgedActors } from '../graph/routines/forged-actors.ts';
import type { Insertion } from '../graph/routines/redefinition.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { fieldsOf } from '../sql/nodes.ts';
import { expressionRange } from '../sql/range.ts';
import type { Fix, RelatedPlace } from './finding.ts';
import { redefined } from './redefined.ts';

type Routine = EntityOf<'function'>;

/** `coalesce(auth.uid(), new.created_by)` for `coalesce(new.created_by, auth.uid())`, and for the column alone; none where other code goes by whom the log names. */
export function callerFirst(
  graph: SchemaGraph,
  routine: Routine,
  forged: readonly ForgedActors[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  if (forged.some(({ values }) => values.some(({ actor }) => isActorUsed(graph, actor)))) return undefined;
  const text = texts.get(routine.body?.at?.file ?? '');
  const insertions: Insertion[] = [];
  for (const { actor, value, caller } of text === undefined ? [] : forged.flatMap(({ values }) => values)) {
    const inner = unwrapped(value) ?? value;
    const written = (node: typeof value): string => {
      const { start, end } = expressionRange(node, text ?? '');
      return (text ?? '').slice(start, end);
    };
    // auth.uid() is a uuid.
    if (caller === null && actor.type?.name.name !== 'uuid') return undefined;
    const args = fieldsOf(inner, 'CoalesceExpr')?.args ?? [inner];
    const others = args.filter((each) => each !== caller).map(written);
    const first = caller === null ? 'auth.uid()' : written(caller);
    const { start, end } = expressionRange(inner, text ?? '');
    if (insertions.some(({ at }) => at === start)) continue;
    insertions.push({ at: start, end, text: `coalesce(${[first, ...others].join(', ')})` });
  }
  const sql = insertions.length === 0 ? undefined : redefined(graph, routine, texts, insertions);
  return sql === undefined
    ? undefined
    : { title: 'Name whoever is signed in, and the row only where nobody is', safety: 'review', sql };
}

/** Where the entries get their names. */
export function placesOfActors(
  { body }: Routine,
  { values }: ForgedActors,
  texts: ReadonlyMap<string, string>,
): readonly RelatedPlace[] {
  const file = body?.at?.file;
  const text = file === undefined ? undefined : texts.get(file);
  if (file === undefined || text === undefined) return [];
  return values.map(({ actor, value }) => {
    return { note: `what ${quoteIdentifier(actor.name)} gets`, at: { file, ...expressionRange(value, text) } };
  });
}
