import type { BoundExpression } from '../graph/bound-expression.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { type Alternative, alternativesOf, isWithin } from '../graph/policies/alternatives.ts';
import { isForSignedIn } from '../graph/policies/for-signed-in.ts';
import { bracketed } from '../graph/policies/policy-text.ts';
import { ROW_COMMANDS, type RowCommand } from '../graph/policies/row-security.ts';
import { isRepeatable } from '../graph/repeatable-text.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { MAX_IDENTIFIER_BYTES, quoteIdentifier, truncateIdentifier } from '../sql/name.ts';
import { raw, sql } from './sql.ts';

type Policy = EntityOf<'policy'>;
type TextOf = (clause: BoundExpression) => string;

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
): string | undefined {
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
): string | undefined {
  const merged = mergedClauses([first, ...others], text, first.command === 'insert');
  if (merged === undefined) return undefined;
  const table = graph.get('table', first.table).name;
  const drops = others.map((each) => sql`drop policy ${each.name} on ${table};`);
  const to = raw(toRole(narrowedRole(graph, [first, ...others], clientRoles)));
  return [sql`alter policy ${first.name} on ${table}${to}\n  ${raw(merged.join('\n  '))};`, ...drops].join('\n');
}

function splitByCommand(
  graph: SchemaGraph,
  whole: Policy,
  single: Policy & { readonly command: RowCommand },
  text: TextOf,
  clientRoles: readonly string[],
): string | undefined {
  const table = graph.get('table', whole.table).name;
  const narrowed = (policies: readonly Policy[]) => narrowedRole(graph, policies, clientRoles);
  const ofWhole = narrowed([whole]);
  const merged = mergedClauses([single, whole], text, single.command === 'insert', single.command);
  if (merged === undefined) return undefined;
  const roles =
    ofWhole === undefined
      ? whole.roles.map((each) => (each === 'public' ? 'public' : quoteIdentifier(graph.get('role', each).name)))
      : [ofWhole];
  const created: string[] = [];
  for (const command of ROW_COMMANDS.filter((each) => each !== single.command)) {
    // One that is there for the command takes in what the policy for all lets through.
    const mate = graph.ownedBy(whole.table, 'policy').find((each) => {
      return each.command === command && each.isPermissive && hasSameRoles(each, whole);
    });
    const own = mate === undefined ? [whole] : [mate, whole];
    const name = splitName(whole.name, command);
    const clauses = mergedClauses(own, text, command === 'insert', command);
    if (clauses === undefined || (mate !== undefined && !isWritable(graph, mate))) return undefined;
    if (mate !== undefined) {
      created.push(
        sql`alter policy ${mate.name} on ${table}${raw(toRole(narrowed(own)))}\n  ${raw(clauses.join('\n  '))};`,
      );
      continue;
    }
    if (graph.part('policy', whole.table, name) !== undefined) return undefined;
    created.push(
      sql`create policy ${name} on ${table} for ${raw(command)} to ${raw(roles.join(', '))}\n  ${raw(clauses.join('\n  '))};`,
    );
  }
  return [
    sql`drop policy ${whole.name} on ${table};`,
    ...created,
    sql`alter policy ${single.name} on ${table}${raw(toRole(narrowed([single, whole])))}\n  ${raw(merged.join('\n  '))};`,
  ].join('\n');
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
  isInsert: boolean,
  command?: RowCommand,
): readonly string[] | undefined {
  const using = policies.map((each) => each.using);
  const checks = policies.map(({ check, using: own }) => check ?? own);
  const takesCheck = command === undefined || command === 'update' || command === 'insert';
  const hasCheck = isInsert || (takesCheck && policies.some(({ check }) => check !== null));
  const parts = [
    ...(isInsert ? [] : [['USING', using] as const]),
    ...(hasCheck ? [['WITH CHECK', checks] as const] : []),
  ];
  const written: string[] = [];
  for (const [name, expressions] of parts) {
    const clause = joined(expressions, text);
    if (clause === undefined) return undefined;
    written.push(`${name.toLowerCase()} ${bracketed(clause)}`);
  }
  return written;
}

/** Without the alternatives that are there already, or that ask for more than another one. */
function joined(expressions: readonly (BoundExpression | null)[], textOf: TextOf): string | undefined {
  const clauses: BoundExpression[] = [];
  let kept: readonly Alternative[] = [];
  const owners = new Map<Alternative, BoundExpression>();
  for (const each of expressions) {
    if (each === null) return undefined;
    clauses.push(each);
    for (const alternative of alternativesOf(each)) {
      if (kept.some((one) => isWithin(alternative, one))) continue;
      kept = [...kept.filter((one) => !isWithin(one, alternative)), alternative];
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
