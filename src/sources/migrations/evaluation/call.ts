import type { FuncCall } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { mayExecute, mayTable } from '../../../graph/privileges/privilege-questions.ts';
import { patternOf, quoteIdentifier, quoteLiteral } from '../../../sql/name.ts';
import { replacedText } from '../../../sql/replaced-text.ts';
import { defaultAccess } from './access-list.ts';
import { calledValue } from './called-value.ts';
import { COUNTED, type Environment } from './environment.ts';
import { evaluate } from './evaluate.ts';
import { Moment, momentOfVersion } from './moment.ts';
import { objectReference, referenceOf } from './references.ts';
import { RoutineText } from './routine-text.ts';
import { identityArguments } from './shown.ts';
import { ShownClause } from './shown-clause.ts';
import { ShownCheck, shownConstraint } from './shown-constraint.ts';
import { concatenate, idOf, isKnown, isList, PartialText, textOf, UNKNOWN, type Value } from './value.ts';

/** The built-in functions that guards and dynamic DDL use; everything else is not known. */
export function callFunction(node: FuncCall, env: Environment): Value {
  const { schema, name } = env.context.nameOf(node.funcname);
  const args = (node.args ?? []).map((each) => evaluate(each, env));
  if (schema !== undefined && schema !== 'pg_catalog') return calledValue(node, args, env);
  if (node.agg_star === true) return name === 'count' ? (env.name(COUNTED) ?? UNKNOWN) : UNKNOWN;
  const [first = UNKNOWN, second = UNKNOWN] = args;
  switch (name) {
    case 'format':
      return format(args);
    case 'quote_ident':
      return isKnown(first) && typeof first === 'string'
        ? quoteIdentifier(first)
        : first instanceof PartialText
          ? first
          : new PartialText(['', '']);
    case 'quote_literal':
    case 'quote_nullable':
      return first === null
        ? name === 'quote_nullable'
          ? 'NULL'
          : null
        : typeof first === 'string'
          ? quoteLiteral(first)
          : new PartialText(["'", "'"]);
    case 'concat':
      return concatenate(args.map((each) => (each === null ? '' : each)));
    case 'concat_ws':
      return args.every((each) => typeof each === 'string') ? args.slice(1).join(String(first)) : UNKNOWN;
    case 'like_escape':
      return withBackslashes(first, second, env);
    case 'lower':
      return inCase(first, (text) => text.toLowerCase());
    case 'upper':
      return inCase(first, (text) => text.toUpperCase());
    case 'btrim':
      return typeof first === 'string' && args.length === 1 ? first.trim() : UNKNOWN;
    case 'pg_get_expr':
      return first;
    case 'regexp_replace':
      if (first === null) return null;
      if (first instanceof RoutineText) return first.changed();
      if (first instanceof ShownClause) return clauseReplaced(first, args);
      return args.length === 3 ? replacedOnce(args) : UNKNOWN;
    case 'pg_get_functiondef':
      return definitionOf(first, env);
    case 'pg_get_constraintdef':
      return constraintText(first, env);
    case 'position':
    case 'strpos':
      return positionIn(first, second);
    case 'replace':
      if (first === null) return null;
      if (first instanceof RoutineText) return replacedIn(first, second, args[2]);
      if (first instanceof ShownClause && typeof second === 'string' && typeof args[2] === 'string')
        return first.replaced(second, args[2]);
      return typeof first === 'string' && typeof second === 'string' && typeof args[2] === 'string'
        ? replacedText(first, second, args[2])
        : UNKNOWN;
    case 'length':
      return typeof first === 'string' ? [...first].length : UNKNOWN;
    case 'left':
      return typeof first === 'string' && typeof second === 'number' ? [...first].slice(0, second).join('') : UNKNOWN;
    case 'array_length':
    case 'cardinality':
      return isList(first) ? (first.length === 0 && name === 'array_length' ? null : first.length) : UNKNOWN;
    case 'array_append':
      return isList(first) ? [...first, second] : UNKNOWN;
    case 'array_to_string':
      return isList(first) && typeof second === 'string' ? joined(first, second) : UNKNOWN;
    case 'string_to_array':
      return typeof first === 'string' && typeof second === 'string' ? first.split(second) : UNKNOWN;
    case 'to_regclass':
    case 'to_regtype':
    case 'to_regnamespace':
    case 'to_regrole':
    case 'to_regproc':
    case 'to_regprocedure':
      return typeof first === 'string' ? referredTo(name.slice(3), first, env) : UNKNOWN;
    case 'now':
    case 'transaction_timestamp':
    case 'statement_timestamp':
    case 'clock_timestamp':
      return now(env) ?? UNKNOWN;
    case 'date_trunc':
      return (typeof first === 'string' && second instanceof Moment ? second.truncated(first) : undefined) ?? UNKNOWN;
    case 'extract':
    case 'date_part':
      return (typeof first === 'string' && second instanceof Moment ? second.field(first) : undefined) ?? UNKNOWN;
    case 'to_char':
      return (first instanceof Moment && typeof second === 'string' ? first.toChar(second) : undefined) ?? UNKNOWN;
    case 'current_schema':
      return env.context.names.creationSchema() ?? null;
    case 'pg_get_function_identity_arguments':
      return argumentsOf(first, env);
    case 'acldefault':
      return defaultAccess(first, idOf(second));
    case 'has_table_privilege':
      return tablePrivilege(args, env);
    case 'has_function_privilege':
      return functionPrivilege(args, env);
    default:
      return calledValue(node, args, env);
  }
}

/** When the migration at hand was written, which is when its now() was asked for; undefined where its version does not say. */
export function now(env: Environment): Moment | undefined {
  return momentOfVersion(env.context.running.statement?.migration.version ?? null);
}

function inCase(value: Value, change: (text: string) => string): Value {
  if (value instanceof PartialText) return value.mapped(change);
  return typeof value === 'string' ? change(value) : value === null ? null : UNKNOWN;
}

/** regexp_replace() of plain text, at an end of a name or where it first stands: how migrations use it. */
function replacedOnce([text, pattern, by]: readonly Value[]): Value {
  if (typeof text !== 'string' || typeof pattern !== 'string' || typeof by !== 'string' || by.includes('\\'))
    return UNKNOWN;
  const [, atStart, plain = '', atEnd] = /^(\^?)([\w \-/]+)(\$?)$/.exec(pattern) ?? [];
  if (plain === '' || (atStart && atEnd)) return UNKNOWN;
  const at = atStart ? 0 : atEnd ? text.length - plain.length : text.indexOf(plain);
  return at >= 0 && text.startsWith(plain, at) ? `${text.slice(0, at)}${by}${text.slice(at + plain.length)}` : text;
}

function joined(list: readonly Value[], separator: string): Value {
  const texts = list.filter((each) => each !== null).map((each) => (isKnown(each) ? textOf(each) : null));
  return texts.every((each) => each !== null) ? texts.join(separator) : UNKNOWN;
}

function routineOf(id: Value, env: Environment): EntityOf<'function'> | undefined {
  const number = idOf(id);
  const fn = typeof number === 'number' ? env.context.graph.find(number as never) : undefined;
  return fn?.kind === 'function' ? fn : undefined;
}

function argumentsOf(id: Value, env: Environment): Value {
  const fn = routineOf(id, env);
  return (fn && identityArguments(fn, env.context)) ?? UNKNOWN;
}

/** pg_get_functiondef() of a routine that the files make. */
function definitionOf(id: Value, env: Environment): Value {
  const fn = routineOf(id, env);
  if (fn === undefined || fn.isAssumed === true) return id === null ? null : UNKNOWN;
  return RoutineText.of(fn, env.context.graph);
}

function positionIn(text: Value, piece: Value): Value {
  if (typeof piece !== 'string') return UNKNOWN;
  if (text instanceof RoutineText || text instanceof ShownCheck || text instanceof ShownClause)
    return text.positionOf(piece);
  return typeof text === 'string' ? [...text.slice(0, text.indexOf(piece) + 1)].length : UNKNOWN;
}

function constraintText(id: Value, { context }: Environment): Value {
  const number = idOf(id);
  const entity = typeof number === 'number' ? context.graph.find(number as never) : undefined;
  return entity === undefined || entity.isAssumed === true ? UNKNOWN : shownConstraint(entity, context);
}

function replacedIn(text: RoutineText, piece: Value, by: Value | undefined): Value {
  return typeof piece === 'string' && typeof by === 'string' ? text.replaced(piece, by) : text.changed();
}

function clauseReplaced(clause: ShownClause, [, pattern, by, flags = '']: readonly Value[]): Value {
  if (typeof pattern !== 'string' || typeof by !== 'string' || typeof flags !== 'string') return UNKNOWN;
  return clause.replacedBy(pattern, by, flags);
}

function tablePrivilege(args: readonly Value[], env: Environment): Value {
  const [role, table, privilege] = args;
  if (typeof role !== 'string' || typeof privilege !== 'string') return UNKNOWN;
  const grantee = env.context.graph.global('role', role);
  const id = typeof table === 'string' ? referenceOf('regclass', table, env.context) : table && idOf(table);
  const relation = typeof id === 'number' ? env.context.graph.find(id as never) : undefined;
  const letter = { select: 'r', insert: 'a', update: 'w', delete: 'd' }[privilege.toLowerCase()];
  if (!grantee || relation?.kind !== 'table' || letter === undefined) return UNKNOWN;
  return mayTable(env.context.graph, grantee.id, relation, letter);
}

function functionPrivilege([role, routine, privilege]: readonly Value[], env: Environment): Value {
  if (typeof role !== 'string' || typeof privilege !== 'string' || privilege.toLowerCase() !== 'execute')
    return UNKNOWN;
  const { graph } = env.context;
  const grantee = role === 'public' ? ('public' as const) : graph.global('role', role)?.id;
  const id = typeof routine === 'string' ? referenceOf('regprocedure', routine, env.context) : routine && idOf(routine);
  const fn = typeof id === 'number' ? graph.find(id as never) : undefined;
  if (grantee === undefined || fn?.kind !== 'function' || graph.isDoubtful(fn, ['privileges'])) return UNKNOWN;
  return mayExecute(graph, grantee, fn);
}

/** What to_regclass() and its siblings give: NULL for a name that nothing has. */
function referredTo(type: string, text: string, env: Environment): Value {
  const id = referenceOf(type, text, env.context);
  return id === undefined ? UNKNOWN : id === null ? null : objectReference(type, id, env.context);
}

/** format() with %s, %I, %L and %% (docs 9.4.1); positions like %1$I too. Unknown arguments leave a gap. */
function format(args: readonly Value[]): Value {
  const [template, ...values] = args;
  if (template === null) return null;
  if (typeof template !== 'string') return UNKNOWN;
  const pieces: Value[] = [];
  let next = 0;
  let last = 0;
  for (const match of template.matchAll(/%(?:(\d+)\$)?-?\d*([sIL%])/g)) {
    pieces.push(template.slice(last, match.index));
    last = match.index + match[0].length;
    if (match[2] === '%') {
      pieces.push('%');
      continue;
    }
    const index = match[1] === undefined ? next : Number(match[1]) - 1;
    next = index + 1;
    pieces.push(argument(values[index] ?? null, match[2] ?? 's'));
  }
  pieces.push(template.slice(last));
  return concatenate(pieces);
}

function argument(value: Value, conversion: string): Value {
  if (conversion === 'L') {
    if (value === null) return 'NULL';
    const text = isKnown(value) ? textOf(value) : null;
    return text === null ? new PartialText(["'", "'"]) : quoteLiteral(text);
  }
  if (value === null) return '';
  if (value instanceof PartialText) return conversion === 'I' ? new PartialText(['', '']) : value;
  const text = isKnown(value) ? textOf(value) : null;
  if (text === null) return new PartialText(['', '']);
  return conversion === 'I' ? quoteIdentifier(text) : text;
}

/** LIKE … ESCAPE: the pattern with the default escape. Two backslashes are one only in an E string. */
function withBackslashes(pattern: Value, by: Value, env: Environment): Value {
  if (typeof pattern !== 'string' || typeof by !== 'string') return UNKNOWN;
  if ([...by].length > 1) {
    if (env.isSure) env.context.refuse('invalid escape string: it must be empty or one character');
    return UNKNOWN;
  }
  if (by === '\\') return pattern;
  const doubled = pattern.replaceAll('\\', '\\\\');
  if (by === '') return doubled;
  // One after another, so that an escape that is escaped stays itself.
  return doubled.replace(new RegExp(`${patternOf(by)}(.|$)`, 'gsu'), '\\$1');
}
