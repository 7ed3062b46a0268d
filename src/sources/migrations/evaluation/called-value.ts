import type { FuncCall } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import { readSql } from '../../../sql/parse.ts';
import { type PlBlock, type PlStatement, readPlpgsql } from '../../../sql/plpgsql.ts';
import { Environment } from './environment.ts';
import { evaluate } from './evaluate.ts';
import { argumentsOf, calledRoutines, isFollowed } from './routine-arguments.ts';
import { truthOf, UNKNOWN, type Value } from './value.ts';

type Routine = EntityOf<'function'>;

/**
 * What a function of the files gives that only works its arguments out: SELECT of one expression in SQL, assignments and IF in PL/pgSQL.
 * UNKNOWN for any other.
 */
export function calledValue(call: FuncCall, args: readonly Value[], { context, work }: Environment): Value {
  const [routine, ...more] = calledRoutines(call, context);
  if (routine === undefined || more.length > 0 || !givesOneValue(routine) || context.calls.has(routine.id))
    return UNKNOWN;
  if (routine.isStrict && args.includes(null)) return null;
  if (routine.isStrict && args.includes(UNKNOWN)) return UNKNOWN;
  const env = new Environment(context, argumentsOf(routine, call, args, context), [], null, work, false);
  context.calls.add(routine.id);
  try {
    return routine.language === 'sql' ? selected(routine, env) : returned(routine, env);
  } finally {
    context.calls.delete(routine.id);
  }
}

function givesOneValue(routine: Routine): boolean {
  const { parameters, language, returnsSet } = routine;
  const isRead = isFollowed(routine) && (language === 'sql' || language === 'plpgsql');
  return isRead && !returnsSet && parameters.every(({ mode }) => mode === 'in');
}

function selected({ body }: Routine, env: Environment): Value {
  const { statements, rejected } = readSql(body?.text ?? '', '');
  const select = fieldsOf(statements[0]?.node, 'SelectStmt');
  const [only, ...others] = select?.targetList ?? [];
  const isPlain = select?.fromClause === undefined && select?.whereClause === undefined && select?.op === 'SETOP_NONE';
  if (statements.length !== 1 || rejected.length > 0 || !isPlain || others.length > 0) return UNKNOWN;
  return evaluate(fieldsOf(only, 'ResTarget')?.val, env);
}

function returned({ body }: Routine, env: Environment): Value {
  const reading = readPlpgsql(body?.text ?? '', (offset) => offset, '');
  const value = reading.ok ? inBlock(reading.block, env) : UNKNOWN;
  // NULL is a value.
  return value === undefined ? UNKNOWN : value;
}

/** Undefined where it goes on behind the block. */
function inBlock({ declarations, body, handlers }: PlBlock, env: Environment): Value | undefined {
  if (handlers.length > 0) return UNKNOWN;
  for (const each of declarations) {
    if (each.kind !== 'variable') return UNKNOWN;
    env.set(each.name, each.default === undefined ? null : evaluate(each.default.tree, env));
  }
  return inList(body, env);
}

function inList(statements: readonly PlStatement[], env: Environment): Value | undefined {
  for (const each of statements) {
    const value = inOne(each, env);
    if (value !== undefined) return value;
  }
  return undefined;
}

function inOne(statement: PlStatement, env: Environment): Value | undefined {
  switch (statement.kind) {
    case 'null':
      return undefined;
    case 'return':
      return statement.value === undefined ? UNKNOWN : evaluate(statement.value.tree, env);
    case 'assign': {
      const [first, ...more] = fieldsOf(statement.target.tree, 'ColumnRef')?.fields ?? [];
      const name = fieldsOf(first, 'String')?.sval;
      if (name === undefined || more.length > 0) return UNKNOWN;
      env.set(name, evaluate(statement.value.tree, env));
      return undefined;
    }
    case 'if': {
      for (const { condition, body } of statement.branches) {
        const truth = truthOf(evaluate(condition.tree, env));
        if (truth === UNKNOWN) return UNKNOWN;
        if (truth === true) return inList(body, env);
      }
      return inList(statement.else ?? [], env);
    }
    case 'block':
      return inBlock(statement, env);
    default:
      return UNKNOWN;
  }
}
