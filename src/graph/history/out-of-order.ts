import type { Change, Problem, Statement } from '../journal.ts';

type MissingObject = Extract<Problem, { readonly type: 'unknownObject' }>;

/** An object that a file needs and a later one makes. */
export interface MadeLater {
  readonly problem: MissingObject;
  readonly by: Statement;
}

/** Fewer may each have a cause of their own: two files of one day, one that was renamed. */
const LEAST = 5;

/**
 * What files need that later files make, each object where it is first needed, if that is so much that the order of the names cannot be the one in
 * which they ran. Not what a foreign key refers to, nor what a file makes further down itself.
 */
export function madeLater(journal: readonly Change[]): readonly MadeLater[] {
  const all = journal.flatMap((change): readonly MadeLater[] => {
    if (change.type !== 'failed' || change.problem.type !== 'unknownObject') return [];
    const { problem, by } = change;
    const isMadeLater = problem.createdLater !== undefined && problem.createdLater.file !== problem.at.file;
    const isToldElsewhere =
      problem.again || problem.gone || problem.listedBy || problem.referredToBy || problem.refusedBy;
    return isMadeLater && !isToldElsewhere && by.migration.misnamed === null ? [{ problem, by }] : [];
  });
  all.sort((one, other) => one.by.index - other.by.index);
  const objects = new Set(all.map(({ problem: { objectKind, name } }) => `${objectKind} ${name}`));
  return objects.size < LEAST ? [] : all;
}
