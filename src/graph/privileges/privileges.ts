import type { EntityId } from '../entity-id.ts';

/**
 * Privileges by Postgres' own letters (docs 5.8, table 5.1): a INSERT, r SELECT, w UPDATE, d DELETE, D TRUNCATE, x REFERENCES,
 * t TRIGGER, m MAINTAIN, X EXECUTE, U USAGE, C CREATE, c CONNECT, T TEMPORARY.
 */
export type PrivilegeLetters = string;

export type Grantee = EntityId | 'public';

/** What one grantee holds on one object. Letters are unique and in the order of `LETTER_ORDER`. */
export interface AclEntry {
  readonly grantee: Grantee;
  readonly privileges: PrivilegeLetters;
  /** The subset held WITH GRANT OPTION. */
  readonly grantable: PrivilegeLetters;
}

/** An object's access list, never null: where Postgres stores NULL it holds what acldefault() returns. One entry per grantee. */
export type Acl = readonly AclEntry[];

/** The order in which aclitem prints letters (src/include/utils/acl.h, ACL_ALL_RIGHTS_STR). */
export const LETTER_ORDER = 'arwdDxtXUCTcsAm';

/** All privileges there are on an object of a class, in the order of `LETTER_ORDER`. */
export const ALL_ON = {
  table: 'arwdDxtm',
  sequence: 'rwU',
  function: 'X',
  schema: 'UC',
  type: 'U',
  column: 'arwx',
  language: 'U',
  database: 'CTc',
  foreignServer: 'U',
  foreignDataWrapper: 'U',
} as const;

export type GrantableClass = keyof typeof ALL_ON;

const NAMES: ReadonlyMap<string, string> = new Map([
  ['insert', 'a'],
  ['select', 'r'],
  ['update', 'w'],
  ['delete', 'd'],
  ['truncate', 'D'],
  ['references', 'x'],
  ['trigger', 't'],
  ['maintain', 'm'],
  ['execute', 'X'],
  ['usage', 'U'],
  ['create', 'C'],
  ['connect', 'c'],
  ['temporary', 'T'],
  ['temp', 'T'],
  ['set', 's'],
  ['alter system', 'A'],
]);

/** The letter of a privilege's SQL name in lower case, as the parser gives it. */
export function letterOf(privilegeName: string): string | undefined {
  return NAMES.get(privilegeName);
}

/** The SQL name of a letter in upper case, as aclexplode() and information_schema give it. */
export function nameOfLetter(letter: string): string {
  const [name = ''] = [...NAMES].find(([, each]) => each === letter) ?? [];
  return name.toUpperCase();
}

export function orderLetters(letters: string | readonly string[]): PrivilegeLetters {
  let ordered = '';
  if (letters.length > 0) for (const letter of LETTER_ORDER) if (letters.includes(letter)) ordered += letter;
  return ordered;
}

/** The list with these privileges added to the grantee's entry (GRANT). */
export function withGrant(acl: Acl, grantee: Grantee, privileges: string, grantable = ''): Acl {
  const found = acl.find((entry) => entry.grantee === grantee);
  const entry: AclEntry = {
    grantee,
    privileges: orderLetters((found?.privileges ?? '') + privileges),
    grantable: orderLetters((found?.grantable ?? '') + grantable),
  };
  if (entry.privileges === '') return acl;
  return found ? acl.map((each) => (each === found ? entry : each)) : [...acl, entry];
}

/** The list with these privileges taken from the grantee's entry (REVOKE); an entry without privileges goes. */
export function withoutGrant(acl: Acl, grantee: Grantee, privileges: string, grantOptionOnly = false): Acl {
  const gone = new Set(privileges);
  return acl
    .map((entry) =>
      entry.grantee !== grantee
        ? entry
        : {
            grantee,
            privileges: grantOptionOnly
              ? entry.privileges
              : orderLetters([...entry.privileges].filter((p) => !gone.has(p))),
            grantable: orderLetters([...entry.grantable].filter((p) => !gone.has(p))),
          },
    )
    .filter((entry) => entry.privileges !== '');
}

/** What acldefault() gives a new object of this class: all to the owner, and what PUBLIC gets by default (docs 5.8). */
export function defaultAcl(grantableClass: GrantableClass, owner: EntityId): Acl {
  const own: AclEntry = { grantee: owner, privileges: ALL_ON[grantableClass], grantable: '' };
  const publicLetters = { function: 'X', type: 'U', language: 'U', database: 'Tc' }[grantableClass as string];
  if (grantableClass === 'column') return [];
  return publicLetters ? [{ grantee: 'public', privileges: publicLetters, grantable: '' }, own] : [own];
}
