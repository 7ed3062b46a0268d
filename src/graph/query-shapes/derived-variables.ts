import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { Bound } from './block-queries.ts';
import { eachStatement, ownExpressions, variablesSetBy } from './pl-statements.ts';

/** Says of an expression of a body, or a part of one, whether a value in it may come from a source. */
export type Derived = (node: Node | undefined, binding: Binding) => boolean;

/**
 * Follows values through the variables of a PL/pgSQL block: a variable comes from a source where any of what it is set to does, in whatever branch, and so do
 * the columns of a row that is looked up by such a value, FOUND and what GET DIAGNOSTICS says behind it.
 * @param isSource is this very node one?
 */
export function derivedFrom(
  block: PlBlock,
  expressions: readonly Bound[],
  isSource: (node: Node, binding: Binding) => boolean,
): Derived {
  const bindings = new Map(expressions.map((each) => [each.tree, each]));
  const names = new Set<string>();
  const derived: Derived = (node, binding) =>
    anyNode(node, (each) => isSource(each, binding) || names.has(rootOf(each, binding) ?? ''));
  const statements = [...eachStatement([block])].map(({ statement }) => statement);
  for (let before = -1; before < names.size; ) {
    before = names.size;
    for (const statement of statements) {
      const isDerived = ({ tree }: { readonly tree: Node }) => {
        const bound = bindings.get(tree);
        return bound === undefined || derived(tree, bound);
      };
      for (const [set, by] of settingsOf(statement)) if (by.some(isDerived)) names.add(set);
      if (statement.kind !== 'block' && SETS_FOUND.has(statement.kind) && ownExpressions(statement).some(isDerived))
        names.add('found');
      if (statement.kind === 'diagnostics' && names.has('found'))
        for (const { target } of statement.items) names.add(target.name[0] ?? '');
    }
  }
  return derived;
}

const SETS_FOUND: ReadonlySet<PlStatement['kind']> = new Set([
  'sql',
  'perform',
  'execute',
  'for-query',
  'return-query',
]);

/** The variable that a reference begins with: `v` of `v.id`. A bare name beside a table whose columns are not known may be one. */
function rootOf(node: Node, { meanings }: Binding): string | undefined {
  const reference = fieldsOf(node, 'ColumnRef');
  if (reference === undefined) return undefined;
  const meaning = meanings.get(reference);
  if (meaning?.kind === 'variable') return meaning.name.split('.')[0];
  return meaning === undefined ? stringsOf(reference.fields)[0] : undefined;
}

/** What a statement sets, by the names that the variables begin with, and from which of its expressions. */
function settingsOf(
  statement: PlStatement,
): readonly (readonly [name: string, by: readonly { readonly tree: Node }[]])[] {
  if (statement.kind === 'block')
    return statement.declarations.flatMap((each) =>
      each.kind === 'variable' && each.default !== undefined ? [[each.name, [each.default]] as const] : [],
    );
  const from = statement.kind === 'assign' ? [statement.value] : ownExpressions(statement);
  return variablesSetBy(statement).map((name) => [name, from] as const);
}
