import type { Finding } from '../rule/finding.ts';
import type { SourceLocation } from '../sql/location.ts';
import { type IgnoreComment, ignoreComments } from './ignore-comments.ts';
import { fitsGlob } from './object-glob.ts';

/** Findings of a rule that are meant to be so, by the object's name as reports show it; `*` stands for any text. */
export interface ObjectIgnore {
  readonly rule: string;
  readonly object: string;
  readonly reason: string;
}

/** What comments and the configuration say is meant to be so. */
export class Ignoring {
  readonly comments: readonly IgnoreComment[];
  readonly objects: readonly ObjectIgnore[];

  constructor(texts: ReadonlyMap<string, string>, objects: readonly ObjectIgnore[]) {
    this.comments = [...texts].flatMap(([file, text]) => ignoreComments(file, text));
    this.objects = objects;
  }

  /** The entries of the configuration that are about the object. */
  ofObject(ruleId: string, name: string): readonly ObjectIgnore[] {
    return this.objects.filter(({ rule, object }) => rule === ruleId && fitsGlob(name, object));
  }

  /** The comments that are about what stands there. */
  at(ruleId: string, place: SourceLocation): readonly IgnoreComment[] {
    return this.comments.filter((comment) => reaches(comment, ruleId, place));
  }

  /** Does anything ignore such a finding of the rule? */
  covers(ruleId: string, name: string, origin: Finding['origin']): boolean {
    const isThere = origin.from === 'statement' && this.at(ruleId, origin.at).length > 0;
    return isThere || this.ofObject(ruleId, name).length > 0;
  }
}

function reaches({ at, reach, reason, ruleIds }: IgnoreComment, ruleId: string, place: SourceLocation): boolean {
  if (reach === null || reason === '' || place.file !== at.file) return false;
  return ruleIds.includes(ruleId) && place.start >= reach.start && place.start < reach.end;
}
