import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlDeclaration, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { constantText, unwrapped } from './operand.ts';
import { eachStatement, isAlwaysReached, mayAssign, ownExpressions } from './pl-statements.ts';
import type { Query } from './query.ts';
import { routineShape } from './routine-shape.ts';
import { rowEqualities } from './row-equalities.ts';
import { isAddedBefore, mayFindNone } from './rows-not-found.ts';

type Routine = EntityOf<'function'>;
type Variable = Extract<PlDeclaration, { readonly kind: 'variable' }>;

interface WipedVariable {
  readonly name: string;
  /** As it is written: `'free'`. */
  readonly value: string;
  /** Where it is declared. */
  readonly at: SourceLocation;
}

/** A default of a variable that is gone as soon as a SELECT … INTO finds no row. */
export interface WipedDefault {
  readonly variables: readonly WipedVariable[];
  /** Of which no row is found; null where the query reads more than one. */
  readonly table: EntityOf<'table'> | null;
  /** What becomes of the NULL in the one of them that is used first. */
  readonly use: 'returned' | 'compared' | 'used';
  /** The caller says which row of the table it is, by its own key: there mostly is one. */
  readonly isNamedByCaller: boolean;
  /** Each call runs the query: the default never counts. */
  readonly isAlways: boolean;
  /** The SELECT … INTO, without its semicolon. */
  readonly at: SourceLocation;
}

/**
 * `v_tier text := 'free'; … SELECT tier INTO v_tier FROM accounts WHERE …;`: without STRICT the targets are set to NULL where no row is found (docs 43.5.3).
 * Nothing is concluded where something sets the variable otherwise, or asks behind it whether there was a row (FOUND, IS NULL, coalesce()), nor where the row is
 * sure to be there, nor of false, which IF takes NULL for.
 */
export function wipedDefaults(graph: SchemaGraph, routine: Routine): readonly WipedDefault[] {
  const { block, queries, isWhole } = routineShape(graph, routine);
  if (block === null || !isWhole) return [];
  const all = [...eachStatement([block])];
  return all.flatMap(({ statement, parents }, at): readonly WipedDefault[] => {
    if (statement.kind !== 'sql' || statement.into === undefined || statement.into.strict) return [];
    const query = queries.find((each) => each.parent === null && each.node === statement.sql.tree);
    if (query === undefined || !mayFindNone(graph, routine, query)) return [];
    const names = statement.into.targets.map(({ name }) => name.join('.'));
    const behind = all.slice(at + 1).map((each) => each.statement);
    if (behind.some((each) => looksForRow(each, names))) return [];
    const others = all.map((each) => each.statement).filter((each) => each !== statement);
    const wiped = names.flatMap((name) => {
      const declared = declaredIn(parents, name);
      const begins = declared?.default;
      const constant = constantText(begins?.tree);
      if (declared === undefined || begins === undefined || constant === null || constant === 'false') return [];
      const uses = behind.flatMap((each) => useOf(each, name));
      const isUsedBefore = all.slice(0, at + 1).some((each) => useOf(each.statement, name).length > 0);
      const isSetElsewhere = others.some((each) => mayAssign(each, name));
      return uses.length === 0 || isUsedBefore || isSetElsewhere
        ? []
        : [{ name, value: begins.text, at: declared.at, uses }];
    });
    const [first] = wiped;
    const use = first?.uses[0];
    if (first === undefined || use === undefined) return [];
    const before = all.slice(0, at).flatMap((each) => ownExpressions(each.statement).map(({ tree }) => tree));
    if (isAddedBefore(queries, before, query)) return [];
    const table = onlyTable(graph, query);
    const isAlways = isAlwaysReached(statement, parents);
    const isNamedByCaller = table !== null && isByOwnKey(graph, query, table);
    return [{ variables: wiped, table, use, isNamedByCaller, isAlways, at: statement.at }];
  });
}

function onlyTable(graph: SchemaGraph, { sources }: Query): EntityOf<'table'> | null {
  const [source, another] = sources;
  const table = source === undefined || another !== undefined ? undefined : graph.find(source.relation);
  return table?.kind === 'table' ? table : null;
}

/** By the one column of its primary key, which is no foreign key: `where id = p_id`. */
function isByOwnKey(graph: SchemaGraph, query: Query, table: EntityOf<'table'>): boolean {
  const [column, another] = graph.primaryKey(table.id)?.columns ?? [];
  if (column === undefined || another !== undefined) return false;
  if (graph.foreignKeysOf(graph.get('column', column)).length > 0) return false;
  return query.sources.some((source) => rowEqualities(query, source).some((each) => each.column === column));
}

/** The variable that the name stands for, in the innermost block that declares one. */
function declaredIn(parents: readonly PlStatement[], name: string): Variable | undefined {
  for (const parent of parents.toReversed()) {
    const declared = parent.kind === 'block' ? parent.declarations.find((each) => each.name === name) : undefined;
    if (declared !== undefined) return declared.kind === 'variable' ? declared : undefined;
  }
  return undefined;
}

/** FOUND, a row count, or a test of one of the targets for NULL. */
function looksForRow(statement: PlStatement, names: readonly string[]): boolean {
  if (statement.kind === 'diagnostics') return true;
  return ownExpressions(statement).some(({ tree }) => anyNode(tree, (node) => asksForRow(node, names)));
}

function asksForRow(node: Node, names: readonly string[]): boolean {
  const isTarget = (each: Node | undefined) => names.includes(nameOf(each));
  if (nameOf(node) === 'found') return true;
  if (isTarget(fieldsOf(node, 'NullTest')?.arg) || isTarget(fieldsOf(node, 'BooleanTest')?.arg)) return true;
  if (fieldsOf(node, 'CoalesceExpr')?.args?.some(isTarget) === true) return true;
  const { kind, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  return (kind === 'AEXPR_DISTINCT' || kind === 'AEXPR_NOT_DISTINCT') && (isTarget(lexpr) || isTarget(rexpr));
}

function nameOf(node: Node | undefined): string {
  return stringsOf(fieldsOf(unwrapped(node), 'ColumnRef')?.fields).join('.');
}

/** What a statement does with the value, if it reads it. */
function useOf(statement: PlStatement, name: string): readonly WipedDefault['use'][] {
  return ownExpressions(statement).flatMap(({ tree }): readonly WipedDefault['use'][] => {
    if (!anyNode(tree, (node) => nameOf(node) === name)) return [];
    if (statement.kind === 'return' && nameOf(tree) === name) return ['returned'];
    const { kind, lexpr, rexpr } = fieldsOf(unwrapped(tree), 'A_Expr') ?? {};
    const isCompared = kind === 'AEXPR_OP' && (nameOf(lexpr) === name || nameOf(rexpr) === name);
    return [statement.kind === 'if' && isCompared ? 'compared' : 'used'];
  });
}
