import type { Node, SelectStmt } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { constantText } from '../query-shapes/operand.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** Is what Vault keeps encrypted (vault.decrypted_secrets.decrypted_secret) in the result of the routine, as it stands? */
export const givesVaultSecret = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): boolean => {
  const view = graph.relation({ schema: 'vault', name: 'decrypted_secrets' });
  const secret = view && graph.column(view.id, 'decrypted_secret')?.id;
  if (secret === undefined) return false;
  const { block, expressions } = routineShape(graph, routine);
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  const outputs = (tree: Node): readonly Node[] => {
    const select = fieldsOf(tree, 'SelectStmt');
    return select === undefined ? [] : chosen(select);
  };
  const isSecret = (node: Node, within: Bound): boolean =>
    isColumn(node, within, secret) || isOfSubselect(node, within);
  const isOfSubselect = (node: Node, within: Bound): boolean => {
    const inner = fieldsOf(fieldsOf(node, 'SubLink')?.subselect, 'SelectStmt');
    return inner !== undefined && chosen(inner).some((each) => isSecret(each, within));
  };
  const gives = (tree: Node): boolean => {
    const within = bound.get(tree);
    return within !== undefined && !asksForAddress(tree) && outputs(tree).some((each) => isSecret(each, within));
  };
  const last = expressions.at(-1);
  if (block === null) return last !== undefined && gives(last.tree);
  const statements = [...eachStatement([block])].map(({ statement }) => statement);
  const holders = new Set(
    statements.flatMap((each) => {
      if (each.kind !== 'sql' || each.into === undefined) return [];
      const within = asksForAddress(each.sql.tree) ? undefined : bound.get(each.sql.tree);
      const all = outputs(each.sql.tree);
      return each.into.targets.flatMap(({ name }, at) => {
        const value = all[at];
        return within && value && isSecret(value, within) ? [name.join('.')] : [];
      });
    }),
  );
  return statements.some((each) => {
    if (each.kind === 'return-query') return gives(each.query.tree);
    const value = each.kind === 'return' ? each.value : undefined;
    const within = value && bound.get(value.tree);
    if (value === undefined || within === undefined) return false;
    const names = stringsOf(fieldsOf(value.tree, 'ColumnRef')?.fields).join('.');
    return holders.has(names) || (isSecret(value.tree, within) && !asksForAddress(value.tree));
  });
});

/** Is it sought by a name that no secret has: Vault also keeps the project's URL, which is not one? */
function asksForAddress(tree: Node): boolean {
  return anyNode(tree, (node) => /(?:^|_)(?:url|uri|host|endpoint|domain|ref|region)$/i.test(constantText(node) ?? ''));
}

function chosen({ targetList = [] }: SelectStmt): readonly Node[] {
  return targetList.flatMap((each) => fieldsOf(each, 'ResTarget')?.val ?? []);
}

/** The column itself, perhaps cast or with a default beside it. */
function isColumn(node: Node, within: Bound, column: EntityId): boolean {
  const inner = fieldsOf(node, 'TypeCast')?.arg ?? fieldsOf(node, 'CoalesceExpr')?.args?.[0];
  if (inner !== undefined) return isColumn(inner, within, column);
  const meaning = within.meanings.get(fieldsOf(node, 'ColumnRef') ?? node);
  return meaning?.kind === 'column' && meaning.column === column;
}
