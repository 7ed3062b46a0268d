import type { GrantStmt, Node } from '@pgsql/types';
import { display } from '../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { readOnce } from '../asked-once.ts';
import { inputTypes } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { addTo } from '../grouping.ts';
import { type Change, fieldsOfStatement, type History, type Statement } from '../journal.ts';
import { bornBy } from './born-in.ts';
import { dumpedMigrations } from './dumped-migrations.ts';

/** Whom the migrations gave the right to call a function, or took it from, by naming both; PUBLIC as `public`. */
export interface NamedGrants {
  readonly granted: ReadonlySet<string>;
  /** By the statement that is the last word. */
  readonly revoked: ReadonlyMap<string, Statement>;
  /** The REVOKE from PUBLIC, where that is the last word about PUBLIC: what default privileges gave to a role by name it leaves. */
  readonly fromPublic: Statement | undefined;
  /**
   * To whom they gave one that a file dropped before it made this one, of the same arguments or of others: DROP FUNCTION takes that along, and nobody
   * meant it.
   */
  readonly grantedBefore: ReadonlySet<string>;
}

/**
 * What GRANT and REVOKE on this very function say since it was made (and on the one before it), the last word for each role. An access list cannot tell:
 * there a default privilege looks the same. ON ALL FUNCTIONS IN SCHEMA is not about one of them, nor is a dump that grants it to
 * every role of the API: there a default privilege is written out.
 */
export function namedGrants(history: History, routine: EntityOf<'function'>): NamedGrants {
  const born = bornBy(history.journal, routine.id)?.index ?? -1;
  const named = (routineGrants(history.statements).get(routine.name.name) ?? []).filter(
    ({ object }) => object.schema === routine.name.schema,
  );
  const own = [signatureOf(routine)];
  const since = named.filter(({ statement, object }) => statement.index >= born && isMeant(object, own));
  const replaced = [...own, ...replacedSignatures(history.journal, routine, born)];
  const former = named.filter(({ statement, object }) => statement.index < born && isMeant(object, replaced));
  return {
    ...lastWords(history.statements, since),
    grantedBefore: lastWords(history.statements, former).granted,
  };
}

function lastWords(
  statements: readonly Statement[],
  grants: readonly RoutineGrant[],
): Omit<NamedGrants, 'grantedBefore'> {
  const granted = new Set<string>();
  const revoked = new Map<string, Statement>();
  let fromPublic: Statement | undefined;
  for (const { statement, grant } of grants) {
    if (grant.is_grant === true && isWrittenOut(statement)) continue;
    for (const name of granteesOf(grant)) {
      if (grant.is_grant === true) granted.add(name);
      else revoked.set(name, statement);
      (grant.is_grant === true ? revoked : granted).delete(name);
      if (name === 'public') fromPublic = grant.is_grant === true ? undefined : statement;
    }
  }
  return { granted, revoked, fromPublic };

  function isWrittenOut({ migration }: Statement): boolean {
    if (!dumpedMigrations(statements).has(migration)) return false;
    const there = grants.filter((each) => each.statement.migration === migration && each.grant.is_grant === true);
    const names = new Set(there.flatMap(({ grant }) => granteesOf(grant)));
    return API_ROLES.every((each) => names.has(each));
  }
}

/** Those to which default privileges give everything, on Supabase. */
export const API_ROLES: readonly string[] = ['anon', 'authenticated', 'service_role'];

/** The roles of a GRANT or REVOKE by their names; PUBLIC as `public`. */
export function granteesOf({ grantees }: Pick<GrantStmt, 'grantees'>): readonly string[] {
  return (grantees ?? []).flatMap((each) => {
    const { roletype, rolename } = fieldsOf(each, 'RoleSpec') ?? {};
    const name = roletype === 'ROLESPEC_PUBLIC' ? 'public' : rolename;
    return name === undefined ? [] : [name];
  });
}

interface RoutineGrant {
  readonly statement: Statement;
  readonly grant: GrantStmt;
  readonly object: NamedRoutine;
}

interface NamedRoutine {
  readonly schema: string;
  readonly name: string;
  /** The last parts of its types' names; undefined where it is named without them. */
  readonly types: readonly string[] | undefined;
}

const routineGrants = readOnce((statements: readonly Statement[]): ReadonlyMap<string, readonly RoutineGrant[]> => {
  const made = new Map<string, RoutineGrant[]>();
  for (const statement of statements) {
    const grant = fieldsOfStatement(statement, 'GrantStmt');
    if (grant?.targtype !== 'ACL_TARGET_OBJECT' || !ROUTINES.has(grant.objtype ?? '')) continue;
    for (const each of grant.objects ?? []) {
      const object = routineNamed(each);
      addTo(made, object.name, { statement, grant, object });
    }
  }
  return made;
});

const ROUTINES: ReadonlySet<string> = new Set(['OBJECT_FUNCTION', 'OBJECT_ROUTINE']);

function routineNamed(node: Node): NamedRoutine {
  const { objname, objargs = [], args_unspecified } = fieldsOf(node, 'ObjectWithArgs') ?? {};
  const parts = stringsOf(objname);
  const types = objargs.map((each) => stringsOf(fieldsOf(each, 'TypeName')?.names).at(-1) ?? '');
  const [name, schema] = [parts.at(-1) ?? '', parts.at(-2) ?? 'public'];
  return { name, schema, types: args_unspecified === true ? undefined : types };
}

/** Is it one of these signatures, or named without one? */
function isMeant({ types }: NamedRoutine, signatures: readonly string[]): boolean {
  return types === undefined || signatures.includes(types.join());
}

/** Types by their own names only: overloads that differ in a type's schema nobody writes. */
function signatureOf(routine: EntityOf<'function'>): string {
  return inputTypes(routine)
    .map(({ name }) => name.name)
    .join();
}

/** A function that a file dropped, and behind that made one of its name. */
interface Replaced {
  readonly signature: string;
  readonly by: Statement;
}

const replacedByName = readOnce(replacedIn);

/** The signatures of those that were replaced before this one was made. */
function replacedSignatures(
  journal: readonly Change[],
  { name }: EntityOf<'function'>,
  born: number,
): readonly string[] {
  const known = replacedByName(journal);
  return (known.get(display(name)) ?? []).filter(({ by }) => by.index < born).map(({ signature }) => signature);
}

function replacedIn(journal: readonly Change[]): ReadonlyMap<string, readonly Replaced[]> {
  const dropped = new Map<string, Replaced[]>();
  const replaced = new Map<string, Replaced[]>();
  for (const change of journal) {
    if (change.type === 'dropped' && change.before.kind === 'function')
      addTo(dropped, display(change.before.name), { signature: signatureOf(change.before), by: change.by });
    if (change.type !== 'created' || change.after.kind !== 'function') continue;
    const key = display(change.after.name);
    for (const each of dropped.get(key) ?? [])
      if (each.by.migration === change.by.migration) addTo(replaced, key, each);
  }
  return replaced;
}
