import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { nodesOf, walkBelow } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { referencedColumn } from '../own-column.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { constantText, unwrapped } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { TypeRef } from '../types/type-ref.ts';

/** One condition of a CHECK: what AND connects in it counts by itself. */
export interface ValueCheck {
  readonly constraint: EntityOf<'checkConstraint'>;
  readonly condition: Node;
  /** Of a domain, where the value is called VALUE. */
  readonly isDomains: boolean;
}

/**
 * The conditions that CHECKs, the table's and the column's domains', put on a value: those that only ask whether there is one
 * (IS NOT NULL, <> '', length(trim(c)) > 0) left out. NOT VALID ones count, as every new row must pass them.
 */
export function valueChecks(graph: SchemaGraph, column: EntityOf<'column'>): readonly ValueCheck[] {
  const own = graph
    .ownedBy(column.relation, 'checkConstraint')
    .filter((each) => each.isEnforced && each.expression.references.some(({ target }) => target === column.id))
    .flatMap((constraint) =>
      conjuncts(constraint.expression.tree)
        .filter((each) => limits(each, (node) => referencedColumn(node, constraint.expression) === column.id))
        .map((condition): ValueCheck => ({ constraint, condition, isDomains: false })),
    );
  const domains = domainsOf(graph, column.type).flatMap((domain) =>
    graph.ownedBy(domain.id, 'checkConstraint').flatMap((constraint) =>
      conjuncts(constraint.expression.tree)
        .filter((each) => limits(each, isDomainValue))
        .map((condition): ValueCheck => ({ constraint, condition, isDomains: true })),
    ),
  );
  return [...own, ...domains];
}

/** The domains a type is made of, the outermost first. */
export function domainsOf(graph: SchemaGraph, type: TypeRef | null): readonly EntityOf<'domain'>[] {
  const found: EntityOf<'domain'>[] = [];
  let current = type;
  while (current?.entity !== undefined && !current.isArray && found.length < 32) {
    const domain = graph.find(current.entity);
    if (domain?.kind !== 'domain') break;
    found.push(domain);
    current = domain.base;
  }
  return found;
}

/** Is there an enforced CHECK, or an exclusion constraint or index, whose expression names all of these columns? */
export function areTiedByExpression(graph: SchemaGraph, table: EntityId, columns: readonly EntityId[]): boolean {
  const namesAll = (expression: BoundExpression | null) =>
    expression !== null && columns.every((id) => expression.references.some(({ target }) => target === id));
  return (
    graph.ownedBy(table, 'checkConstraint').some((each) => each.isEnforced && namesAll(each.expression)) ||
    // tstzrange(a, b) raises an error where b is before a.
    graph.ownedBy(table, 'index').some((each) => each.keys.some((key) => namesAll(key.expression))) ||
    graph.columns(table).some((each) => each.generated !== null && namesAll(each.generated.expression))
  );
}

function isDomainValue(node: Node): boolean {
  const name = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
  return 'CoerceToDomainValue' in node || (name.length === 1 && name[0] === 'value');
}

/** Does the condition name the value, in more than a question whether it is there? */
function limits(condition: Node, isValue: (node: Node) => boolean): boolean {
  let found = false;
  walkBelow(condition, (_, node, parents) => {
    if (found) return 'stop';
    if (isPresence(node, isValue)) return 'skip';
    found = isValue(node) && !parents.some((each) => 'NullTest' in each.node);
    return undefined;
  });
  return found;
}

/** `c is null`, `c <> ''`, `length(btrim(c)) > 0`. */
function isPresence(node: Node, isValue: (node: Node) => boolean): boolean {
  if ('NullTest' in node) return true;
  const comparison = fieldsOf(node, 'A_Expr');
  if (comparison?.kind !== 'AEXPR_OP') return false;
  const operator = stringsOf(comparison.name).at(-1) ?? '';
  const constant = constantText(comparison.rexpr);
  const inside = innerValue(comparison.lexpr);
  if (inside === undefined || !isValue(inside.node)) return false;
  return inside.isLength
    ? ['> 0', '>= 1', '<> 0'].includes(`${operator} ${constant ?? ''}`)
    : operator === '<>' && constant === '';
}

const TRIMS = new Set(['btrim', 'trim', 'ltrim', 'rtrim']);
const LENGTHS = new Set(['length', 'char_length', 'character_length', 'octet_length']);

function innerValue(node: Node | undefined): { readonly node: Node; readonly isLength: boolean } | undefined {
  let current = unwrapped(node);
  let isLength = false;
  for (;;) {
    const call = fieldsOf(current, 'FuncCall');
    if (call === undefined) return current && { node: current, isLength };
    const { name } = writtenName(call.funcname);
    if (LENGTHS.has(name)) isLength = true;
    else if (!TRIMS.has(name)) return undefined;
    current = unwrapped(call.args?.[0]);
  }
}

/** The policies of the table whose WITH CHECK, or USING in its place, asks how long the text is: `char_length(c) <= 20`. */
export function policiesOnLength(graph: SchemaGraph, column: EntityOf<'column'>): readonly EntityOf<'policy'>[] {
  const asksLength = (clause: BoundExpression | null) =>
    clause !== null &&
    nodesOf(clause.tree, 'FuncCall').some(
      ({ funcname, args }) =>
        LENGTHS.has(writtenName(funcname).name) && referencedColumn(unwrapped(args?.[0]), clause) === column.id,
    );
  return graph
    .ownedBy(column.relation, 'policy')
    .filter(({ command, using, check }) => command !== 'select' && command !== 'delete' && asksLength(check ?? using));
}

/** `char_length(c) >= 3`: it says how short a text may be, not how long. */
export function isLengthMinimum({ condition }: ValueCheck): boolean {
  const comparison = fieldsOf(condition, 'A_Expr');
  const call = fieldsOf(comparison?.lexpr, 'FuncCall');
  if (comparison?.kind !== 'AEXPR_OP' || call === undefined) return false;
  return LENGTHS.has(writtenName(call.funcname).name) && /^>=?$/.test(stringsOf(comparison.name).at(-1) ?? '');
}
