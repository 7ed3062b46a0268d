import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { expressionRange } from '../../sql/range.ts';
import { walk } from '../../sql/walk.ts';
import { canonical } from '../binding/canonical.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';

/** One of the conditions that OR connects at the top of a clause. */
export interface Alternative extends Asked {
  /** With its own text. */
  readonly expression: BoundExpression;
}

/** What has to hold together. */
export interface Asked {
  /** What AND connects in it, by a form that is the same for the same condition. */
  readonly conditions: ReadonlyMap<string, Node>;
  /** Those of them that look for a row: EXISTS, IN. */
  readonly lookups: readonly Lookup[];
}

/** A condition that some row is there, by what AND connects in its WHERE: each of them as if it stood there alone. */
interface Lookup {
  readonly condition: string;
  readonly asked: ReadonlyMap<string, Node>;
  /** Of those that OR connects, each part, likewise. */
  readonly ways: ReadonlyMap<string, readonly string[]>;
}

const known = new WeakMap<BoundExpression, readonly Alternative[]>();

export function alternativesOf(clause: BoundExpression): readonly Alternative[] {
  const alternatives = known.get(clause) ?? madeOf(clause);
  known.set(clause, alternatives);
  return alternatives;
}

function madeOf(clause: BoundExpression): readonly Alternative[] {
  const trees = disjuncts(clause.tree);
  return trees.map((tree) => ({
    expression: trees.length === 1 ? clause : partOf(clause, tree),
    ...askedTogether(clause, conjuncts(tree)),
  }));
}

/** What these conditions of a clause ask for, if all of them have to hold. */
export function askedTogether(clause: BoundExpression, parts: readonly Node[]): Asked {
  return {
    conditions: new Map(parts.map((each) => [canonical(each, clause, String), each])),
    lookups: parts.flatMap((each) => lookupIn(each, clause) ?? []),
  };
}

/** Only of a plain SELECT … FROM … WHERE: what groups, limits or takes rows away is another matter. */
function lookupIn(condition: Node, clause: BoundExpression): Lookup | undefined {
  const link = fieldsOf(condition, 'SubLink');
  const select = fieldsOf(link?.subselect, 'SelectStmt');
  if (link === undefined || (link.subLinkType !== 'EXISTS_SUBLINK' && link.subLinkType !== 'ANY_SUBLINK'))
    return undefined;
  if (select === undefined || (select.fromClause ?? []).length === 0 || select.whereClause === undefined)
    return undefined;
  if (Object.keys(select).some((each) => !PLAIN.has(each))) return undefined;
  const asking = (whereClause: Node): Node => ({
    SubLink: { ...link, subselect: { SelectStmt: { ...select, whereClause } } },
  });
  const key = (node: Node) => canonical(asking(node), clause, String);
  const asked = new Map(conjuncts(select.whereClause).map((each) => [key(each), each]));
  return {
    condition: canonical(condition, clause, String),
    asked,
    ways: new Map([...asked].map(([whole, node]) => [whole, disjuncts(node).map(key)])),
  };
}

const PLAIN: ReadonlySet<string> = new Set(['targetList', 'fromClause', 'whereClause', 'limitOption', 'op']);

/** A part of a clause, with its own text. */
export function partOf(clause: BoundExpression, tree: BoundExpression['tree']): BoundExpression {
  const text = ' '.repeat(clause.start) + clause.text;
  const { start, end } = expressionRange(tree, text);
  const nodes = new Set<object>();
  walk(tree, (tag, node) => {
    nodes.add((node as unknown as Record<string, object>)[tag] ?? node);
    return undefined;
  });
  const references = clause.references.filter(({ node }) => nodes.has(node));
  return { ...clause, tree, text: text.slice(start, end), start, references };
}

/** Is the one true only where the other is, as it asks for all that the other asks for, also of the rows that both look for? */
export function isWithin(one: Asked, other: Asked): boolean {
  return [...other.conditions.keys()].every((each) => isAskedIn(one, other, each));
}

function isAskedIn(one: Asked, other: Asked, condition: string): boolean {
  if (one.conditions.has(condition)) return true;
  const wanted = other.lookups.find((each) => each.condition === condition);
  return wanted !== undefined && one.lookups.some((each) => looksForMore(each, wanted));
}

export function looksForMore(lookup: Lookup, wanted: Lookup): boolean {
  return [...wanted.asked.keys()].every((each) => lookup.asked.has(each));
}

/** The same, where an OR inside what the other looks for may be what makes it wider: `status = 'active' or seller = …`. */
export function isCoveredBy(one: Asked, other: Asked): boolean {
  return [...other.conditions.keys()].every((condition) => {
    if (isAskedIn(one, other, condition)) return true;
    const wanted = other.lookups.find((each) => each.condition === condition);
    const ways = [...(wanted?.ways.values() ?? [])];
    return (
      wanted !== undefined && one.lookups.some(({ asked }) => ways.every((each) => each.some((way) => asked.has(way))))
    );
  });
}

/** What one alternative asks for beyond another, and the condition that it is a part of: itself, or a look for a row. */
export interface AskedBeyond {
  readonly asked: BoundExpression;
  readonly condition: BoundExpression;
  /** The other asks the same, and lists more that will do: 'owner' or 'editor' where this one wants 'owner'. */
  readonly isOfList?: true;
}

/** What the one asks for beyond the other, of which it asks for everything else: conditions, and those on a row that both look for. */
export function askedBeyond(one: Alternative, other: Alternative): readonly AskedBeyond[] {
  return [...one.conditions].flatMap(([condition, tree]) => {
    if (other.conditions.has(condition)) return [];
    const found = one.lookups.filter((each) => each.condition === condition);
    const inside = found.flatMap((each) => {
      const wanted = other.lookups.find((one) => looksForMore(each, one));
      return wanted === undefined
        ? []
        : [...each.asked].flatMap(([key, node]) => (wanted.asked.has(key) ? [] : [node]));
    });
    const beyond = inside.length === 0 ? [tree] : inside;
    const whole = partOf(one.expression, tree);
    return beyond.map((each) => ({ asked: partOf(one.expression, each), condition: whole }));
  });
}

/** The same of whole clauses, of which one alternative is enough. */
export function implies(clause: BoundExpression, other: BoundExpression): boolean {
  const others = alternativesOf(other);
  return alternativesOf(clause).every((each) => others.some((one) => isWithin(each, one)));
}
