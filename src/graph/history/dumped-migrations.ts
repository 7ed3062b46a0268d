import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { readOnce } from '../asked-once.ts';
import { fieldsOfStatement, type Migration, type Statement } from '../journal.ts';

/**
 * The migrations that pg_dump wrote (supabase db pull, db dump): they begin with `SELECT pg_catalog.set_config('search_path', '', false)`. What
 * default privileges gave stands there as a GRANT for each object, which nobody meant for that one.
 */
export const dumpedMigrations = readOnce((statements: readonly Statement[]): ReadonlySet<Migration> => {
  const made = new Set(statements.filter(emptiesSearchPath).map(({ migration }) => migration));
  return made;
});

function emptiesSearchPath(statement: Statement): boolean {
  const [target, ...more] = fieldsOfStatement(statement, 'SelectStmt')?.targetList ?? [];
  const call = more.length > 0 ? undefined : fieldsOf(fieldsOf(target, 'ResTarget')?.val, 'FuncCall');
  if (call === undefined || stringsOf(call.funcname).at(-1) !== 'set_config') return false;
  const [parameter, value] = (call.args ?? []).map((each) => fieldsOf(each, 'A_Const')?.sval);
  return parameter?.sval === 'search_path' && value !== undefined && (value.sval ?? '') === '';
}
