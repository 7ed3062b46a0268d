import { askedOnce } from '../asked-once.ts';
import type { Change, Problem, Statement } from '../journal.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type MissingObject = Extract<Problem, { readonly type: 'unknownObject' }>;

/** An object that a statement needs and no file makes. */
export interface Unmade {
  readonly problem: MissingObject;
  readonly by: Statement;
}

interface NamedObject {
  readonly kind: string;
  readonly name: string;
}

/** A history of which files are not there: what it needs of them. */
export interface LateBeginning {
  /** As they are first needed; at least one. */
  readonly unmade: readonly [Unmade, ...Unmade[]];
  /** The same as they are counted: a schema that is missing stands for its tables. */
  readonly objects: readonly NamedObject[];
  /** Nothing was made before: the first files are those that are missing. */
  readonly isFromTheStart: boolean;
}

/** Fewer may each have a cause of their own: a name that is written wrong, a table of another database. */
const LEAST = 5;

/** What no file makes, where that is so much that files themselves must be missing. */
export const lateBeginning = askedOnce((graph: SchemaGraph, journal: readonly Change[]): LateBeginning | undefined => {
  const all = journal.flatMap((change) => {
    const isUnmade = change.type === 'failed' && change.problem.type === 'unknownObject' && neverMade(change.problem);
    return isUnmade && change.by.migration.misnamed === null
      ? [{ problem: change.problem as MissingObject, by: change.by }]
      : [];
  });
  const [first, ...more] = all.sort((one, other) => one.by.index - other.by.index);
  const objects = [
    ...new Map(
      all.map(({ problem }) => {
        const object = countedAs(graph, problem);
        return [`${object.kind} ${object.name}`, object];
      }),
    ).values(),
  ];
  if (first === undefined || objects.length < LEAST) return undefined;
  const isFromTheStart = !journal.some(
    (change) =>
      change.type === 'created' &&
      change.after.kind === 'table' &&
      change.after.isAssumed !== true &&
      change.by.index < first.by.index,
  );
  return { unmade: [first, ...more], objects, isFromTheStart };
});

/**
 * A column or a policy that a table of the history lacks has a cause of its own, and roles are the server's. A row called old
 * or new is no table that anybody forgot.
 */
function neverMade({ objectKind, name, again, gone, createdLater, refusedBy, listedBy }: MissingObject): boolean {
  if (again || gone || createdLater || refusedBy || listedBy) return false;
  return WHOLE.has(objectKind) && !/(?:^|\.)(?:old|new)$/.test(name);
}

const WHOLE: ReadonlySet<string> = new Set(['schema', 'table', 'view', 'function', 'type', 'sequence']);

/** The object, or the schema that is missing with it. */
function countedAs(graph: SchemaGraph, { objectKind, name }: MissingObject): NamedObject {
  const path = name.replace(/\(.*$/, '');
  const schema = objectKind === 'schema' ? path : path.slice(0, Math.max(path.lastIndexOf('.'), 0));
  const isMissing = graph.global('schema', schema.replaceAll('"', ''))?.isAssumed === true;
  return isMissing ? { kind: 'schema', name: schema } : { kind: objectKind, name };
}
