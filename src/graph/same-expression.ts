import type { BoundExpression } from './bound-expression.ts';
import type { EntityId } from './entity-id.ts';

/**
 * Do two expressions say the same: equal trees, in which names count by what they stand for. A cast around a constant is
 * passed over, as Postgres folds it ('a'::text and 'a' in a text column).
 * @param translate what an entity of `a` is called in `b`: for expressions about two tables
 */
export function sameExpression(
  a: BoundExpression | null,
  b: BoundExpression | null,
  translate: (id: EntityId) => EntityId = (id) => id,
): boolean {
  if (a === null || b === null) return a === b;
  const left = targets(a, translate);
  const right = targets(b);
  return same(a.tree, b.tree, left, right);
}

type Targets = ReadonlyMap<object, string>;

function targets(
  { references }: BoundExpression,
  translate: (id: EntityId) => EntityId = (id) => id,
): Map<object, string> {
  const map = new Map<object, string>();
  for (const { node, target, field } of references) {
    map.set(node, `${map.get(node) ?? ''} ${translate(target)}${field === -1 ? '*' : ''}`);
  }
  return map;
}

/** The fields that spell a name; they do not count where the name is resolved. */
const SPELLING = new Set(['fields', 'funcname', 'names', 'catalogname', 'schemaname', 'relname', 'sval']);
const PLACES = new Set([
  'location',
  'name_location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'typemod',
]);

function same(a: unknown, b: unknown, left: Targets, right: Targets): boolean {
  const x = withoutConstantCast(a);
  const y = withoutConstantCast(b);
  if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) return x === y;
  if (Array.isArray(x) || Array.isArray(y)) {
    if (!Array.isArray(x) || !Array.isArray(y)) return false;
    const [one, other] = [withoutCatalog(x), withoutCatalog(y)];
    return one.length === other.length && one.every((each, i) => same(each, other[i], left, right));
  }
  const target = left.get(x);
  if (target !== right.get(y)) return false;
  const keys = new Set([...Object.keys(x), ...Object.keys(y)]);
  for (const key of keys) {
    if (PLACES.has(key) || (target !== undefined && SPELLING.has(key))) continue;
    if (!same((x as Fields)[key], (y as Fields)[key], left, right)) return false;
  }
  return true;
}

type Fields = Readonly<Record<string, unknown>>;

function withoutConstantCast(value: unknown): unknown {
  let current = value;
  while (typeof current === 'object' && current !== null && 'TypeCast' in current) {
    const { arg } = current.TypeCast as { readonly arg?: object };
    if (arg === undefined || !('A_Const' in arg || 'TypeCast' in arg)) return current;
    if ('TypeCast' in arg && !endsInConstant(arg)) return current;
    current = arg;
  }
  return current;
}

function endsInConstant(node: object): boolean {
  let current: object | undefined = node;
  while (current !== undefined && 'TypeCast' in current) current = (current.TypeCast as { readonly arg?: object }).arg;
  return current !== undefined && 'A_Const' in current;
}

/** `pg_catalog.int4` and `int4` are one name. */
function withoutCatalog(list: readonly unknown[]): readonly unknown[] {
  const [first] = list as readonly { readonly String?: { readonly sval?: string } }[];
  return list.length === 2 && first?.String?.sval === 'pg_catalog' ? list.slice(1) : list;
}
