// Long because it is one walk over the ways in which a text is put together.

import type { FuncCall, Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { PlBlock, PlExpression, PlType } from '../../sql/plpgsql.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { addTo } from '../grouping.ts';
import { placeOf } from '../place.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';
import type { BlockQueries } from './block-queries.ts';
import { constantOf, constantText } from './operand.ts';
import { eachStatement } from './pl-statements.ts';
import { givesPlainText, isReducing } from './plain-text.ts';

/** A value that reaches a text unquoted. */
export interface UnquotedValue {
  /** As written: `p_name`, `r.tablename`, `new.kind`. */
  readonly name: string;
  /** `parameter` of the routine, whoever calls it chooses it; `row` NEW or OLD of a trigger; `query` read from a table or catalog; `variable` anything else. */
  readonly source: 'parameter' | 'row' | 'query' | 'variable';
  /** False for numbers, uuids, booleans, dates, regclass and their like, which cannot hold SQL. */
  readonly canHoldSql: boolean;
  /** The user's function that changes it on the way, of which it is not known what it leaves. */
  readonly through?: EntityOf<'function'>;
  readonly at: SourceLocation | null;
}

/** Functions whose result is safe inside a text, whatever they are given. */
const QUOTING = new Set(
  `quote_ident quote_literal quote_nullable length char_length octet_length count now md5 sha256 encode gen_random_uuid
  to_regclass to_regtype extract date_part random nextval currval array_length cardinality position strpos pg_backend_pid
  txid_current clock_timestamp row_number`.split(/\s+/),
);

const UNBOUND = { meanings: new Map() } as const;

/** Type names that cannot hold SQL. */
const HARMLESS =
  /^(?:(?:small|big)?int(?:eger)?|int[248]|smallserial|bigserial|serial|numeric|decimal|real|double precision|float[48]?|bool(?:ean)?|uuid|oid|reg\w+|date|time(?:stamp)?(?:tz)?|time(?:stamp)? with(?:out)? time zone|interval|money|inet|cidr|macaddr)(?:\s*\(.*\))?(?:\s*\[\])*$/i;

/** Where the parts of texts come from in one routine, whatever way is taken through it. */
export class TextOrigins {
  readonly #graph: SchemaGraph;
  readonly #routine: EntityOf<'function'>;
  readonly #bound: BlockQueries;
  readonly #types = new Map<string, PlType>();
  /** What a variable is ever set to; null where something else than an expression sets it. */
  readonly #values = new Map<string, (PlExpression | null)[]>();

  constructor(graph: SchemaGraph, routine: EntityOf<'function'>, block: PlBlock, bound: BlockQueries) {
    this.#graph = graph;
    this.#routine = routine;
    this.#bound = bound;
    for (const { statement } of eachStatement([block])) {
      if (statement.kind === 'block') {
        for (const each of statement.declarations) {
          if (each.kind !== 'variable') continue;
          this.#types.set(each.name, each.type);
          this.#set(each.name, each.default);
        }
      } else if (statement.kind === 'assign') {
        const [name] = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
        if (name !== undefined) this.#set(name, statement.value);
      } else if (statement.kind === 'foreach') {
        for (const each of statement.targets) this.#set(each.name[0] ?? '', statement.array);
      }
      const into = 'into' in statement ? (statement.into?.targets ?? []) : [];
      const received = statement.kind === 'for-query' || statement.kind === 'for-execute' ? statement.targets : [];
      const sole = statement.kind === 'sql' && into.length === 1 ? statement.sql : null;
      for (const each of [...into, ...received]) this.#set(each.name[0] ?? '', sole);
    }
  }

  #set(name: string, value: PlExpression | null | undefined): void {
    if (value === undefined) return;
    addTo(this.#values, name, value);
  }

  /** The text an expression always is, through variables that are set once. */
  constantText(expression: PlExpression): string | null {
    return this.#constant(expression.tree, new Set());
  }

  #constant(node: Node | undefined, seen: ReadonlySet<string>): string | null {
    if (node === undefined) return null;
    const constant = constantText(node);
    if (constant !== null) return constant;
    const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
    if (kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '||') {
      const [left, right] = [this.#constant(lexpr, seen), this.#constant(rexpr, seen)];
      return left === null || right === null ? null : left + right;
    }
    const call = fieldsOf(node, 'FuncCall');
    if (call !== undefined && writtenName(call.funcname).name === 'format' && call.args?.length === 1) {
      const text = constantText(call.args[0]);
      return text === null || /%[^%]/.test(text) ? null : text.replaceAll('%%', '%');
    }
    const only = this.#onlyValue(node, seen);
    return only === undefined ? null : this.#constant(only.value.tree, new Set([...seen, only.variable]));
  }

  /** What the text of an expression always begins with: all up to the first value that is not known, or the template of format(). */
  beginningOf(expression: PlExpression): string | null {
    return this.#beginning(expression.tree, new Set());
  }

  #beginning(node: Node | undefined, seen: ReadonlySet<string>): string | null {
    const constant = this.#constant(node, seen);
    if (node === undefined || constant !== null) return constant;
    const { kind, name, lexpr } = fieldsOf(node, 'A_Expr') ?? {};
    if (kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '||') return this.#beginning(lexpr, seen);
    const call = fieldsOf(node, 'FuncCall');
    if (call !== undefined && writtenName(call.funcname).name === 'format') return constantText(call.args?.[0]);
    const only = this.#onlyValue(node, seen);
    return only === undefined ? null : this.#beginning(only.value.tree, new Set([...seen, only.variable]));
  }

  /** What a variable is set to, if once. */
  #onlyValue(
    node: Node,
    seen: ReadonlySet<string>,
  ): { readonly variable: string; readonly value: PlExpression } | undefined {
    const [variable, field] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    const values = variable === undefined || field !== undefined ? [] : (this.#values.get(variable) ?? []);
    const [value] = values;
    return variable === undefined || values.length !== 1 || !value || seen.has(variable)
      ? undefined
      : { variable, value };
  }

  /** The values that reach the text of an expression as they are. */
  unquotedIn(expression: PlExpression): readonly UnquotedValue[] {
    const found: UnquotedValue[] = [];
    this.#follow(expression.tree, expression, new Set(), found);
    return found.filter((each, at) => found.findIndex((one) => one.name === each.name) === at);
  }

  #follow(node: Node | undefined, within: PlExpression, seen: Set<string>, found: UnquotedValue[]): void {
    if (node === undefined || constantOf(node) !== null) return;
    const follow = (each: Node | undefined) => this.#follow(each, within, seen, found);
    if ('TypeCast' in node) {
      if (!HARMLESS.test(stringsOf(node.TypeCast.typeName?.names).at(-1) ?? '')) follow(node.TypeCast.arg);
    } else if ('A_Expr' in node) {
      const { kind, name, lexpr, rexpr } = node.A_Expr;
      const operator = stringsOf(name).at(-1) ?? '';
      if (kind === 'AEXPR_NULLIF') follow(lexpr);
      else if (kind === 'AEXPR_OP' && /^(?:\|\||->>?|#>>?)$/.test(operator)) {
        follow(lexpr);
        if (operator === '||') follow(rexpr);
      }
    } else if ('CoalesceExpr' in node) for (const each of node.CoalesceExpr.args ?? []) follow(each);
    else if ('MinMaxExpr' in node) for (const each of node.MinMaxExpr.args ?? []) follow(each);
    else if ('CollateClause' in node) follow(node.CollateClause.arg);
    else if ('A_ArrayExpr' in node) for (const each of node.A_ArrayExpr.elements ?? []) follow(each);
    else if ('A_Indirection' in node) follow(node.A_Indirection.arg);
    else if ('CaseExpr' in node) {
      for (const each of node.CaseExpr.args ?? []) follow(fieldsOf(each, 'CaseWhen')?.result);
      follow(node.CaseExpr.defresult);
    } else if ('FuncCall' in node) {
      const own = calledFunction(this.#graph, node, this.#bound.bound(within) ?? UNBOUND);
      if (own === undefined || !isUsersOwn(this.#graph, own)) this.#followCall(node.FuncCall, follow);
      else if (!givesPlainText(own)) {
        const given: UnquotedValue[] = [];
        for (const each of node.FuncCall.args ?? []) this.#follow(each, within, seen, given);
        for (const each of given) found.push({ through: own, ...each });
      }
    } else if ('SubLink' in node) follow(node.SubLink.subselect);
    else if ('SelectStmt' in node) {
      for (const each of node.SelectStmt.targetList ?? []) follow(fieldsOf(each, 'ResTarget')?.val);
    } else if ('ColumnRef' in node || 'ParamRef' in node) this.#name(node, within, seen, found);
  }

  #followCall(call: FuncCall, follow: (node: Node | undefined) => void): void {
    const { funcname, args = [] } = call;
    const { name } = writtenName(funcname);
    if (QUOTING.has(name) || isReducing(call)) return;
    if (name !== 'format') {
      for (const each of args) follow('NamedArgExpr' in each ? each.NamedArgExpr.arg : each);
      return;
    }
    const [template, ...values] = args;
    const text = constantText(template);
    if (text === null) {
      for (const each of args) follow(each);
      return;
    }
    for (const index of unquotedSlots(text)) follow(values[index]);
  }

  #name(node: Node, within: PlExpression, seen: Set<string>, found: UnquotedValue[]): void {
    const bound = this.#bound.bound(within);
    const reference = fieldsOf(node, 'ColumnRef');
    const parameter = fieldsOf(node, 'ParamRef')?.number;
    const written = stringsOf(reference?.fields);
    const [first = ''] = written;
    const place = bound === undefined ? null : placeOf(bound, node);
    const add = (source: UnquotedValue['source'], canHoldSql: boolean) =>
      found.push({
        name: parameter === undefined ? written.join('.') : `$${parameter}`,
        source,
        canHoldSql,
        at: place,
      });
    const ofRoutine = this.#routine.parameters.filter(isInput);
    const declared =
      parameter === undefined
        ? ofRoutine.find(
            (each) => each.name !== null && each.name === (first === this.#routine.name.name ? written[1] : first),
          )
        : ofRoutine[parameter - 1];
    const isLocal = this.#types.has(first);
    if (declared !== undefined && !isLocal) {
      const kind = typeClass(this.#graph, declared.type);
      const isText = kind === undefined || kind === 'text' || kind === 'json' || kind === 'array';
      const isHarmless = HARMLESS.test(declared.type.name.name) && kind !== 'array';
      add('parameter', (isText || kind === 'other') && !isHarmless);
      return;
    }
    if (first === 'new' || first === 'old') {
      const meaning = reference && bound?.meanings.get(reference);
      const kind = meaning?.kind === 'column' ? typeClass(this.#graph, meaning.type ?? null) : undefined;
      add('row', kind === undefined || kind === 'text' || kind === 'json' || kind === 'array');
      return;
    }
    const meaning = reference && bound?.meanings.get(reference);
    if (meaning?.kind === 'column') {
      const kind = typeClass(this.#graph, meaning.type ?? null);
      add('query', kind === undefined || kind === 'text' || kind === 'json' || kind === 'array');
      return;
    }
    if (/^tg_/.test(first)) return;
    if (written.length === 1 && this.#isHarmless(first)) return;
    if (seen.has(first)) return;
    seen.add(first);
    const values = this.#values.get(first) ?? [];
    if (written.length > 1 || values.includes(null)) add('query', true);
    else if (values.length === 0 && isLocal) return;
    else if (values.length === 0) add('variable', true);
    for (const each of values) if (each !== null) this.#follow(each.tree, each, seen, found);
  }

  /** By the type it is declared with; `orders.id%type` by that column's. */
  #isHarmless(name: string): boolean {
    const type = this.#types.get(name);
    if (type === undefined) return false;
    if (type.reference !== 'type') return HARMLESS.test(type.text.trim());
    const parts = stringsOf(type.name?.names);
    const [table = '', column = ''] = parts.slice(-2);
    const relation = this.#graph.relation({ schema: parts.at(-3) ?? 'public', name: table });
    const found = relation && this.#graph.column(relation.id, column);
    return found?.type != null && HARMLESS.test(found.type.name.name);
  }
}

/** The arguments (from 0) that format() takes with %s. */
function unquotedSlots(text: string): readonly number[] {
  const slots: number[] = [];
  let next = 0;
  for (const [, position, type] of text.matchAll(/%(?:(\d+)\$)?(?:-?(?:\d+|\*(?:\d+\$)?))?([sIL%])/g)) {
    if (type === '%') continue;
    const index = position === undefined ? next : Number(position) - 1;
    next = index + 1;
    if (type === 's') slots.push(index);
  }
  return slots;
}
