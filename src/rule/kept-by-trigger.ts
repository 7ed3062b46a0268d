import { callerComparisons } from '../graph/caller/caller-comparisons.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { type OwnRowWrite, ownRowWrites } from '../graph/own-rows/own-row-writes.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import { constantOf } from '../graph/query-shapes/operand.ts';
import { type Constant, NULL } from '../graph/query-shapes/query.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { isFreeForFunction } from './new-function.ts';
import { andList, brief } from './prose.ts';
import { refusingTrigger } from './refusing-trigger.ts';
import { raw, sql } from './sql.ts';

type Column = EntityOf<'column'>;

/**
 * A trigger that refuses a choice of these columns in a row of the caller's own, where grants cannot say it: others change them by the same policy or
 * another. Those still may, in rows of other users, and so may the server and what runs with its owner's rights. A new row may have the defaults. Two
 * policies of one table may want the same trigger, so that it is made or made again. Undefined where another column than the one that is compared with
 * auth.uid() says whose row it is, and for new rows where a column has no constant for a default.
 */
export function keptByTrigger(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  access: readonly Pick<ClientAccess, 'name'>[],
  free: readonly Column[],
  clientRoles: readonly string[],
): Fix | undefined {
  const [first, ...more] = free;
  const owner = ownRowWrites(graph, policy, clientRoles).flatMap((each) => ownerOf(graph, each) ?? [])[0];
  const form = owner !== undefined && isMadeTheirs(graph, policy, owner) ? CLAIM : FORMS[policy.command];
  if (first === undefined || owner === undefined || form === undefined) return undefined;
  const roles = access.filter(({ name }) => name !== 'public').map(({ name }) => quoteLiteral(name));
  if (roles.length === 0 || free.some(({ type }) => type === null || type.name.name === 'json')) return undefined;
  const table = graph.get('table', policy.table);
  if (isOthersOwn(graph, table, owner, clientRoles)) return undefined;
  const name = `${form.prefix}_${table.name.name}_${first.name}${more.length === 0 ? '' : `_and_${more.length}_more`}`;
  const called = { schema: table.name.schema, name };
  const isTaken = !isFreeForFunction(graph, called) || graph.part('trigger', table.id, name) !== undefined;
  if (isTaken || quoteIdentifier(name) !== name) return undefined;
  const changed = eitherOf(free.map((each) => sql`new.${each.name} is distinct from old.${each.name}`));
  const defaults = free.map((each) => constantOf(each.default?.tree));
  if (policy.command !== 'update' && defaults.includes(null)) return undefined;
  const chosen = eitherOf(
    free.map((each, at) => sql`new.${each.name} is distinct from ${raw(literalOf(defaults[at] ?? NULL))}`),
  );
  const names = andList(
    free.map((each) => quoteIdentifier(each.name)),
    free.length,
  );
  const [role] = roles;
  const isClient = sql`current_user ${raw(roles.length === 1 ? `= ${role}` : `in (${roles.join(', ')})`)}`;
  const condition = `${isClient} and ${form.condition(quoteIdentifier(owner.name), changed, chosen)}`;
  return {
    title: form.title(names),
    safety: 'review',
    sql: refusingTrigger(called, table.name, form.events, condition, form.refusal(names, brief(table.name))),
  };
}

/** How it is done for policies of a command. */
interface Form {
  readonly events: string;
  readonly prefix: string;
  /** When a row of the caller's own is refused, by whether it has other values than it had and than the defaults. */
  readonly condition: (owner: string, changed: string, chosen: string) => string;
  readonly title: (names: string) => string;
  readonly refusal: (names: string, table: string) => string;
}

const FORMS: Partial<Record<EntityOf<'policy'>['command'], Form>> = {
  update: {
    events: 'update',
    prefix: 'keep',
    condition: (owner, changed) => `old.${owner} = auth.uid()\n    and ${changed}`,
    title: (names) => `Refuse by a trigger that users change ${names} of their own row`,
    refusal: (names, table) => `${names} of one's own ${table} row cannot be changed`,
  },
  insert: {
    events: 'insert',
    prefix: 'keep_new',
    condition: (owner, _, chosen) => `new.${owner} = auth.uid()\n    and ${chosen}`,
    title: (names) =>
      `Refuse by a trigger that users add a row of their own with anything but the default for ${names}`,
    refusal: (names, table) => `${names} of one's own ${table} row cannot be chosen`,
  },
  all: {
    events: 'insert or update',
    prefix: 'keep_own',
    condition: (owner, changed, chosen) =>
      `new.${owner} = auth.uid()\n    and (tg_op = 'INSERT' and ${chosen} or tg_op = 'UPDATE' and ${changed})`,
    title: (names) => `Refuse by a trigger that users choose ${names} of their own row`,
    refusal: (names, table) => `${names} of one's own ${table} row cannot be chosen`,
  },
};

/** Of a row that is nobody's before, or somebody else's. */
const CLAIM: Form = {
  events: 'update',
  prefix: 'keep',
  condition: (owner, changed) => `new.${owner} = auth.uid()\n    and ${changed}`,
  title: (names) =>
    `Refuse by a trigger that users change ${names} of a row that they make their own, or of one that is`,
  refusal: (names, table) => `${names} of one's own ${table} row cannot be changed`,
};

/** Is a row the caller's by WITH CHECK alone, once it is changed: who takes one that is nobody's yet writes the rest of it in the same UPDATE? */
function isMadeTheirs(graph: SchemaGraph, { command, using, check }: EntityOf<'policy'>, owner: Column): boolean {
  if (command !== 'update' || using === null || check === null) return false;
  return !callerComparisons(graph, using).some(({ column }) => column === owner.id);
}

function literalOf(constant: Constant): string {
  return constant === NULL ? 'null' : quoteLiteral(constant);
}

function eitherOf(conditions: readonly string[]): string {
  return conditions.length === 1 ? conditions.join() : `(${conditions.join(' or ')})`;
}

/** Is a row also somebody's whom another column names, and who may change it for that: who invited, and who is invited? */
function isOthersOwn(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  owner: Column,
  clientRoles: readonly string[],
): boolean {
  return graph
    .ownedBy(table.id, 'policy')
    .flatMap((each) => ownRowWrites(graph, each, clientRoles))
    .some((each) => !each.tied.includes(owner.id));
}

/** The column of type uuid that the policy compares with auth.uid(). */
function ownerOf(graph: SchemaGraph, { way, tied }: Pick<OwnRowWrite, 'way' | 'tied'>): Column | undefined {
  return way
    .flatMap((part) => callerComparisons(graph, part))
    .filter(({ via, sources }) => via === 'value' && sources.every((each) => each === 'user'))
    .filter(({ column }) => tied.includes(column))
    .map(({ column }) => graph.get('column', column))
    .find(({ type }) => type?.name.name === 'uuid');
}
