import type { ColumnRef, FuncCall, TypeName } from '@pgsql/types';
import { bindExpression } from '../../../graph/binding/bind.ts';
import type { NameReference } from '../../../graph/binding/binding.ts';
import { boundFunction, boundRelation, boundType } from '../../../graph/binding/bound-entity.ts';
import type { BoundFunction, BoundRelation, BoundType, NameSource } from '../../../graph/binding/name-source.ts';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { Relation } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';

/**
 * A check, index or statistics expression analysed again because a column has another type now (ATPostAlterTypeParse()):
 * other operators may be meant, other casts implied. Names mean what they meant when it was written, whatever was renamed.
 */
export function rebound<E extends BoundExpression | null>(
  expression: E,
  relation: Relation,
  context: ReplayContext,
): E {
  if (expression === null) return expression;
  const names = new WrittenNames(expression, context);
  return { ...expression, ...bindExpression(expression.tree, { target: names.target(relation) }, names) };
}

/** Answers each name with what it was bound to before, and any other as of now. */
class WrittenNames implements NameSource {
  readonly #context: ReplayContext;
  readonly #bound: ReadonlyMap<string, EntityId>;
  readonly #columns: ReadonlyMap<EntityId, string>;

  constructor(expression: BoundExpression, context: ReplayContext) {
    this.#context = context;
    this.#bound = new Map(expression.references.map((each) => [`${each.kind}\0${writtenName(each)}`, each.target]));
    this.#columns = new Map(
      expression.references.flatMap((each) => (each.kind === 'column' ? [[each.target, writtenName(each)]] : [])),
    );
  }

  target(relation: Relation): BoundRelation {
    const bound = boundRelation(this.#context.graph, relation);
    const columns = bound.columns.map((each) => ({ ...each, name: this.#columnName(each.id) ?? each.name }));
    return { ...bound, columns };
  }

  #columnName(id: EntityId | undefined): string | undefined {
    return id === undefined ? undefined : this.#columns.get(id);
  }

  relation(schema: string | undefined, name: string): BoundRelation | undefined {
    return this.#context.names.relation(schema, name);
  }

  functions(schema: string | undefined, name: string): readonly BoundFunction[] {
    const known = this.#bound.get(`function\0${name}`);
    const found = known === undefined ? undefined : this.#context.graph.find(known);
    return found?.kind === 'function' ? [boundFunction(found)] : this.#context.names.functions(schema, name);
  }

  type(schema: string | undefined, name: string): BoundType | undefined {
    const known = this.#bound.get(`type\0${name}`);
    const found = known === undefined ? undefined : this.#context.graph.find(known);
    return found ? boundType(this.#context.graph, found) : this.#context.names.type(schema, name);
  }
}

/** The name as the tree has it. */
function writtenName({ node, field }: NameReference): string {
  const { fields, funcname, names } = node as ColumnRef & FuncCall & TypeName;
  return stringsOf(fields ?? funcname ?? names)[field] ?? '';
}
