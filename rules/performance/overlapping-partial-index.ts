import {
  brief,
  defineRule,
  dropServed,
  keysText,
  quoteIdentifier,
  relatedAt,
  spareIndex,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'overlapping-partial-index',
    category: 'performance',
    severity: 'low',
    summary: 'A partial index holds only rows that another index holds and finds by the same keys.',
    why: 'The other index answers all that the partial one is there for: its condition is about the leading key itself, about keys that the other index begins with, or leaves out hardly a row. Rows within the condition are written to both.',
    remedy: 'Drop the partial index, or keep it and drop the other where nothing asks for the remaining rows.',
    scope: [
      'A partial index whose condition picks few rows by columns that are not in the other index (a queue of pending jobs) earns its keep and is not reported, nor is one that is unique, unless another key refuses all that it refuses.',
    ],
    messages: {
      full: '{{index}} holds nothing that {{other}} does not hold and find by {{otherKeys}}: the rows of {{table}} within its condition are written to both.',
      unique:
        '{{index}} refuses no row of {{table}} that {{other}} does not refuse, which is unique by {{otherKeys}} for all rows: those within its condition are written to both.',
    },
    restsOn: ['indexes', 'constraints', 'columns'],
    references: ['https://www.postgresql.org/docs/current/indexes-partial.html'],
  },
  visit: {
    index(index, { graph, report }) {
      const spare = spareIndex(graph, index);
      const relation = graph.find(index.relation);
      if (spare?.as !== 'partial' || (relation?.kind !== 'table' && relation?.kind !== 'materializedView')) return;
      const { by } = spare;
      const data = {
        index: quoteIdentifier(index.name.name),
        other: quoteIdentifier(by.name.name),
        otherKeys: keysText(graph, by),
        table: brief(relation.name),
      };
      const told = {
        entity: index,
        data,
        related: relatedAt(by, 'the index that does its work'),
        fix: {
          title: `Drop ${data.index}: ${data.other} does its work`,
          safety: 'review',
          sql: dropServed(index),
        },
      } as const;
      if (index.isUnique) report({ ...told, message: 'unique' });
      else report({ ...told, message: 'full' });
    },
  },
});
