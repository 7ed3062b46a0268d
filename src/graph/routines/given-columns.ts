import type { CommonTableExpr, Node, SelectStmt } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding, ColumnMeaning } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { fromParts } from '../query-shapes/sources.ts';
import { variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** They put values together and keep each. */
const BUILDERS: ReadonlySet<string> = new Set([
  ...['json_build_object', 'jsonb_build_object', 'json_build_array', 'jsonb_build_array', 'json_agg', 'jsonb_agg'],
  ...['array_agg', 'row_to_json', 'to_json', 'to_jsonb', 'json_strip_nulls', 'jsonb_strip_nulls'],
  ...['json_object_agg', 'jsonb_object_agg', 'upper', 'lower', 'initcap', 'btrim', 'ltrim', 'rtrim'],
]);

/**
 * The columns whose values, as they are stored, are in the result of a routine: in the output of its last query, of RETURN QUERY or of what RETURN gives,
 * also in JSON, through variables and WITH. What is counted, compared or worked out of them is none, nor what a query that groups gives.
 */
export const givenColumns = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): ReadonlySet<EntityId> => {
  const given = new Given(graph, routine);
  const { block, expressions } = routineShape(graph, routine);
  const last = expressions.at(-1);
  if (block === null) {
    if (last !== undefined) given.add(last.tree, last, undefined);
    return given.columns;
  }
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  for (const { statement } of eachStatement([block])) {
    const { tree } = (statement.kind === 'return-query' ? statement.query : undefined) ??
      (statement.kind === 'return' ? statement.value : undefined) ?? { tree: undefined };
    const binding = tree && bound.get(tree);
    if (tree !== undefined && binding !== undefined) given.add(tree, binding, undefined);
  }
  return given.columns;
});

class Given {
  readonly columns = new Set<EntityId>();
  readonly #graph: SchemaGraph;
  readonly #routine: EntityOf<'function'>;
  readonly #expressions: readonly Bound[];
  readonly #followed = new Set<object | string>();

  constructor(graph: SchemaGraph, routine: EntityOf<'function'>) {
    this.#graph = graph;
    this.#routine = routine;
    this.#expressions = routineShape(graph, routine).expressions;
  }

  /** @param query the SELECT it is an output of */
  add(node: Node | undefined, binding: Bound, query: SelectStmt | undefined): void {
    const inner = unwrapped(node);
    const { subLinkType, subselect } = fieldsOf(inner, 'SubLink') ?? {};
    const isValue = subLinkType === 'EXPR_SUBLINK' || subLinkType === 'ARRAY_SUBLINK';
    const select = fieldsOf(isValue ? subselect : inner, 'SelectStmt');
    const reference = fieldsOf(inner, 'ColumnRef');
    if (select !== undefined) this.#addOutputs(select, binding);
    else if (reference !== undefined) this.#addNamed(reference, binding, query);
    else for (const part of partsOf(inner)) this.add(part, binding, query);
  }

  #addOutputs(select: SelectStmt, binding: Bound): void {
    for (const arm of [select.larg, select.rarg]) if (arm !== undefined) this.#addOutputs(arm, binding);
    if (groups(select)) return;
    for (const each of select.targetList ?? []) this.add(fieldsOf(each, 'ResTarget')?.val, binding, select);
  }

  #addNamed(reference: object, binding: Bound, query: SelectStmt | undefined): void {
    const meaning = binding.meanings.get(reference);
    if (meaning?.kind === 'column') this.#addColumn(meaning, binding, query);
    else if (meaning?.kind === 'star') for (const each of meaning.columns) this.#addColumn(each, binding, query);
    else if (meaning?.kind === 'row' && meaning.relation !== undefined)
      for (const { id } of this.#graph.columns(meaning.relation)) this.columns.add(id);
    else if (meaning?.kind === 'variable' && !this.#followed.has(meaning.name)) {
      this.#followed.add(meaning.name);
      for (const value of variableSources(this.#graph, this.#routine).get(meaning.name) ?? []) {
        const bound = this.#expressions.find((each) => each === value.binding);
        const select = fieldsOf(bound?.tree, 'SelectStmt');
        if ('node' in value && bound !== undefined && (select === undefined || !groups(select)))
          this.add(value.node, bound, select);
      }
    }
  }

  /** What a query of WITH gives under the name is what each of its arms gives there. */
  #addColumn(meaning: ColumnMeaning, binding: Bound, query: SelectStmt | undefined): void {
    const entry =
      meaning.level === 0
        ? fromParts(undefined, query?.fromClause, binding).entries.find(({ position }) => position === meaning.source)
        : undefined;
    const source = entry?.relation === undefined ? withQuery(binding, entry?.range.relname) : undefined;
    if (source === undefined) {
      if (meaning.column !== undefined && meaning.isDirect) this.columns.add(meaning.column);
      return;
    }
    const key = `${entry?.range.relname ?? ''}.${meaning.name}`;
    if (this.#followed.has(key)) return;
    this.#followed.add(key);
    for (const arm of armsOf(source)) {
      if (groups(arm)) continue;
      const targets = (arm.targetList ?? []).flatMap((each) => fieldsOf(each, 'ResTarget') ?? []);
      const isStarred = targets.some(({ val }) => starOf(val, binding) !== undefined);
      const at = targets[meaning.index];
      if (!isStarred) this.add(at?.val, binding, arm);
      else this.#addByName(targets, meaning.name, binding, arm);
    }
  }

  #addByName(
    targets: readonly { readonly name?: string; readonly val?: Node }[],
    name: string,
    binding: Bound,
    arm: SelectStmt,
  ): void {
    for (const { name: alias, val } of targets) {
      const passed = starOf(val, binding)?.find((each) => each.name === name);
      if (passed !== undefined) this.#addColumn(passed, binding, arm);
      else if ((alias ?? stringsOf(fieldsOf(val, 'ColumnRef')?.fields).at(-1)) === name) this.add(val, binding, arm);
    }
  }
}

/** What an expression puts together without changing it. */
function partsOf(node: Node | undefined): readonly Node[] {
  const call = fieldsOf(node, 'FuncCall');
  const isBuilding = call !== undefined && BUILDERS.has(writtenName(call.funcname).name);
  return (
    (isBuilding ? call.args : undefined) ??
    fieldsOf(node, 'CoalesceExpr')?.args ??
    fieldsOf(node, 'RowExpr')?.args ??
    fieldsOf(node, 'A_ArrayExpr')?.elements ??
    []
  );
}

/** One row for many, or each value once. */
function groups({ groupClause, distinctClause }: SelectStmt): boolean {
  return (groupClause ?? []).length > 0 || (distinctClause ?? []).length > 0;
}

function starOf(node: Node | undefined, { meanings }: Binding): readonly ColumnMeaning[] | undefined {
  const reference = fieldsOf(node, 'ColumnRef');
  const meaning = reference && meanings.get(reference);
  return meaning?.kind === 'star' ? meaning.columns : undefined;
}

function armsOf(select: SelectStmt): readonly SelectStmt[] {
  return select.larg === undefined || select.rarg === undefined
    ? [select]
    : [...armsOf(select.larg), ...armsOf(select.rarg)];
}

/** The query of WITH that has the name, where there is one alone. */
function withQuery({ tree }: Bound, name: string | undefined): SelectStmt | undefined {
  const found: CommonTableExpr[] = [];
  walk(tree, (_, node) => {
    const each = fieldsOf(node, 'CommonTableExpr');
    if (each !== undefined && each.ctename === name) found.push(each);
    return undefined;
  });
  const [only, another] = found;
  return another === undefined ? fieldsOf(only?.ctequery, 'SelectStmt') : undefined;
}
