import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode, nodesOf, walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { constantText } from '../query-shapes/operand.ts';
import { callersOf } from '../query-shapes/routine-calls.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isRoleValue } from './caller-source.ts';

/**
 * A part of the request under a name of its own, as PostgREST set it up to Postgres 13. For Postgres 14 and later it sets the whole as JSON instead
 * (release notes of PostgREST 9.0), so that nothing sets this one.
 */
export interface LegacySetting {
  readonly name: string;
  /** The setting that there is. */
  readonly json: 'request.jwt.claims' | 'request.headers' | 'request.cookies';
  /** The field of it: a claim, a header in lower case, a cookie. */
  readonly key: string;
}

const LEGACY = /^request\.(?:(jwt\.claims?)|(headers?)|cookies?)\.(.+)$/i;

/** `request.jwt.claim.role`, `request.header.x-tenant`. Names like request.jwt.claims.role nobody ever set. */
export function legacySetting(name: string | null | undefined): LegacySetting | undefined {
  const [, claim, header, key] = LEGACY.exec(name ?? '') ?? [];
  if (name === null || name === undefined || key === undefined) return undefined;
  if (claim !== undefined) return { name, json: 'request.jwt.claims', key };
  return header === undefined
    ? { name, json: 'request.cookies', key }
    : { name, json: 'request.headers', key: key.toLowerCase() };
}

/** current_setting() of one. */
export interface LegacyCall {
  readonly call: FuncCall;
  readonly setting: LegacySetting;
  /** It fails with 42704 where nobody made the setting; otherwise it gives NULL. */
  readonly isStrict: boolean;
}

export function legacyCall(node: Node, binding: Pick<Binding, 'meanings'>): LegacyCall | undefined {
  const call = fieldsOf(node, 'FuncCall');
  if (call === undefined || writtenName(call.funcname).name !== 'current_setting') return undefined;
  const [name, missingOk] = call.args ?? [];
  const setting = isCallerCall(call, binding) ? legacySetting(constantText(name)) : undefined;
  return setting && { call, setting, isStrict: constantText(missingOk) !== 'true' };
}

export function legacyCalls(tree: Node, binding: Pick<Binding, 'meanings'>): readonly LegacyCall[] {
  return nodesOf(tree, 'FuncCall').flatMap((call) => legacyCall({ FuncCall: call }, binding) ?? []);
}

/** Is the same part of the request asked for in a way that there is: auth.role(), the claims as a whole? */
export function asksInstead(tree: Node, binding: Pick<Binding, 'meanings'>, { json, key }: LegacySetting): boolean {
  return anyNode(tree, (node) => {
    if (isRoleValue(node)) return key === 'role';
    const call = fieldsOf(node, 'FuncCall');
    if (call === undefined || !isCallerCall(call, binding)) return false;
    const { name } = writtenName(call.funcname);
    const of = name === 'current_setting' ? constantText(call.args?.[0]) : name;
    if (of === json || (of === 'role' && key === 'role')) return true;
    return json === 'request.jwt.claims' && (of === 'jwt' || of === CLAIM_FUNCTIONS.get(key));
  });
}

const CLAIM_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['role', 'role'],
  ['sub', 'uid'],
  ['email', 'email'],
]);

/**
 * Does something set it all the same: a function of the schema, or the Storage API, which sets two of the names for its own queries? (setScope(),
 * src/internal/database/connection.ts of supabase/storage; older releases of Realtime did.)
 * @param holder what asks for it
 */
export function isSetSomewhere(
  graph: SchemaGraph,
  { name, key, json }: LegacySetting,
  holder: EntityOf<'function' | 'policy' | 'view' | 'column'>,
): boolean {
  if (setNames(graph).some((each) => each === null || each === name)) return true;
  const isStorages = json === 'request.jwt.claims' && (key === 'role' || key === 'sub');
  return isStorages && isOfPlatform(graph, holder);
}

/** Null for one whose name is put together. */
const setNames = askedOnce((graph): readonly (string | null)[] =>
  userRoutines(graph).flatMap((routine) => {
    const given = routine.config.map((each) => each.name);
    const set = routineShape(graph, routine).expressions.flatMap(({ tree }) => {
      const names: (string | null)[] = [];
      walk(tree, (_, node) => {
        const call = fieldsOf(node, 'FuncCall');
        if (call !== undefined && writtenName(call.funcname).name === 'set_config')
          names.push(constantText(call.args?.[0]));
        return undefined;
      });
      return names;
    });
    return [...given, ...set];
  }),
);

/** Is it about a table of the platform's, or called by what is? */
function isOfPlatform(
  graph: SchemaGraph,
  holder: EntityOf<'function' | 'policy' | 'view' | 'column'>,
  known = new Set<EntityId>(),
): boolean {
  if (holder.kind === 'policy') return graph.find(holder.table)?.origin.from === 'platform';
  if (holder.kind !== 'function' || known.has(holder.id)) return false;
  known.add(holder.id);
  const policies = graph.dependentsOfKind(holder.id, 'policy');
  const triggers = graph.dependentsOfKind(holder.id, 'trigger');
  if (policies.some((each) => graph.find(each.table)?.origin.from === 'platform')) return true;
  if (triggers.some((each) => graph.find(each.relation)?.origin.from === 'platform')) return true;
  return callersOf(graph, holder).some((each) => isOfPlatform(graph, each, known));
}
