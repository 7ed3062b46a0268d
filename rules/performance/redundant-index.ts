import {
  brief,
  defineRule,
  dropServed,
  isUsersOwn,
  keysText,
  outdoneKey,
  quoteIdentifier,
  relatedAt,
  type SpareIndex,
  spareIndex,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'redundant-index',
    category: 'performance',
    severity: 'low',
    summary: "An index's keys are the leading keys of another index, or those of a unique key.",
    why: 'Whatever the shorter index finds or sorts, the longer one does too: a btree serves by its leading keys, in both directions. The shorter one still has to be written with every row, vacuumed and kept in memory.',
    remedy:
      'Drop the shorter index. Where the longer index has wide keys and the shorter one serves most of the queries, keeping it can be right: say so in an ignore comment.',
    scope: [
      'One that is unique, that stands behind a constraint, that carries INCLUDE columns the other lacks, or that has another operator class, collation or condition is not reported, nor one beside a key that state-in-unique-key or outdone-unique-key says is to go.',
    ],
    messages: {
      prefix:
        'Every look-up on {{table}} by {{index}} {{keys}} is served by {{other}} {{otherKeys}} as well: writes maintain both.',
      unique:
        '{{index}} repeats {{other}}, which is unique and has the same keys {{keys}}: writes to {{table}} maintain both.',
      uniqueMirror:
        '{{index}} {{keys}} is {{other}} {{otherKeys}}, which is unique, read backwards, as Postgres does itself: writes to {{table}} maintain both.',
      hash: '{{index}} is a hash index, for look-ups on {{table}} by {{keys}} alone, which {{other}} {{otherKeys}} serves as well: writes maintain both.',
      mirror:
        '{{index}} {{keys}} is {{other}} {{otherKeys}} read backwards, which Postgres does itself: writes to {{table}} maintain both.',
    },
    restsOn: ['indexes', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/indexes-multicolumn.html'],
  },
  visit: {
    index(index, { graph, journal, report }) {
      const spare = spareIndex(graph, index);
      const relation = graph.find(index.relation);
      if (spare === undefined || (relation?.kind !== 'table' && relation?.kind !== 'materializedView')) return;
      if (!isUsersOwn(graph, index) || outdoneKey(graph, journal, spare.by) !== undefined) return;
      const data = {
        index: quoteIdentifier(index.name.name),
        other: quoteIdentifier(spare.by.name.name),
        table: brief(relation.name),
        keys: keysText(graph, index),
      };
      const otherKeys = keysText(graph, spare.by);
      const about = {
        entity: index,
        related: relatedTo(spare),
        fix: {
          title: `Drop ${data.index}: ${data.other} does its work`,
          safety: spare.as === 'prefix' || spare.as === 'hash' ? 'review' : 'safe',
          sql: dropServed(index),
        },
      } as const;
      if (spare.as === 'prefix') report({ ...about, message: 'prefix', data: { ...data, otherKeys } });
      else if (spare.as === 'unique' && otherKeys === data.keys) report({ ...about, message: 'unique', data });
      else if (spare.as === 'unique') report({ ...about, message: 'uniqueMirror', data: { ...data, otherKeys } });
      else if (spare.as === 'hash') report({ ...about, message: 'hash', data: { ...data, otherKeys } });
      else if (spare.as === 'mirror') report({ ...about, message: 'mirror', data: { ...data, otherKeys } });
    },
  },
});

function relatedTo({ by }: SpareIndex) {
  return relatedAt(by, 'the index that does its work');
}
