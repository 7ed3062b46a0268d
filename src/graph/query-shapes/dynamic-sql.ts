import type { Expression } from '../../sql/expression.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { readSql } from '../../sql/parse.ts';
import type { PlBlock, PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { BlockQueries } from './block-queries.ts';
import { eachStatement } from './pl-statements.ts';
import { queriesIn } from './queries-in.ts';
import type { Query } from './query.ts';
import type { RoutineScope } from './routine-scope.ts';
import { TextOrigins, type UnquotedValue } from './text-origins.ts';

/** EXECUTE, RETURN QUERY EXECUTE, FOR … IN EXECUTE, OPEN … FOR EXECUTE. */
export interface DynamicSql {
  /** The text, where it is always the same. */
  readonly constant: string | null;
  /** What it always begins with, as far as that is known. */
  readonly beginning: string | null;
  /** Values that become part of the text as they are: neither %I, %L, quote_ident() or quote_literal(), nor USING. */
  readonly unquoted: readonly UnquotedValue[];
  readonly hasUsing: boolean;
  /** What a constant text runs. Its places are all that of the EXECUTE. */
  readonly queries: readonly Query[];
  readonly at: SourceLocation | null;
}

export function dynamicSqlOf(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  block: PlBlock,
  bound: BlockQueries,
  scope: RoutineScope,
): readonly DynamicSql[] {
  const origins = new TextOrigins(graph, routine, block, bound);
  return [...eachStatement([block])].flatMap(({ statement }): readonly DynamicSql[] => {
    const query = executed(statement);
    if (query === undefined) return [];
    const at = statement.at.file === '' ? null : statement.at;
    const constant = origins.constantText(query);
    const using = 'using' in statement ? statement.using : [];
    const shared = { constant, beginning: constant ?? origins.beginningOf(query), hasUsing: using.length > 0, at };
    if (constant === null) return [{ ...shared, unquoted: origins.unquotedIn(query), queries: [] }];
    return [{ ...shared, unquoted: [], queries: queriesOf(graph, constant, statement.at, scope) }];
  });
}

function executed(statement: PlStatement): PlExpression | undefined {
  switch (statement.kind) {
    case 'execute':
    case 'return-execute':
    case 'for-execute':
      return statement.query;
    case 'open':
      return statement.execute;
    default:
      return undefined;
  }
}

function queriesOf(graph: SchemaGraph, text: string, at: SourceLocation, scope: RoutineScope): readonly Query[] {
  return readSql(` ${text}`, at.file).statements.flatMap(({ node }) => {
    const place = at.file === '' ? null : at;
    const expression: Expression = { tree: node, text, start: 0 };
    return queriesIn(graph, scope.bind(expression)).map((query) => ({ ...query, at: place }));
  });
}
