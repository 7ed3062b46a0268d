import type { Folded } from '../binding/questions/constant-value.ts';
import type { EntityOf } from '../entities/index.ts';
import { type RefusedDuplicate, refusedDuplicates } from '../keys/refused-duplicates.ts';
import { isAuthUsers } from '../lexicon/table-roles.ts';
import type { TakenRow } from '../query-shapes/known-row.ts';
import { queriesInSchema } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** Users whom a trigger on auth.users refuses, since another has what it puts into a unique key for them. */
export interface RefusedSignUp extends RefusedDuplicate {
  /** `address`: it is made from their e-mail addresses; `nothing`: all get the same; `choice`: it is what both sent. */
  readonly by: 'address' | 'nothing' | 'choice';
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
  ];
}

function isSame(one: RefusedDuplicate, other: RefusedDuplicate): boolean {
  return one.index === other.index && one.filled.every(({ value }, at) => value === other.filled[at]?.value);
}

/** The keys themselves were taken for what was sent under them. */
function namedIn({ filled }: RefusedDuplicate): readonly string[] {
  return filled.flatMap(({ value }) => (typeof value === 'string' ? value : []));
}

function userWith(email: string, sent: (key: string) => Folded): TakenRow {
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
