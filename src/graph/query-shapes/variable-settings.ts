import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';

/** What sets a variable: an expression, or the query behind whose INTO it stands. */
export interface VariableSetting {
  readonly variable: string;
  readonly by: PlExpression;
  /** The left side of an assignment. */
  readonly target?: PlExpression;
  /** `strict`: a query whose row has to be there. */
  readonly kind: 'value' | 'query' | 'strict';
}

/** The variables that a statement sets as a whole; the declarations of a block count as its own. */
export function settingsOf(statement: PlStatement): readonly VariableSetting[] {
  if (statement.kind === 'block')
    return statement.declarations.flatMap((each) =>
      each.kind === 'variable' && each.default !== undefined
        ? [{ variable: each.name, by: each.default, kind: 'value' }]
        : [],
    );
  if (statement.kind === 'assign') {
    const [variable, ...more] = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
    return variable === undefined || more.length > 0
      ? []
      : [{ variable, by: statement.value, target: statement.target, kind: 'value' }];
  }
  if (statement.kind !== 'sql' || statement.into === undefined) return [];
  const { strict, targets } = statement.into;
  const kind = strict ? 'strict' : 'query';
  return targets.map(({ name }) => ({ variable: name.join('.'), by: statement.sql, kind }));
}
