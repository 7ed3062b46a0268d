import type { Folded } from '../binding/questions/constant-value.ts';
import type { EntityOf } from '../entities/index.ts';
import { type RefusedDuplicate, refusedDuplicates } from '../keys/refused-duplicates.ts';
import { isAuthUsers } from '../lexicon/table-roles.ts';
import type { TakenRow } from '../query-shapes/known-row.ts';
import { opaqueRoutines, queriesInSchema, writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNewAddress, isOfUsers } from './sign-up-triggers.ts';

/** Users whom a trigger on auth.users refuses, since another has what it puts into a unique key for them. */
export interface RefusedSignUp extends RefusedDuplicate {
  /**
   * `address`: it is made from their e-mail addresses; `nothing`: all get the same; `choice`: it is what both sent; `freed`: it is the address that the first had
   * when he signed up, which he has changed since.
   */
  readonly by: 'address' | 'nothing' | 'choice' | 'freed';
  /** The two of whom the second is refused, where `by` is `address`. */
  readonly addresses: readonly [string, string];
  /** The keys of raw_user_meta_data that decide: what is sent under them comes first. */
  readonly keys: readonly string[];
}

const ADDRESSES = ['info@example.com', 'info@example.org'] as const;
const OTHER_ADDRESS = 'ann@example.com';

/** Each key once, by the worst of what it does. */
export function refusedSignUps(graph: SchemaGraph, trigger: EntityOf<'trigger'>): readonly RefusedSignUp[] {
  const table = graph.find(trigger.relation);
  const email = table?.kind === 'table' && isAuthUsers(table.name) ? graph.column(table.id, 'email') : undefined;
  if (email === undefined) return [];
  const ask = (addresses: readonly string[], sent: (key: string) => Folded) =>
    refusedDuplicates(
      graph,
      trigger,
      addresses.map((each) => userWith(each, sent)),
      [email],
    );
  const asked = new Set<string>();
  const unsent = ask(ADDRESSES, (key) => {
    asked.add(key);
    return null;
  });
  const always = ask([...ADDRESSES, OTHER_ADDRESS], () => null);
  const chosen = ask([ADDRESSES[0], OTHER_ADDRESS], (key) => key);
  // No two users have one address at the same time.
  const again = ask([OTHER_ADDRESS, OTHER_ADDRESS], (key) => key);
  const single = [...asked].map((key) => [key, ask(ADDRESSES, (each) => (each === key ? key : null))] as const);
  const isIn = (list: readonly RefusedDuplicate[], { index }: RefusedDuplicate) =>
    list.some((each) => each.index === index);
  /** With any of them another value is put there. */
  const keysOf = (own: RefusedDuplicate) =>
    single.flatMap(([key, found]) => (found.some((each) => isSame(each, own)) ? [] : [key]));
  return [
    ...unsent.map((each) => {
      const by = isIn(always, each) ? ('nothing' as const) : ('address' as const);
      return { ...each, by, addresses: ADDRESSES, keys: keysOf(each) };
    }),
    ...chosen
      .filter((each) => !isIn(unsent, each) && !isAskedElsewhere(graph, each))
      .map((each) => ({ ...each, by: 'choice' as const, addresses: ADDRESSES, keys: namedIn(each) })),
    ...again
      .filter((each) => !isIn(unsent, each) && !isIn(chosen, each) && isStale(graph, each))
      .map((each) => ({ ...each, by: 'freed' as const, addresses: ADDRESSES, keys: [] })),
  ];
}

function isSame(one: RefusedDuplicate, other: RefusedDuplicate): boolean {
  return one.index === other.index && one.filled.every(({ value }, at) => value === other.filled[at]?.value);
}

/** The keys themselves were taken for what was sent under them. */
function namedIn({ filled }: RefusedDuplicate): readonly string[] {
  return filled.flatMap(({ value }) => (typeof value === 'string' ? value : []));
}

export function userWith(email: string, sent: (key: string) => Folded): TakenRow {
  const values = new Map<string, Folded>([
    ['email', email],
    ['phone', null],
    ['is_anonymous', false],
    ['is_sso_user', false],
  ]);
  return { values, sent };
}

/** A function or view of the schema looks for rows by the column: whoever signs up may be told before that a name is taken. */
function isAskedElsewhere(graph: SchemaGraph, { filled }: RefusedDuplicate): boolean {
  return queriesInSchema(graph).some(({ query }) =>
    query.sources.some(({ tests }) =>
      tests.some((each) => each.kind === 'equal' && filled.some(({ column }) => column.id === each.column)),
    ),
  );
}

/** One column alone, the address as it is, and nothing in the schema writes it there once more, or lets go of the row when the address changes. */
function isStale(graph: SchemaGraph, { filled }: RefusedDuplicate): boolean {
  const [only, another] = filled;
  if (only === undefined || another !== undefined || !isNewAddress(only.set?.value ?? null)) return false;
  const { id, relation, name } = only.column;
  const isOfKey = graph.ownedBy(relation, 'foreignKey').some(({ columns }) => columns.includes(id));
  const isHidden = opaqueRoutines(graph).some(({ routine }) => {
    return isOfUserTrigger(graph, routine) || routine.body?.text.toLowerCase().includes(name.toLowerCase()) !== false;
  });
  if (isOfKey || isHidden) return false;
  return !writesTo(graph, relation).some(({ holder, write: { kind, sets, onConflict } }) => {
    const changed = kind === 'update' ? sets : (onConflict?.sets ?? []);
    if (changed.some(({ column }) => column === null || column === id)) return true;
    return (kind === 'delete' || kind === 'truncate') && (holder.kind !== 'function' || isOfUserTrigger(graph, holder));
  });
}

function isOfUserTrigger(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  return graph.dependentsOfKind(routine.id, 'trigger').some((each) => isOfUsers(graph, each));
}
