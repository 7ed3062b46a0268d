import type { SchemaGraph } from '../graph/schema-graph.ts';
import { didYouMean } from '../rule/nearest.ts';
import type { AnyReport } from '../rule/rule.ts';
import type { SourceLocation } from '../sql/location.ts';
import { type Draft, draftOf } from './collect.ts';
import type { IgnoreComment } from './ignore-comments.ts';
import { invalidIgnore, unusedIgnore } from './ignore-rules.ts';
import type { Ignoring, ObjectIgnore } from './ignoring.ts';
import type { SelectedRule } from './select.ts';

export interface Ignored {
  /** What is left, and what there is to say about the ignores themselves. */
  readonly drafts: readonly Draft[];
  readonly ignored: number;
  readonly notes: readonly string[];
}

interface Applied {
  readonly ran: readonly SelectedRule[];
  /** Every id there is, whether it ran or not. */
  readonly known: ReadonlySet<string>;
  readonly graph: SchemaGraph;
  readonly ignoring: Ignoring;
}

/** Takes out what comments and the configuration ignore, and reports the ignores that are wrong or hit nothing. */
export function applyIgnores(drafts: readonly Draft[], applied: Applied): Ignored {
  const { ignoring, graph } = applied;
  const { comments } = ignoring;
  const used = new Used();
  const isKept = (draft: Draft): boolean => {
    const isOfSchema = isBeyondItsPlace(draft, graph);
    const here = draft.origin.from === 'statement' ? ignoring.at(draft.ruleId, draft.origin.at) : [];
    const byComments = isOfSchema ? [] : here;
    // One that is put beside the others of a finding about many is needed as soon as they are no longer so many.
    const beside = draft.related.flatMap(({ at }) => ignoring.at(draft.ruleId, at));
    for (const comment of [...here, ...beside]) used.comment(comment, draft.ruleId);
    const byConfig = ignoring.ofObject(draft.ruleId, draft.object.name);
    for (const ignore of byConfig) used.ignores.add(ignore);
    return byComments.length === 0 && byConfig.length === 0;
  };
  const ran = new Set(applied.ran.map((rule) => rule.id));
  const unused = (ids: (id: string) => boolean): readonly Draft[] => {
    const judged = (comment: IgnoreComment, id: string): boolean => ran.has(id) && ids(id) && !used.has(comment, id);
    return draftsOf(
      unusedIgnore.meta.id,
      comments.flatMap((comment) => unusedReports(comment, judged)),
      applied,
    );
  };
  const invalid = draftsOf(
    invalidIgnore.meta.id,
    comments.flatMap((comment) => invalidReports(comment, applied)),
    applied,
  );
  const first = [...drafts, ...invalid];
  const kept = first.filter(isKept);
  // An ignore of unused-ignore can only be judged once the others are.
  const second = unused((id) => id !== unusedIgnore.meta.id);
  const keptUnused = second.filter(isKept);
  const last = unused((id) => id === unusedIgnore.meta.id);
  const notes = ignoring.objects
    .filter((ignore) => ran.has(ignore.rule) && !used.ignores.has(ignore))
    .map(
      ({ rule, object }) =>
        `The configuration ignores ${rule} on ${object}, and there is no such finding: remove it from ignores.`,
    );
  const ignored = first.length - kept.length + second.length - keptUnused.length;
  return { drafts: [...kept, ...keptUnused, ...last], ignored, notes };
}

/** Which ignores silenced something, and for which rule. */
class Used {
  readonly ignores = new Set<ObjectIgnore>();
  readonly #comments = new Map<IgnoreComment, Set<string>>();

  comment(comment: IgnoreComment, ruleId: string): void {
    this.#comments.set(comment, (this.#comments.get(comment) ?? new Set<string>()).add(ruleId));
  }

  has(comment: IgnoreComment, ruleId: string): boolean {
    return this.#comments.get(comment)?.has(ruleId) === true;
  }
}

/** Is it about a schema and stands at one of many things in it, of which a comment there says nothing? */
function isBeyondItsPlace({ object, origin }: Draft, graph: SchemaGraph): boolean {
  if (object.kind !== 'schema') return false;
  const own = graph.global('schema', object.name)?.origin;
  return !(own?.from === 'statement' && origin.from === 'statement' && isSamePlace(own.at, origin.at));
}

function isSamePlace(one: SourceLocation, other: SourceLocation): boolean {
  return one.file === other.file && one.start === other.start;
}

function invalidReports(comment: IgnoreComment, { known }: Applied): readonly AnyReport[] {
  const { about, data } = subjectOf(comment);
  if (comment.ruleIds.length === 0) return [{ ...about, message: 'noRule', data }];
  const unknown = comment.ruleIds
    .filter((id) => !known.has(id))
    .map((rule) => ({
      ...about,
      message: 'unknownRule',
      data: { ...data, rule, hint: didYouMean(rule, known) },
      discriminator: rule,
    }));
  return comment.reason === '' ? [...unknown, { ...about, message: 'noReason', data }] : unknown;
}

/** `isUnused` says no for rules that did not run: they cannot tell. */
function unusedReports(
  comment: IgnoreComment,
  isUnused: (comment: IgnoreComment, id: string) => boolean,
): readonly AnyReport[] {
  if (comment.reason === '') return [];
  const { about, data } = subjectOf(comment);
  return comment.ruleIds
    .filter((id) => isUnused(comment, id))
    .map((rule) => ({ ...about, message: 'unused', data: { ...data, rule }, discriminator: rule }));
}

/** The file and not the line names the object: fingerprints outlive moved lines. */
function subjectOf({ at, line }: IgnoreComment) {
  return { about: { object: { kind: 'comment', name: at.file }, at }, data: { line, file: at.file } };
}

function draftsOf(ruleId: string, reports: readonly AnyReport[], { ran, graph }: Applied): readonly Draft[] {
  const rule = ran.find((each) => each.id === ruleId);
  return rule === undefined
    ? []
    : reports.map((report) => draftOf(rule, report, graph)).filter((draft) => 'ruleId' in draft);
}
