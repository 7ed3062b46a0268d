import {
  type Aspect,
  andList,
  askedOnce,
  brief,
  defineRule,
  dropServed,
  type EntityOf,
  type Fix,
  groupedBy,
  isHabit,
  isRestedOn,
  isShown,
  keptTwin,
  keysText,
  ofSchema,
  quoteIdentifier,
  relatedAt,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;

const RESTS_ON: readonly Aspect[] = ['indexes', 'constraints'];

export default defineRule({
  meta: {
    id: 'duplicate-index',
    category: 'performance',
    severity: 'medium',
    summary: 'Two indexes of a table are the same but for their names.',
    why: 'Every INSERT, most UPDATEs, every vacuum and every backup pays for both, and no query is faster for the second.',
    remedy: 'Drop the one that no constraint, foreign key or replica identity rests on.',
    scope: [
      'Vector indexes are judged by duplicate-vector-index, whose parameters may differ.',
      'Where a schema has a unique index beside the primary key of many tables (Prisma makes one for each `@id @unique`: leave out the @unique), one finding stands for them; `"habit": 0` shows each.',
    ],
    messages: {
      index:
        '{{index}} is {{other}} once more: both index {{table}} by {{keys}}, and every write keeps both up to date.',
      constraint:
        'The constraint {{index}} makes the index {{other}} once more: both index {{table}} by {{keys}}, and every write keeps both up to date.',
      habit:
        '{{count}} tables of {{schema}} have a unique index on the columns of their primary key, which has an index of its own: {{indexes}}. Every write keeps both up to date.',
    },
    restsOn: RESTS_ON,
    equivalents: ['splinter:0009'],
    references: ['https://www.postgresql.org/docs/current/sql-createindex.html'],
    optionDocs: {
      habit:
        'So many tables of a schema with a unique index beside their primary key are one finding; 0 tells of each.',
    },
  },
  defaults: { habit: 5 },
  visit: {
    graph(graph, { options, isApart, report }) {
      for (const [name, beside] of besidePrimaryKeys(graph)) {
        const indexes = beside.filter((each) => !isApart(each));
        const [first, ...others] = indexes;
        if (first === undefined || !isHabit(options.habit, indexes.length)) continue;
        report({
          ...ofSchema(graph, name, [first, ...others], (each) => ({ of: each, note: `${nameOf(each)} as well` })),
          message: 'habit',
          data: { count: indexes.length, schema: quoteIdentifier(name), indexes: andList(indexes.map(nameOf), SHOWN) },
          fix: { title: 'Drop the second indexes', safety: 'safe', sql: indexes.map(dropServed).join('\n') },
        });
      }
    },
    index(index, { graph, options, isApart, report }) {
      const kept = keptTwin(graph, index);
      if (kept === undefined) return;
      const alike = (besidePrimaryKeys(graph).get(index.name.schema) ?? []).filter((each) => !isApart(each));
      if (alike.includes(index) && isHabit(options.habit, alike.length)) return;
      const relation = graph.find(index.relation);
      if (relation?.kind !== 'table' && relation?.kind !== 'materializedView') return;
      const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
      const about = {
        entity: index,
        data: {
          index: quoteIdentifier(index.name.name),
          other: quoteIdentifier(kept.name.name),
          table: brief(relation.name),
          keys: keysText(graph, index),
        },
        related: relatedAt(kept, 'the same index'),
        ...(isRestedOn(graph, index) ? {} : { fix: dropOf(index, relation, constraint) }),
      };
      if (constraint === undefined) report({ ...about, message: 'index' });
      else report({ ...about, message: 'constraint' });
    },
  },
});

const SHOWN = 6;

function nameOf({ name }: Index): string {
  return quoteIdentifier(name.name);
}

/** By schema, the unique indexes that repeat the primary key of their table, and on which nothing rests. */
const besidePrimaryKeys = askedOnce((graph): ReadonlyMap<string, readonly Index[]> => {
  const beside = graph.ofKind('index').filter((index) => {
    if (!index.isUnique || index.constraint !== null || !isShown(index, graph)) return false;
    const kept = keptTwin(graph, index);
    const constraint = kept?.constraint == null ? undefined : graph.find(kept.constraint);
    return constraint?.kind === 'primaryKey' && !isRestedOn(graph, index);
  });
  return groupedBy(beside, ({ name }) => name.schema);
});

function dropOf(
  index: Index,
  relation: EntityOf<'table' | 'materializedView'>,
  constraint: ReturnType<SchemaGraph['find']>,
): Fix {
  if (constraint === undefined) return { title: 'Drop the second index', safety: 'safe', sql: dropServed(index) };
  return {
    title: 'Drop the second constraint, and its index with it',
    safety: 'review',
    sql: sql`alter table ${relation.name} drop constraint ${index.name.name};`,
  };
}
