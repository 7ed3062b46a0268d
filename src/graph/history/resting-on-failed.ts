import { languageOf } from '../../sql/routine-body.ts';
import { dependenciesOf, type Entity, parentOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Change, Statement } from '../journal.ts';

type Failed = Extract<Change, { readonly type: 'failed' }>;

/**
 * Refusals of statements that name what is only taken for made: a statement that fails for what is missing leaves in the graph what it
 * would have made, so that the rest can be read, and so does what is made on top of it. The server has none of it, and says
 * something else of such a statement, or nothing.
 * @param textOf the statement as it stands in its file
 */
export function restingOnFailed(
  journal: readonly Change[],
  textOf: (statement: Statement) => string,
): ReadonlySet<Failed> {
  const standing = new StandingByMistake();
  const resting = new Set<Failed>();
  for (const group of byStatement(journal)) {
    for (const change of group) {
      if (change.type !== 'failed' || change.problem.type !== 'refused' || change.problem.isOfText) continue;
      const whole = textOf(change.by);
      const text = looksAtBody(change) ? whole : whole.slice(0, Math.max(0, whole.search(BODY)));
      if (standing.isNamedIn(text) || (RUNS_CODE.has(change.by.kind) && standing.isCalledIn(text))) resting.add(change);
    }
    standing.add(group);
  }
  return resting;
}

const RUNS_CODE: ReadonlySet<string> = new Set(['CallStmt', 'DoStmt', 'SelectStmt']);

const BODY = /\$\w*\$|'/;

/** What is in the body of a function counts where the server looks at it: of one in SQL, and after its signature. */
function looksAtBody({ by, problem }: Failed): boolean {
  const { kind, node } = by;
  if (kind !== 'CreateFunctionStmt') return true;
  const isOfSignature = problem.type === 'refused' && problem.message.startsWith('cannot change ');
  return languageOf(node).toLowerCase() === 'sql' && !isOfSignature;
}

/** What statements made that failed. */
class StandingByMistake {
  readonly #entities = new Map<EntityId, Entity>();
  /** Of what the files made, for the parts of it. */
  readonly #names = new Map<EntityId, string>();
  /** Functions whose bodies name some of it. */
  readonly #callers = new Set<string>();

  /** @param group all that one statement did */
  add(group: readonly Change[]): void {
    const made = group.flatMap((change) => (change.type === 'created' ? [change.after] : []));
    // What was only assumed so far is made here.
    const own = new Set(made.flatMap(({ id, isAssumed }) => (isAssumed === true ? [] : [id])));
    const fails = group.some(isMissing) || made.some((each) => each.isAssumed === true || this.#restsOn(each, own));
    for (const change of group) {
      if (change.type === 'created' || change.type === 'altered') this.#name(change.after);
      if (change.type === 'created' && fails) this.#entities.set(change.after.id, change.after);
      else if (
        change.type === 'altered' &&
        this.#entities.has(change.after.id) &&
        (fails || !MAKES_ANEW.has(change.by.kind))
      )
        this.#entities.set(change.after.id, change.after);
      else this.#settle(settledBy(change));
    }
    if (this.#entities.size === 0) return;
    for (const each of made) {
      if (each.kind === 'function' && this.isNamedIn(each.body?.text ?? '')) this.#callers.add(each.name.name);
    }
  }

  isNamedIn(text: string): boolean {
    if (this.#entities.size === 0) return false;
    const words = wordsOf(text);
    for (const entity of this.#entities.values()) {
      const parent = parentOf(entity);
      // With a relation go its parts.
      if (parent !== undefined && this.#entities.has(parent)) continue;
      const name = nameOf(entity);
      const owner = parent === undefined ? undefined : this.#names.get(parent);
      const isOfNamed = owner === undefined || isWord(owner, words, text);
      if (name !== undefined && isOfNamed && isWord(name, words, text)) return true;
    }
    return false;
  }

  /** Does the text name a function that names some of it? */
  isCalledIn(text: string): boolean {
    if (this.#callers.size === 0) return false;
    const words = wordsOf(text);
    return [...this.#callers].some((name) => isWord(name, words, text));
  }

  /** With its parts. */
  #settle(id: EntityId | undefined): void {
    if (id === undefined || !this.#entities.delete(id)) return;
    for (const each of this.#entities.values()) if (parentOf(each) === id) this.#entities.delete(each.id);
  }

  #name(entity: Entity): void {
    const name = nameOf(entity);
    if (name !== undefined && parentOf(entity) === undefined) this.#names.set(entity.id, name);
  }

  #restsOn(entity: Entity, own: ReadonlySet<EntityId>): boolean {
    if (this.#entities.size === 0) return false;
    const parent = parentOf(entity);
    const needed = dependenciesOf(entity).map(({ on }) => on);
    return [...needed, ...(parent === undefined ? [] : [parent])].some((id) => this.#entities.has(id) && !own.has(id));
  }
}

/** OR REPLACE makes it on the server, where it is not there. */
const MAKES_ANEW: ReadonlySet<string> = new Set(['ViewStmt', 'CreateFunctionStmt']);

/** What is there on the server as well behind the change, or gone here too: CREATE of what seems to be there already runs on the server. */
function settledBy(change: Change): EntityId | undefined {
  switch (change.type) {
    case 'dropped':
      return change.before.id;
    case 'created':
    case 'altered':
      return change.after.id;
    case 'skipped':
      return change.existing.id;
    case 'failed':
      return change.problem.type === 'duplicateObject' ? change.problem.existing.id : undefined;
    default:
      return undefined;
  }
}

function isMissing(change: Change): boolean {
  return (
    change.type === 'failed' && (change.problem.type === 'unknownObject' || change.problem.type === 'missingExtension')
  );
}

/** A statement within a DO block is the block's. */
function byStatement(journal: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = [];
  let last: number | undefined;
  for (const change of journal) {
    const index = change.type === 'rejected' ? undefined : change.by.index;
    if (index === undefined || index !== last) groups.push([]);
    groups.at(-1)?.push(change);
    last = index;
  }
  return groups;
}

function nameOf(entity: Entity): string | undefined {
  if (!('name' in entity)) return undefined;
  return typeof entity.name === 'object' ? entity.name.name : entity.name;
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []);
}

function isWord(name: string, words: ReadonlySet<string>, text: string): boolean {
  return words.has(name.toLowerCase()) || (/[^\p{L}\p{N}_$]/u.test(name) && text.includes(name));
}
