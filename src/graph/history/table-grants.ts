import type { SourceLocation } from '../../sql/location.ts';
import type { QualifiedName } from '../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { readOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { addTo } from '../grouping.ts';
import { fieldsOfStatement, type Migration, type Statement } from '../journal.ts';
import { dumpedMigrations } from './dumped-migrations.ts';
import { API_ROLES, granteesOf } from './named-grants.ts';

/** A GRANT or REVOKE that names a table, a view or a materialized view. */
export interface TableGrant {
  readonly statement: Statement;
  readonly isGrant: boolean;
  /** By their names; PUBLIC as `public`. */
  readonly roles: readonly string[];
  /** Empty for ALL. */
  readonly privileges: readonly {
    /** In lower case; undefined for ALL (columns). */
    readonly name: string | undefined;
    /** Empty for the whole of it. */
    readonly columns: readonly string[];
  }[];
}

/** Those that name this relation, in order. */
export function grantsOn(statements: readonly Statement[], { schema, name }: QualifiedName): readonly TableGrant[] {
  return (grantsByName(statements).get(name) ?? []).filter((each) => each.schema === schema);
}

/** Is the privilege given or taken on the whole relation? */
export function isOfWhole({ privileges }: TableGrant, command: string): boolean {
  return privileges.length === 0 || privileges.some(({ name, columns }) => name === command && columns.length === 0);
}

/** The columns on which the privilege is given or taken, apart from the whole. */
export function columnsOf({ privileges }: TableGrant, command: string): readonly string[] {
  return privileges.flatMap(({ name, columns }) => (name === command || name === undefined ? columns : []));
}

/**
 * Is the last word about the whole relation that names the role a GRANT of the privilege? Not one of a dump that grants it to every role of
 * the API: there a default privilege is written out.
 */
export function isLastGranted(
  statements: readonly Statement[],
  relation: QualifiedName,
  role: string,
  command: string,
): boolean {
  const last = lastGrantOf(statements, relation, role, command);
  return last !== undefined && !(last.isForAll && dumpedMigrations(statements).has(last.migration));
}

/** The same, but in no dump, and where its migration does not grant it to every role of the API, as diffs and copied boilerplate do. */
export function isGrantedOnPurpose(
  statements: readonly Statement[],
  relation: QualifiedName,
  role: string,
  command: string,
): boolean {
  return grantedOnPurposeBy(statements, relation, role, command) !== undefined;
}

/** The migration that does so. */
export function grantedOnPurposeBy(
  statements: readonly Statement[],
  relation: QualifiedName,
  role: string,
  command: string,
): Migration | undefined {
  const last = lastGrantOf(statements, relation, role, command);
  return last?.isForAll === false && !dumpedMigrations(statements).has(last.migration) ? last.migration : undefined;
}

/** The same, wherever it stands. */
export function isGranted(
  statements: readonly Statement[],
  relation: QualifiedName,
  role: string,
  command: string,
): boolean {
  return lastGrantOf(statements, relation, role, command) !== undefined;
}

function lastGrantOf(
  statements: readonly Statement[],
  relation: QualifiedName,
  role: string,
  command: string,
): { readonly migration: Migration; readonly isForAll: boolean } | undefined {
  const own = grantsOn(statements, relation).filter((each) => isOfWhole(each, command));
  const last = own.findLast(({ roles }) => roles.includes(role));
  if (last?.isGrant !== true) return undefined;
  const { migration } = last.statement;
  return { migration, isForAll: isForAll(own, migration) };
}

function isForAll(grants: readonly TableGrant[], migration: Migration): boolean {
  const there = grants.filter((each) => each.isGrant && each.statement.migration === migration);
  return API_ROLES.every((each) => there.some(({ roles }) => roles.includes(each)));
}

/** Does a GRANT give one of the roles something of the relation, columns alone too, that is neither a dump's nor given to every role of the API? */
export function isGrantedByHand(
  statements: readonly Statement[],
  relation: QualifiedName,
  roles: readonly string[],
): boolean {
  const own = grantsOn(statements, relation);
  return own.some(({ isGrant, roles: grantees, statement: { migration } }) => {
    const isTheirs = isGrant && roles.some((each) => grantees.includes(each));
    return isTheirs && !dumpedMigrations(statements).has(migration) && !isForAll(own, migration);
  });
}

type Placed = TableGrant & { readonly schema: string };

const grantsByName = readOnce((statements: readonly Statement[]): ReadonlyMap<string, readonly Placed[]> => {
  const made = new Map<string, Placed[]>();
  for (const statement of statements) {
    const grant = fieldsOfStatement(statement, 'GrantStmt');
    if (grant?.targtype !== 'ACL_TARGET_OBJECT' || grant.objtype !== 'OBJECT_TABLE') continue;
    const privileges = (grant.privileges ?? []).flatMap((each) => {
      const privilege = fieldsOf(each, 'AccessPriv');
      if (privilege === undefined) return [];
      return [{ name: privilege.priv_name?.toLowerCase(), columns: stringsOf(privilege.cols) }];
    });
    const isGrant = grant.is_grant === true;
    // REVOKE GRANT OPTION FOR takes the privilege from nobody.
    if (!isGrant && grant.grant_option === true) continue;
    const roles = granteesOf(grant);
    for (const object of grant.objects ?? []) {
      const range = fieldsOf(object, 'RangeVar');
      if (range?.relname === undefined) continue;
      addTo(made, range.relname, { statement, isGrant, roles, privileges, schema: range.schemaname ?? 'public' });
    }
  }
  return made;
});

/** `grant select on all tables in schema public to anon`, or a REVOKE of it. */
interface SchemaGrant {
  readonly statement: Statement;
  readonly isGrant: boolean;
  /** By their names; PUBLIC as `public`. */
  readonly roles: readonly string[];
  /** In lower case; empty for ALL. */
  readonly privileges: readonly string[];
}

/**
 * Has a GRANT on all tables of the schema given the role the privilege on this one, which was there already? What names the relation later is not asked.
 */
export function isGrantedWithSchema(
  statements: readonly Statement[],
  { name, origin }: EntityOf<'table' | 'view'>,
  role: string,
  command: string,
): boolean {
  const born = origin.from === 'statement' ? byPlace(statements).get(keyOf(origin.at)) : undefined;
  if (born === undefined) return false;
  return grantsOfSchema(statements, name.schema).some(
    ({ statement, isGrant, roles, privileges }) =>
      isGrant &&
      statement.index > born.index &&
      roles.includes(role) &&
      (privileges.length === 0 || privileges.includes(command)),
  );
}

const byPlace = readOnce((statements: readonly Statement[]): ReadonlyMap<string, Statement> => {
  return new Map(statements.map((each) => [keyOf(each.at), each]));
});

function keyOf({ file, start }: SourceLocation): string {
  return `${file}\0${start}`;
}

/** The REVOKEs on all tables of a schema, in order. */
export function revokesIn(statements: readonly Statement[], schema: string): readonly SchemaGrant[] {
  return grantsOfSchema(statements, schema).filter(({ isGrant }) => !isGrant);
}

function grantsOfSchema(statements: readonly Statement[], schema: string): readonly SchemaGrant[] {
  return grantsBySchema(statements).get(schema) ?? [];
}

const grantsBySchema = readOnce((statements: readonly Statement[]): ReadonlyMap<string, readonly SchemaGrant[]> => {
  const made = new Map<string, SchemaGrant[]>();
  for (const statement of statements) {
    const grant = fieldsOfStatement(statement, 'GrantStmt');
    if (grant?.targtype !== 'ACL_TARGET_ALL_IN_SCHEMA' || grant.objtype !== 'OBJECT_TABLE') continue;
    const privileges = (grant.privileges ?? []).flatMap(
      (each) => fieldsOf(each, 'AccessPriv')?.priv_name?.toLowerCase() ?? [],
    );
    const given = { statement, isGrant: grant.is_grant === true, roles: granteesOf(grant), privileges };
    for (const each of grant.objects ?? []) addTo(made, fieldsOf(each, 'String')?.sval ?? '', given);
  }
  return made;
});
