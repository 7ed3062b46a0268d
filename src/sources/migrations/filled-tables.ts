import type { Entity, EntityOf } from '../../graph/entities/index.ts';
import { display, type QualifiedName } from '../../sql/name.ts';
import { BLANK, identifiersOf, NAME } from '../../sql/names-in-text.ts';
import type { ReplayContext } from './context.ts';

/** INTO of INSERT, MERGE and SELECT, and COPY, in whatever text: a statement, a body, a string for EXECUTE, a remark. */
const FILLS = new RegExp(
  String.raw`\b(?:(?<sure>insert|merge)${BLANK}+)?(?:into|copy)${BLANK}+(?:only${BLANK}+)?(?<name>${NAME})?(?<behind>\s*\S)?`,
  'giu',
);

/** After these no foreign key is asked. */
const UNASKED = /\bsession_replication_role\b|\bdisable\s+trigger\s+all\b/i;

/**
 * Which tables may have rows at this point of the history, by names that stand behind INTO in the texts so far, run or not: for a
 * refusal that is certain only where no row can be there.
 */
export class FilledTables {
  readonly #bare = new Set<string>();
  readonly #qualified = new Set<string>();
  /** Some text fills a table that it does not name. */
  #isOpen = false;

  /** Reads a part of the history's text. */
  note(text: string): void {
    this.#isOpen ||= UNASKED.test(text);
    for (const { groups } of text.matchAll(FILLS)) {
      const { sure, name, behind = '' } = groups ?? {};
      // `insert into %I`, `insert into public.' || t`
      if (sure !== undefined && (name === undefined || name.includes('%') || /[.%'|$]$/.test(behind)))
        this.#isOpen = true;
      if (name !== undefined) this.#add(name);
    }
  }

  /** Nothing is known of what fills tables from here on. */
  open(): void {
    this.#isOpen = true;
  }

  /** Each of the words may be the name of a table that gets rows. */
  addWords(words: Iterable<string>): void {
    for (const each of words) this.#bare.add(each);
  }

  add(name: QualifiedName): void {
    this.#qualified.add(display(name));
  }

  #add(written: string): void {
    const parts = identifiersOf(written);
    const [schema, name] = [parts.at(-2), parts.at(-1) ?? ''];
    if (schema === undefined) this.#bare.add(name);
    else this.#qualified.add(display({ schema, name }));
  }

  /** May the table have rows: by its own name or an older one, those of its children, and those of views over any of them? */
  mayHoldRows(table: EntityOf<'table'>, context: ReplayContext): boolean {
    if (this.#isOpen || context.provided.isOpen()) return true;
    const all = [...reaching(table, context)];
    return (
      all.some((each) => this.#has(each)) ||
      all.some((each) => olderStates(each, context).some((one) => this.#has(one)))
    );
  }

  #has(entity: Entity): boolean {
    if (!('name' in entity) || typeof entity.name !== 'object') return false;
    const { name } = entity;
    return this.#bare.has(name.name) || this.#qualified.has(display(name));
  }
}

/** What rows of the table can be given through. */
function reaching(table: EntityOf<'table'>, { graph }: ReplayContext): ReadonlySet<Entity> {
  const found = new Set<Entity>([table]);
  for (const each of found) {
    for (const dependent of graph.dependents(each.id)) {
      const isChild =
        dependent.kind === 'table' && (dependent.partitionOf === each.id || dependent.inherits.includes(each.id));
      if (isChild || dependent.kind === 'view') found.add(dependent);
    }
  }
  return found;
}

/** What it was before each change: it may have had another name. */
function olderStates(entity: Entity, { builder }: ReplayContext): readonly Entity[] {
  return builder
    .since({ changes: 0 })
    .flatMap((change) => (change.type === 'altered' && change.before.id === entity.id ? [change.before] : []));
}
