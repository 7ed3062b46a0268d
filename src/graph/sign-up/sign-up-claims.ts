import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { nodesOf } from '../../sql/walk.ts';
import { isNewId } from '../caller/sent-limits.ts';
import { SentValues } from '../caller/sent-values.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isAuthUsers } from '../lexicon/table-roles.ts';
import { placeOf } from '../place.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { clausesOf } from '../policies/policy-clauses.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { constantText, unwrapped } from '../query-shapes/operand.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { isOfUsers } from './sign-up-triggers.ts';

type Routine = EntityOf<'function'>;
type Policy = EntityOf<'policy'>;

/** What a trigger on auth.users copies of what whoever signs up sent into what only the server is to write. */
export interface SignUpClaims {
  readonly trigger: EntityOf<'trigger'>;
  readonly claims: readonly SignUpClaim[];
  readonly at: SourceLocation | null;
}

interface SignUpClaim {
  /** In raw_app_meta_data. */
  readonly key: string;
  /** In raw_user_meta_data. */
  readonly sent: readonly string[];
  /** The policies that decide by it. */
  readonly policies: readonly Policy[];
}

/** Keys by which a token says what somebody may do. */
const STANDINGS: NamePatterns = [
  ...[
    '*_role',
    'role',
    '*_roles',
    'user_type',
    'account_type',
    '*_admin',
    'permissions',
    '*_plan',
    'plan',
    '*_tier',
    'tier',
  ],
  ...[
    'is_*',
    'tenant_id',
    'org_id',
    'organization_id',
    'organisation_id',
    'company_id',
    'team_id',
    'subscription_*',
    'access_*',
  ],
];

/**
 * `new.raw_app_meta_data := … || jsonb_build_object('role', new.raw_user_meta_data ->> 'role')`, or an UPDATE of the new user's row that says so: tokens carry it as
 * app_metadata. Of keys that policies decide by, or that are called so; not where the body limits what may be sent.
 */
export function signUpClaims(
  graph: SchemaGraph,
  routine: Routine,
  clientRoles: readonly string[],
): SignUpClaims | undefined {
  const [trigger] = graph.dependentsOfKind(routine.id, 'trigger').filter((each) => isOfUsers(graph, each));
  const text = routine.body?.text ?? '';
  if (trigger === undefined || !/raw_user_meta_data/i.test(text) || !/raw_app_meta_data/i.test(text)) return undefined;
  const { block } = routineShape(graph, routine);
  if (block === null) return undefined;
  const values = new SentValues(block);
  if (trigger.when !== null && !values.meets(trigger.when.tree)) return undefined;
  for (const { statement } of eachStatement([block])) {
    const value = claimsSetBy(graph, routine, trigger, statement);
    if (value === undefined) continue;
    const claims = pairsIn(value).flatMap(({ key, given }): readonly SignUpClaim[] => {
      const sent = values.at(statement, plain(given)).sent.filter((each) => each.only === null);
      const policies = sent.length === 0 ? [] : policiesAsking(graph, key, clientRoles);
      const isStanding = policies.length > 0 || isNamed(key, STANDINGS);
      return sent.length > 0 && isStanding ? [{ key, sent: [...new Set(sent.map((each) => each.key))], policies }] : [];
    });
    const at =
      statement.kind === 'sql'
        ? placeOf(statement.sql, value)
        : statement.kind === 'assign'
          ? placeOf(statement.value, value)
          : null;
    if (claims.length > 0) return { trigger, claims, at };
  }
  return undefined;
}

/** What the statement makes of raw_app_meta_data in the row of whoever signs up. */
function claimsSetBy(
  graph: SchemaGraph,
  routine: Routine,
  { timing }: EntityOf<'trigger'>,
  statement: PlStatement,
): Node | undefined {
  if (statement.kind === 'assign') {
    const target = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields).join('.');
    return timing === 'before' && target === 'new.raw_app_meta_data' ? statement.value.tree : undefined;
  }
  if (statement.kind !== 'sql' || routine.security !== 'definer') return undefined;
  for (const { query, write } of routineShape(graph, routine).writes) {
    const table = write.relation === null ? undefined : graph.find(write.relation);
    if (
      query.node !== statement.sql.tree ||
      write.kind !== 'update' ||
      table?.kind !== 'table' ||
      !isAuthUsers(table.name)
    )
      continue;
    const where = conjuncts(fieldsOf(query.node, 'UpdateStmt')?.whereClause);
    const isOwn = where.some((each) => nodesOf(each, 'ColumnRef').some((one) => isNewId({ ColumnRef: one })));
    const set = write.sets.find(({ name }) => name === 'raw_app_meta_data');
    if (isOwn && set?.value != null) return set.value;
  }
  return undefined;
}

/** `jsonb_build_object('role', …)`, `jsonb_set(…, '{role}', …)`: keys of the outermost level, and what they are given. */
function pairsIn(value: Node): readonly { readonly key: string; readonly given: Node }[] {
  return nodesOf(value, 'FuncCall').flatMap(({ funcname, args = [] }) => {
    const { name } = writtenName(funcname);
    if (name === 'jsonb_set') {
      const key = /^\{"?([^{},"]+)"?\}$/.exec(constantText(args[1]) ?? '')?.[1];
      return key === undefined || args[2] === undefined ? [] : [{ key, given: args[2] }];
    }
    if (name !== 'jsonb_build_object' && name !== 'json_build_object') return [];
    return args.flatMap((each, at) => {
      const key = at % 2 === 0 ? constantText(each) : null;
      const given = args[at + 1];
      return key === null || given === undefined ? [] : [{ key, given }];
    });
  });
}

/** `to_jsonb(v)` is v. */
function plain(node: Node): Node {
  const call = fieldsOf(unwrapped(node), 'FuncCall');
  const [first] = call?.args ?? [];
  return call !== undefined && first !== undefined && /^to_jsonb?$/.test(writtenName(call.funcname).name)
    ? first
    : node;
}

/** The policies that let clients do something and ask app_metadata for the key, by themselves or in a function that they call. */
function policiesAsking(graph: SchemaGraph, key: string, clientRoles: readonly string[]): readonly Policy[] {
  const name = key.replace(/\W/g, '\\$&');
  const asked = new RegExp(`app_metadata["']?(?:::\\w+)?\\)?\\s*(?:->>?\\s*'${name}'|,\\s*"?${name}\\b)`);
  const isAsking = (text: string) => asked.test(text);
  return [...graph.ofKind('policy')].filter((policy) => {
    const asks = clausesOf(policy).some(({ expression }) => {
      const called = expression.references.flatMap(({ kind, target }) =>
        kind === 'function' ? [graph.find(target)] : [],
      );
      const bodies = called.flatMap((each) =>
        each?.kind === 'function' && isUsersOwn(graph, each) ? [each.body?.text ?? ''] : [],
      );
      return [expression.text, ...bodies].some(isAsking);
    });
    return asks && policyAudience(graph, policy, clientRoles).length > 0;
  });
}
