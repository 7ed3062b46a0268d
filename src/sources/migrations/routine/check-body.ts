import { isPolymorphic } from '../../../graph/binding/type-system.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { parseSqlBody } from '../../../sql/sql-body.ts';
import type { ReplayContext } from '../context.ts';
import { parseBoolean } from '../def-elem.ts';
import { splitIdentifiers } from '../setting-value.ts';
import { isInput } from './parameters.ts';

type Routine = EntityOf<'function'>;

const ANALYSED = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/**
 * The names in a string body of LANGUAGE sql, which the server resolves when the function is made, under the function's own
 * search_path, unless check_function_bodies is off (fmgr_sql_validator()). PL/pgSQL bodies are only read there.
 */
export function checkBody(
  name: string,
  routine: Pick<Routine, 'language' | 'parameters' | 'config' | 'body'>,
  context: ReplayContext,
): void {
  const { statement, text, fixedPlace } = context.running;
  const { session } = context;
  if (statement === null || routine.language !== 'sql' || routine.body === null || routine.body.atomic !== null) return;
  if (parseBoolean(session.settings.get('check_function_bodies') ?? 'on') === false) return;
  if (routine.parameters.some((each) => isPolymorphic(each.type))) return;
  const at = fixedPlace ? { ...fixedPlace, start: 0, end: text.length } : statement.at;
  const body = parseSqlBody({ index: 0, kind: statement.kind, node: statement.node, at }, text);
  const outside = session.searchPath;
  const path = routine.config.find((each) => each.name === 'search_path')?.value;
  if (path !== undefined) session.searchPath = splitIdentifiers(path).filter((each) => each !== '');
  const list = routine.parameters.filter(isInput).map((each) => ({ name: each.name ?? undefined, type: each.type }));
  try {
    for (const each of body?.statements ?? []) {
      if (ANALYSED.has(each.kind))
        context.checkNames(each.node, { variables: { list, qualifiers: [name], conflict: 'column' } });
    }
  } finally {
    session.searchPath = outside;
  }
}
