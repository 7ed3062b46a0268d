import {
  addTo,
  andList,
  caseOf,
  defineRule,
  type EntityOf,
  isUsersOwn,
  majorityStyle,
  numberOfName,
  quoteIdentifier,
  type SchemaGraph,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'inconsistent-table-naming',
    category: 'design',
    severity: 'low',
    confidence: 'likely',
    summary: 'A few tables of a schema are named in another number or case than most of its tables.',
    why: 'Who writes a query has to look up each time whether it is user or users, order_items or orderItems. Tools that make names from names (ORMs, GraphQL, generated types) go wrong just there.',
    remedy: 'Rename the few after the many when their queries change anyway; until then a view of the new name does.',
    scope: [
      'The majority is counted in the schema itself: no style is better than another.',
      'Collective names (queue, history, inventory) are singular in both styles and not counted.',
    ],
    messages: {
      number: '{{followers}} tables of the schema {{schema}} have {{style}} names; {{deviants}} {{have}} not.',
      case: '{{followers}} tables of the schema {{schema}} are written in {{style}}; {{deviants}} {{are}} not.',
      both: '{{followers}} tables of the schema {{schema}} have {{style}} names, {{deviants}} not; {{caseFollowers}} are written in {{caseStyle}}, {{caseDeviants}} not.',
    },
    restsOn: ['existence'],
    references: ['https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS'],
    optionDocs: {
      tables: 'How many tables of a schema must have a style at all before one counts as its majority.',
      majority: 'The share of them, in percent, that makes a style the majority.',
    },
  },
  defaults: { tables: 6, majority: 70 },
  visit: {
    graph(graph, { options, report }) {
      const wanted = { least: options.tables, share: options.majority };
      for (const [name, tables] of tablesBySchema(graph)) {
        const schema = graph.global('schema', name);
        const number = majorityStyle(tables, numberStyle, wanted);
        const letters = majorityStyle(tables, caseStyle, wanted);
        const [first] = number?.deviants ?? letters?.deviants ?? [];
        if (schema === undefined || first === undefined) continue;
        const about = { entity: schema, origin: first.origin };
        const counted = number && {
          style: number.style,
          followers: number.followers.length,
          deviants: listed(number.deviants),
        };
        const spelt = letters && {
          style: CASES[letters.style],
          followers: letters.followers.length,
          deviants: listed(letters.deviants),
        };
        const shared = { schema: quoteIdentifier(name) };
        if (counted && spelt)
          report({
            ...about,
            message: 'both',
            data: {
              ...shared,
              ...counted,
              caseStyle: spelt.style,
              caseFollowers: spelt.followers,
              caseDeviants: spelt.deviants,
            },
          });
        else if (counted && number)
          report({
            ...about,
            message: 'number',
            data: { ...shared, ...counted, have: number.deviants.length === 1 ? 'has' : 'have' },
          });
        else if (spelt && letters)
          report({
            ...about,
            message: 'case',
            data: { ...shared, ...spelt, are: letters.deviants.length === 1 ? 'is' : 'are' },
          });
      }
    },
  },
});

/** Partitions are named after their parent, and are no choice of their own. */
function tablesBySchema(graph: SchemaGraph): ReadonlyMap<string, readonly Table[]> {
  const groups = new Map<string, Table[]>();
  for (const table of graph.ofKind('table')) {
    if (table.isAssumed || table.partitionOf !== null || table.persistence === 'temporary' || !isUsersOwn(graph, table))
      continue;
    addTo(groups, table.name.schema, table);
  }
  return groups;
}

function numberStyle({ name }: Table): 'plural' | 'singular' | undefined {
  const number = numberOfName(name.name);
  return number === 'either' ? undefined : number;
}

const CASES = { snake: 'snake_case', camel: 'camelCase', pascal: 'PascalCase' } as const;

/** One word in lower case fits snake_case and camelCase alike. */
function caseStyle({ name }: Table): keyof typeof CASES | undefined {
  const style = caseOf(name.name);
  return style === 'flat' || style === 'other' ? undefined : style;
}

const SHOWN = 10;

function listed(tables: readonly Table[]): string {
  return andList(
    tables.map(({ name }) => quoteIdentifier(name.name)),
    SHOWN,
  );
}
