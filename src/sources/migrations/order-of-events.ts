import { addTo } from '../../graph/grouping.ts';
import type { Change, Problem, SkippedCreate, Statement } from '../../graph/journal.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { ABSENT } from './relations/table-differences.ts';

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
  const created = new Map<string, { readonly position: number; readonly change: Change }[]>();
  const gone = new Map<string, { readonly position: number; readonly change: Change }[]>();
  const refused = new Map<string, { readonly position: number; readonly change: Refused }[]>();
  const listed = new Map<string, { readonly position: number; readonly change: SkippedCreate }[]>();
  journal.forEach((change, position) => {
    if (change.type === 'skipped')
      for (const key of columnKeys(change, graph)) addTo(listed, key, { position, change });
    const unmade = refusedRoutine(change);
    if (unmade !== undefined) addTo(refused, unmade.name, { position, change: unmade });
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
    const skipped = listed.get(key)?.findLast((each) => each.position < position)?.change;
    const unmade = refused.get(routineNameOf(change.problem))?.findLast((each) => each.position < position)?.change;
    if ([later, before, skipped, unmade].every((each) => each === undefined)) return change;
    return {
      ...change,
      problem: {
        ...change.problem,
        ...(later?.type === 'created' ? { createdLater: later.by.at } : {}),
        ...(before === undefined ? {} : { gone: before }),
        ...(skipped === undefined ? {} : { listedBy: skipped }),
        ...(unmade === undefined ? {} : { refusedBy: unmade }),
      },
    };
  });
}

interface Refused {
  readonly name: string;
  readonly by: Statement;
  readonly message: string;
  readonly isSyntax: boolean;
}

/** A CREATE FUNCTION that fails whatever is there. */
function refusedRoutine(change: Change): Refused | undefined {
  if (change.type !== 'failed' || change.problem.type !== 'refused') return undefined;
  const { by, problem } = change;
  const written = fieldsOf(by.node, 'CreateFunctionStmt')?.funcname;
  return written === undefined
    ? undefined
    : { name: writtenName(written).name, by, message: problem.message, isSyntax: problem.isSyntax === true };
}

/** `f` of `public.f(uuid)`; of other objects nothing. */
function routineNameOf({ objectKind, name }: Extract<Problem, { readonly type: 'unknownObject' }>): string {
  const [, own = ''] = objectKind === 'function' ? (/([^."(]+)"?(?:\(.*)?$/.exec(name) ?? []) : [];
  return own;
}

type Notes = Map<string, { readonly position: number; readonly change: Change }[]>;

function note(notes: Notes, key: string | undefined, position: number, change: Change): void {
  if (key === undefined) return;
  addTo(notes, key, { position, change });
}

/** `column note` and `column "Note"`, not `column note default`. */
const WHOLE_COLUMN = /^column ("(?:[^"]|"")*"|[^" ]+)$/;

/** The columns that a CREATE TABLE would have brought. */
function columnKeys({ existing, differences }: SkippedCreate, graph: SchemaGraph): readonly string[] {
  if (existing.kind !== 'table') return [];
  const table = graph.path(existing);
  return differences.flatMap(({ what, existing: is }) => {
    const [, column] = is === ABSENT ? (WHOLE_COLUMN.exec(what) ?? []) : [];
    return column === undefined ? [] : [`column\0${`${table}.${column}`.replaceAll('"', '')}`];
  });
}

function nameOf(entity: { readonly kind: string; readonly name?: unknown }): string {
  return JSON.stringify(entity.name ?? null);
}

function keyOf(entity: Parameters<SchemaGraph['path']>[0], graph: SchemaGraph): string | undefined {
  const wanted = WANTED.get(entity.kind);
  // What a view calls its columns makes no column of a table.
  if (wanted === undefined || (entity.kind === 'column' && graph.parent(entity)?.kind !== 'table')) return undefined;
  const path =
    entity.kind === 'function' ? `${entity.name.schema}.${entity.name.name}` : graph.path(entity).replaceAll('"', '');
  return `${wanted}\0${path}`;
}
