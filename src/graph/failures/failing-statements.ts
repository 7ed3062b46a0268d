import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { resultKind } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { eachStatement, leaves, mayLeave, ownExpressions } from '../query-shapes/pl-statements.ts';
import { type Reach, reachOf } from '../query-shapes/reached-expressions.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type FailingPlace, isCaughtAround } from './failing-names.ts';

type Routine = EntityOf<'function'>;

/** A statement that fails whatever the schema is, and that PL/pgSQL compiles all the same. */
export interface FailingStatement extends FailingPlace {
  readonly kind: 'destination' | 'end' | 'transaction';
  /** As the server says it. */
  readonly message: string;
}

/** SQLSTATEs (docs, appendix A) with the names that handlers catch them by, and what the server says (src/pl/plpgsql/src/pl_exec.c). */
const ERRORS = {
  destination: {
    code: '42601',
    condition: 'syntax_error',
    message: 'query has no destination for result data',
  },
  end: {
    code: '2F005',
    condition: 'function_executed_no_return_statement',
    message: 'control reached end of function without RETURN',
  },
  transaction: {
    code: '2D000',
    condition: 'invalid_transaction_termination',
    message: 'invalid transaction termination',
  },
} as const;

/** Rows that go nowhere, COMMIT in a function, an end without RETURN. */
export function failingStatements(graph: SchemaGraph, routine: Routine): readonly FailingStatement[] {
  const { block } = routineShape(graph, routine);
  if (block === null) return [];
  const found = [...eachStatement([block])].flatMap(({ statement, parents }) => {
    const kind = failureOf(statement, routine);
    return kind === undefined ? [] : said(kind, statement.at, reachOf(statement, parents));
  });
  return [...found, ...withoutReturn(routine, block)];
}

function said(
  kind: FailingStatement['kind'],
  at: SourceLocation,
  { statement, isAlwaysReached, isWholeBody, undoesAll, handlers }: Reach,
): readonly FailingStatement[] {
  const { code, condition, message } = ERRORS[kind];
  const isCaught = isCaughtAround(handlers, code, condition);
  if (isCaught === undefined) return [];
  const place = at.file === '' ? null : at;
  return [
    { kind, code, message, statement, isAlwaysReached, isWholeBody, undoesAll, at: place, isCaught, mayBeThere: false },
  ];
}

function failureOf(statement: PlStatement, { routine }: Routine): FailingStatement['kind'] | undefined {
  switch (statement.kind) {
    case 'sql':
      return statement.into === undefined && givesRows(statement.sql.tree) ? 'destination' : undefined;
    case 'commit':
    case 'rollback':
      return routine === 'function' ? 'transaction' : undefined;
    default:
      return undefined;
  }
}

/** SELECT, VALUES, and a write with RETURNING. */
function givesRows(tree: Node): boolean {
  const select = fieldsOf(tree, 'SelectStmt');
  if (select !== undefined) return select.intoClause === undefined;
  const write =
    fieldsOf(tree, 'InsertStmt') ??
    fieldsOf(tree, 'UpdateStmt') ??
    fieldsOf(tree, 'DeleteStmt') ??
    fieldsOf(tree, 'MergeStmt');
  return write?.returningClause !== undefined;
}

/** A function that has to RETURN, and on some way through it does not. */
function withoutReturn(routine: Routine, block: PlBlock): readonly FailingStatement[] {
  const kind = resultKind(routine);
  if (routine.routine !== 'function' || (kind !== 'value' && kind !== 'trigger')) return [];
  const end = endOf([block], endWord(block.at));
  if (end === undefined) return [];
  const isAlwaysReached = ![...eachStatement([block])].some(({ statement }) => mayLeave(statement));
  const reach = { statement: null, isAlwaysReached, isWholeBody: false, undoesAll: isAlwaysReached, handlers: [] };
  return said('end', end, reach);
}

/** Where a list of statements ends without having left, `at` or in its last one. Undefined where it does not, or that is not certain. */
function endOf(list: readonly PlStatement[], at: SourceLocation): SourceLocation | undefined {
  if (leaves(list)) return undefined;
  const last = list.at(-1);
  switch (last?.kind) {
    case 'block':
      return endOf(last.body, endWord(last.at)) ?? firstEnd(last.handlers);
    case 'if':
      // Conditions may leave no other way: IF of INSERT, ELSIF of UPDATE, ELSIF of DELETE.
      if (last.else === undefined) return last.branches.length > 1 || asksForTrigger(last) ? undefined : at;
      return firstEnd([...last.branches, { body: last.else, at: last.at }]);
    case 'case': {
      // Without ELSE it raises case_not_found.
      const branches = [...last.branches, ...(last.else === undefined ? [] : [{ body: last.else }])];
      return firstEnd(branches.map(({ body }) => ({ body, at: last.at })));
    }
    case 'while':
      return last.condition.text.trim().toLowerCase() === 'true' ? undefined : at;
    default:
      return at;
  }
}

/** Of branches and handlers: what is told is the last statement. */
function firstEnd(
  lists: readonly { readonly body: readonly PlStatement[]; readonly at: SourceLocation }[],
): SourceLocation | undefined {
  for (const { body, at } of lists) {
    const end = endOf(body, body.at(-1)?.at ?? at);
    if (end !== undefined) return end;
  }
  return undefined;
}

/** END of a block. */
function endWord({ file, start, end }: SourceLocation): SourceLocation {
  return { file, start: Math.max(start, end - 'END'.length), end };
}

function asksForTrigger(statement: PlStatement): boolean {
  return ownExpressions(statement).some(({ text }) => /\btg_/i.test(text));
}
