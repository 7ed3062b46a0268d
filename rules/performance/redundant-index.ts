import {
  andList,
  brief,
  type Change,
  defineRule,
  dropServed,
  type EntityOf,
  habitsOf,
  isShown,
  keysText,
  ofSchema,
  outdoneKey,
  quoteIdentifier,
  relatedAt,
  type SchemaGraph,
  type SpareIndex,
  spareIndex,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;

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
      'Many on the same single column (a tenant that each table has an index on) are one finding; `"habit": 0` shows each.',
    ],
    messages: {
      prefix:
        'Every look-up on {{table}} by {{index}} {{keys}} is served by {{other}} {{otherKeys}} as well: writes maintain both.',
      unique:
        '{{index}} repeats {{other}}, which is unique and has the same keys {{keys}}: writes to {{table}} maintain both.',
      uniqueMirror:
        '{{index}} {{keys}} is {{other}} {{otherKeys}}, which is unique, read backwards, as Postgres does itself: writes to {{table}} maintain both.',
      habit:
        '{{count}} indexes of {{schema}} on {{keys}} alone stand beside another that begins with it, as {{index}} does beside {{other}} {{otherKeys}}: every look-up by them is served by the other as well, and writes maintain both. They are on {{tables}}.',
      hash: '{{index}} is a hash index, for look-ups on {{table}} by {{keys}} alone, which {{other}} {{otherKeys}} serves as well: writes maintain both.',
      mirror:
        '{{index}} {{keys}} is {{other}} {{otherKeys}} read backwards, which Postgres does itself: writes to {{table}} maintain both.',
    },
    restsOn: ['indexes', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/indexes-multicolumn.html'],
    optionDocs: {
      habit:
        'So many indexes of a schema on the same single column are one finding, with the fixes of all; 0 tells of each.',
    },
  },
  defaults: { habit: 12 },
  visit: {
    graph(graph, { journal, options, isApart, report }) {
      const told = graph.ofKind('index').flatMap((each) => spareOf(graph, journal, each) ?? []);
      const { alone, habits } = habitsOf(told, options.habit, ({ index, spare }) =>
        isOfOneKey(index, spare) && !isApart(index) ? `${index.name.schema} ${keysText(graph, index)}` : undefined,
      );
      for (const { index, relation, spare } of alone) {
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
            safety: safetyOf(spare),
            sql: dropServed(index),
          },
        } as const;
        if (spare.as === 'prefix') report({ ...about, message: 'prefix', data: { ...data, otherKeys } });
        else if (spare.as === 'unique' && otherKeys === data.keys) report({ ...about, message: 'unique', data });
        else if (spare.as === 'unique') report({ ...about, message: 'uniqueMirror', data: { ...data, otherKeys } });
        else if (spare.as === 'hash') report({ ...about, message: 'hash', data: { ...data, otherKeys } });
        else if (spare.as === 'mirror') report({ ...about, message: 'mirror', data: { ...data, otherKeys } });
      }
      for (const all of habits) {
        const [first] = all;
        const { schema } = first.index.name;
        const keys = keysText(graph, first.index);
        report({
          ...ofSchema(graph, schema, all, ({ index, spare }) => ({
            of: index,
            note: `${quoteIdentifier(index.name.name)}, beside ${quoteIdentifier(spare.by.name.name)}`,
          })),
          message: 'habit',
          discriminator: keys,
          data: {
            count: all.length,
            keys,
            schema: quoteIdentifier(schema),
            index: quoteIdentifier(first.index.name.name),
            other: quoteIdentifier(first.spare.by.name.name),
            otherKeys: keysText(graph, first.spare.by),
            tables: andList([...new Set(all.map(({ relation }) => brief(relation.name)))], SHOWN),
          },
          fixes: all.map(({ index, spare }) => ({
            of: index,
            fix: () => ({
              title: 'Drop each: the index beside it does its work',
              safety: safetyOf(spare),
              sql: dropServed(index),
            }),
          })),
        });
      }
    },
  },
});

const SHOWN = 6;

/** An index that another does the work of, and the other. */
interface Spare {
  readonly index: Index;
  readonly relation: EntityOf<'table' | 'materializedView'>;
  readonly spare: SpareIndex;
}

function spareOf(graph: SchemaGraph, journal: readonly Change[], index: Index): Spare | undefined {
  if (!isShown(index, graph)) return undefined;
  const spare = spareIndex(graph, index);
  const relation = graph.find(index.relation);
  if (spare === undefined || (relation?.kind !== 'table' && relation?.kind !== 'materializedView')) return undefined;
  return outdoneKey(graph, journal, spare.by) === undefined ? { index, relation, spare } : undefined;
}

/** Its only key leads the other index, or is all of it. */
function isOfOneKey({ keys }: Index, { as }: SpareIndex): boolean {
  return keys.length === 1 && (as === 'prefix' || as === 'unique');
}

function safetyOf({ as }: SpareIndex): 'safe' | 'review' {
  return as === 'prefix' || as === 'hash' ? 'review' : 'safe';
}

function relatedTo({ by }: SpareIndex) {
  return relatedAt(by, 'the index that does its work');
}
