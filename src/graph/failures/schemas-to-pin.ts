import { askedOnce } from '../asked-once.ts';
import { extraPath } from '../binding/api-path.ts';
import { GraphNames } from '../binding/graph-names.ts';
import type { EntityOf } from '../entities/index.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { openHomes } from './failing-names.ts';
import { missingName, missingType } from './missing-by-path.ts';

type Routine = EntityOf<'function'>;

/**
 * The schemas that a routine without a search_path of its own may pin so that each name of its body is found: those of the API, the routine's own in front
 * where they alone do not do (as the API has it for what it serves there), and behind them the one schema that has a name which none of these has.
 * Undefined where a name has more than one such home, or would mean something else.
 */
export const schemasToPin = askedOnce((graph: SchemaGraph, routine: Routine): readonly string[] | undefined => {
  const usual = [...new Set(extraPath(graph))].filter((each) => graph.global('schema', each) !== undefined);
  const homes = openHomes(graph, routine);
  if (homes.some((schemas) => schemas.length > 1)) return undefined;
  const own = routine.name.schema;
  const isEnough = usual.includes(own) || findsAll(graph, routine, usual);
  const path = isEnough ? usual : [own, ...usual];
  return findsAll(graph, routine, path) ? [...new Set([...path, ...homes.flat()])] : undefined;
});

/** Does each name of the body mean on this path what it means by the usual one? */
function findsAll(graph: SchemaGraph, routine: Routine, path: readonly string[]): boolean {
  const names = new GraphNames(graph, path);
  const { block, expressions } = routineShape(graph, routine);
  if (block !== null && missingType(graph, routine, block, names) !== undefined) return false;
  return expressions.every(({ references }) => {
    const isOther = references.some(({ node, kind, target }) => {
      if (kind !== 'relation' || !('relname' in node) || ('schemaname' in node && node.schemaname)) return false;
      const found = names.relation(undefined, String(node.relname));
      return found?.id !== undefined && graph.find(target) !== undefined && found.id !== target;
    });
    return !isOther && missingName(graph, references, names) === undefined;
  });
}
