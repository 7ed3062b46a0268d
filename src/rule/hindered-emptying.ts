import type { TriggerAgainst } from '../graph/deletes/undone-set-nulls.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { groupedBy } from '../graph/grouping.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { andList, brief } from './prose.ts';

/** A key for which ON DELETE SET NULL would be in vain. */
export interface Hindered {
  readonly key: EntityOf<'foreignKey'>;
  readonly against: TriggerAgainst;
}

/** ` ON DELETE SET NULL alone does not mend that: …`; empty where no key is hindered. */
export function hinderedText(graph: SchemaGraph, all: readonly Hindered[]): string {
  if (all.length === 0) return '';
  const undone = groupedBy(
    all.filter(({ against }) => against.does === 'undo'),
    ({ against }) => against.trigger,
  );
  const refused = new Set(all.flatMap(({ against }) => (against.does === 'refuse' ? [against.trigger] : [])));
  const deeds = [
    ...[...refused].map((each) => `the trigger ${onTable(graph, each)} refuses it`),
    ...alikeIn(graph, undone).map(([columns, triggers]) => {
      const [is, rows] = triggers.length === 1 ? ['trigger', 'the row'] : ['triggers', 'their rows'];
      const written = triggers.length === 1 ? 'writes' : 'write';
      const named = andList(
        triggers.map((each) => onTable(graph, each)),
        MOST_SHOWN,
      );
      return `the ${is} ${named} ${written} ${columns} back in it, so that ${rows} would name one that is gone`;
    }),
  ];
  return ` ON DELETE SET NULL alone does not mend that: it is an UPDATE, and ${andList(deeds)}.`;
}

const MOST_SHOWN = 3;

/** The triggers that write the same columns back, which mostly call one function. */
function alikeIn(
  graph: SchemaGraph,
  undone: ReadonlyMap<EntityOf<'trigger'>, readonly Hindered[]>,
): readonly (readonly [string, readonly EntityOf<'trigger'>[]])[] {
  const columnsOf = (keys: readonly Hindered[]) =>
    andList(keys.flatMap(({ key }) => graph.columnNames(key.columns).map(quoteIdentifier)));
  const alike = groupedBy([...undone], ([, keys]) => columnsOf(keys));
  return [...alike].map(([columns, each]) => [columns, each.map(([trigger]) => trigger)]);
}

function onTable(graph: SchemaGraph, { name, relation }: EntityOf<'trigger'>): string {
  return `${quoteIdentifier(name)} on ${brief(graph.get('table', relation).name)}`;
}
