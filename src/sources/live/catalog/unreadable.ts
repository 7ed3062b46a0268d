import type { Entity } from '../../../graph/entities/index.ts';
import { NOWHERE } from '../../../sql/location.ts';
import { withoutSecrets } from '../../../sql/secrets.ts';
import type { Catalog } from './catalog.ts';

/** Says what of the server's SQL could not be read, and lets nothing be concluded from the objects that it is a part of. */
export function doubtUnreadable({ builder, graph, unreadable }: Catalog): void {
  if (unreadable.size === 0) return;
  const holders = new Map<string, Entity>();
  for (const entity of graph.all()) {
    for (const text of textsIn(entity)) if (unreadable.has(text)) holders.set(text, graph.parent(entity) ?? entity);
  }
  for (const text of unreadable) {
    const holder = holders.get(text);
    const of = holder === undefined ? '' : ` of ${graph.path(holder)}`;
    const sql = withoutSecrets(text).replace(/\s+/g, ' ').trim().slice(0, 120);
    builder.doubt({
      what: `The server prints SQL${of} that this version of ddlint cannot read: ${sql}`,
      at: NOWHERE,
      aspects: 'anything',
      reach: holder === undefined ? 'any' : { entities: [holder.id] },
    });
  }
}

/** Of the expressions and bodies that it holds, however deep. */
function* textsIn(value: unknown): Iterable<string> {
  if (typeof value !== 'object' || value === null || value instanceof Map) return;
  if ('text' in value && typeof value.text === 'string') yield value.text;
  for (const [name, each] of Object.entries(value)) if (name !== 'tree') yield* textsIn(each);
}
