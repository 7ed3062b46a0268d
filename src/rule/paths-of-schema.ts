import type { EntityOf } from '../graph/entities/index.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { type Habit, ofSchema } from './habit.ts';
import { andList, brief } from './prose.ts';
import { usualPathFix } from './usual-path.ts';

type Routine = EntityOf<'function'>;

const SHOWN = 6;

/** What is told once of functions of a schema that leave their search_path open: the place, what messages say of them, and the path of each. */
export function pathsOfSchema(graph: SchemaGraph, routines: Habit<Routine>) {
  const [{ name }] = routines;
  const note = ({ name: each }: Routine) => `${brief(each)} as well`;
  return {
    ...ofSchema(graph, name.schema, routines, (each) => ({ of: each, note: note(each) })),
    data: {
      count: routines.length,
      schema: quoteIdentifier(name.schema),
      names: andList(
        routines.map((each) => brief(each.name)),
        SHOWN,
      ),
    },
    fixes: routines.map((each) => ({ of: each, fix: () => usualPathFix(graph, each) })),
  };
}
