import type { Node, SubLink } from '@pgsql/types';
import { fieldsOf, innerOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { callsOf } from '../binding/questions/calls.ts';
import { type QueryLevel, queryLevels } from '../binding/questions/query-levels.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import { isInlinable } from '../routines/inlinable.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** What working a condition out for one row costs by Postgres' estimate, in units of cpu_operator_cost: at least, and at most. */
export interface EvaluationCost {
  readonly least: number;
  readonly most: number;
}

const FREE: EvaluationCost = { least: 0, most: 0 };
const SINGLE: EvaluationCost = { least: 1, most: 1 };
const UNKNOWN: EvaluationCost = { least: 0, most: Number.POSITIVE_INFINITY };
/** COST of functions in SQL and PL/pgSQL that say no other (CREATE FUNCTION). The graph does not keep what they say. */
const ROUTINE: EvaluationCost = { least: 100, most: 100 };
/** The body of auth.uid() and its like, which Postgres puts in the place of the call. */
const CALLER: EvaluationCost = { least: 4, most: 20 };
/** Those of text search, XML and privileges say 10 or more (pg_proc.procost). */
const COSTLY_BUILTIN = /^(?:has_|pg_|ts_)|tsvector|tsquery|xml/;

/**
 * The estimate by which Postgres orders the conditions of a scan: order_qual_clauses() in createplan.c goes by what cost_qual_eval() makes of them (costsize.c).
 * What is worked out once for the statement costs nothing for a row, a hashed subselect one lookup. Of what a correlated subselect costs nothing is
 * known here: that rests on the rows that are there.
 */
export function evaluationCost(graph: SchemaGraph, expression: BoundExpression, condition: Node): EvaluationCost {
  const levels = queryLevels(expression.tree, expression);
  const calls = callsOf(expression);
  let sum = FREE;
  walk(condition, (tag, node) => {
    if (tag === 'SubLink') {
      sum = added(sum, ofSubselect(innerOf(node) as SubLink, levels));
      return 'skip';
    }
    if (tag === 'FuncCall') sum = added(sum, ofCall(node));
    else if (tag === 'A_Expr') sum = added(sum, ofOperator(node));
    else if (tag === 'TypeCast' || tag === 'MinMaxExpr') sum = added(sum, { least: 0, most: 2 });
    return undefined;
  });
  return sum;

  function ofCall(node: Node): EvaluationCost {
    const found = calls.find(({ call }) => call === innerOf(node));
    if (found === undefined) return UNKNOWN;
    const { function: called, name } = found;
    if (isCallerCall(found.call, expression)) return name.schema === 'auth' ? CALLER : SINGLE;
    const fn = called?.id === undefined ? undefined : graph.find(called.id);
    if (fn?.kind === 'function') return isRoutine(fn.language) && !isInlinable(fn) ? ROUTINE : UNKNOWN;
    const isBuiltin = called?.name.schema === 'pg_catalog' && !COSTLY_BUILTIN.test(called.name.name);
    return isBuiltin ? SINGLE : UNKNOWN;
  }
}

function isRoutine(language: string): boolean {
  return language === 'sql' || language === 'plpgsql';
}

function added(one: EvaluationCost, other: EvaluationCost): EvaluationCost {
  return { least: one.least + other.least, most: one.most + other.most };
}

/** An array is taken for ten elements where its length is not known, of which half are looked at. */
function ofOperator(node: Node): EvaluationCost {
  const { kind, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (kind === 'AEXPR_IN') return { least: 0, most: fieldsOf(rexpr, 'List')?.items?.length ?? 1 };
  if (kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_OP_ALL') return { least: 0, most: 20 };
  return kind === 'AEXPR_BETWEEN' || kind === 'AEXPR_NOT_BETWEEN' ? { least: 1, most: 2 } : SINGLE;
}

function ofSubselect(link: SubLink, levels: ReadonlyMap<object, QueryLevel>): EvaluationCost {
  const level = link.subselect === undefined ? undefined : levels.get(innerOf(link.subselect));
  if (level === undefined || level.outer.size > 0) return UNKNOWN;
  if (link.subLinkType === 'ANY_SUBLINK')
    return fieldsOf(link.testexpr, 'ColumnRef') === undefined ? UNKNOWN : { least: 1, most: 20 };
  return link.subLinkType === 'ALL_SUBLINK' ? UNKNOWN : FREE;
}
