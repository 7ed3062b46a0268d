import type { A_Expr, Node, SubLink } from '@pgsql/types';
import { innerOf, writtenName } from '../../../sql/nodes.ts';
import { type Child, walkBelow } from '../../../sql/walk.ts';
import type { EntityId } from '../../entity-id.ts';
import type { Binding, ColumnMeaning } from '../binding.ts';

/** A column of the target that an expression compares with something. */
export interface ComparedColumn {
  readonly column: EntityId;
  /** `=`, `<>`, `<`, `@>` …; IN and `= ANY` are `=`, NOT IN is `<>`. For `join` and `argument` it is `=` too. */
  readonly operator: string;
  /**
   * `operator`: directly, with a list or an array. `subselect`: with what a subselect returns. `join`: a correlated subselect
   * joins it to its own rows. `argument`: it is handed to a function.
   */
  readonly via: 'operator' | 'subselect' | 'join' | 'argument';
  /** The other side: an expression, the SubLink, or the call. */
  readonly other: Node;
  /** An odd number of NOTs stand around the comparison. */
  readonly isNegated: boolean;
}

/**
 * The target's columns that an expression compares with something that satisfies the predicate. The predicate is given the
 * other side as a whole (a subselect for `subselect` and `join`, a call for `argument`): it looks inside itself.
 */
export function columnsComparedWith(
  tree: Node,
  binding: Binding,
  predicate: (other: Node) => boolean,
): readonly ComparedColumn[] {
  const found: ComparedColumn[] = [];
  let around: readonly Child[] = [];
  const add: Add = (side, operator, via, other) => {
    const column = other && outerColumn(side, binding);
    if (column === undefined || !other || !predicate(other)) return;
    found.push({ column, operator, via, other, isNegated: around.filter(isNot).length % 2 === 1 });
  };
  walkBelow(tree, (_, node, parents) => {
    around = parents;
    if ('A_Expr' in node) compareOperands(node.A_Expr, parents, binding, add);
    else if ('SubLink' in node) compareSubselect(node.SubLink, add);
    else if ('FuncCall' in node)
      for (const arg of node.FuncCall.args ?? []) add(argumentValue(arg), '=', 'argument', node);
    return undefined;
  });
  return found;
}

type Add = (side: Node | undefined, operator: string, via: ComparedColumn['via'], other: Node | undefined) => void;

function isNot({ node }: Child): boolean {
  return 'BoolExpr' in node && node.BoolExpr.boolop === 'NOT_EXPR';
}

function argumentValue(arg: Node): Node | undefined {
  return 'NamedArgExpr' in arg ? arg.NamedArgExpr.arg : arg;
}

const COMPARING: ReadonlySet<A_Expr['kind']> = new Set([
  'AEXPR_OP',
  'AEXPR_OP_ANY',
  'AEXPR_OP_ALL',
  'AEXPR_IN',
  'AEXPR_NOT_DISTINCT',
  'AEXPR_DISTINCT',
]);

/** What calculates with its operands and does not compare them. */
const CALCULATING: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '^', '||', '->', '->>', '#>', '#>>']);

function compareOperands(
  { kind, name, lexpr, rexpr }: A_Expr,
  parents: readonly Child[],
  binding: Binding,
  add: Add,
): void {
  const operator = writtenName(name).name;
  if (!COMPARING.has(kind) || CALCULATING.has(operator)) return;
  const written = kind === 'AEXPR_DISTINCT' ? '<>' : kind === 'AEXPR_OP_ALL' && operator === '<>' ? '<>' : operator;
  const compare = (left: Node | undefined, right: Node | undefined): void => {
    const link = joinAround(left, right, parents, binding);
    addSide(left, right, written, link, add);
    addSide(right, left, written, link, add);
  };
  if (!lexpr || !rexpr || !('RowExpr' in lexpr) || !('RowExpr' in rexpr)) compare(lexpr, rexpr);
  else for (const [at, left] of (lexpr.RowExpr.args ?? []).entries()) compare(left, rexpr.RowExpr.args?.[at]);
}

function addSide(
  side: Node | undefined,
  other: Node | undefined,
  operator: string,
  link: Node | undefined,
  add: Add,
): void {
  const via = other && 'SubLink' in bare(other) ? 'subselect' : 'operator';
  add(side, operator, via, other);
  if (link) add(side, operator, 'join', link);
}

/** The subselect that joins the target's row to its own by this comparison. */
function joinAround(
  left: Node | undefined,
  right: Node | undefined,
  parents: readonly Child[],
  binding: Binding,
): Node | undefined {
  if (columnMeaning(left, binding)?.isOuter !== false && columnMeaning(right, binding)?.isOuter !== false)
    return undefined;
  return parents.find(({ node }) => 'SubLink' in node)?.node;
}

/** `column in (select …)`, `column = any (select …)`; a row compares each of its columns. */
function compareSubselect(link: SubLink, add: Add): void {
  const { testexpr, operName } = link;
  if (!testexpr) return;
  const operator = writtenName(operName).name || '=';
  const sides = 'RowExpr' in testexpr ? (testexpr.RowExpr.args ?? []) : [testexpr];
  for (const side of sides) add(side, operator, 'subselect', { SubLink: link });
}

function outerColumn(side: Node | undefined, binding: Binding): EntityId | undefined {
  const meaning = columnMeaning(side, binding);
  return meaning?.isOuter ? meaning.column : undefined;
}

function columnMeaning(side: Node | undefined, binding: Binding): ColumnMeaning | undefined {
  const node = side && bare(side);
  if (!node || !('ColumnRef' in node)) return undefined;
  const meaning = binding.meanings.get(innerOf(node));
  return meaning?.kind === 'column' ? meaning : undefined;
}

/** Without casts and COLLATE: `col::text = …` still compares the column. */
function bare(node: Node): Node {
  let current = node;
  for (;;) {
    const inner =
      'TypeCast' in current ? current.TypeCast.arg : 'CollateClause' in current ? current.CollateClause.arg : undefined;
    if (!inner) return current;
    current = inner;
  }
}
