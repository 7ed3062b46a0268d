import type { Change } from '../../graph/journal.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';

/** Words of Problem.objectKind for what a kind of entity is when it is missing. */
const WANTED: ReadonlyMap<string, string> = new Map([
  ['table', 'table'],
  ['view', 'table'],
  ['materializedView', 'table'],
  ['foreignTable', 'table'],
  ['column', 'column'],
  ['function', 'function'],
  ['enumType', 'type'],
  ['domain', 'type'],
  ['compositeType', 'type'],
  ['role', 'role'],
  ['schema', 'schema'],
  ['policy', 'policy'],
  ['trigger', 'trigger'],
]);

/**
 * An object that is missing where it is needed, but that another statement makes later or made and took away before, is a
 * problem of order: the problem gets both places.
 */
export function withOrderOfEvents(journal: readonly Change[], graph: SchemaGraph): readonly Change[] {
  if (!journal.some((each) => each.type === 'failed' && each.problem.type === 'unknownObject')) return journal;
  const created = new Map<string, { readonly position: number; readonly change: Change }[]>();
  const gone = new Map<string, { readonly position: number; readonly change: Change }[]>();
  journal.forEach((change, position) => {
    if (change.type === 'created' && change.after.isAssumed !== true)
      note(created, keyOf(change.after, graph), position, change);
    if (change.type === 'dropped') note(gone, keyOf(change.before, graph), position, change);
    if (change.type === 'altered' && nameOf(change.before) !== nameOf(change.after))
      note(gone, keyOf(change.before, graph), position, change);
  });
  return journal.map((change, position) => {
    if (change.type !== 'failed' || change.problem.type !== 'unknownObject') return change;
    const key = `${change.problem.objectKind}\0${change.problem.name.replaceAll('"', '')}`;
    const later = created.get(key)?.find((each) => each.position > position)?.change;
    const before = gone.get(key)?.findLast((each) => each.position < position)?.change;
    if (later === undefined && before === undefined) return change;
    return {
      ...change,
      problem: {
        ...change.problem,
        ...(later?.type === 'created' ? { createdLater: later.by.at } : {}),
        ...(before === undefined ? {} : { gone: before }),
      },
    };
  });
}

type Notes = Map<string, { readonly position: number; readonly change: Change }[]>;

function note(notes: Notes, key: string | undefined, position: number, change: Change): void {
  if (key === undefined) return;
  const found = notes.get(key);
  if (found) found.push({ position, change });
  else notes.set(key, [{ position, change }]);
}

function nameOf(entity: { readonly kind: string; readonly name?: unknown }): string {
  return JSON.stringify(entity.name ?? null);
}

function keyOf(entity: Parameters<SchemaGraph['path']>[0], graph: SchemaGraph): string | undefined {
  const wanted = WANTED.get(entity.kind);
  if (wanted === undefined) return undefined;
  const path =
    entity.kind === 'function' ? `${entity.name.schema}.${entity.name.name}` : graph.path(entity).replaceAll('"', '');
  return `${wanted}\0${path}`;
}
