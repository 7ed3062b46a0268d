import {
  askedOnce,
  brief,
  type Change,
  defineRule,
  type EntityOf,
  isNamed,
  isReturnedAsItIs,
  isUsersOwn,
  type NamePatterns,
  quoteIdentifier,
  returnedAsTheyAre,
  type SchemaGraph,
  sql,
  storedType,
  typeChange,
} from '../../src/rule/index.ts';

const VERBATIM: NamePatterns = [
  ...['raw', 'raw_*', '*_raw', 'original_*', '*_original', 'verbatim_*', 'signed_*', '*_request_body'],
  ...['*_response_body', 'webhook_payload', 'webhook_body'],
];

/** So many jsonb columns for each of json: whoever writes json there knows the other. */
const NORM = 4;

export default defineRule({
  meta: {
    id: 'json-column',
    category: 'integrity',
    severity: 'low',
    summary: 'A column is of type json where jsonb would do.',
    why: 'A json column keeps the text as it was written: it is parsed again at each access, keeps a key that is there twice, has no equality, so that SELECT DISTINCT, UNION and GROUP BY on it fail, and no index but one on an expression.',
    remedy:
      'Make it jsonb. That loses the order of the keys and all but the last of those that are there twice: keep json where the text itself matters, as in what a webhook sent and signed.',
    scope: [
      'Names like raw_* and original_* are not reported, nor is a column that a migration made json of jsonb, nor any where the schema has four times as many of jsonb.',
    ],
    messages: {
      json: '{{column}} is json: DISTINCT, GROUP BY and UNION over it fail, it cannot be compared or indexed, and each access parses it again; jsonb would do.',
    },
    restsOn: ['columns'],
    equivalents: ['pg-index-health:columns_with_json_type', 'schemalint:prefer-jsonb-to-json'],
    references: ['https://www.postgresql.org/docs/current/datatype-json.html'],
    optionDocs: { verbatim: 'Names of columns that keep a text as it came, by whole words.' },
  },
  defaults: {
    verbatim: VERBATIM,
  },
  visit: {
    column(column, { graph, journal, options, report }) {
      const table = graph.find(column.relation);
      if (table?.kind !== 'table' || table.isAssumed || table.persistence === 'temporary') return;
      if (column.isInherited || table.partitionOf !== null) return;
      if (jsonType(graph, column) !== 'json' || isJsonbNorm(graph) || wasJsonb(graph, journal, column)) return;
      if (column.type?.entity !== undefined || isNamed(column.name, options.verbatim)) return;
      const about = {
        entity: column,
        message: 'json',
        data: { column: `${brief(table.name)}.${quoteIdentifier(column.name)}` },
        related: returnedAsTheyAre(graph, [column]),
      } as const;
      if (typeChange(graph, column) !== 'free' || isReturnedAsItIs(graph, [column])) report(about);
      else
        report({
          ...about,
          fix: {
            title:
              'Make it jsonb (writes the table anew, without the order of keys; functions that read it with json_… must say jsonb_…)',
            safety: 'review',
            sql: sql`alter table ${table.name} alter column ${column.name} type jsonb using ${column.name}::jsonb;`,
          },
        });
    },
  },
});

function jsonType(graph: SchemaGraph, column: EntityOf<'column'>): 'json' | 'jsonb' | undefined {
  const type = storedType(graph, column.type);
  if (type?.name.schema !== 'pg_catalog' || type.isArray) return undefined;
  return type.name.name === 'json' || type.name.name === 'jsonb' ? type.name.name : undefined;
}

/** ALTER COLUMN … TYPE json: the order of the keys was missed. */
function wasJsonb(graph: SchemaGraph, journal: readonly Change[], { id }: EntityOf<'column'>): boolean {
  return journal.some(
    (each) =>
      each.type === 'altered' &&
      each.before.kind === 'column' &&
      each.before.id === id &&
      jsonType(graph, each.before) === 'jsonb',
  );
}

const isJsonbNorm = askedOnce((graph: SchemaGraph): boolean => {
  const types = graph
    .ofKind('column')
    .filter((each) => !each.isInherited && graph.find(each.relation)?.kind === 'table' && isUsersOwn(graph, each))
    .map((each) => jsonType(graph, each));
  const count = (type: 'json' | 'jsonb') => types.filter((each) => each === type).length;
  return count('jsonb') >= count('json') * NORM;
});
