import type { Node } from '@pgsql/types';
import type { Expression } from '../../sql/expression.ts';
import { tagOf } from '../../sql/nodes.ts';
import type { PlBlock, PlDeclaration, PlStatement, PlType } from '../../sql/plpgsql.ts';
import type { Variable, Variables } from '../binding/analysis.ts';
import { bindExpression, bindQuery, bindType, type ExpressionScope } from '../binding/bind.ts';
import { boundRelation } from '../binding/bound-entity.ts';
import { builtin } from '../binding/builtin/builtins.ts';
import { GraphNames, searchPathOf } from '../binding/graph-names.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { bodyTree } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isBuiltIn, type TypeRef } from '../types/type-ref.ts';
import type { CheckedExpression } from './block-queries.ts';
import { RecordFields } from './record-fields.ts';
import { missingRelations } from './utility-relations.ts';

type Routine = EntityOf<'function'>;

/** What every PL/pgSQL body can name besides its own variables (docs 41.5.5, 41.6.8.1, 41.10.1). */
const SPECIAL: readonly Variable[] = [
  ...['found', 'sqlstate', 'sqlerrm', 'tg_op', 'tg_name', 'tg_when', 'tg_level', 'tg_relid', 'tg_relname'],
  ...['tg_table_name', 'tg_table_schema', 'tg_nargs', 'tg_argv', 'tg_event', 'tg_tag'],
].map((name) => ({ name, isPresumed: true }));

/** What the names in a routine's body mean. */
export class RoutineScope {
  readonly names: GraphNames;
  readonly #rows: ExpressionScope['rows'];
  readonly #fields: RecordFields;
  readonly #list: readonly Variable[];
  readonly #qualifiers: readonly string[];
  readonly #conflict: Variables['conflict'];

  private constructor(
    names: GraphNames,
    rows: ExpressionScope['rows'],
    fields: RecordFields,
    list: readonly Variable[],
    qualifiers: readonly string[],
    conflict: Variables['conflict'],
  ) {
    this.names = names;
    this.#rows = rows;
    this.#fields = fields;
    this.#list = list;
    this.#qualifiers = qualifiers;
    this.#conflict = conflict;
  }

  static of(graph: SchemaGraph, routine: Routine): RoutineScope {
    const isSql = routine.language !== 'plpgsql';
    const parameters = routine.parameters
      .filter((each) => !isSql || isInput(each))
      .map((each): Variable => ({ name: each.name ?? undefined, type: each.type }));
    const relations = triggeredRelations(graph, routine);
    const [only] = relations;
    const relation = relations.length === 1 && only !== undefined ? graph.find(only) : undefined;
    const isBindable = relation?.kind === 'table' || relation?.kind === 'view' || relation?.kind === 'foreignTable';
    const rows = isBindable ? ['new', 'old'].map((name) => ({ name, relation: boundRelation(graph, relation) })) : [];
    const isTrigger = isBuiltIn(routine.returns, 'trigger');
    const variables = isTrigger && !isBindable ? [{ name: 'new' }, { name: 'old' }] : [];
    const list = isSql ? parameters : [...parameters, ...SPECIAL, ...variables];
    const names = new GraphNames(graph, searchPathOf(graph, routine));
    const tree = bodyTree(routine);
    const fields = new RecordFields(graph, names, tree.language === 'plpgsql' ? tree.block : null);
    return new RoutineScope(names, rows, fields, list, [routine.name.name], isSql ? 'column' : nameConflictOf(routine));
  }

  /** The scope of each declaration's expressions: what is declared before it, and a cursor's own parameters. */
  *declaring(block: PlBlock): Generator<readonly [PlDeclaration, RoutineScope]> {
    const before: Variable[] = [];
    for (const each of block.declarations) {
      const own = each.kind === 'cursor' ? each.parameters.map((one) => this.#variable(one)) : [];
      yield [each, this.#with([...before, ...own], [])];
      before.push(this.#variable(each));
    }
  }

  /** The scope inside a block or loop. */
  inside(statement: PlStatement): RoutineScope {
    const added =
      statement.kind === 'block'
        ? statement.declarations.map((each) => this.#variable(each))
        : this.#loopVariables(statement);
    const label = 'label' in statement && statement.label !== undefined ? [statement.label] : [];
    return this.#with(added, label);
  }

  #variable({ name, type: declared }: { readonly name: string; readonly type?: PlType }): Variable {
    const type = declared && this.#typeOf(declared);
    return { name, type, fields: declared && this.#fields.of(name, declared, type) };
  }

  /** FOR i IN 1..3 declares i, and so does FOR r IN cursor; FOR r IN query does not: r is a variable from before, but known as one all the same. */
  #loopVariables(statement: PlStatement): readonly Variable[] {
    if (statement.kind === 'for-range')
      return statement.variable.name.slice(0, 1).map((name) => ({ name, type: builtin('int4') }));
    const targets = 'targets' in statement ? statement.targets : [];
    return targets.flatMap(({ name: [name] }) => {
      const isDeclared = statement.kind !== 'for-cursor' && this.#list.some((each) => each.name === name);
      return isDeclared || name === undefined ? [] : [{ name }];
    });
  }

  /** The type of a declaration; undefined for rows, whose fields each assignment may decide. */
  #typeOf({ name, reference }: PlType): TypeRef | undefined {
    if (name === undefined || reference === 'rowtype') return undefined;
    const type = bindType(reference === 'type' ? { ...name, pct_type: true } : name, this.names);
    return type && isBuiltIn(type, 'record') ? undefined : type;
  }

  #with(added: readonly Variable[], labels: readonly string[]): RoutineScope {
    if (added.length === 0 && labels.length === 0) return this;
    const list = [...this.#list, ...added];
    return new RoutineScope(
      this.names,
      this.#rows,
      this.#fields,
      list,
      [...this.#qualifiers, ...labels],
      this.#conflict,
    );
  }

  bind(expression: Expression): CheckedExpression {
    const variables: Variables = { list: this.#list, qualifiers: this.#qualifiers, conflict: this.#conflict };
    const scope: ExpressionScope = { rows: this.#rows, variables };
    const tree = queryOf(expression.tree);
    if (!QUERIES.has(tagOf(tree) ?? '')) {
      const bound = bindExpression(tree, scope, this.names);
      const unresolved = [...bound.unresolved, ...missingRelations(tree, this.names)];
      return { ...expression, tree, ...bound, unresolved, output: null };
    }
    const { columns, columnsKnown, ...binding } = bindQuery(tree, this.names, scope);
    return { ...expression, tree, ...binding, output: columnsKnown ? columns : null };
  }
}

const QUERIES: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** The query inside CREATE TABLE … AS and its like; else the tree itself. */
function queryOf(tree: Node): Node {
  if ('CreateTableAsStmt' in tree) return tree.CreateTableAsStmt.query ?? tree;
  if ('DeclareCursorStmt' in tree) return tree.DeclareCursorStmt.query ?? tree;
  return tree;
}

/** The first lines of the body decide, else a setting of the function. */
function nameConflictOf(routine: Routine): Variables['conflict'] {
  const tree = bodyTree(routine);
  const written = tree.language === 'plpgsql' ? tree.nameConflict : 'error';
  if (written !== 'error') return written;
  const set = routine.config.find(({ name }) => name === 'plpgsql.variable_conflict')?.value;
  return set === 'use_column' ? 'column' : set === 'use_variable' ? 'variable' : 'error';
}

/** The relations whose triggers call the routine. */
export function triggeredRelations(graph: SchemaGraph, routine: Routine): readonly EntityId[] {
  const triggers = graph.dependents(routine.id).filter((each) => each.kind === 'trigger');
  return [...new Set(triggers.flatMap((each) => (each.kind === 'trigger' ? [each.relation] : [])))];
}
