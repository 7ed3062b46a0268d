import type { Acl, Grantee } from '../../graph/privileges.ts';
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
interface Held {
  readonly privileges: string;
  readonly grantable: string;
}

/** An access list by grantees' names, which mean the same in every graph. */
export function heldByName(acl: Acl, graph: SchemaGraph): ReadonlyMap<string, Held> {
  return new Map(acl.map(({ grantee, privileges, grantable }) => [nameOf(grantee, graph), { privileges, grantable }]));
}

function nameOf(grantee: Grantee, graph: SchemaGraph): string {
  return grantee === 'public' ? 'public' : quoteIdentifier(graph.get('role', grantee).name);
}

/**
 * GRANT and REVOKE that make one list of another.
 * @param on `on table public.orders`; `columns` in brackets behind each privilege
 * @param prefix what stands before GRANT and REVOKE (`alter default privileges …`)
 */
export function privilegeSql(
  wanted: ReadonlyMap<string, Held>,
  present: ReadonlyMap<string, Held>,
  on: string,
  { columns = '', prefix = '' }: { readonly columns?: string; readonly prefix?: string } = {},
): readonly string[] {
  const statements: string[] = [];
  const none: Held = { privileges: '', grantable: '' };
  for (const name of [...new Set([...wanted.keys(), ...present.keys()])].sort()) {
    const [want, have] = [wanted.get(name) ?? none, present.get(name) ?? none];
    const words = (letters: string): string =>
      [...letters].map((each) => `${WORDS[each] ?? each}${columns}`).join(', ');
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

function without(letters: string, others: string): string {
  return [...letters].filter((each) => !others.includes(each)).join('');
}
