import { bodyTree } from '../graph/routines/body-tree.ts';
import { breakBefore } from '../graph/routines/redefinition.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { HalfCount } from '../graph/triggers/half-counts.ts';
import { fieldsOf, stringsOf } from '../sql/nodes.ts';
import { walk } from '../sql/walk.ts';
import type { Fix } from './finding.ts';
import { redefined } from './redefined.ts';

/** What is worked out anew for the parent that NEW names is worked out for the one that OLD names, before all else in a DELETE. */
export function countedForDelete(
  graph: SchemaGraph,
  counts: readonly HalfCount[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const [first] = counts;
  const tree = first && bodyTree(first.function);
  const body = tree?.language === 'plpgsql' ? tree.block.body[0] : undefined;
  if (first === undefined || body === undefined || first.trigger.timing !== 'after') return undefined;
  const again = new Set(counts.map((each) => (each.isRecount ? countedForOld(each, texts) : undefined)));
  if (again.has(undefined)) return undefined;
  const line = breakBefore(texts, body.at);
  const text = `if tg_op = 'DELETE' then${line}  ${[...again].join(`;${line}  `)};${line}end if;${line}`;
  const written = redefined(graph, first.function, texts, [{ at: body.at.start, text }]);
  return written === undefined
    ? undefined
    : { title: 'Count what is left when a row goes', safety: 'review', sql: written };
}

/** Undefined where it takes more of NEW than the key. */
function countedForOld({ statement, by }: HalfCount, texts: ReadonlyMap<string, string>): string | undefined {
  const text = texts.get(statement.at.file);
  if (text === undefined || statement.kind !== 'sql') return undefined;
  const { start, end } = statement.at;
  const places: number[] = [];
  let isKeyAlone = true;
  walk(statement.sql.tree, (_, node) => {
    const reference = fieldsOf(node, 'ColumnRef');
    const [row, name] = stringsOf(reference?.fields);
    if (row !== 'new') return undefined;
    const at = reference?.location ?? -1;
    if (name === by.name && /^new\b/i.test(text.slice(at))) places.push(at);
    else isKeyAlone = false;
    return undefined;
  });
  if (!isKeyAlone) return undefined;
  return places
    .sort((a, b) => b - a)
    .reduce((rest, at) => `${rest.slice(0, at - start)}old${rest.slice(at - start + 3)}`, text.slice(start, end));
}
