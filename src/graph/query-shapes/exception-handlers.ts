import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlHandler, RaiseLevel } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import type { BlockQueries } from './block-queries.ts';
import { eachStatement, ownExpressions } from './pl-statements.ts';

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
  readonly at: SourceLocation | null;
}

export function handlersOf(block: PlBlock, queries: BlockQueries): readonly ExceptionHandler[] {
  return [...eachStatement([block])].flatMap(({ statement }) =>
    statement.kind === 'block' ? statement.handlers.map((each) => describe(each, queries)) : [],
  );
}

function describe({ conditions, body, at }: PlHandler, queries: BlockQueries): ExceptionHandler {
  const statements = [...eachStatement(body)].map((each) => each.statement);
  const raised = statements.flatMap((each) => (each.kind === 'raise' ? [each.level] : []));
  const told = statements.filter((each) => each.kind !== 'raise').flatMap(ownExpressions);
  return {
    conditions: conditions.map((each) => each.value),
    catchesAll: conditions.some((each) => each.value === 'others'),
    reraises: raised.includes('exception'),
    records: told.some((each) => {
      const bound = queries.bound(each);
      const calls = bound?.references.some((reference) => reference.kind === 'function') === true;
      return calls || queries.queries(each).some((query) => query.writes.length > 0);
    }),
    raises: raised.filter((each) => each !== 'exception'),
    usesError:
      statements.some((each) => each.kind === 'diagnostics' && each.stacked) ||
      told.some((each) => {
        let uses = false;
        walk(each.tree, (_, node) => {
          const [name = ''] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
          uses ||= name === 'sqlerrm' || name === 'sqlstate';
          return uses ? 'stop' : undefined;
        });
        return uses;
      }),
    isEmpty: statements.every((each) => each.kind === 'null'),
    at: at.file === '' ? null : at,
  };
}
