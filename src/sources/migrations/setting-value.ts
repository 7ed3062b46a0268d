import type { Node, VariableSetStmt } from '@pgsql/types';
import { quoteIdentifier } from '../../sql/name.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { ReplayContext } from './context.ts';

export interface Setting {
  /** In lower case: names of parameters are not case-sensitive (docs 19.1.1). */
  readonly name: string;
  readonly value: string;
}

/** Parameters whose value is a list of identifiers: each entry is quoted where it needs to be (GUC_LIST_QUOTE in guc_tables.c). */
const IDENTIFIER_LISTS = new Set([
  'search_path',
  'temp_tablespaces',
  'local_preload_libraries',
  'session_preload_libraries',
  'shared_preload_libraries',
  'unix_socket_directories',
]);

/** The words of `SET name = a, b`, unescaped. */
export function settingWords(set: VariableSetStmt): readonly string[] {
  return (set.args ?? []).map(wordOf);
}

function wordOf(node: Node): string {
  const cast = fieldsOf(node, 'TypeCast');
  const constant = fieldsOf(cast?.arg ?? node, 'A_Const');
  if (constant?.ival) return String(constant.ival.ival ?? 0);
  if (constant?.boolval) return constant.boolval.boolval ? 'true' : 'false';
  return constant?.fval?.fval ?? constant?.sval?.sval ?? '';
}

/** The value as proconfig and rolconfig hold it (flatten_set_variable_args() in guc_funcs.c). */
export function settingValue(name: string, words: readonly string[]): string {
  return IDENTIFIER_LISTS.has(name) ? words.map(quoteIdentifier).join(', ') : words.join(', ');
}

/** What SET … FROM CURRENT stores; undefined where the session's value is not known. */
export function currentSetting(name: string, context: ReplayContext): string | undefined {
  const set = context.session.settings.get(name);
  if (set !== undefined || name !== 'search_path') return set;
  return settingValue(name, context.session.searchPath);
}

/**
 * SET and RESET clauses of CREATE FUNCTION, ALTER FUNCTION and ALTER ROLE, after GUCArrayAdd(): a name keeps its place, DEFAULT takes it out.
 */
export function withSetting(
  settings: readonly Setting[],
  set: VariableSetStmt,
  context: ReplayContext,
): readonly Setting[] {
  const name = (set.name ?? '').toLowerCase();
  if (set.kind === 'VAR_RESET_ALL') return [];
  if (set.kind === 'VAR_SET_DEFAULT' || set.kind === 'VAR_RESET') return settings.filter((each) => each.name !== name);
  const value = set.kind === 'VAR_SET_CURRENT' ? currentSetting(name, context) : settingValue(name, settingWords(set));
  if (value === undefined) {
    context.notUnderstood(`The session's value of ${name} is not known, so that FROM CURRENT cannot be followed.`);
    return settings.filter((each) => each.name !== name);
  }
  if (settings.some((each) => each.name === name))
    return settings.map((each) => (each.name === name ? { name, value } : each));
  return [...settings, { name, value }];
}
