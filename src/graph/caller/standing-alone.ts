import { equalSides } from '../../sql/equality.ts';
import type { QualifiedName } from '../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { callsOf } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { ownColumns } from '../own-column.ts';
import { ownRowWrites } from '../own-rows/own-row-writes.ts';
import { partOf } from '../policies/alternatives.ts';
import { admitsWhoever } from '../policies/callerless-writes.ts';
import { decidingClause } from '../policies/policy-clauses.ts';
import type { RowCommand } from '../policies/row-security.ts';
import { clientAccess } from '../privileges/client-access.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { constantText, unwrapped } from '../query-shapes/operand.ts';
import { queriesIn } from '../query-shapes/queries-in.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { waysThrough } from '../query-shapes/ways-through.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isKeyToOther } from '../standing-table.ts';
import { askedMembership } from './asked-membership.ts';
import { asksCaller } from './caller-source.ts';
import { askedStandings, type Standing } from './caller-standing.ts';

/** What few users are, and each of them by the word of another. */
const RANKS: NamePatterns = [
  ...['*_role_*', '*_roles_*', '*_admin_*', '*_staff_*', '*_superuser_*', '*_moderator_*', '*_permission_*'],
];

/** Tables of those who have such a rank, and of nobody else. */
const LISTS: NamePatterns = [
  ...['*_admin', '*_admin_user', '*_admin_email', '*_administrator', '*_staff', '*_staff_member', '*_staff_user'],
  ...['*_superuser', '*_moderator'],
];

/** What the caller's own row of a table has to say: `profiles.role` is 'admin'. */
export interface AskedRank {
  readonly table: QualifiedName;
  readonly column: string;
  /** It holds the key of a row that stands for the value. */
  readonly isKey: boolean;
  /** None where the table lists who has the rank, by the column. */
  readonly values: readonly string[];
}

/**
 * What the caller has to be for the policy to let anybody in: each way through its clause asks for a role that the caller's own row
 * of a table holds (`user_roles.role` is 'admin'), whatever the policy's row. Undefined where it lets others in as well, or that cannot be told.
 */
export function ranksAlone(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  command: RowCommand,
  clientRoles: readonly string[],
): readonly AskedRank[] | undefined {
  const clause = decidingClause(policy, command);
  const ways = clause === null ? undefined : waysThrough(clause.tree);
  if (clause === null || ways === undefined) return undefined;
  const asked = ways.map((way) =>
    way.flatMap((tree): readonly AskedRank[] => {
      const part = partOf(clause, tree);
      // NOT lets in whoever is anything else.
      if ('BoolExpr' in tree || ownColumns(tree, clause).size > 0) return [];
      const known = askedStandings(graph, policy, part).filter((each) => isRank(graph, each));
      if (known.length > 0) return known.map((each) => rankOf(graph, each));
      const listed = listing(graph, part, clientRoles);
      return listed === undefined ? unmadeRanks(graph, part) : [listed];
    }),
  );
  return asked.some((each) => each.length === 0) ? undefined : asked.flat();
}

function rankOf(graph: SchemaGraph, { column: id, values }: Standing): AskedRank {
  const column = graph.get('column', id);
  const table = graph.get('table', column.relation).name;
  return { table, column: column.name, isKey: isKeyToOther(graph, column), values };
}

/** A table that is called like those whom it lists, among whom nobody writes himself: `staff`, `admin_users`. */
function listing(graph: SchemaGraph, part: BoundExpression, clientRoles: readonly string[]): AskedRank | undefined {
  const member = askedMembership(graph, part);
  const table = member === undefined ? undefined : graph.find(member.relation);
  if (member === undefined || table?.kind !== 'table' || !isNamed(table.name.name, LISTS)) return undefined;
  if (!member.isWhole || member.joins.size > 0 || mayAddThemselves(graph, table, clientRoles)) return undefined;
  return { table: table.name, column: graph.get('column', member.user).name, isKey: false, values: [] };
}

function mayAddThemselves(graph: SchemaGraph, table: EntityOf<'table'>, clientRoles: readonly string[]): boolean {
  const adding = clientAccess(graph, table, clientRoles).filter(({ commands }) => commands.includes('insert'));
  if (adding.length === 0) return false;
  if (!table.rowSecurity || adding.some((each) => admitsWhoever(graph, table, 'insert', each))) return true;
  return graph
    .ownedBy(table.id, 'policy')
    .some((each) => ownRowWrites(graph, each, clientRoles).some(({ command }) => command === 'insert'));
}

/** The same of a table that these files do not make, by the names alone: EXISTS or a function of one query, which finds the caller's row and a constant there. */
function unmadeRanks(graph: SchemaGraph, part: BoundExpression): readonly AskedRank[] {
  const [call, ...more] = callsOf(part).filter(({ function: called }) => called?.id !== undefined);
  const called = call?.function?.id === undefined ? undefined : graph.find(call.function.id);
  const isCall = fieldsOf(unwrapped(part.tree), 'FuncCall') !== undefined && more.length === 0;
  const isExists = fieldsOf(part.tree, 'SubLink')?.subLinkType === 'EXISTS_SUBLINK';
  const queries =
    isCall && called?.kind === 'function'
      ? routineShape(graph, called).queries
      : isExists && call === undefined
        ? queriesIn(graph, part)
        : [];
  const [query, ...others] = queries;
  const { fromClause = [], whereClause } = fieldsOf(query?.node, 'SelectStmt') ?? {};
  const source = fieldsOf(fromClause[0], 'RangeVar');
  if (query === undefined || others.length > 0 || source === undefined || fromClause.length > 1) return [];
  const { binding } = query;
  const meaning = binding.meanings.get(source);
  const relation = meaning?.kind === 'source' && meaning.relation !== undefined ? meaning.relation : undefined;
  if (relation !== undefined && graph.find(relation)?.isAssumed !== true) return [];
  const tests = conjuncts(whereClause);
  const isOfCaller = tests
    .flatMap(equalSides)
    .some(([own, other]) => fieldsOf(own, 'ColumnRef') !== undefined && asksCaller(graph, other, binding));
  if (!isOfCaller) return [];
  const table = { schema: source.schemaname ?? 'public', name: source.relname ?? '' };
  return tests.flatMap((each) => {
    const { kind, name, lexpr, rexpr } = fieldsOf(each, 'A_Expr') ?? {};
    const column = stringsOf(fieldsOf(lexpr, 'ColumnRef')?.fields).at(-1) ?? '';
    const listed = kind === 'AEXPR_IN' ? (fieldsOf(rexpr, 'List')?.items ?? []) : kind === 'AEXPR_OP' ? [rexpr] : [];
    const values = listed.flatMap((one) => constantText(one) ?? []);
    const isSure = stringsOf(name).at(-1) === '=' && values.length > 0 && values.length === listed.length;
    return isSure && isNamed(column, RANKS) ? [{ table, column, isKey: false, values }] : [];
  });
}

/** Does it ask for one of some values that few users have: `role` is 'admin'? */
export function isRank(
  graph: SchemaGraph,
  { by, column, values }: Pick<Standing, 'by' | 'column' | 'values'>,
): boolean {
  if (by !== 'value' || values.length === 0) return false;
  return isNamed(graph.get('column', column).name, RANKS) || values.every((each) => isNamed(each, RANKS));
}
