import type { Acl, Grantee } from '../../graph/privileges/privileges.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { quoteIdentifier } from '../../sql/name.ts';

const WORDS: Readonly<Record<string, string>> = {
  a: 'insert',
  r: 'select',
  w: 'update',
  d: 'delete',
  D: 'truncate',
  x: 'references',
  t: 'trigger',
  m: 'maintain',
  X: 'execute',
  U: 'usage',
  C: 'create',
};

/** By the grantee's name: `public` for PUBLIC. */
export interface Held {
  readonly privileges: string;
  readonly grantable: string;
}

/** MAINTAIN is of this version. */
const MAINTAIN = 17;

/** An access list by grantees' names, which mean the same in every graph; without what the server does not know. */
export function heldByName(acl: Acl, graph: SchemaGraph, serverMajor: number): ReadonlyMap<string, Held> {
  return new Map(
    acl.map(({ grantee, privileges, grantable }) => [
      nameOf(grantee, graph),
      { privileges: knownTo(serverMajor, privileges), grantable: knownTo(serverMajor, grantable) },
    ]),
  );
}

/** The letters that a server of this version has. */
export function knownTo(serverMajor: number, letters: string): string {
  return serverMajor < MAINTAIN ? letters.replace('m', '') : letters;
}

function nameOf(grantee: Grantee, graph: SchemaGraph): string {
  return grantee === 'public' ? 'public' : quoteIdentifier(graph.get('role', grantee).name);
}

/**
 * GRANT and REVOKE that make one list of another.
 * @param on `on table public.orders`; `columns` in brackets behind each privilege
 * @param prefix what stands before GRANT and REVOKE (`alter default privileges …`)
 * @param all every privilege there is on the object, by letters
 */
export function privilegeSql(
  wanted: ReadonlyMap<string, Held>,
  present: ReadonlyMap<string, Held>,
  on: string,
  {
    columns = '',
    prefix = '',
    all = '',
  }: { readonly columns?: string; readonly prefix?: string; readonly all?: string } = {},
): readonly string[] {
  const statements: string[] = [];
  const none: Held = { privileges: '', grantable: '' };
  for (const name of [...new Set([...wanted.keys(), ...present.keys()])].sort()) {
    const [want, have] = [wanted.get(name) ?? none, present.get(name) ?? none];
    const words = (letters: string): string =>
      isAll(letters, all) ? 'all' : [...letters].map((each) => `${WORDS[each] ?? each}${columns}`).join(', ');
    const taken = without(have.privileges, want.privileges);
    const optionTaken = without(without(have.grantable, want.grantable), taken);
    const optionGiven = without(want.grantable, have.grantable);
    const given = without(without(want.privileges, have.privileges), optionGiven);
    if (taken !== '') statements.push(`${prefix}revoke ${words(taken)} ${on} from ${name};`);
    if (optionTaken !== '')
      statements.push(`${prefix}revoke grant option for ${words(optionTaken)} ${on} from ${name};`);
    if (given !== '') statements.push(`${prefix}grant ${words(given)} ${on} to ${name};`);
    if (optionGiven !== '') statements.push(`${prefix}grant ${words(optionGiven)} ${on} to ${name} with grant option;`);
  }
  return statements;
}

/** One of one is better named. */
function isAll(letters: string, all: string): boolean {
  return all.length > 1 && [...all].every((each) => letters.includes(each));
}

function without(letters: string, others: string): string {
  return [...letters].filter((each) => !others.includes(each)).join('');
}
