import type { EntityOf } from '../graph/entities/index.ts';
import { columnsWithRole } from '../graph/lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from '../graph/lexicon/pattern.ts';
import { isAccountTable } from '../graph/lexicon/table-roles.ts';
import { type VisibilityFlags, visibilityFlags } from '../graph/lexicon/visibility-flags.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import { mayColumn } from '../graph/privileges/privilege-questions.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { credentialIn } from '../graph/secrets/credentials.ts';
import { secretKeys } from '../graph/secrets/secret-keys.ts';
import { type KeptAddress, keptAddresses } from '../graph/sign-up/addresses-in-names.ts';
import { quoteIdentifier } from '../sql/name.ts';

type Table = EntityOf<'table'>;

/** The columns of these kinds, and JSON columns with a key that is a secret, that the grants of one of the roles open to it. */
export function shownSecrets(graph: SchemaGraph, table: Table, access: readonly ClientAccess[]): readonly string[] {
  const named = (['secret', 'bearer', 'pii'] as const).flatMap((kind) => columnsWithRole(graph, table.id, kind));
  const keyed = graph.columns(table.id).filter((each) => !named.includes(each) && secretKeys(graph, each).length > 0);
  return [...named, ...keyed]
    .filter((column) => mayRead(graph, access, column))
    .map((column) => {
      const [key] = keyed.includes(column) ? secretKeys(graph, column) : [];
      return `${quoteIdentifier(column.name)}${key === undefined ? '' : ` (with ${quoteIdentifier(key)})`}`;
    });
}

/** Is one of them a credential as it stands there, which the signed-out read: whoever has it acts in the name of somebody or of the project? */
export function showsCredential(
  graph: SchemaGraph,
  table: Table,
  access: readonly ClientAccess[],
  texts: ReadonlyMap<string, string>,
): boolean {
  const signedOut = access.filter(({ name }) => name === 'anon');
  return graph
    .columns(table.id)
    .some((each) => mayRead(graph, signedOut, each) && credentialIn(graph, each, texts) !== undefined);
}

function mayRead(graph: SchemaGraph, access: readonly ClientAccess[], column: EntityOf<'column'>): boolean {
  return access.some(({ role }) => mayColumn(graph, role, column, 'r'));
}

/** By what people can be reached: the e-mail addresses and phone numbers in a table with a row for each of them, or whose names say that they are a person's. */
export function shownContacts(
  graph: SchemaGraph,
  table: Table,
  access: readonly ClientAccess[],
  people: NamePatterns,
): readonly string[] {
  const isOfPeople = isNamed(table.name.name, people) || isAccountTable(graph, table);
  return (['email', 'phone'] as const)
    .flatMap((role) => columnsWithRole(graph, table.id, role))
    .filter((each) => isNamed(each.name, isOfPeople ? NOT_ITS_OWN : PERSONS) && mayRead(graph, access, each))
    .map(({ name }) => quoteIdentifier(name));
}

/** What rows say of who is to see them or a part of them, of the parts those that the grants of one of the roles open to it. */
export function shownFlags(graph: SchemaGraph, table: Table, access: readonly ClientAccess[]): VisibilityFlags {
  return visibilityFlags(graph, table, (part) => mayRead(graph, access, part));
}

/** Where the people are whose rows these are: the columns of their coordinates. */
export function shownWhereabouts(graph: SchemaGraph, table: Table, access: readonly ClientAccess[]): readonly string[] {
  if (!isAccountTable(graph, table)) return [];
  const named = graph.columns(table.id).filter(({ name }) => isNamed(name, COORDINATES));
  const shown = named.filter((each) => mayRead(graph, access, each));
  return shown.length < 2 ? [] : shown.map(({ name }) => quoteIdentifier(name));
}

const COORDINATES: NamePatterns = ['*_latitude', '*_lat', '*_longitude', '*_lng', '*_lon', '*_long', '!*_business_*'];

/** The columns that hold e-mail addresses though they are not called so, as a trigger of auth.users writes them there, and that the grants of one of the roles open to it. */
export function shownAddresses(
  graph: SchemaGraph,
  table: Table,
  access: readonly ClientAccess[],
): readonly KeptAddress[] {
  const named = columnsWithRole(graph, table.id, 'email');
  return keptAddresses(graph, table).filter(({ column }) => !named.includes(column) && mayRead(graph, access, column));
}

/** A person's, whatever the table. */
const PERSONS: NamePatterns = [
  ...['customer_*', 'client_*', 'recipient_*', 'guest_*', 'buyer_*', 'student_*', 'parent_*', 'guardian_*'],
  ...['patient_*', 'user_*', 'attendee_*', 'subscriber_*', 'invitee_*', 'invited_*', 'visitor_*', 'payer_*'],
];
/** What is written there to be found, or is the house's. */
const NOT_ITS_OWN: NamePatterns = [
  ...['*', '!public_*', '!company_*', '!business_*', '!support_*', '!contact_*', '!sender_*', '!from_*'],
  ...['!reply_*', '!office_*', '!work_*', '!shop_*', '!store_*', '!school_*'],
];
