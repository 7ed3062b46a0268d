import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../sql/location.ts';
import { type FieldsOf, fieldsOf, type NodeTag } from '../sql/nodes.ts';
import type { Entity, EntityKind } from './entities/index.ts';

/** One file of the history, read or not. */
export interface Migration {
  /** Position in the order in which files run. */
  readonly index: number;
  readonly file: string;
  /** The version prefix by which the tool knows it (`20240101120000`, `0001`, `V2`), null where the tool has none. */
  readonly version: string | null;
  /** What stands behind the version in the name, without the extension. */
  readonly name: string;
  /** Why this file was not replayed, in a phrase; null for one that was. */
  readonly skipped: string | null;
  /** Why the migration tool will not run this file, or not in this order, although it was clearly meant to: a phrase; else null. */
  readonly misnamed: string | null;
  /**
   * The file, as it is called, that runs before this one in a new database but has a later time, so that the tool passes this one over in a
   * database that has run that; undefined for one that every database gets.
   */
  readonly overtakenBy?: string;
  /** Is there SQL that undoes it, in a file beside it or a section of its own. */
  readonly hasDown: boolean;
  /** The first line of the file, where a finding about the file as such points. */
  readonly at: SourceLocation;
}

/** A statement as it ran: also one inside a DO block, as often as it ran there. */
export interface Statement {
  /** Counted over the whole history. */
  readonly index: number;
  readonly migration: Migration;
  /** The parser's tag: CreateStmt, AlterTableStmt … */
  readonly kind: string;
  readonly node: Node;
  readonly at: SourceLocation;
  /** The DO block it ran in. */
  readonly within: Statement | null;
  /** Inside an explicit BEGIN … COMMIT of the file. */
  readonly inTransactionBlock: boolean;
}

/** Why a statement cannot run as it stands (in Postgres: an ERROR). */
export type Problem =
  | {
      readonly type: 'unknownObject';
      /** What is missing: 'table', 'column', 'function', 'type', 'role', 'schema', 'policy' … in Postgres' words. */
      readonly objectKind: string;
      /** As a person would write it: public.orders.user_id. */
      readonly name: string;
      readonly at: SourceLocation;
      /** Told before: this statement fails for the same reason. */
      readonly again?: true;
      /** A dropped or renamed object of that name, where there was one. */
      readonly gone?: Change;
      /** A later statement creates it: the order is wrong. Filled at the end of the replay. */
      readonly createdLater?: SourceLocation;
      /** A statement before it would have created it, but is refused itself. Filled at the end of the replay. */
      readonly refusedBy?: Statement;
      /** A column that a CREATE TABLE IF NOT EXISTS before it lists, which did nothing. Filled at the end of the replay. */
      readonly listedBy?: SkippedCreate;
      /** What is missing is what a foreign key refers to: the key's own columns, as `public.orders (customer_id)`. */
      readonly referredToBy?: string;
    }
  | {
      readonly type: 'duplicateObject';
      readonly existing: Entity;
      /** What it was called then: it may be gone by the end of the history. */
      readonly name: string;
      readonly at: SourceLocation;
    }
  | {
      readonly type: 'missingExtension';
      readonly extension: string;
      readonly needed: string;
      readonly at: SourceLocation;
    }
  /** Any other refusal that is certain (dependent objects still exist, two primary keys, …), in Postgres' words. */
  | {
      readonly type: 'refused';
      readonly message: string;
      readonly at: SourceLocation;
      /** What stands in quotes is not what its language says: the body of a function. */
      readonly isSyntax?: true;
      /** The text of a block does not compile, whatever there is. */
      readonly isOfText?: true;
    };

/** One way in which what stands differs from what IF NOT EXISTS asked for. */
export interface Difference {
  /** What it is about: "column email", "primary key", "index key 2". */
  readonly what: string;
  readonly existing: string;
  readonly wanted: string;
  /** The name of a column that the statement lists and the table lacks. */
  readonly lackedColumn?: string;
}

/** IF NOT EXISTS (or a guard around it) met an object of that name and did nothing. */
export interface SkippedCreate {
  readonly type: 'skipped';
  readonly by: Statement;
  readonly existing: Entity;
  readonly differences: readonly Difference[];
}

export type Change =
  | { readonly type: 'created'; readonly by: Statement; readonly after: Entity }
  | { readonly type: 'altered'; readonly by: Statement; readonly before: Entity; readonly after: Entity }
  | { readonly type: 'dropped'; readonly by: Statement; readonly before: Entity }
  | SkippedCreate
  | { readonly type: 'failed'; readonly by: Statement; readonly problem: Problem }
  /** Postgres' grammar does not accept this text: there is no statement. */
  | {
      readonly type: 'rejected';
      readonly migration: Migration;
      readonly at: SourceLocation;
      readonly errorAt: SourceLocation;
      readonly message: string;
    };

/** A fact about relations that a statement which was not understood may have changed. */
export type Aspect =
  | 'existence'
  | 'columns'
  | 'constraints'
  /** Whether constraints that stand were checked against the rows (VALIDATE CONSTRAINT). */
  | 'validity'
  | 'indexes'
  | 'policies'
  | 'rowSecurity'
  | 'privileges'
  | 'triggers'
  | 'functions'
  | 'types'
  | 'data';

/** A policy or trigger of a relation, by its name. */
export interface Part {
  readonly kind: 'policy' | 'trigger';
  readonly name: string;
}

/** A relation certainly had no such policy or trigger once this many doubts were known: what these say of it is over. */
export interface Settlement extends Part {
  readonly owner: Entity['id'];
  readonly doubts: number;
}

/**
 * Something that was read but not understood, and how far its effect may reach. Findings that rest on a fact within reach are withheld.
 */
export interface Doubt {
  readonly what: string;
  readonly at: SourceLocation;
  /** Which facts it may have changed; 'anything' when nothing is known of it; empty = certainly none of the schema (data only). */
  readonly aspects: readonly Aspect[] | 'anything';
  /** Which relations: 'any', or those it can have met (by entity), or any relation of these schemas. */
  readonly reach: 'any' | { readonly entities: readonly Entity['id'][] } | { readonly schemas: readonly string[] };
  /** All that it may have done is to drop something: what was made behind it is there. */
  readonly onlyDrops?: true;
  /** It is about the policy or trigger of this name alone: a DROP behind it, of what is there or not, settles it. */
  readonly part?: Part;
  /** All that it may have done is to turn row security on: where it is on, it is. */
  readonly onlyEnables?: true;
  /** The doubt concerns what existed when it ran: only entities with an id below this one. */
  readonly before: number;
}

/** The fields of a statement of this kind. The tree of any other is not asked for: it may have been let go, and would be read again. */
export function fieldsOfStatement<Tag extends NodeTag>(
  statement: Pick<Statement, 'kind' | 'node'>,
  tag: Tag,
): FieldsOf<Tag> | undefined {
  return statement.kind === tag ? fieldsOf(statement.node, tag) : undefined;
}

export function isAbout(change: Change, kind: EntityKind): boolean {
  switch (change.type) {
    case 'created':
    case 'altered':
      return change.after.kind === kind;
    case 'dropped':
      return change.before.kind === kind;
    case 'skipped':
      return change.existing.kind === kind;
    default:
      return false;
  }
}

/** What the files tell besides the graph that they end in. */
export interface History {
  readonly statements: readonly Statement[];
  readonly journal: readonly Change[];
}
