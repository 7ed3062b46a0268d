import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { type Child, walkBelow } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { referencedColumn } from '../own-column.ts';
import { clausesOf } from '../policies/policy-clauses.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';

/**
 * The value that policies, and for a flag whatever else of the schema goes by it, take for what NULL is to them, as none of their conditions on the column is true of it: false where they ask
 * for true (`is_public`, `is_public = true`), true where they ask for false. `any` where nothing asks for the column, `none` where no value is known to do.
 */
export function valueLikeNull(graph: SchemaGraph, column: EntityOf<'column'>): 'any' | 'true' | 'false' | 'none' {
  const policies = graph
    .dependentsOfKind(column.id, 'policy')
    .flatMap((policy) => clausesOf(policy).map(({ expression }) => expression));
  const isFlag = typeClass(graph, column.type) === 'boolean';
  const all = isFlag ? [...policies, ...otherReaders(graph, column)] : policies;
  const asked = all.flatMap((each) => askedIn(each, column));
  if (asked.length === 0) return 'any';
  if (!isFlag) return 'none';
  if (asked.every((each) => each === true)) return 'false';
  return asked.every((each) => each === false) ? 'true' : 'none';
}

/** What else goes by a flag: partial indexes (of jobs that are to run), views, and the bodies of routines. */
function otherReaders(graph: SchemaGraph, { id }: EntityOf<'column'>): readonly BoundExpression[] {
  const standing = [
    ...graph.dependentsOfKind(id, 'index').map(({ predicate }) => predicate),
    ...graph.dependentsOfKind(id, 'view').map(({ query }) => query),
    ...graph.dependentsOfKind(id, 'materializedView').map(({ query }) => query),
  ];
  const bodies = userRoutines(graph).flatMap((each) => routineShape(graph, each).expressions);
  return [...standing.flatMap((each) => each ?? []), ...bodies.filter((each) => names(each, id))];
}

function names({ references }: BoundExpression, id: EntityId): boolean {
  return references.some(({ target }) => target === id);
}

/** Which truth value each mention of the column asks for; undefined for what asks otherwise. */
function askedIn(expression: BoundExpression, { id }: EntityOf<'column'>): readonly (boolean | undefined)[] {
  const found: (boolean | undefined)[] = [];
  walkBelow(expression.tree, (_, node, parents) => {
    if (referencedColumn(node, expression) === id) found.push(askedBy(parents));
    return undefined;
  });
  return found;
}

const CONNECTING: ReadonlySet<string> = new Set(['SelectStmt', 'SubLink', 'JoinExpr']);

function askedBy(parents: readonly Child[]): boolean | undefined {
  const [above, rest] = [parents.at(-1)?.node, parents.slice(0, -1)];
  const { boolop } = fieldsOf(above, 'BoolExpr') ?? {};
  if (boolop === 'NOT_EXPR') return rest.every(isConnecting) ? false : undefined;
  const own = testedBy(above);
  if (own !== undefined) return rest.every(isConnecting) ? own : undefined;
  return parents.every(isConnecting) ? true : undefined;
}

/** `c = true`, `c is false`: what the node right above asks for. */
function testedBy(node: Node | undefined): boolean | undefined {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=') {
    const constant = [lexpr, rexpr].map(constantOf).find((each) => each === 'true' || each === 'false');
    return constant === undefined ? undefined : constant === 'true';
  }
  const { booltesttype } = fieldsOf(node, 'BooleanTest') ?? {};
  if (booltesttype === 'IS_TRUE') return true;
  return booltesttype === 'IS_FALSE' ? false : undefined;
}

function isConnecting({ tag, node }: Child): boolean {
  return CONNECTING.has(tag) || (tag === 'BoolExpr' && fieldsOf(node, 'BoolExpr')?.boolop !== 'NOT_EXPR');
}
