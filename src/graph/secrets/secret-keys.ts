import type { A_Expr } from '@pgsql/types';
import { stringsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { COLUMN_NAMES } from '../lexicon/column-names.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { columnMeaning, constantText } from '../query-shapes/operand.ts';
import { expressionsInSchema } from '../query-shapes/schema-expressions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';

/**
 * The keys of a JSON column that are named like a credential: those that a comment on it lists in braces, that its default has,
 * or that the schema's own SQL reads from it.
 */
export function secretKeys(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  names: NamePatterns = COLUMN_NAMES.secret,
): readonly string[] {
  if (typeClass(graph, column.type) !== 'json') return [];
  const keys = [...listedKeys(column.comment ?? ''), ...defaultKeys(column), ...(keysRead(graph).get(column.id) ?? [])];
  return [...new Set(keys)].filter((each) => isNamed(each, names));
}

/** `{sendgrid_api_key, from_email}`, `{type: "basic", password: string}`: the words before a colon or a comma. */
function listedKeys(comment: string): readonly string[] {
  if (/\b(?:never|not|no|without)\b/i.test(comment)) return [];
  const lists = comment.match(/\{[^{}]*\}/g) ?? [];
  return lists.flatMap((list) => [...list.matchAll(KEY)].flatMap(([, key]) => key ?? []));
}

const KEY = /[{,]\s*["']?([A-Za-z_]\w*)["']?\??\s*(?=[:,}])/g;

function defaultKeys({ default: given }: EntityOf<'column'>): readonly string[] {
  const text = given === null ? null : constantText(given.tree);
  if (text === null || !text.startsWith('{')) return [];
  try {
    return Object.keys(JSON.parse(text));
  } catch {
    return [];
  }
}

/** What stands behind `->` and `->>`. A bare `token` may be one of a link that someone was sent. */
const keysRead = askedOnce((graph): ReadonlyMap<EntityId, ReadonlySet<string>> => {
  const found = new Map<EntityId, Set<string>>();
  const add = ({ kind, name, lexpr, rexpr }: A_Expr, binding: Binding) => {
    if (kind !== 'AEXPR_OP' || !ARROWS.has(stringsOf(name).at(-1) ?? '')) return;
    const column = columnMeaning(lexpr, binding)?.column;
    const key = constantText(rexpr);
    if (column === undefined || key === null || key === 'token') return;
    const keys = found.get(column) ?? new Set();
    found.set(column, keys.add(key));
  };
  for (const { tree, binding } of expressionsInSchema(graph))
    for (const each of nodesOf(tree, 'A_Expr')) add(each, binding);
  return found;
});

const ARROWS: ReadonlySet<string> = new Set(['->', '->>']);
