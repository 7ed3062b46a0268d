import {
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  isRestedOn,
  keysText,
  quoteIdentifier,
  type SchemaGraph,
  sameExpression,
  sameKey,
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
      const twins = graph.ownedBy(index.relation, 'index').filter((each) => isTwin(graph, each, index));
      const kept = twins.reduce((best, each) => (isBetterKept(graph, each, best) ? each : best), index);
      if (kept.id === index.id) return;
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
        related: kept.origin.from === 'statement' ? [{ note: 'the same index', at: kept.origin.at }] : [],
        ...(isRestedOn(graph, index) ? {} : { fix: dropOf(index, relation, constraint) }),
      };
      if (constraint === undefined) report({ ...about, message: 'index' });
      else report({ ...about, message: 'constraint' });
    },
  },
});

const VECTOR_METHODS: ReadonlySet<string> = new Set(['hnsw', 'ivfflat']);

function isTwin(graph: SchemaGraph, a: Index, b: Index): boolean {
  return (
    a.method === b.method &&
    !VECTOR_METHODS.has(a.method) &&
    a.isValid &&
    b.isValid &&
    a.parent === null &&
    b.parent === null &&
    a.isUnique === b.isUnique &&
    a.nullsNotDistinct === b.nullsNotDistinct &&
    a.keys.length === b.keys.length &&
    a.keys.every((key, i) => b.keys[i] !== undefined && sameKey(key, b.keys[i])) &&
    a.include.length === b.include.length &&
    a.include.every((column) => b.include.includes(column)) &&
    sameExpression(a.predicate, b.predicate) &&
    enforcement(graph, a) === enforcement(graph, b)
  );
}

/** A deferrable key lets duplicates stand until the end of the transaction; an exclusion constraint has operators of its own. */
function enforcement(graph: SchemaGraph, { constraint, id }: Index): string {
  const entity = constraint === null ? undefined : graph.find(constraint);
  if (entity?.kind === 'exclusionConstraint') return `exclusion ${id}`;
  return entity !== undefined && 'isDeferrable' in entity && entity.isDeferrable ? 'deferrable' : 'immediate';
}

/** The primary key, then what something rests on, then a constraint, then the first made. */
function isBetterKept(graph: SchemaGraph, a: Index, b: Index): boolean {
  const rank = (index: Index): number => {
    const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
    return (
      (constraint?.kind === 'primaryKey' ? 4 : 0) +
      (isRestedOn(graph, index) ? 2 : 0) +
      (constraint === undefined ? 0 : 1)
    );
  };
  return rank(a) > rank(b) || (rank(a) === rank(b) && a.id < b.id);
}

function dropOf(
  index: Index,
  relation: EntityOf<'table' | 'materializedView'>,
  constraint: ReturnType<SchemaGraph['find']>,
): Fix {
  if (constraint === undefined)
    return { title: 'Drop the second index', safety: 'safe', sql: sql`drop index ${index.name};` };
  return {
    title: 'Drop the second constraint, and its index with it',
    safety: 'review',
    sql: sql`alter table ${relation.name} drop constraint ${index.name.name};`,
  };
}
