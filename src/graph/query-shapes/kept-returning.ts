import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { eachStatement, ownExpressions } from './pl-statements.ts';
import type { Query } from './query.ts';

/**
 * Does the routine go on to use what the statement of this query returns INTO a variable, or give it back as a parameter? With
 * ON CONFLICT DO NOTHING nothing is returned of a row that is there, and the variable is NULL (docs INSERT, "Outputs").
 */
export function isReturningUsed(
  { parameters }: EntityOf<'function'>,
  block: PlBlock,
  { node: written }: Query,
): boolean {
  const statements = [...eachStatement([block])].map(({ statement }) => statement);
  const at = statements.findIndex((each) => each.kind === 'sql' && each.sql.tree === written);
  const writing = statements[at];
  const targets = writing?.kind === 'sql' ? (writing.into?.targets ?? []) : [];
  const names = new Set(targets.flatMap(({ name }) => name[0] ?? []));
  if (parameters.some(({ name, mode }) => mode !== 'in' && name !== null && names.has(name))) return true;
  return statements.slice(at + 1).some((each) =>
    ownExpressions(each).some(({ tree }) =>
      anyNode(tree, (node) => {
        const [first] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
        return first !== undefined && names.has(first);
      }),
    ),
  );
}
