import { foldBoolean } from '../graph/binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../graph/bound-expression.ts';
import { isOpenToSignedIn } from '../graph/caller/signed-out.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { isNamed } from '../graph/lexicon/pattern.ts';
import { POLICY_NAMES } from '../graph/lexicon/policy-names.ts';
import { type Alternative, alternativesOf, isCoveredBy } from '../graph/policies/alternatives.ts';
import { isForSignedIn } from '../graph/policies/for-signed-in.ts';
import { admitsNothing } from '../graph/policies/policy-clauses.ts';
import { bracketed } from '../graph/policies/policy-text.ts';
import { ROW_COMMANDS, type RowCommand } from '../graph/policies/row-security.ts';
import { clientAccess } from '../graph/privileges/client-access.ts';
import { isRepeatable } from '../graph/repeatable-text.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { MAX_IDENTIFIER_BYTES, quoteIdentifier, truncateIdentifier } from '../sql/name.ts';
import { andList } from './prose.ts';
import { raw, sql } from './sql.ts';

type Policy = EntityOf<'policy'>;
type TextOf = (clause: BoundExpression) => string;

export interface MergedPolicies {
  readonly sql: string;
  /** What the title has to say of commands that are left out or stay as they were. */
  readonly except: string;
}

/**
 * SQL that puts several permissive policies into one for each command, with OR as Postgres itself joins them, so that nobody
 * sees or writes another row than before. Only for policies of the same roles: either all of one command, or one FOR ALL
 * beside one for a single command. Undefined where that cannot be written with certainty.
 * @param text how a clause is written: as it was, or with calls in subselects that run once
 */
export function mergedPolicies(
  graph: SchemaGraph,
  policies: readonly Policy[],
  text: TextOf,
  clientRoles: readonly string[],
): MergedPolicies | undefined {
  const [first, ...others] = [...policies].sort((a, b) => a.id - b.id);
  if (first === undefined || others.length === 0) return undefined;
  if (!others.every((each) => hasSameRoles(each, first))) return undefined;
  if (!policies.every((each) => isWritable(graph, each))) return undefined;
  if (others.every((each) => each.command === first.command)) return intoFirst(graph, first, others, text, clientRoles);
  const [whole, single] = first.command === 'all' ? [first, others[0]] : [others[0], first];
  if (others.length > 1 || whole?.command !== 'all' || single === undefined || single.command === 'all')
    return undefined;
  return splitByCommand(graph, whole, { ...single, command: single.command }, text, clientRoles);
}

function hasSameRoles({ roles }: Policy, other: Policy): boolean {
  return roles.length === other.roles.length && roles.every((each) => other.roles.includes(each));
}

/** What no signed-out caller passes is joined for `authenticated`, as policy-for-public-role asks; otherwise the roles stay as they are. */
function narrowedRole(
  graph: SchemaGraph,
  policies: readonly Policy[],
  clientRoles: readonly string[],
): string | undefined {
  const isTold = ['anon', 'authenticated'].every(
    (each) => clientRoles.includes(each) && graph.global('role', each) !== undefined,
  );
  return isTold && policies.every((each) => isForSignedIn(graph, each)) ? 'authenticated' : undefined;
}

function toRole(role: string | undefined): string {
  return role === undefined ? '' : ` to ${role}`;
}

function intoFirst(
  graph: SchemaGraph,
  first: Policy,
  others: readonly Policy[],
  text: TextOf,
  clientRoles: readonly string[],
): MergedPolicies | undefined {
  const all = [first, ...others];
  const role = narrowedRole(graph, all, clientRoles);
  const merged = mergedClauses(all, text, isSignedIn(graph, first, role), first.command);
  if (merged === undefined) return undefined;
  const table = graph.get('table', first.table).name;
  // What lets others in as well is not to go by the name of the administrators'.
  const kept = all.find(({ name }) => !isNamed(name, POLICY_NAMES.standings)) ?? first;
  const drops = all.filter((each) => each !== kept).map((each) => sql`drop policy ${each.name} on ${table};`);
  const to = raw(toRole(role));
  const statements = [sql`alter policy ${kept.name} on ${table}${to}\n  ${raw(merged.join('\n  '))};`, ...drops];
  return { sql: statements.join('\n'), except: '' };
}

/** Is it for `authenticated` alone, as it stands or with the role that it is given? */
function isSignedIn(graph: SchemaGraph, { roles }: Policy, role: string | undefined): boolean {
  const authenticated = graph.global('role', 'authenticated')?.id;
  return role === 'authenticated' || (roles.length === 1 && authenticated !== undefined && roles[0] === authenticated);
}

function splitByCommand(
  graph: SchemaGraph,
  whole: Policy,
  single: Policy & { readonly command: RowCommand },
  text: TextOf,
  clientRoles: readonly string[],
): MergedPolicies | undefined {
  const owner = graph.get('table', whole.table);
  const table = owner.name;
  const narrowed = (policies: readonly Policy[]) => narrowedRole(graph, policies, clientRoles);
  const ofWhole = narrowed([whole]);
  const ofBoth = narrowed([single, whole]);
  const merged = mergedClauses([single, whole], text, isSignedIn(graph, single, ofBoth), single.command);
  if (merged === undefined) return undefined;
  const names = ofWhole === undefined ? whole.roles.map((each) => roleName(graph, each)) : [ofWhole];
  const roles = names.map((each) => (each === 'public' ? 'public' : quoteIdentifier(each)));
  const access = clientAccess(graph, owner, names);
  const isPublic = names.includes('public');
  const [created, unheld, apart]: [string[], RowCommand[], RowCommand[]] = [[], [], []];
  for (const command of ROW_COMMANDS.filter((each) => each !== single.command)) {
    const others = graph
      .ownedBy(whole.table, 'policy')
      .filter((each) => each.command === command && each.isPermissive && !admitsNothing(each, command));
    // Those that are there for the command take in what the policy for all lets through.
    const mates = others.filter(
      (each) => hasSameRoles(each, whole) || (ofWhole !== undefined && isSignedIn(graph, each, undefined)),
    );
    const [mate, ...spare] = mates;
    if (!isPublic && !access.some((each) => each.commands.includes(command))) {
      unheld.push(command);
      continue;
    }
    if (others.some((each) => !mates.includes(each))) apart.push(command);
    const own = [...mates, whole];
    const role = narrowed(own);
    const clauses = mergedClauses(own, text, isSignedIn(graph, mate ?? whole, role), command);
    if (clauses === undefined || !mates.every((each) => isWritable(graph, each))) return undefined;
    if (mate !== undefined) {
      created.push(
        sql`alter policy ${mate.name} on ${table}${raw(toRole(role))}\n  ${raw(clauses.join('\n  '))};`,
        ...spare.map((each) => sql`drop policy ${each.name} on ${table};`),
      );
      continue;
    }
    const name = splitName(whole.name, command);
    if (graph.part('policy', whole.table, name) !== undefined) return undefined;
    created.push(
      sql`create policy ${name} on ${table} for ${raw(command)} to ${raw(roles.join(', '))}\n  ${raw(clauses.join('\n  '))};`,
    );
  }
  const statements = [
    sql`drop policy ${whole.name} on ${table};`,
    ...created,
    sql`alter policy ${single.name} on ${table}${raw(toRole(ofBoth))}\n  ${raw(merged.join('\n  '))};`,
  ];
  const noted = [
    ...(unheld.length === 0 ? [] : [`none for ${andList(unheld)}, which ${andList(names)} may not do`]),
    ...(apart.length === 0 ? [] : [`those of other roles for ${andList(apart)} stay`]),
  ];
  return { sql: statements.join('\n'), except: noted.length === 0 ? '' : ` (${noted.join('; ')})` };
}

function roleName(graph: SchemaGraph, role: Policy['roles'][number]): string {
  return role === 'public' ? role : graph.get('role', role).name;
}

function isWritable(graph: SchemaGraph, { using, check }: Policy): boolean {
  return [using, check].every((each) => each === null || isRepeatable(graph, each));
}

/** A name is cut off at its end, and what tells these apart stands at the end. */
export function splitName(name: string, command: RowCommand): string {
  const suffix = ` (${command})`;
  return truncateIdentifier(name, MAX_IDENTIFIER_BYTES - suffix.length).trimEnd() + suffix;
}

/** The clauses of one policy that admits what any of these does; undefined where one of them has no clause to join. */
function mergedClauses(
  policies: readonly Policy[],
  text: TextOf,
  isForSignedIn: boolean,
  command: Policy['command'],
): readonly string[] | undefined {
  const isInsert = command === 'insert';
  const using = policies.map((each) => each.using);
  const checks = policies.map(({ check, using: own }) => check ?? own);
  const hasCheck =
    isInsert || ((command === 'update' || command === 'all') && policies.some(({ check }) => check !== null));
  const parts = [
    ...(isInsert ? [] : [['USING', using] as const]),
    ...(hasCheck ? [['WITH CHECK', checks] as const] : []),
  ];
  const written: string[] = [];
  for (const [name, expressions] of parts) {
    const clause = joined(expressions, text, isForSignedIn);
    if (clause === undefined) return undefined;
    written.push(`${name.toLowerCase()} ${bracketed(clause)}`);
  }
  return written;
}

/** Without the alternatives that are there already, or that ask for more than another one; of what lets everyone have all, or everyone who is signed in, that alone. */
function joined(
  expressions: readonly (BoundExpression | null)[],
  textOf: TextOf,
  isForSignedIn: boolean,
): string | undefined {
  const isOpen = (each: BoundExpression) =>
    foldBoolean(each.tree) === true || (isForSignedIn && isOpenToSignedIn(each));
  const open = expressions.find((each) => each !== null && isOpen(each));
  if (open && expressions.every((each) => each !== null)) return textOf(open);
  const clauses: BoundExpression[] = [];
  let kept: readonly Alternative[] = [];
  const owners = new Map<Alternative, BoundExpression>();
  for (const each of expressions) {
    if (each === null) return undefined;
    clauses.push(each);
    for (const alternative of alternativesOf(each)) {
      if (kept.some((one) => isCoveredBy(alternative, one))) continue;
      kept = [...kept.filter((one) => !isCoveredBy(one, alternative)), alternative];
      owners.set(alternative, each);
    }
  }
  const texts = clauses.flatMap((clause) => {
    const own = kept.filter((each) => owners.get(each) === clause);
    const isWhole = own.length === alternativesOf(clause).length;
    return isWhole ? [textOf(clause)] : own.map(({ expression }) => textOf(expression));
  });
  const distinct = [...new Set(texts)];
  if (distinct.length === 1) return distinct[0];
  return distinct.map((text) => (text.includes('--') ? `(${text}\n)` : `(${text})`)).join(' or ');
}
