import { quoteIdentifier } from '../../sql/name.ts';
import { readOnce } from '../asked-once.ts';
import type { Entity, EntityOf } from '../entities/index.ts';
import type { Change, History } from '../journal.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { FailingName } from './failing-names.ts';
import { type Failure, isSaid } from './failures.ts';
import { wasMissingInDump } from './missing-in-dump.ts';

export type Loss = Extract<Change, { readonly type: 'dropped' | 'altered' }>;

/** The change by which the history dropped or renamed what a body names. */
export function lossOf(journal: readonly Change[], failure: Failure): Loss | undefined {
  if (isSaid(failure)) return undefined;
  const { kind, relation, bare } = failure;
  const isIt = (entity: Entity): boolean => {
    if (kind === 'column') return entity.kind === 'column' && entity.relation === relation && entity.name === bare;
    const isRelation = entity.kind === 'table' || entity.kind === 'view' || entity.kind === 'materializedView';
    return kind === 'relation' && isRelation && entity.name.name === bare;
  };
  const last = journal.findLast((change) => {
    if (change.type === 'dropped') return isIt(change.before);
    return change.type === 'altered' && isIt(change.before) && !isIt(change.after);
  });
  return last?.type === 'dropped' || last?.type === 'altered' ? last : undefined;
}

/**
 * What certainly fails of these names of one routine: no table that may be there after all, unless the history drops or renames it or a dump knows of none (what
 * stands behind one fails whether it is there or not), no column of a table of which the files need columns that were made elsewhere, and nothing of an SQL function that the
 * server had refused to make.
 */
export function certainFailures<Name extends Failure>(
  graph: SchemaGraph,
  history: History,
  routine: EntityOf<'function'>,
  failing: readonly Name[],
): readonly Name[] {
  const { journal } = history;
  const isOpen = (each: Failure) =>
    (each.mayBeThere || (!isSaid(each) && isMadeElsewhere(graph, journal, each))) &&
    lossOf(journal, each) === undefined &&
    (isSaid(each) || !wasMissingInDump(graph, history, routine, each));
  return failing.filter((each) => !isOpen(each) && !wasRefused(journal, routine, each));
}

/**
 * A column of which unknown-object tells, as a statement needs it and no file makes it: the function is for the same column. Where the files lack columns
 * of several tables, these have columns that were made elsewhere, and there may be more of them.
 */
function isMadeElsewhere(graph: SchemaGraph, journal: readonly Change[], failing: FailingName): boolean {
  const { kind, relation, relations, bare } = failing;
  if (kind !== 'column') return false;
  const columns = unmadeColumns(journal);
  const tables = new Set([...columns].map(withoutLast));
  return (relation === null ? relations : [relation]).some((each) => {
    const of = graph.find(each);
    const table = of === undefined ? '' : graph.path(of);
    return columns.has(`${table}.${quoteIdentifier(bare)}`) || (tables.size >= FEW && tables.has(table));
  });
}

/** Of fewer tables it is no habit. */
const FEW = 3;

const unmadeColumns = readOnce((journal: readonly Change[]): ReadonlySet<string> => {
  const columns = new Set(
    journal.flatMap((change) =>
      change.type === 'failed' && change.problem.type === 'unknownObject' && change.problem.objectKind === 'column'
        ? [change.problem.name]
        : [],
    ),
  );
  return columns;
});

/** `public.orders` of a column `public.orders.state`. */
function withoutLast(name: string): string {
  return /^(.*)\.(?:"(?:[^"]|"")*"|[^."]*)$/s.exec(name)?.[1] ?? '';
}

/** Postgres reads the body of an SQL function when it is made: one that named what was not there then was refused, and an older body stands. */
function wasRefused(journal: readonly Change[], routine: EntityOf<'function'>, failing: Failure): boolean {
  // What is said of an SQL function is what only its planning finds.
  if (routine.language !== 'sql' || journal.length === 0 || isSaid(failing)) return false;
  const loss = lossOf(journal, failing);
  const given = journal.findLast((change) => {
    if (change.type === 'created') return change.after.id === routine.id;
    if (change.type !== 'altered' || change.before.kind !== 'function' || change.after.kind !== 'function')
      return false;
    return change.after.id === routine.id && change.before.body !== change.after.body;
  });
  if (loss === undefined || given === undefined || !('by' in given)) return true;
  return loss.by.index < given.by.index;
}
