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
    ...[...undone].map(([trigger, keys]) => {
      const columns = keys.flatMap(({ key }) => graph.columnNames(key.columns).map(quoteIdentifier));
      return `the trigger ${onTable(graph, trigger)} writes ${andList(columns)} back in it, so that the row would name one that is gone`;
    }),
  ];
  return ` ON DELETE SET NULL alone does not mend that: it is an UPDATE, and ${andList(deeds)}.`;
}

function onTable(graph: SchemaGraph, { name, relation }: EntityOf<'trigger'>): string {
  return `${quoteIdentifier(name)} on ${brief(graph.get('table', relation).name)}`;
}
