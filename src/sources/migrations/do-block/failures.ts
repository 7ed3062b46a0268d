import type { Node } from '@pgsql/types';
import { isOutput } from '../../../graph/entities/function-entity.ts';
import type { PlStatement } from '../../../sql/plpgsql.ts';
import type { ReplayContext } from '../context.ts';

const BY_DATA: ReadonlySet<string> = new Set([
  ...['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'CopyStmt', 'TruncateStmt'],
  ...['CallStmt', 'DoStmt', 'ExecuteStmt', 'RefreshMatViewStmt', 'LockStmt'],
]);

/** Does the statement fail or not by the rows it meets, by triggers, or by what it calls? The replay decides about the others. */
export function failsByData(kind: string): boolean {
  return BY_DATA.has(kind);
}

/** Do the statements end in an exception, so that nothing behind them runs? */
export function raises(statements: readonly PlStatement[]): boolean {
  return statements.some((each) => each.kind === 'raise' && each.level === 'exception');
}

/** Do they leave their list for the next round of the loop around them, and for nothing else? */
export function onlyContinues(statements: readonly PlStatement[]): boolean {
  return statements.every((each) => {
    switch (each.kind) {
      case 'return':
      case 'exit':
        return false;
      case 'continue':
        return each.label === undefined;
      case 'block':
        return onlyContinues([...each.body, ...each.handlers.flatMap(({ body }) => body)]);
      case 'if':
      case 'case':
        return onlyContinues([...each.branches.flatMap(({ body }) => body), ...(each.else ?? [])]);
      default:
        return !('body' in each) || onlyContinues(each.body);
    }
  });
}

/** The variables that CALL gives for OUT and INOUT arguments; of a procedure that is not known, all that are given. */
export function writtenByCall(tree: Node, context: ReplayContext): readonly string[] {
  const call = 'CallStmt' in tree ? tree.CallStmt.funccall : undefined;
  if (call === undefined) return [];
  const { schema, name } = context.nameOf(call.funcname);
  const procedures = context.names.functionEntities(schema, name);
  return (call.args ?? []).flatMap((each, at) => {
    const isNamed = 'NamedArgExpr' in each;
    const value = isNamed ? each.NamedArgExpr.arg : each;
    const [field, ...more] = value && 'ColumnRef' in value ? (value.ColumnRef.fields ?? []) : [];
    if (field === undefined || !('String' in field) || more.length > 1) return [];
    const parameters = procedures.map((one) =>
      isNamed ? one.parameters.find(({ name }) => name === each.NamedArgExpr.name) : one.parameters[at],
    );
    const isRead = parameters.length > 0 && parameters.every((one) => one !== undefined && !isOutput(one));
    return isRead ? [] : [field.String.sval ?? ''];
  });
}
