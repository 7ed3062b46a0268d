import type { EntityOf } from '../graph/entities/index.ts';
import { type FailureInAuth, failuresInAuth } from '../graph/failures/failing-in-auth.ts';
import { groupedBy } from '../graph/grouping.ts';
import { isAuthUsers } from '../graph/lexicon/table-roles.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/name.ts';
import { andList, brief, orList, relationName } from './prose.ts';

/** What the rules about search_path say where Supabase Auth fails by the lack of one. */
export const IN_AUTH_MESSAGES = {
  signUp:
    'Nobody can sign up: Supabase Auth looks for names in {{path}} alone, {{function}} pins no path of its own, and so {{names}} is not found when {{trigger}} runs ({{code}}).',
  change:
    'Supabase Auth cannot change a user, and so nobody can sign in: it looks for names in {{path}} alone, {{function}} pins no path of its own, and so {{names}} is not found when {{trigger}} runs ({{code}}).',
  deletion:
    'Supabase Auth cannot delete {{users}}: it looks for names in {{path}} alone, {{function}} pins no path of its own, and so {{names}} is not found when {{trigger}} runs ({{code}}).',
} as const;

/** The worst of what fails so, told once. */
export function inAuth(graph: SchemaGraph, routine: EntityOf<'function'>) {
  const failures = failuresInAuth(graph, routine);
  const [first] = [...failures].sort((a, b) => ORDER.indexOf(a.by) - ORDER.indexOf(b.by));
  if (first === undefined) return undefined;
  const isDeletion = first.by === 'cascade' || first.by === 'emptying';
  const own = failures.filter(({ by }) => by === first.by || (isDeletion && by === 'emptying'));
  const data = {
    function: brief(routine.name),
    path: andList(first.path.map(quoteIdentifier)),
    names: first.name,
    code: first.code,
    trigger: `the trigger ${orList([...new Set(own.map(({ trigger }) => quoteIdentifier(trigger.name)))], 3)}`,
  };
  if (first.by === 'signUp') return { message: 'signUp', severity: 'critical', data } as const;
  if (first.by === 'change') return { message: 'change', severity: 'critical', data } as const;
  return { message: 'deletion', severity: 'high', data: { ...data, users: usersOf(graph, own) } } as const;
}

const ORDER: readonly FailureInAuth['by'][] = ['signUp', 'change', 'cascade', 'emptying'];

/** ` with kind = 'post'` */
function givenText(given: FailureInAuth['given']): string {
  return given === null ? '' : ` with ${quoteIdentifier(given.column.name)} = ${quoteLiteral(given.value)}`;
}

/** Which users: `a user where that deletes rows of likes, or empties keys in orders`, or any, where a trigger of auth.users itself fails. */
function usersOf(graph: SchemaGraph, failures: readonly FailureInAuth[]): string {
  const own = failures.filter(({ trigger }) => isAuthUsers(graph.get('table', trigger.relation).name));
  if (own.some(({ given }) => given === null)) return 'any user';
  if (own.length === failures.length)
    return orList(
      own.map(({ given }) => `a user${givenText(given)}`),
      3,
    );
  const parts = [...groupedBy(failures, ({ by }) => by)].map(([by, all]) => {
    const tables = [
      ...new Set(all.map(({ trigger, given }) => `${relationName(graph, trigger.relation)}${givenText(given)}`)),
    ];
    return by === 'emptying' ? `empties a key in ${orList(tables, 3)}` : `deletes rows of ${orList(tables, 3)}`;
  });
  return `a user where that ${parts.join(', or ')}`;
}
