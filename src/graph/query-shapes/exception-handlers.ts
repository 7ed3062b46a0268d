import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlHandler, RaiseLevel } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { callsOf } from '../binding/questions/calls.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import type { BlockQueries, CheckedExpression } from './block-queries.ts';
import { constantOf } from './operand.ts';
import { eachStatement, ownExpressions } from './pl-statements.ts';
import type { Constant } from './query.ts';

/** WHEN … THEN of an EXCEPTION part. */
export interface ExceptionHandler {
  /** Condition names in lower case, SQLSTATEs as their five characters. */
  readonly conditions: readonly string[];
  /** WHEN OTHERS. */
  readonly catchesAll: boolean;
  /** RAISE of an error, the same or another, on at least one way through. */
  readonly reraises: boolean;
  /** It writes to a table, or calls a function of the schema that may. */
  readonly records: boolean;
  /** RAISE WARNING, LOG, NOTICE …: told to the server's log or the client. */
  readonly raises: readonly RaiseLevel[];
  /** SQLERRM, SQLSTATE or GET STACKED DIAGNOSTICS reach a RETURN, an assignment or a statement. */
  readonly usesError: boolean;
  /** It does nothing at all. */
  readonly isEmpty: boolean;
  /**
   * What the block does whose errors it catches: `unknown` EXECUTE or a call of a function of the schema; `computes` neither
   * that nor any query on a table: at most it asks who calls.
   */
  readonly guards: 'writes' | 'reads' | 'unknown' | 'computes';
  /** The block reads by one SELECT, and the handler only sets constants in its place: a default for what could not be read. */
  readonly setsDefault: boolean;
  /** Its first statement. */
  readonly bodyAt: SourceLocation | null;
  readonly at: SourceLocation | null;
}

export function handlersOf(block: PlBlock, queries: BlockQueries): readonly ExceptionHandler[] {
  return [...eachStatement([block])].flatMap(({ statement }) =>
    statement.kind === 'block'
      ? statement.handlers.map((each) => ({
          ...describe(each, queries),
          guards: guardedBy(statement, queries),
          setsDefault: readsOnce(statement) && setsConstants(each),
        }))
      : [],
  );
}

function guardedBy({ body }: PlBlock, queries: BlockQueries): ExceptionHandler['guards'] {
  const statements = [...eachStatement(body)].map((each) => each.statement);
  const all = statements.flatMap(ownExpressions);
  const found = all.flatMap((each) => queries.queries(each));
  if (found.some((each) => each.writes.length > 0)) return 'writes';
  // PERFORM is for what a function does; one that no file makes is an extension's (net.http_post).
  const isForDeed = statements.some((each) => each.kind === 'perform' && callsUnknown(queries.bound(each.query)));
  const calls = isForDeed || all.some((each) => callsRoutine(queries.bound(each)));
  if (calls || statements.some(({ kind }) => /execute|call/.test(kind))) return 'unknown';
  const reads = found.some((each) => each.sources.length > 0 || each.unresolved.length > 0);
  return reads ? 'reads' : 'computes';
}

/** Does it call a function of the schema? What only tells who calls (auth.uid()) is none that does something. */
function callsRoutine(bound: CheckedExpression | undefined): boolean {
  if (bound === undefined) return false;
  const telling = callsOf(bound).flatMap(({ call, function: called }) =>
    isCallerCall(call, bound) ? [called?.id] : [],
  );
  return bound.references.some(({ kind, target }) => kind === 'function' && !telling.includes(target));
}

function callsUnknown(bound: CheckedExpression | undefined): boolean {
  return bound?.unresolved.some(({ kind }) => kind === 'function') === true;
}

function readsOnce({ body: [only, ...more] }: PlBlock): boolean {
  return only?.kind === 'sql' && more.length === 0 && only.into !== undefined && 'SelectStmt' in only.sql.tree;
}

/** No constant, and one that may let pass what could not be asked. */
const FAIL_OPEN: ReadonlySet<Constant | null> = new Set([null, 'true']);

function setsConstants({ body }: PlHandler): boolean {
  return body.length > 0 && body.every((each) => each.kind === 'assign' && !FAIL_OPEN.has(constantOf(each.value.tree)));
}

function describe(
  { conditions, body, at }: PlHandler,
  queries: BlockQueries,
): Omit<ExceptionHandler, 'guards' | 'setsDefault'> {
  const statements = [...eachStatement(body)].map((each) => each.statement);
  const raised = statements.flatMap((each) => (each.kind === 'raise' ? [each.level] : []));
  const told = statements.filter((each) => each.kind !== 'raise').flatMap(ownExpressions);
  return {
    conditions: conditions.map((each) => each.value),
    catchesAll: conditions.some((each) => each.value === 'others'),
    reraises: raised.includes('exception'),
    records: told.some(
      (each) => callsRoutine(queries.bound(each)) || queries.queries(each).some((query) => query.writes.length > 0),
    ),
    raises: raised.filter((each) => each !== 'exception'),
    usesError:
      statements.some((each) => each.kind === 'diagnostics' && each.stacked) ||
      told.some(({ tree }) =>
        anyNode(tree, (node) => {
          const [name = ''] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
          return name === 'sqlerrm' || name === 'sqlstate';
        }),
      ),
    isEmpty: statements.every((each) => each.kind === 'null'),
    bodyAt: placed(body[0]?.at),
    at: placed(at),
  };
}

function placed(at: SourceLocation | undefined): SourceLocation | null {
  return at === undefined || at.file === '' ? null : at;
}
