import type { Entity } from '../../graph/entities/index.ts';
import { addTo } from '../../graph/grouping.ts';
import type { Change, Problem, SkippedCreate, Statement } from '../../graph/journal.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';

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
 * problem of order: the problem gets both places. A column that a skipped CREATE TABLE lists gets that.
 */
export function withOrderOfEvents(journal: readonly Change[], graph: SchemaGraph): readonly Change[] {
  if (!journal.some((each) => each.type === 'failed' && each.problem.type === 'unknownObject')) return journal;
  const created: Notes = new Map();
  const gone: Notes = new Map();
  const refused: Notes<Refused> = new Map();
  const listed: Notes<SkippedCreate> = new Map();
  journal.forEach((change, position) => {
    if (change.type === 'skipped') for (const key of columnKeys(change, graph)) note(listed, key, position, change);
    const unmade = refusedRoutine(change) ?? refusedRelation(change) ?? refusedPart(change);
    if (unmade !== undefined) note(refused, unmade.name, position, unmade);
    if (change.type === 'created' && change.after.isAssumed !== true)
      note(created, keyOf(change.after, graph), position, change);
    if (change.type === 'dropped') note(gone, keyOf(change.before, graph), position, change);
    if (change.type === 'altered' && nameOf(change.before) !== nameOf(change.after))
      note(gone, keyOf(change.before, graph), position, change);
  });
  /** A column that there was goes with its table, whoever makes that again. */
  const goneWithTable = ({ objectKind, name }: Missing, position: number): Change | undefined => {
    const [, table = '', column] = /^(.*)\.([^.]*)$/.exec(name.replaceAll('"', '')) ?? [];
    const drop = objectKind === 'column' ? lastBefore(gone, keyed('table', table), position) : undefined;
    if (drop?.type !== 'dropped') return undefined;
    const { id } = drop.before;
    const wasThere = journal.some(
      (each) =>
        'after' in each && each.after.kind === 'column' && each.after.relation === id && each.after.name === column,
    );
    return wasThere ? drop : undefined;
  };
  return journal.map((change, position) => {
    if (change.type !== 'failed' || change.problem.type !== 'unknownObject') return change;
    const key = keyed(change.problem.objectKind, change.problem.name);
    const later = created.get(key)?.find((each) => each.position > position)?.change;
    const before = lastBefore(gone, key, position) ?? goneWithTable(change.problem, position);
    const skipped = lastBefore(listed, key, position);
    const unmade = lastBefore(refused, unmadeNameOf(change.problem), position);
    if ([later, before, skipped, unmade].every((each) => each === undefined)) return change;
    return {
      ...change,
      problem: {
        ...change.problem,
        ...(later?.type === 'created' ? { createdLater: later.by.at } : {}),
        ...(before === undefined ? {} : { gone: before }),
        ...(skipped === undefined ? {} : { listedBy: skipped }),
        ...(unmade === undefined ? {} : { refusedBy: unmade.by }),
      },
    };
  });
}

interface Refused {
  readonly name: string;
  readonly by: Statement;
}

type Missing = Extract<Problem, { readonly type: 'unknownObject' }>;

/** A CREATE FUNCTION that fails whatever is there. */
function refusedRoutine(change: Change): Refused | undefined {
  if (change.type !== 'failed' || change.problem.type !== 'refused') return undefined;
  const { by } = change;
  const written = fieldsOf(by.node, 'CreateFunctionStmt')?.funcname;
  return written === undefined ? undefined : { name: writtenName(written).name, by };
}

/** A table or view that is refused for something else than that it is there. */
function refusedRelation(change: Change): Refused | undefined {
  if (change.type !== 'failed' || change.problem.type !== 'refused') return undefined;
  const { by } = change;
  const name =
    fieldsOf(by.node, 'CreateStmt')?.relation?.relname ??
    fieldsOf(by.node, 'ViewStmt')?.view?.relname ??
    fieldsOf(by.node, 'CreateTableAsStmt')?.into?.rel?.relname;
  return name === undefined ? undefined : { name: relationOf(name), by };
}

function relationOf(name: string): string {
  return `relation\0${name}`;
}

/** What stands on a table and fails as a column of it is missing. */
function refusedPart(change: Change): Refused | undefined {
  if (change.type !== 'failed' || change.problem.type !== 'unknownObject' || change.problem.objectKind !== 'column')
    return undefined;
  const { by } = change;
  const name =
    fieldsOf(by.node, 'CreatePolicyStmt')?.policy_name ??
    fieldsOf(by.node, 'IndexStmt')?.idxname ??
    fieldsOf(by.node, 'CreateTrigStmt')?.trigname;
  return name === undefined ? undefined : { name: partOf(name), by };
}

function partOf(name: string): string {
  return `part\0${name}`;
}

function keyed(objectKind: string, name: string): string {
  return `${objectKind}\0${name.replaceAll('"', '')}`;
}

/** `f` of `public.f(uuid)`, `p` of `public.t.p`, `t` of `public.t`; of other objects nothing. */
function unmadeNameOf({ objectKind, name }: Missing): string {
  const bare = /([^."]+)"?$/.exec(name)?.[1] ?? '';
  if (PARTS.has(objectKind)) return partOf(bare);
  if (objectKind === 'table') return relationOf(bare);
  const [, own = ''] = objectKind === 'function' ? (/([^."(]+)"?(?:\(.*)?$/.exec(name) ?? []) : [];
  return own;
}

const PARTS: ReadonlySet<string> = new Set(['policy', 'index', 'trigger']);

/** What happened, by the name it happened to, in order. */
type Notes<Event = Change> = Map<string, { readonly position: number; readonly change: Event }[]>;

function note<Event>(notes: Notes<Event>, key: string | undefined, position: number, change: Event): void {
  if (key !== undefined) addTo(notes, key, { position, change });
}

function lastBefore<Event>(notes: Notes<Event>, key: string, position: number): Event | undefined {
  return notes.get(key)?.findLast((each) => each.position < position)?.change;
}

/** The columns that a CREATE TABLE would have brought. */
function columnKeys({ existing, differences }: SkippedCreate, graph: SchemaGraph): readonly string[] {
  if (existing.kind !== 'table') return [];
  const table = graph.path(existing).replaceAll('"', '');
  return differences.flatMap(({ lackedColumn }) =>
    lackedColumn === undefined ? [] : [`column\0${table}.${lackedColumn.replaceAll('"', '')}`],
  );
}

function nameOf(entity: { readonly kind: string; readonly name?: unknown }): string {
  return JSON.stringify(entity.name ?? null);
}

function keyOf(entity: Parameters<SchemaGraph['path']>[0], graph: SchemaGraph): string | undefined {
  const wanted = WANTED.get(entity.kind);
  // What a view calls its columns makes no column of a table.
  if (wanted === undefined || (entity.kind === 'column' && !isOfTable(graph.parent(entity)))) return undefined;
  const path =
    entity.kind === 'function' ? `${entity.name.schema}.${entity.name.name}` : graph.path(entity).replaceAll('"', '');
  return `${wanted}\0${path}`;
}

function isOfTable(parent: Entity | undefined): boolean {
  return parent?.kind === 'table' || parent?.kind === 'foreignTable';
}
