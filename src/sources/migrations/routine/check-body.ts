import { isPolymorphic } from '../../../graph/binding/type-system.ts';
import { isInput, resultKind } from '../../../graph/entities/function-entity.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { bodyTree } from '../../../graph/routines/body-tree.ts';
import { parseBoolean } from '../../../sql/def-elem.ts';
import { plpgsqlSyntaxError } from '../../../sql/grammar.ts';
import { splitIdentifiers } from '../../../sql/names-in-text.ts';
import { compileError, type RoutineSignature } from '../../../sql/plpgsql/compile-error.ts';
import { parseSqlBody } from '../../../sql/sql-body.ts';
import type { ReplayContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { checkDeclarations } from './check-declarations.ts';

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
  if (statement === null || routine.language !== 'sql' || routine.body === null || routine.body.atomic !== null) return;
  if (!isChecked(context)) return;
  const at = fixedPlace ? { ...fixedPlace, start: 0, end: text.length } : statement.at;
  const body = parseSqlBody({ index: 0, kind: statement.kind, node: statement.node, at }, text);
  const wrong = body?.rejected.find(({ message }) => message.startsWith('syntax error'));
  if (wrong !== undefined)
    throw new Refusal({ type: 'refused', message: wrong.message, at: fixedPlace ?? wrong.errorAt, isSyntax: true });
  if (routine.parameters.some((each) => isPolymorphic(each.type))) return;
  const list = routine.parameters.filter(isInput).map((each) => ({ name: each.name ?? undefined, type: each.type }));
  onItsPath(routine, context, () => {
    for (const each of body?.statements ?? []) {
      if (ANALYSED.has(each.kind))
        context.checkNames(each.node, { variables: { list, qualifiers: [name], conflict: 'column' } });
    }
  });
}

/** With the search_path that the routine sets. */
function onItsPath({ config }: Pick<Routine, 'config'>, { session }: ReplayContext, look: () => void): void {
  const outside = session.searchPath;
  const path = config.find((each) => each.name === 'search_path')?.value;
  if (path !== undefined) session.searchPath = splitIdentifiers(path).filter((each) => each !== '');
  try {
    look();
  } finally {
    session.searchPath = outside;
  }
}

/**
 * A PL/pgSQL body that is none, or that cannot be compiled: the server refuses to make such a function, unless check_function_bodies is
 * off (plpgsql_validator()). Of what our reader cannot read, its own grammar has the last word.
 */
export function checkPlpgsql(
  name: string,
  routine: Pick<Routine, 'routine' | 'language' | 'parameters' | 'returns' | 'returnsSet' | 'config' | 'body'>,
  context: ReplayContext,
): void {
  const { statement, text, fixedPlace } = context.running;
  if (statement === null || routine.language !== 'plpgsql' || !isChecked(context)) return;
  const body = bodyTree(routine);
  if (body.language === 'plpgsql') {
    const wrong = compileError(body.block, signatureOf(name, routine));
    if (wrong !== undefined) throw new Refusal({ type: 'refused', message: wrong.message, at: fixedPlace ?? wrong.at });
    onItsPath(routine, context, () => checkDeclarations(body.block, context));
  } else if (body.language === 'unread' && fixedPlace === undefined) {
    const message = plpgsqlSyntaxError(text.slice(statement.at.start, statement.at.end));
    if (message !== undefined)
      throw new Refusal({ type: 'refused', message, at: body.unread.at ?? statement.at, isSyntax: true });
  }
}

function signatureOf(
  name: string,
  routine: Pick<Routine, 'routine' | 'parameters' | 'returns' | 'returnsSet'>,
): RoutineSignature {
  return { name, parameters: routine.parameters.flatMap((each) => each.name ?? []), result: resultKind(routine) };
}

function isChecked({ session }: ReplayContext): boolean {
  return parseBoolean(session.settings.get('check_function_bodies') ?? 'on') !== false;
}
