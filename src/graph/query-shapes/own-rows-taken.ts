import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isAuthUsers } from '../lexicon/table-roles.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { conjuncts } from './column-tests.ts';
import { columnsIn, constantText, valueOfSelect, variableOf } from './operand.ts';
import type { Query } from './query.ts';
import { triggeredRelations } from './routine-scope.ts';
import { whereOf } from './row-equalities.ts';
import { rowField } from './row-field.ts';
import { variableSources } from './variable-sources.ts';

/**
 * Does the query look only for rows that belong to one: to the user who calls (`email = auth.email()`), or to the row that a trigger runs for? By what
 * is unique of that row (`lower(email) = lower(new.email)` of a new user) no other statement looks at the same time, as that row is locked; by another
 * value of it others may (`org_id = new.org_id` of two drivers who come free at once), unless all rows that have it are taken.
 */
export function looksForOwnRows(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  query: Query,
  relation: EntityId,
  takesAll: boolean,
): boolean {
  const { binding } = query;
  const owner: Owner = { graph, routine, takesAll };
  return conjuncts(whereOf(query)).some((each) =>
    equalSides(each).some(([own, other]) => {
      const isOfRows = columnsIn(own, binding).some((column) => column.level === 0 && column.relation === relation);
      return isOfRows && namesOwner(owner, other, binding);
    }),
  );
}

interface Owner {
  readonly graph: SchemaGraph;
  readonly routine: EntityOf<'function'>;
  readonly takesAll: boolean;
}

/** By itself or through variables; what is looked up for the owner (the organization they are in) is that of others too. */
function namesOwner(
  owner: Owner,
  node: Node | undefined,
  binding: Binding,
  seen: ReadonlySet<string> = new Set(),
): boolean {
  let isNamed = false;
  walk(node, (tag, each) => {
    if (tag === 'SubLink' && valueOfSelect(each) === each) return 'skip';
    const name = tag === 'ColumnRef' ? variableOf(each, binding) : null;
    isNamed ||= isCallersOwn(each, binding) || isOfTriggerRow(owner, each) || isOwnersVariable(owner, name, seen);
    return isNamed ? 'stop' : undefined;
  });
  return isNamed;
}

function isOwnersVariable(owner: Owner, name: string | null, seen: ReadonlySet<string>): boolean {
  if (name === null || seen.has(name)) return false;
  const sources = variableSources(owner.graph, owner.routine).get(name) ?? [];
  const within = new Set([...seen, name]);
  return (
    sources.length > 0 && sources.every((each) => 'node' in each && namesOwner(owner, each.node, each.binding, within))
  );
}

/** auth.uid(), auth.email(), `auth.jwt() ->> 'email'`; a role or an organization in the claims is that of others too. */
function isCallersOwn(node: Node, binding: Binding): boolean {
  const call = fieldsOf(node, 'FuncCall');
  if (call !== undefined) return isCallerCall(call, binding) && OWN_FUNCTIONS.has(writtenName(call.funcname).name);
  const { name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (writtenName(name).name !== '->>' || !OWN_CLAIMS.has(constantText(rexpr) ?? '')) return false;
  return anyNode(lexpr, (each) => {
    const claims = fieldsOf(each, 'FuncCall');
    return claims !== undefined && isCallerCall(claims, binding) && writtenName(claims.funcname).name === 'jwt';
  });
}

const OWN_FUNCTIONS: ReadonlySet<string> = new Set(['uid', 'email']);
const OWN_CLAIMS: ReadonlySet<string> = new Set(['sub', 'email', 'phone']);

function isOfTriggerRow({ graph, routine, takesAll }: Owner, node: Node): boolean {
  const field = isTriggerFunction(routine) ? rowField(node) : undefined;
  if (field === undefined || takesAll) return field !== undefined;
  const relations = triggeredRelations(graph, routine);
  return relations.length > 0 && relations.every((each) => isOneRows(graph, each, field.name));
}

/** Sign-ins by SSO apart, which are few, no two users have one address; the index on auth.users is partial for their sake. */
function isOneRows(graph: SchemaGraph, relation: EntityId, name: string): boolean {
  const column = graph.column(relation, name);
  if (column === undefined) return false;
  const table = graph.find(relation);
  const isAddress = table?.kind === 'table' && isAuthUsers(table.name) && (name === 'email' || name === 'phone');
  return isAddress || isUniqueAlone(graph, column);
}
