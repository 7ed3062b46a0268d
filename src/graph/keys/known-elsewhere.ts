import type { EntityOf } from '../entities/index.ts';
import { isInUniqueKey, isUniqueAlone } from '../indexes/index-keys.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import { isNullable } from '../nulls/nullability.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isKeyToOther } from '../standing-table.ts';
import { typeClass } from '../types/type-class.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** Accounts that people have elsewhere, several of one person perhaps: known by the id they have there, while a handle is what it was called when it was linked. */
export function isOfAnotherService(table: Table, graph: SchemaGraph): boolean {
  const isOfPerson = graph.ownedBy(table.id, 'foreignKey').some(({ columns, referencedTable }) => {
    const [only, another] = columns.map((each) => graph.get('column', each));
    const target = graph.find(referencedTable);
    const isToPerson = target?.kind === 'table' && target.id !== table.id && isAccountTable(graph, target);
    return isToPerson && only !== undefined && another === undefined && !isUniqueAlone(graph, only);
  });
  return isOfPerson && graph.columns(table.id).some((each) => isForeignId(each, graph) && isInUniqueKey(each, graph));
}

/** Accounts of which each is known by the id that a sign-in provider gave, of several providers: two of them may have one `username`. */
export function isNamedByProvider(table: Table, graph: SchemaGraph): boolean {
  const columns = graph.columns(table.id).filter((each) => !isNullable(graph, each) && each.default === null);
  return (
    columns.some(({ name }) => isNamed(name, PROVIDERS)) &&
    columns.some((each) => isForeignId(each, graph) && isInUniqueKey(each, graph))
  );
}

const PROVIDERS: NamePatterns = [
  ...['provider', '*_provider', 'provider_id', 'provider_name', 'connector', '*_connector', 'connector_id', 'issuer'],
  ...['iss', 'idp', 'idp_id', 'realm', 'realm_id', 'auth_source', 'identity_source'],
];

/** Accounts elsewhere, in whose name the application acts: the service may give a handle to another one, and two tenants may link the same. */
export function isLinked(table: Table, graph: SchemaGraph): boolean {
  const columns = graph.columns(table.id);
  return (
    columns.some(({ name }) => isNamed(name, ['*_access_token'])) && columns.some((each) => isForeignId(each, graph))
  );
}

/** Where another system shows what it knows by an id of its own. */
export function isAddressElsewhere({ name }: Column, table: Table, graph: SchemaGraph): boolean {
  return name === 'permalink' && isKnownElsewhere(table, graph);
}

/** An id that another system gives. */
function isForeignId(column: Column, graph: SchemaGraph): boolean {
  const isText = typeClass(graph, column.type) === 'text' && column.default === null;
  return isText && isNamed(column.name, ['*_*_id', 'did', 'sub']) && !isKeyToOther(graph, column);
}

/** Rows known by their id in another system, which switches them off rather than deletes them: it may give a name once more. */
export function isSynchronised(table: Table, graph: SchemaGraph): boolean {
  return isKnownElsewhere(table, graph) && graph.columns(table.id).some(({ name }) => isNamed(name, SWITCHES));
}

function isKnownElsewhere(table: Table, graph: SchemaGraph): boolean {
  return graph.columns(table.id).some((each) => isForeignId(each, graph) && isUniqueAlone(graph, each));
}

const SWITCHES: NamePatterns = ['is_active', 'active', 'is_enabled', 'enabled', 'is_archived', 'archived'];
