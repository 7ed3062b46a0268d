import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlDeclaration, PlStatement, PlType } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import { GraphNames, searchPathOf } from '../binding/graph-names.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNullable } from '../nulls/nullability.ts';
import { placeOf } from '../place.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { eachStatement, ownExpressions, targetsOf } from './pl-statements.ts';
import { routineShape } from './routine-shape.ts';

type Table = EntityOf<'table'>;

/** `row IS NOT NULL` about a variable that holds whole rows of a table: true only of a row without any NULL. */
export interface WholeRowTest {
  readonly variable: string;
  readonly table: Table;
  /** The columns by whose NULL a row that was found is taken for none. */
  readonly nullable: readonly EntityOf<'column'>[];
  /** Declared as rows of the table, so that its columns can be named before anything is found. */
  readonly isTyped: boolean;
  /** Where the variable stands in the test. */
  readonly at: SourceLocation | null;
}

/** Those of a PL/pgSQL body, of variables that nothing fills but `SELECT * … INTO` and `RETURNING * INTO`. */
export function wholeRowTests(graph: SchemaGraph, routine: EntityOf<'function'>): readonly WholeRowTest[] {
  const { block } = routineShape(graph, routine);
  if (block === null) return [];
  const statements = [...eachStatement([block])].map(({ statement }) => statement);
  const tests = statements.flatMap(testsIn);
  if (tests.length === 0) return [];
  const names = new GraphNames(graph, searchPathOf(graph, routine));
  const declared = statements.flatMap((each) => (each.kind === 'block' ? each.declarations : []));
  return tests.flatMap(({ variable, at }): readonly WholeRowTest[] => {
    const [type, another] = declared.flatMap((each) => typeOf(each, variable));
    const fills = statements.flatMap((each) => fillOf(each, variable));
    if (type === undefined || another !== undefined || fills.length === 0) return [];
    const tables = fills.map((each) => each && tableOf(graph, names, each.schemaname, each.relname));
    const [table] = tables;
    if (table === undefined || tables.some((each) => each !== table)) return [];
    const own = declaredTable(graph, names, type);
    if (own !== table && type.text.trim().toLowerCase() !== 'record') return [];
    const asked = new Set(fills.flatMap((each) => each?.columns ?? []));
    const nullable = graph.columns(table.id).filter((each) => isNullable(graph, each) && !asked.has(each.name));
    return nullable.length === 0 ? [] : [{ variable, table, nullable, isTyped: own === table, at }];
  });
}

/** Tests by which a body goes one way or another. */
function testsIn(statement: PlStatement): readonly Pick<WholeRowTest, 'variable' | 'at'>[] {
  if (statement.kind !== 'if' && statement.kind !== 'case' && statement.kind !== 'while') return [];
  return ownExpressions(statement).flatMap((expression) => {
    const found: Pick<WholeRowTest, 'variable' | 'at'>[] = [];
    walk(expression.tree, (tag, node) => {
      if (tag === 'SubLink') return 'skip';
      const { nulltesttype, arg } = fieldsOf(node, 'NullTest') ?? {};
      const [variable, field] = stringsOf(fieldsOf(arg, 'ColumnRef')?.fields);
      if (nulltesttype === 'IS_NOT_NULL' && arg !== undefined && variable !== undefined && field === undefined)
        found.push({ variable, at: placeOf(expression, arg) });
      return undefined;
    });
    return found;
  });
}

function typeOf(declaration: PlDeclaration, variable: string): readonly PlType[] {
  // What has a value from the start was not found by a query.
  const isOwn = declaration.kind === 'variable' && declaration.name === variable && declaration.default === undefined;
  return isOwn ? [declaration.type] : [];
}

interface Fill {
  readonly schemaname: string | undefined;
  readonly relname: string | undefined;
  /** The columns that its WHERE names: they may be known to hold a value. */
  readonly columns: readonly string[];
}

/** Whole rows of one table; undefined for anything else that may give the variable a value. */
function fillOf(statement: PlStatement, variable: string): readonly (Fill | undefined)[] {
  if (statement.kind === 'assign') {
    const [name] = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
    return name === variable || name === undefined ? [undefined] : [];
  }
  const targets = targetsOf(statement);
  if (!targets.some(({ name: [first] }) => first === variable)) return [];
  const isWhole = statement.kind === 'sql' && targets.length === 1 && targets[0]?.name.length === 1;
  return [isWhole ? wholeRowsOf(statement.sql.tree) : undefined];
}

function wholeRowsOf(tree: Node): Fill | undefined {
  const select = fieldsOf(tree, 'SelectStmt');
  const write = fieldsOf(tree, 'InsertStmt') ?? fieldsOf(tree, 'UpdateStmt') ?? fieldsOf(tree, 'DeleteStmt');
  const [item, another] = select?.targetList ?? write?.returningClause?.exprs ?? [];
  const range = select === undefined ? write?.relation : fieldsOf(select.fromClause?.[0], 'RangeVar');
  const { fields } = fieldsOf(fieldsOf(item, 'ResTarget')?.val, 'ColumnRef') ?? {};
  const isStar = another === undefined && fields?.some((each) => 'A_Star' in each) === true;
  const isSole =
    (select?.fromClause ?? []).length < 2 && select?.larg === undefined && select?.withClause === undefined;
  if (!isStar || !isSole || range === undefined) return undefined;
  const columns: string[] = [];
  const where =
    select?.whereClause ?? fieldsOf(tree, 'UpdateStmt')?.whereClause ?? fieldsOf(tree, 'DeleteStmt')?.whereClause;
  walk(where, (_, node) => {
    columns.push(...stringsOf(fieldsOf(node, 'ColumnRef')?.fields).slice(-1));
    return undefined;
  });
  return { schemaname: range.schemaname, relname: range.relname, columns };
}

function tableOf(
  graph: SchemaGraph,
  names: GraphNames,
  schema: string | undefined,
  name: string | undefined,
): Table | undefined {
  const id = name === undefined ? undefined : names.relation(schema, name)?.id;
  const table = id === undefined ? undefined : graph.find(id);
  return table?.kind === 'table' && !graph.isDoubtful(table, ['columns', 'existence']) ? table : undefined;
}

function declaredTable(graph: SchemaGraph, names: GraphNames, { name, reference }: PlType): Table | undefined {
  const parts = stringsOf(name?.names);
  if (reference === 'type' || parts.length === 0 || (name?.arrayBounds ?? []).length > 0) return undefined;
  return tableOf(graph, names, parts.at(-2), parts.at(-1));
}
