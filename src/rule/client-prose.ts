import type { EntityOf } from '../graph/entities/index.ts';
import { groupedBy } from '../graph/grouping.ts';
import { allAreForbidden, allFailByRecursion } from '../graph/policies/failing-statements.ts';
import { ROW_COMMANDS, type RowCommand } from '../graph/policies/row-security.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import type { ChosenRows } from '../graph/routines/chosen-rows.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { anotherAt } from './finding.ts';
import { andList, brief } from './prose.ts';

/** `anon and authenticated`, `every role` for PUBLIC; where a sentence begins with it, `Every role`. */
export function clientsOf(access: readonly { readonly name: string }[], begins = false): string {
  const text = andList(access.map(({ name }) => (name === 'public' ? 'every role' : name)));
  return begins ? text.replace(/^every role/, 'Every role') : text;
}

/** `anon and authenticated may read and add`, as a sentence begins; where they may not do the same, `anon may read, and authenticated may read and add,`. */
export function clientsMay(access: readonly ClientAccess[]): string {
  const mays = [...groupedBy(access, ({ name }) => name)].map(([name, all]) => ({
    name,
    may: commandsText(all.flatMap(({ commands }) => commands)),
  }));
  const groups = [...groupedBy(mays, ({ may }) => may)].map(([may, all]) => `${clientsOf(all)} may ${may}`);
  const text = groups.length === 1 ? groups.join() : `${groups.join(', and ')},`;
  return text.replace(/^every role/, 'Every role');
}

/** `The policy x lets`, `The policies x and y let`. */
export function policiesLet(policies: readonly { readonly name: string }[], most?: number): string {
  const names = andList(
    policies.map(({ name }) => quoteIdentifier(name)),
    most,
  );
  return policies.length === 1 ? `The policy ${names} lets` : `The policies ${names} let`;
}

/** `bucket a`, `buckets a and b`. */
export function bucketsText(names: readonly string[], most = 4): string {
  return `${names.length === 1 ? 'bucket' : 'buckets'} ${andList(names.map(quoteIdentifier), most)}`;
}

/** What policies let clients do with buckets alike: the values that messages share, and where the others are made. */
export function bucketsAlikeText(
  policies: readonly EntityOf<'policy'>[],
  access: readonly ClientAccess[],
  buckets: readonly string[],
) {
  const [, ...others] = policies;
  return {
    data: {
      policies: policiesLet(policies, 3),
      roles: clientsOf(access),
      buckets: bucketsText(buckets, MOST_BUCKETS),
      asks: others.length === 0 ? 'it asks' : 'each asks',
    },
    related: others.flatMap((each) => anotherAt(each, 'does so as well')),
  };
}

/** Each is to be looked at. */
const MOST_BUCKETS = 12;

/** `the policy p of orders`. */
export function policyOf(graph: SchemaGraph, { name, table }: EntityOf<'policy'>): string {
  return `the policy ${quoteIdentifier(name)} of ${brief(graph.get('table', table).name)}`;
}

/**
 * Of a body that does not ask who calls, or only of those who leave an argument empty, or refuses by an argument that says who acts: as the clause of a sentence,
 * and as a sentence of its own where there is such an argument.
 */
export function askedTexts(
  sent: ReadonlySet<string>,
  actor: string | undefined,
): { readonly asked: string; readonly sent: string } {
  if (sent.size === 0 && actor !== undefined) {
    const text = `its body asks whether ${quoteIdentifier(actor)} may, and takes the caller’s word for who that is`;
    return { asked: text, sent: ` ${text.replace(/^i/, 'I')}.` };
  }
  if (sent.size === 0) return { asked: 'its body never asks who calls', sent: '' };
  const names = andList([...sent].map(quoteIdentifier));
  const [are, one] = sent.size === 1 ? ['is', 'it'] : ['are', 'them'];
  const text = `its body asks who calls only where ${names} ${are} left empty, and takes whoever sends ${one} at their word`;
  return { asked: text, sent: ` ${text.replace(/^i/, 'I')}.` };
}

const VERBS: Readonly<Record<RowCommand, string>> = {
  select: 'read',
  insert: 'add',
  update: 'change',
  delete: 'delete',
};

/** What may be done with rows: `read, add and delete`. */
export function commandsText(commands: Iterable<RowCommand>, listed = andList): string {
  const all = new Set(commands);
  return listed(ROW_COMMANDS.filter((each) => all.has(each)).map((each) => VERBS[each]));
}

/** What keeps callers from doing that by themselves, as a clause. */
export function otherwise({ table }: ChosenRows): string {
  const name = brief(table.name);
  return table.rowSecurity ? `no policy of ${name} lets everybody do that` : `no client may touch ${name} otherwise`;
}

/**
 * What a routine does to rows that its caller names: `deletes whichever orders rows the caller names`, `adds members rows for whichever user_id and team_id
 * the caller names, by which the policy p of teams decides`.
 */
export function doneTo(graph: SchemaGraph, chosen: ChosenRows, caller = 'the caller'): string {
  const does = `${VERBS[chosen.command]}s`;
  const table = brief(chosen.table.name);
  if (chosen.command !== 'insert') return `${does} whichever ${table} rows ${caller} names`;
  const columns = andList(
    chosen.columns.map(({ name }) => quoteIdentifier(name)),
    4,
  );
  const adds = `${does} ${table} rows with whichever ${columns} ${caller} names`;
  if (chosen.deciders.length === 0) return adds;
  const deciders = andList(
    chosen.deciders.map((each) => policyOf(graph, each)),
    2,
  );
  return `${adds}, by which ${deciders} ${chosen.deciders.length === 1 ? 'decides' : 'decide'}`;
}

/** What of that lets somebody in, as the clause behind: `; key_hash lets somebody in`. Empty where nothing does. */
export function letsIn({ secrets }: ChosenRows): string {
  const names = secrets.map(({ name }) => quoteIdentifier(name));
  return names.length === 0 ? '' : `; ${andList(names)} ${names.length === 1 ? 'lets' : 'let'} somebody in`;
}

/**
 * Behind what would be so, where it is not so yet, as each statement of these clients fails: a recursion is found before the rights are looked at. Empty
 * where one of them may pass.
 */
export function failsToday(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  access: readonly ClientAccess[],
  clientRoles: readonly string[],
): string {
  if (allFailByRecursion(graph, table, access)) return failing('42P17', 'policy-recursion');
  return allAreForbidden(graph, table, access, clientRoles) ? failing('42501', 'forbidden-policy-read') : '';
}

function failing(code: string, rule: string): string {
  return ` Today such a statement fails with ${code}, as ${rule} says: whoever mends that opens this.`;
}

/** The same where it is a row of a trigger's that is refused. */
export function refusedToday(written: EntityOf<'table'>): string {
  return ` Today that fails with 42501, as row security or a missing privilege refuses the row that a trigger adds to ${brief(written.name)} for it: whoever mends that opens this.`;
}
