import { type Comment, commentsOf } from '../../sql/comments.ts';
import type { EntityBase } from '../entities/entity-base.ts';
import type { EntityOf } from '../entities/index.ts';

type Texts = ReadonlyMap<string, string>;

/**
 * Is it said that users are meant to set the column in rows of their own: by COMMENT ON COLUMN, or in a sentence that names it, in the file that makes
 * the policy or the column (`is_seller is deliberately left self-settable`)?
 */
export function isSaidToBeTheirs(
  column: EntityOf<'column'>,
  policy: Pick<EntityBase<string>, 'origin'>,
  texts: Texts,
): boolean {
  if (sentencesIn(column.comment ?? '').some(isMeant)) return true;
  const files = [policy, column].flatMap(({ origin }) => (origin.from === 'statement' ? [origin.at.file] : []));
  return [...new Set(files)].some((file) => meantIn(texts, file).some((each) => names(each, column.name)));
}

/** With what is meant to be theirs taken out of what the write leaves to them. */
export function withoutTheirs<Write extends { readonly leavesFree: (column: EntityOf<'column'>) => boolean }>(
  write: Write,
  policy: EntityOf<'policy'>,
  texts: Texts,
): Write {
  const leavesFree: Write['leavesFree'] = (column, ...more) =>
    write.leavesFree(column, ...more) && !isSaidToBeTheirs(column, policy, texts);
  return { ...write, leavesFree };
}

const PURPOSE = /\b(?:deliberate(?:ly)?|intentional(?:ly)?|on purpose|by design|purposely)\b/i;
const SELF =
  /\bself-?\s?(?:settable|set|selectable|selected|declared|chosen|assigned|assignable|editable|writ(?:e?able|ten))\b/i;
const USERS =
  /\b(?:users?|members?|owners?|people|clients?|callers?|customers?|sellers?|onboarding|the app)\b.*\b(?:set|writes?|change|choose|edit|toggle|update|pick)\b/i;
/** What else decides it, or that it is not so, or not for long. */
const DENIED =
  /\b(?:not?|never|nobody|cannot|can't|must|mustn't|isn't|aren't|only|unless|except|instead|trigger|guard|server|service|admins?|bug|hole|todo|fixme|temporar(?:y|ily)|for now|until)\b/i;

function isMeant(sentence: string): boolean {
  return PURPOSE.test(sentence) && !DENIED.test(sentence) && (SELF.test(sentence) || USERS.test(sentence));
}

const byTexts = new WeakMap<Texts, Map<string, readonly string[]>>();

/** The sentences of a file's comments that say of something that users are meant to set it. */
function meantIn(texts: Texts, file: string): readonly string[] {
  const known = byTexts.get(texts) ?? new Map<string, readonly string[]>();
  byTexts.set(texts, known);
  const made =
    known.get(file) ??
    remarksOf(texts.get(file) ?? '')
      .flatMap(sentencesIn)
      .filter(isMeant);
  known.set(file, made);
  return made;
}

/** Comments of lines that follow one another are one. */
function remarksOf(text: string): readonly string[] {
  if (!PURPOSE.test(text)) return [];
  const remarks: string[] = [];
  let last: Comment | undefined;
  for (const comment of commentsOf(text)) {
    const isNext =
      last?.kind === 'line' && last.text !== '' && /^\r?\n[ \t]*$/.test(text.slice(last.end, comment.start));
    const before = isNext ? (remarks.pop() ?? '') : '';
    remarks.push(`${before} ${comment.text}`.trim());
    last = comment;
  }
  return remarks;
}

function sentencesIn(remark: string): readonly string[] {
  return remark.split(/(?<=[.;!?])\s+/);
}

/** By whole words: `is_seller`, not `is_seller_verified`. */
function names(sentence: string, column: string): boolean {
  return sentence
    .toLowerCase()
    .split(/[^\p{L}\p{N}_$]+/u)
    .includes(column.toLowerCase());
}
