import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { admittingPolicies } from '../policies/policy-audience.ts';
import { decidingClause, restricts } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import { clientAccess } from '../privileges/client-access.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import type { Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { isNamedInBody } from '../routines/function-body.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { belongingsOf } from './belongings.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;
type Routine = EntityOf<'function'>;

/** A token by which an invitation is accepted, with the rank that is in it, where all members of a group read it. */
export interface SharedInvitation extends AcceptedInvitation {
  readonly access: readonly { readonly name: string }[];
  /** The policy by which they read it. */
  readonly reader: Policy;
  /** The columns by which the reader is found to belong to the group, and where that is looked for. */
  readonly places: readonly Column[];
  readonly members: readonly EntityId[];
}

/** A routine that finds an invitation by its token and makes a row with the rank that the invitation gives. */
interface AcceptedInvitation {
  readonly routine: Routine;
  /** Of the invitation. */
  readonly rank: Column;
  /** Where the row is made. */
  readonly joined: EntityId;
}

/**
 * Undefined where the routine names an address of the invitation: it may ask whether it is the caller's. Readers with a standing (administrators), who wrote
 * the invitation or whose address is in it are none that belong to a group and no more.
 */
export function sharedInvitation(
  graph: SchemaGraph,
  token: Column,
  clientRoles: readonly string[],
): SharedInvitation | undefined {
  const [accepted] = acceptedByToken(graph).get(token.id) ?? [];
  const table = graph.find(token.relation);
  if (accepted === undefined || table?.kind !== 'table' || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity'))
    return undefined;
  const access = clientAccess(graph, table, clientRoles).filter(({ name, role, commands }) => {
    const isHeld = policiesFor(graph, table, 'select', role).some((each) => restricts(each, 'select'));
    return name !== 'anon' && commands.includes('select') && !isHeld && mayColumn(graph, role, token, 'r');
  });
  for (const each of access)
    for (const reader of admittingPolicies(graph, table, 'select', each)) {
      const clause = decidingClause(reader, 'select');
      const [belonging] = clause === null ? [] : belongingsOf(graph, reader, clause, token);
      if (belonging === undefined) continue;
      return { ...accepted, access, reader, places: belonging.places, members: belonging.members };
    }
  return undefined;
}

/** By the column of the token. */
const acceptedByToken = askedOnce((graph): ReadonlyMap<EntityId, readonly AcceptedInvitation[]> => {
  const found = new Map<EntityId, AcceptedInvitation[]>();
  for (const routine of graph.ofKind('function')) {
    if (!isUsersOwn(graph, routine) || graph.isDoubtful(routine, ['functions'])) continue;
    const { queries, writes } = routineShape(graph, routine);
    for (const query of queries)
      for (const { relation, tests } of query.sources) {
        if (graph.find(relation)?.kind !== 'table') continue;
        const key = tests.find(({ column, kind, variable }) => {
          return kind === 'equal' && variable !== null && isNamed(graph.get('column', column).name, TOKENS);
        });
        const rank = graph.columns(relation).find((each) => isNamed(each.name, RANKS) && isRead(query, each));
        const isAddressed = graph.columns(relation).some((each) => {
          return isNamed(each.name, ADDRESSES) && isNamedInBody(routine, each.name);
        });
        const joined = writes.flatMap(({ write }) => {
          const isRanked = write.sets.some(
            ({ name, constant, from }) => isNamed(name, RANKS) && constant === null && from !== 'default',
          );
          return write.kind === 'insert' && write.relation !== relation && isRanked ? (write.relation ?? []) : [];
        })[0];
        if (key === undefined || rank === undefined || isAddressed || joined === undefined) continue;
        addTo(found, key.column, { routine, rank, joined });
      }
  }
  return found;
});

/** Is the column, or the whole row, among what the query gives? */
function isRead({ node, binding }: Query, { id }: Column): boolean {
  return (fieldsOf(node, 'SelectStmt')?.targetList ?? []).some((target) =>
    anyNode(target, (each) => {
      const reference = fieldsOf(each, 'ColumnRef');
      const meaning = reference && binding.meanings.get(reference);
      return (
        (meaning?.kind === 'column' && meaning.column === id) ||
        (reference !== undefined && stringsOf(reference.fields).length < (reference.fields ?? []).length)
      );
    }),
  );
}

const TOKENS: NamePatterns = ['token', '*_token', '*_code', 'code', '!*_hash', '!*_digest'];
const RANKS: NamePatterns = ['role', '*_role', 'rank', '*_rank', 'role_id', '*_role_id'];
const ADDRESSES: NamePatterns = ['*_email_*'];
