import type { Node, TypeName } from '@pgsql/types';
import { expectWalks } from '../../sql/walk.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { type Analysis, type QueryColumns, Results, type Variables } from './analysis.ts';
import type { CheckedBinding, QueryBinding } from './binding.ts';
import { bindNode } from './expression.ts';
import { Level, relationEntry, seen, type Visible } from './level.ts';
import { bindDelete, bindInsert, bindMerge, bindUpdate } from './modification.ts';
import type { BoundRelation, NameSource } from './name-source.ts';
import { coerce } from './operator-call.ts';
import { bindSelect } from './select.ts';
import { bindTypeName } from './type-name.ts';

/** What an expression stands in. */
export interface ExpressionScope {
  /** The table of the policy, check, default, index or generated column: unqualified names mean its columns. */
  readonly target?: BoundRelation | undefined;
  /** Rows that only a qualifier reaches: a trigger's or rule's `new` and `old`. */
  readonly rows?: readonly { readonly name: string; readonly relation: BoundRelation }[] | undefined;
  readonly variables?: Variables | undefined;
  /** The type the value is assigned to: the column's, for a default or a generated column. */
  readonly goal?: TypeRef | undefined;
}

/** Resolves the names of an expression as Postgres does when the object that holds it is created. */
export function bindExpression(tree: Node, scope: ExpressionScope, names: NameSource): CheckedBinding {
  expectWalks(tree);
  const analysis = new TreeAnalysis(names, scope.variables);
  const level = outerLevel(scope);
  analysis.expression(tree, level);
  if (scope.goal) coerce(tree, scope.goal, analysis);
  return analysis.results.binding;
}

/**
 * Resolves the names of a query, and derives its output columns.
 * @param scope for a rule's action or a statement of a trigger function: rows and variables it may name
 */
export function bindQuery(tree: Node, names: NameSource, scope: ExpressionScope = {}): QueryBinding {
  expectWalks(tree);
  const analysis = new TreeAnalysis(names, scope.variables);
  const { columns, columnsKnown } = analysis.query(tree, outerLevel(scope));
  return {
    ...analysis.results.binding,
    columnsKnown,
    columns: columns.map(({ name, type, column, relation }) => {
      const source = column !== undefined && relation !== undefined ? { relation, column } : undefined;
      return { name, type, source };
    }),
  };
}

/** The type that a declaration names, if it is known. */
export function bindType(name: TypeName, names: NameSource): TypeRef | undefined {
  return bindTypeName(name, new TreeAnalysis(names, undefined));
}

function outerLevel({ target, rows }: ExpressionScope): Level {
  const level = new Level();
  const visible: Visible[] = [];
  if (target) visible.push(seen(level.add({ ...relationEntry(target), isOuter: true })));
  for (const { name, relation } of rows ?? []) {
    const source = level.add({ ...relationEntry(relation, name), isOuter: true });
    visible.push({ ...seen(source), bare: [], bareKnown: true });
  }
  level.visible = visible;
  return level;
}

/**
 * Levels of expressions below each other that are bound: five call frames each fit the call stack several times over. What is
 * deeper (chains of operators are not deep) counts as undetermined.
 */
const MAX_DEPTH = 400;

class TreeAnalysis implements Analysis {
  readonly names: NameSource;
  readonly variables: Variables | undefined;
  readonly results = new Results();
  #depth = 0;

  constructor(names: NameSource, variables: Variables | undefined) {
    this.names = names;
    this.variables = variables;
  }

  expression(node: Node | undefined, level: Level): TypeRef | undefined {
    if (node === undefined) return undefined;
    if (this.#depth >= MAX_DEPTH) {
      this.results.unresolved.push({ kind: 'column', name: '', node, reason: 'undetermined' });
      return undefined;
    }
    this.#depth++;
    const type = bindNode(node, this, level);
    this.#depth--;
    return type;
  }

  query(node: Node, parent: Level | undefined): QueryColumns {
    return bindAnyQuery(node, this, parent);
  }

  dryRun(): Analysis {
    return new TreeAnalysis(this.names, this.variables);
  }
}

function bindAnyQuery(node: Node, analysis: Analysis, parent: Level | undefined): QueryColumns {
  if ('SelectStmt' in node) return bindSelect(node.SelectStmt, analysis, parent);
  if ('InsertStmt' in node) return bindInsert(node.InsertStmt, analysis, parent);
  if ('UpdateStmt' in node) return bindUpdate(node.UpdateStmt, analysis, parent);
  if ('DeleteStmt' in node) return bindDelete(node.DeleteStmt, analysis, parent);
  if ('MergeStmt' in node) return bindMerge(node.MergeStmt, analysis, parent);
  analysis.expression(node, new Level(parent));
  return { columns: [], columnsKnown: false };
}
