import type { A_Expr, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { constantText } from './operand.ts';
import { eachStatement, ownExpressions } from './pl-statements.ts';

/**
 * The names (of variables, parameters, `new.kind`) by whose value a block goes one way or another: compared with something in
 * an IF, CASE, WHILE or ASSERT, or looked up in a catalog. That something is there at all (IS NULL, = '', a length) is no test, nor how it
 * begins, nor that certain words are not in it.
 */
export function testedVariables(block: PlBlock): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { statement } of eachStatement([block])) {
    for (const expression of ownExpressions(statement)) {
      if (BRANCHES.has(statement.kind) || readsCatalog(expression))
        for (const each of testedIn(expression)) names.add(each);
    }
    if (statement.kind === 'case' && statement.subject !== undefined) {
      for (const each of namesIn(statement.subject.tree)) names.add(each);
    }
  }
  return names;
}

const BRANCHES: ReadonlySet<PlStatement['kind']> = new Set(['if', 'case', 'while', 'assert'] as const);

function testedIn({ tree }: PlExpression): readonly string[] {
  const found: string[] = [];
  walk(tree, (_, node) => {
    const comparison = fieldsOf(node, 'A_Expr');
    if (comparison !== undefined && !isOfPart(comparison)) {
      const { lexpr, rexpr } = comparison;
      if (!isNothing(lexpr) && !isNothing(rexpr)) found.push(...namesIn(lexpr), ...namesIn(rexpr));
    }
    const missing = fieldsOf(node, 'NullTest')?.arg;
    if (missing !== undefined && !('ColumnRef' in missing)) found.push(...namesIn(missing));
    return undefined;
  });
  return found;
}

/** Does it look at a part of a text only: how it begins, or which words are not in it? The rest may be anything. */
function isOfPart({ kind, name, lexpr, rexpr }: A_Expr): boolean {
  if ([lexpr, rexpr].some((each) => CUTTING.has(stringsOf(fieldsOf(each, 'FuncCall')?.funcname).at(-1) ?? '')))
    return true;
  const pattern = constantText(rexpr);
  if (pattern === null) return false;
  if (kind === 'AEXPR_LIKE' || kind === 'AEXPR_ILIKE') return pattern.includes('%');
  return kind === 'AEXPR_OP' && (stringsOf(name).at(-1) ?? '').includes('~') && !describesWhole(pattern);
}

const CUTTING = new Set(['left', 'right', 'substr', 'substring', 'position', 'strpos', 'starts_with', 'split_part']);

/** A regular expression from ^ to $ that lets no blank, quote, bracket or semicolon in. */
function describesWhole(pattern: string): boolean {
  const [, body] = /^\^(.*)\$$/s.exec(pattern) ?? [];
  const classes = body?.replace(/\[(\^?)([^\]]*)\]/g, (_, not: string, of: string) =>
    not !== '' || /[\s'"();]|\\[sSWD]/.test(of) ? '.' : 'x',
  );
  return classes !== undefined && !/(?<!\\)\.|\\[sSWD]|[\s'";]/.test(classes);
}

/** '', or a number: what says how long something is, and not what it is. */
function isNothing(node: Node | undefined): boolean {
  const constant = constantText(node);
  return constant !== null && (constant === '' || /^\d+$/.test(constant));
}

function namesIn(node: Node | undefined): readonly string[] {
  const names: string[] = [];
  walk(node, (_, each) => {
    const parts = stringsOf(fieldsOf(each, 'ColumnRef')?.fields);
    if (parts.length > 0) names.push(parts.join('.'));
    return undefined;
  });
  return names;
}

function readsCatalog({ tree }: PlExpression): boolean {
  return anyNode(tree, (node) => {
    const { schemaname, relname = '' } = fieldsOf(node, 'RangeVar') ?? {};
    const isBare = schemaname === undefined && relname.startsWith('pg_');
    return schemaname === 'information_schema' || schemaname === 'pg_catalog' || isBare;
  });
}
