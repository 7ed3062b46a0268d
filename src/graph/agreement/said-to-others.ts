import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { COLUMN_NAMES } from '../lexicon/column-names.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isContent, isSaidToOther } from '../lexicon/said-columns.ts';
import { isMaker, isRecipient, isWriter } from '../policies/owner-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNumeric, type TypeClass, typeClass } from '../types/type-class.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** A user column of the row itself. */
export interface Recipient {
  readonly kind: 'recipient';
  readonly column: Column;
}

/** Those of what the row belongs to. */
export interface Members {
  readonly kind: 'members';
  readonly places: readonly Column[];
  readonly members: readonly EntityId[];
}

/** What the row says, and whoever gets it has no part in. */
export function contentOf(
  graph: SchemaGraph,
  table: Table,
  author: Column,
  to: Recipient | Members,
): readonly Column[] {
  const columns = graph.columns(table.id).filter((each) => each.generated === null && each !== author);
  const isSpoken = ({ name, type }: Column) => isSaidToOther(name) && SAID_TYPES.has(typeClass(graph, type));
  const isSpokenOf = columns.some(isSpoken);
  if (to.kind === 'members') return isSpokenOf ? columns.filter(isSpoken) : [];
  if (isNamed(to.column.name, WORKERS)) return [];
  if (isSpeaker(author.name) || isRecipient(to.column.name)) {
    return columns.filter((each) => {
      if (!isContent(each.name) || isUsersColumn(to, each) || isUniqueAlone(graph, each)) return false;
      const type = typeClass(graph, each.type);
      return SAID_TYPES.has(type) || (isNumeric(graph, each.type) && isAmount(each.name));
    });
  }
  if (isMaker(author.name) || !isSpokenOf) return [];
  return columns.filter((each) => isSpoken(each) || (isNumeric(graph, each.type) && isNamed(each.name, RATINGS)));
}

const SAID_TYPES: ReadonlySet<TypeClass | undefined> = new Set(['text', 'json']);

function isAmount(name: string): boolean {
  return isNamed(name, RATINGS) || isNamed(name, COLUMN_NAMES.money);
}

const RATINGS: NamePatterns = ['rating', '*_rating', 'stars', 'score'];

/** Is the column named after whoever gets the row: `receiver_note` of `receiver_id`? */
export function isUsersColumn(to: Recipient | Members, { name }: Column): boolean {
  if (to.kind === 'members') return false;
  const noun = to.column.name.replace(/_(?:user_|profile_)?id$/, '');
  return name === to.column.name || name.startsWith(`${noun}_`);
}

/** Does the name say who sent a row to somebody else? */
export function isSender(name: string): boolean {
  return isNamed(name, SENDERS);
}

const SENDERS: NamePatterns = ['*_sender_*', 'from_user_*', 'from_profile_*'];

/** Does the name say who says something to somebody else? */
export function isSpeaker(name: string): boolean {
  return isWriter(name) || isNamed(name, SPEAKERS);
}

const SPEAKERS: NamePatterns = ['*_reviewer_*', '*_rater_*', '*_requester_*', '*_asker_*', '*_endorser_*', 'from_*'];

/** They are there to work on the row, or own it together with its author. */
const WORKERS: NamePatterns = [
  ...['*_approver_*', '*_assignee_*', 'assigned_*', '*_assigned_to_*', '*_moderator_*', '*_agent_*', '*_admin_*'],
  ...['*_manager_*', '*_editor_*', '*_staff_*', '*_operator_*', '*_handler_*', '*_owner_*', '*_collaborator_*'],
  ...['*_partner_*', '*_member_*', '*_shared_*', '*_translator_*', '*_supervisor_*', 'reviewer_*', '*_updated_by_*'],
];
