import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNeverNull } from '../nulls/nullability.ts';
import { constantText, unwrapped } from '../query-shapes/operand.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { reachOf } from '../query-shapes/reached-expressions.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { typeText } from '../types/type-ref.ts';
import { isCaughtAround } from './failing-names.ts';
import type { FailingQuery } from './failing-queries.ts';

type Routine = EntityOf<'function'>;
type Column = EntityOf<'column'>;

const CODE = '22P02';

/**
 * `new.order_number := 'ORD-' || nextval('orders')`, where the column is a number: PL/pgSQL converts what is assigned through its text
 * (exec_cast_value(), src/pl/plpgsql/src/pl_exec.c). Only of a text that surely begins with a letter and is never NULL, and where the column is a number in
 * each table whose trigger calls the function.
 */
export function failingAssignments(graph: SchemaGraph, routine: Routine): readonly FailingQuery[] {
  const { block, assignments } = routineShape(graph, routine);
  if (block === null || !assignments.some(({ target }) => target[0] === 'new')) return [];
  const triggers = graph.dependentsOfKind(routine.id, 'trigger').filter((each) => each.function === routine.id);
  return [...eachStatement([block])].flatMap(({ statement, parents }): readonly FailingQuery[] => {
    if (statement.kind !== 'assign') return [];
    const [row, name, more] = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
    if (row !== 'new' || name === undefined || more !== undefined) return [];
    const value = assignments.find(({ value }) => value?.tree === statement.value.tree)?.value;
    const beginning = value == null ? null : firstText(value.tree);
    const column = commonNumber(
      graph,
      triggers.map(({ relation }) => graph.column(relation, name)),
    );
    if (value == null || beginning === null || column?.type == null || !isNeverNull(graph, value)) return [];
    const { handlers, ...reach } = reachOf(statement, parents);
    const isCaught = isCaughtAround(handlers, CODE, 'invalid_text_representation');
    if (isCaught === undefined) return [];
    const message = `invalid input syntax for type ${typeText(column.type)}: "${beginning}…" (NEW.${name})`;
    const at = statement.at.file === '' ? null : statement.at;
    return [{ kind: 'query', code: CODE, message, casts: [], ...reach, at, isCaught, mayBeThere: false }];
  });
}

/** One of the columns, where all are numbers of one type. */
function commonNumber(graph: SchemaGraph, columns: readonly (Column | undefined)[]): Column | undefined {
  const [first] = columns;
  if (first?.type == null || !isNumber(first)) return undefined;
  const text = typeText(first.type);
  const isSure = columns.every((each) => {
    if (each?.type == null || typeText(each.type) !== text) return false;
    return !graph.isDoubtful(graph.get('table', each.relation), ['columns', 'existence']);
  });
  return isSure ? first : undefined;

  function isNumber({ type }: Column): boolean {
    const kind = typeClass(graph, type);
    return kind !== undefined && NUMBERS.has(kind);
  }
}

const NUMBERS: ReadonlySet<string> = new Set(['integer', 'decimal', 'float']);

/** The constant with which a text surely begins, where no number begins so: not NaN or infinity. */
function firstText(value: Node): string | null {
  const { name, lexpr } = fieldsOf(value, 'A_Expr') ?? {};
  if (lexpr !== undefined) return stringsOf(name).at(-1) === '||' ? firstText(lexpr) : null;
  const call = fieldsOf(value, 'FuncCall');
  const [argument] = writtenName(call?.funcname).name === 'concat' ? (call?.args ?? []) : [];
  if (argument !== undefined) return firstText(argument);
  const inner = fieldsOf(unwrapped(value), 'A_Const')?.sval === undefined ? null : constantText(value);
  return inner !== null && /^\s*[a-z]/i.test(inner) && !/^\s*(?:nan|inf)/i.test(inner) ? inner : null;
}
