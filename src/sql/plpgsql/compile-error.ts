import type { Node } from '@pgsql/types';
import { isConditionName } from '../grammar.ts';
import type { SourceLocation } from '../location.ts';
import { fieldsOf, stringsOf } from '../nodes.ts';
import type { PlBlock, PlCondition, PlDeclaration, PlExpression, PlLoop, PlStatement, PlTarget } from './tree.ts';

/** What a routine's declaration says that decides what its body may do. */
export interface RoutineSignature {
  /** Its own name, by which the body may qualify parameters; undefined of a DO block. */
  readonly name: string | undefined;
  /** Names of parameters and of the columns of RETURNS TABLE. */
  readonly parameters: readonly string[];
  /** `output`: by OUT parameters. A DO block and an event trigger's function give void. */
  readonly result: 'value' | 'trigger' | 'void' | 'procedure' | 'output' | 'set' | 'table';
}

export interface CompileError {
  /** As the server says it. */
  readonly message: string;
  readonly at: SourceLocation;
}

/**
 * The first thing for which PL/pgSQL refuses to compile a body that its grammar can read: variables that nobody declares, a RETURN that
 * the result does not allow, EXIT outside of loops, RAISE with too few values (src/pl/plpgsql/src/pl_gram.y, pl_comp.c). The server
 * compiles a routine when it is made, unless check_function_bodies is off, and a DO block before the first statement of it runs.
 * Undefined where there is nothing of this, or where only a server can tell: types are not looked at.
 */
export function compileError(block: PlBlock, signature: RoutineSignature): CompileError | undefined {
  try {
    const outermost: Scope = { label: signature.name, isLoop: false, variables: new Map() };
    for (const each of signature.parameters) outermost.variables.set(each, 'variable');
    new Compilation(signature).block(block, [outermost]);
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return error.found;
    throw error;
  }
}

type Datum = 'variable' | 'row' | 'constant';

interface Scope {
  readonly label: string | undefined;
  readonly isLoop: boolean;
  readonly variables: Map<string, Datum>;
}

class Stop extends Error {
  readonly found: CompileError;
  constructor(found: CompileError) {
    super(found.message);
    this.found = found;
  }
}

function stop(message: string, at: SourceLocation): never {
  throw new Stop({ message, at });
}

/** Every body knows these, and those behind them if it is a trigger function's (docs 41.5.5, 41.10). */
const SPECIAL = new Set(['found', 'sqlstate', 'sqlerrm']);
const TRIGGER = /^(?:new|old|tg_[a-z_]+)$/;

class Compilation {
  readonly #signature: RoutineSignature;

  constructor(signature: RoutineSignature) {
    this.#signature = signature;
  }

  block(block: PlBlock, outer: readonly Scope[]): void {
    const scope: Scope = { label: block.label, isLoop: false, variables: new Map() };
    for (const each of block.declarations) declare(each, scope);
    const scopes = [...outer, scope];
    this.#list(block.body, scopes);
    for (const handler of block.handlers) {
      for (const each of handler.conditions) checkCondition(each, handler.at);
      this.#list(handler.body, scopes);
    }
  }

  #list(statements: readonly PlStatement[], scopes: readonly Scope[]): void {
    for (const each of statements) this.#statement(each, scopes);
  }

  #statement(statement: PlStatement, scopes: readonly Scope[]): void {
    switch (statement.kind) {
      case 'block':
        this.block(statement, scopes);
        return;
      case 'if':
      case 'case':
        for (const each of statement.branches) this.#list(each.body, scopes);
        this.#list(statement.else ?? [], scopes);
        return;
      case 'loop':
      case 'while':
      case 'for-range':
      case 'for-query':
      case 'for-execute':
      case 'for-cursor':
      case 'foreach':
        this.#loop(statement, scopes);
        return;
      case 'assign':
        this.#assigned(statement.target, scopes);
        return;
      case 'sql':
      case 'execute':
        this.#into(statement.into?.targets ?? [], scopes);
        return;
      case 'fetch':
        this.#known(statement.cursor, scopes);
        this.#into(statement.into.targets, scopes);
        return;
      case 'open':
      case 'move':
      case 'close':
        this.#known(statement.cursor, scopes);
        return;
      case 'diagnostics':
        for (const { target } of statement.items) this.#known(target, scopes);
        return;
      case 'exit':
      case 'continue':
        checkExit(statement, scopes);
        return;
      case 'return':
      case 'return-next':
      case 'return-query':
      case 'return-execute':
        this.#returned(statement);
        return;
      case 'raise':
        checkRaise(statement);
        return;
      default:
        return;
    }
  }

  #loop(loop: PlLoop, scopes: readonly Scope[]): void {
    const scope: Scope = { label: loop.label, isLoop: true, variables: new Map() };
    if (loop.kind === 'for-range') scope.variables.set(loop.variable.name[0] ?? '', 'variable');
    else if (loop.kind === 'for-cursor') scope.variables.set(loop.targets[0]?.name[0] ?? '', 'row');
    else if (loop.kind === 'for-query' || loop.kind === 'for-execute') {
      const [only, ...more] = loop.targets;
      if (only !== undefined && more.length === 0 && only.name.length === 1 && !this.#find(only.name, scopes))
        stop('loop variable of loop over rows must be a record variable or list of scalar variables', only.at);
      this.#into(loop.targets, scopes);
    } else if (loop.kind === 'foreach') {
      const [only, ...more] = loop.targets;
      if (only !== undefined && more.length === 0 && only.name.length === 1 && !this.#find(only.name, scopes))
        stop('loop variable of FOREACH must be a known variable or list of variables', only.at);
      for (const each of loop.targets) this.#known(each, scopes);
    }
    this.#list(loop.body, [...scopes, scope]);
  }

  #assigned(target: PlExpression, scopes: readonly Scope[]): void {
    const name = assignedName(target.tree);
    if (name.length > 0) this.#known({ name, at: target.at }, scopes);
  }

  #into(targets: readonly PlTarget[], scopes: readonly Scope[]): void {
    for (const [index, each] of targets.entries()) {
      const datum = this.#known(each, scopes);
      if (datum !== 'row' || targets.length === 1 || each.name.length > 1) continue;
      if (index === 0) stop('record variable cannot be part of multiple-item INTO list', each.at);
      stop(`"${each.name.join('.')}" is not a scalar variable`, each.at);
    }
  }

  /** A variable that is written to: one that is declared, and not as CONSTANT. */
  #known(target: PlTarget, scopes: readonly Scope[]): Datum {
    const found = this.#find(target.name, scopes);
    if (found === undefined) stop(`"${target.name.join('.')}" is not a known variable`, target.at);
    if (found === 'constant') stop(`variable "${target.name.join('.')}" is declared CONSTANT`, target.at);
    return found;
  }

  #find(name: readonly string[], scopes: readonly Scope[]): Datum | undefined {
    const [first = '', second] = name;
    const own = scopes.findLast(({ variables }) => variables.has(first));
    // Whether a field or a qualified variable is a row rests on types.
    if (own !== undefined) return name.length > 1 ? 'variable' : own.variables.get(first);
    if (first.startsWith('$') || SPECIAL.has(first)) return 'variable';
    if (this.#signature.result === 'trigger' && TRIGGER.test(first)) return 'variable';
    return second !== undefined && scopes.some(({ label }) => label === first) ? 'variable' : undefined;
  }

  /** make_return_stmt(), make_return_next_stmt(), make_return_query_stmt(). */
  #returned(statement: Extract<PlStatement, { kind: 'return' | `return-${string}` }>): void {
    const { result } = this.#signature;
    const { at } = statement;
    const isSet = result === 'set' || result === 'table';
    const isByParameter = result === 'output' || result === 'table';
    if (statement.kind === 'return-query' || statement.kind === 'return-execute') {
      if (!isSet) stop('cannot use RETURN QUERY in a non-SETOF function', at);
      return;
    }
    const hasValue = statement.value !== undefined;
    if (statement.kind === 'return-next') {
      if (!isSet) stop('cannot use RETURN NEXT in a non-SETOF function', at);
      if (hasValue && isByParameter) stop('RETURN NEXT cannot have a parameter in function with OUT parameters', at);
      if (!hasValue && !isByParameter) stop(MISSING, at);
      return;
    }
    const forbidden = hasValue ? WITHOUT_VALUE.get(result) : undefined;
    if (forbidden !== undefined) stop(`RETURN cannot have a parameter in ${forbidden}`, at);
    if (!hasValue && !WITHOUT_VALUE.has(result)) stop(MISSING, at);
  }
}

const MISSING = 'missing expression at or near ";"';

const WITHOUT_VALUE: ReadonlyMap<RoutineSignature['result'], string> = new Map([
  ['set', 'function returning set'],
  ['table', 'function returning set'],
  ['void', 'function returning void'],
  ['procedure', 'a procedure'],
  ['output', 'function with OUT parameters'],
]);

function declare(declaration: PlDeclaration, { variables }: Scope): void {
  const { name, at } = declaration;
  if (variables.has(name)) stop(`duplicate declaration at or near "${name}"`, at);
  if (declaration.kind === 'variable' && declaration.notNull && declaration.default === undefined)
    stop(`variable "${name}" must have a default value, since it's declared NOT NULL`, at);
  variables.set(name, datumOf(declaration));
}

function datumOf(declaration: PlDeclaration): Datum {
  if (declaration.kind !== 'variable') return 'variable';
  if (declaration.constant) return 'constant';
  const isRow = declaration.type.reference === 'rowtype' || /^record$/i.test(declaration.type.text);
  return isRow ? 'row' : 'variable';
}

/** The variable of `x := …`, `r.field := …`, `a[1] := …`, as its names. */
function assignedName(target: Node): readonly string[] {
  const indirection = fieldsOf(target, 'A_Indirection');
  if (indirection?.arg !== undefined) return assignedName(indirection.arg).slice(0, 1);
  return stringsOf(fieldsOf(target, 'ColumnRef')?.fields);
}

function checkExit(
  { kind, label, at }: Extract<PlStatement, { kind: 'exit' | 'continue' }>,
  scopes: readonly Scope[],
): void {
  const word = kind.toUpperCase();
  if (label === undefined) {
    if (scopes.some(({ isLoop }) => isLoop)) return;
    stop(
      kind === 'exit'
        ? 'EXIT cannot be used outside a loop, unless it has a label'
        : `${word} cannot be used outside a loop`,
      at,
    );
  }
  const found = scopes.findLast((each) => each.label === label);
  if (found === undefined)
    stop(`there is no label "${label}" attached to any block or loop enclosing this statement`, at);
  if (kind === 'continue' && !found.isLoop) stop(`block label "${label}" cannot be used in CONTINUE`, at);
}

/** check_raise_parameters() */
function checkRaise({ message, params, condition, at }: Extract<PlStatement, { kind: 'raise' }>): void {
  if (condition !== undefined) checkCondition(condition, at);
  if (message === undefined) return;
  const marks = message.replaceAll('%%', '').split('%').length - 1;
  if (marks > params.length) stop('too few parameters specified for RAISE', at);
  if (marks < params.length) stop('too many parameters specified for RAISE', at);
}

function checkCondition({ kind, value }: PlCondition, at: SourceLocation): void {
  if (kind === 'name' && value !== 'others' && !isConditionName(value))
    stop(`unrecognized exception condition "${value}"`, at);
}
