import {
  brief,
  defineRule,
  dropServed,
  type EntityOf,
  type Fix,
  isRestedOn,
  keptTwin,
  keysText,
  quoteIdentifier,
  relatedAt,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;

export default defineRule({
  meta: {
    id: 'duplicate-index',
    category: 'performance',
    severity: 'medium',
    summary: 'Two indexes of a table are the same but for their names.',
    why: 'Every INSERT, most UPDATEs, every vacuum and every backup pays for both, and no query is faster for the second.',
    remedy:
      'Drop the one that no constraint, foreign key or replica identity rests on. Vector indexes are judged by duplicate-vector-index, whose parameters may differ.',
    messages: {
      index:
        '{{index}} is {{other}} once more: both index {{table}} by {{keys}}, and every write keeps both up to date.',
      constraint:
        'The constraint {{index}} makes the index {{other}} once more: both index {{table}} by {{keys}}, and every write keeps both up to date.',
    },
    restsOn: ['indexes', 'constraints'],
    equivalents: ['splinter:0009'],
    references: ['https://www.postgresql.org/docs/current/sql-createindex.html'],
  },
  visit: {
    index(index, { graph, report }) {
      const kept = keptTwin(graph, index);
      if (kept === undefined) return;
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
