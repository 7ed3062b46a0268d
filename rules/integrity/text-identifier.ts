import {
  type AuditSettings,
  addedReference,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  isAuditTable,
  isGivenByProvider,
  isNamed,
  isNamedInBodies,
  isPolymorphic,
  type NamedTable,
  type NamePatterns,
  namedInBodies,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
  storedType,
  tableNamedBy,
  typeChange,
  typeClass,
  typeText,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** Beside these an id may be another system's. */
const FOREIGN: NamePatterns = [
  ...['*_provider', 'provider_*', '*_gateway', 'source', '*_source', 'source_*', 'external_*', 'stripe_*', 'paypal_*'],
  ...['shopify_*', 'platform', '*_platform', 'integration_*', 'clerk_*', 'firebase_*', 'auth0_*', 'vendor'],
  // Whoever gives certificates numbers them.
  ...['issuer', 'issuer_*', 'issuing_*'],
];

/** The tables and columns beside which `client_id` is what RFC 6749 calls so: an application that signs in for somebody. */
const OAUTH_TABLES: NamePatterns = ['*_oauth_*', '*_oauth2_*', '*_oidc_*'];
const OAUTH_COLUMNS: NamePatterns = ['scopes', 'redirect_uri', 'redirect_uris', 'grant_types', 'code_challenge'];

const TEXT_IDS: NamePatterns = [
  ...['*_id', '*_uid', '*_key', '*_code', '*_ref', '*_reference', '*_number', 'slug', 'handle'],
];

export default defineRule({
  meta: {
    id: 'text-identifier',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A column named after a table is text, while the key of that table is a uuid or a number.',
    why: 'No foreign key can tie a text to a uuid or a number, so nothing keeps the values right: in upper case, with a blank, or empty they name no row. Each join has to cast, which an index on the cast side does not serve, and the text takes twice the room.',
    remedy:
      'Give the column the type of the key and add the foreign key. Functions that name the column have to be changed with it, and there is no fix then.',
    scope: [
      'Ids of other systems are not meant: beside a provider, source or issuer column, or where the table has such a text id of its own, nothing is reported; nor is the client_id of OAuth, or one that a sign-in provider gave (beside its address or the secret for it).',
    ],
    messages: {
      text: '{{column}} is {{type}}, while {{key}}, which it is named after, is {{keyType}}: no foreign key can tie them, and a join has to cast.',
    },
    restsOn: ['columns', 'constraints'],
    equivalents: ['pg-index-health:primary_keys_with_varchar'],
    references: ['https://www.postgresql.org/docs/current/datatype-uuid.html'],
    optionDocs: {
      foreignMarks: 'Names of columns that show the ids beside them to be of another system, by whole words.',
    },
  },
  defaults: { foreignMarks: FOREIGN },
  visit: {
    column(column, { graph, options, settings, report }) {
      const table = graph.find(column.relation);
      if (table?.kind !== 'table' || table.isAssumed || table.persistence !== 'permanent') return;
      if (table.partitionOf !== null || column.isInherited || column.generated !== null) return;
      if (typeClass(graph, column.type) !== 'text') return;
      const named = tableNamedBy(graph, column);
      if (named === undefined || named.table.id === table.id || named.table.isAssumed) return;
      const keyClass = typeClass(graph, named.key.type);
      if (keyClass !== 'uuid' && keyClass !== 'integer') return;
      if (isPolymorphic(graph, column) || refersElsewhere(column, graph) || isAuditTable(graph, table)) return;
      if (isOAuthClient(column, table, graph) || isGivenByProvider(graph, column)) return;
      if (isForeign(table, options.foreignMarks, graph) || hasTextId(named.table, graph)) return;
      const [own, wanted] = [column.type, storedType(graph, named.key.type)];
      if (own === null || wanted === null) return;
      report({
        entity: column,
        message: 'text',
        data: {
          column: `${brief(table.name)}.${quoteIdentifier(column.name)}`,
          type: typeText(own),
          key: `${brief(named.table.name)}.${quoteIdentifier(named.key.name)}`,
          keyType: typeText(wanted),
        },
        related: namedInBodies(graph, column, typeText(wanted)),
        fix: () => fixFor(column, table, named, typeText(wanted), graph, settings),
      });
    },
  },
});

function refersElsewhere(column: Column, graph: SchemaGraph): boolean {
  return graph.dependents(column.id).some((each) => each.kind === 'foreignKey' && each.columns.includes(column.id));
}

function isForeign(table: Table, marks: NamePatterns, graph: SchemaGraph): boolean {
  return graph.columns(table.id).some((each) => isNamed(each.name, marks));
}

function isOAuthClient({ name }: Column, table: Table, graph: SchemaGraph): boolean {
  if (!isNamed(name, ['client_id'])) return false;
  return (
    isNamed(table.name.name, OAUTH_TABLES) || graph.columns(table.id).some((each) => isNamed(each.name, OAUTH_COLUMNS))
  );
}

/** The table knows its rows by a text id too: users.clerk_id, sites.public_id. The column may hold that one. */
function hasTextId(table: Table, graph: SchemaGraph): boolean {
  return graph.columns(table.id).some((each) => typeClass(graph, each.type) === 'text' && isNamed(each.name, TEXT_IDS));
}

function fixFor(
  column: Column,
  table: Table,
  named: NamedTable,
  type: string,
  graph: SchemaGraph,
  settings: AuditSettings,
): Fix | undefined {
  if (isNamedInBodies(graph, column)) return undefined;
  if (typeChange(graph, column) !== 'free' || column.default !== null || column.type?.entity !== undefined)
    return undefined;
  const change = sql`alter table ${table.name} alter column ${column.name} type ${raw(type)} using ${column.name}::${raw(type)};`;
  const fix = addedReference(graph, column, named, settings, { before: [change] });
  return fix && { ...fix, title: `Make it ${type} (fails if a value is none), then: ${fix.title}` };
}
