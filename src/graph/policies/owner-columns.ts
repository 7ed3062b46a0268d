import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** By which a policy that picks rows for changing or deleting them says that they are the user's own. */
export function ownersColumn(graph: SchemaGraph, table: Table): Column | undefined {
  const column = usersColumn(graph, table, (command) => command !== 'select');
  return column === undefined || isNamed(column.name, ADDRESSEES) ? undefined : column;
}

/** What permissive policies for such commands compare with the caller's own id. */
export function usersColumn(
  graph: SchemaGraph,
  table: Table,
  isMeant: (command: Policy['command']) => boolean,
): Column | undefined {
  const compared = graph
    .ownedBy(table.id, 'policy')
    .flatMap(({ isPermissive, command, using }) =>
      isPermissive && isMeant(command) && using !== null ? callerComparisons(graph, using) : [],
    )
    .find(({ via, sources, isOwnValue }) => via === 'value' && isOwnValue && sources.every((each) => each === 'user'));
  const column = compared && graph.get('column', compared.column);
  return column !== undefined && typeClass(graph, column.type) === 'uuid' ? column : undefined;
}

/** Does the column say whom a row is for, so that whoever adds it is mostly somebody else? */
export function isAddressee(table: Table, { name }: Column): boolean {
  return isNamed(name, ADDRESSEES) || (isNamed(table.name.name, SENT) && !isWriter(name) && !isMaker(name));
}

/** What is sent to somebody: the user_id there is theirs. */
const SENT: NamePatterns = ['*_notification_*', '*_alert_*', '*_inbox_*', '*_invitation_*', '*_invite_*', '*_nudge_*'];

/** Does the name say who wrote or sent a row? */
export function isWriter(name: string): boolean {
  return isNamed(name, WRITERS);
}

const WRITERS: NamePatterns = [
  ...['*_author_*', '*_sender_*', '*_poster_*', '*_commenter_*', '*_uploader_*', '*_writer_*', '*_inviter_*'],
  ...['from_user_*', 'from_profile_*'],
];

/** Does the name say to whom a row goes, and not who is to work on it? */
export function isRecipient(name: string): boolean {
  return isNamed(name, RECIPIENTS);
}

/** Does the name say who made the row: created_by, uploaded_by_id? Not who decided about it or paid for it. */
export function isMaker(name: string): boolean {
  return isNamed(name, MAKERS);
}

const MAKERS: NamePatterns = [
  ...['created_by_*', 'posted_by_*', 'uploaded_by_*', 'sent_by_*', 'written_by_*', 'authored_by_*', 'submitted_by_*'],
  ...['invited_by_*', 'added_by_*', 'shared_by_*', 'creator_*'],
];

const RECIPIENTS: NamePatterns = [
  ...['*_recipient_*', '*_receiver_*', '*_addressee_*', 'to_*', '*_target_user_*', '*_invitee_*'],
];

/** Does the name say whose the row is, and not what it belongs to? */
export function isOwner(name: string): boolean {
  return isNamed(name, OWNERS);
}

const OWNERS: NamePatterns = ['owner', 'owner_id', 'owner_user_id', 'primary_owner_*', 'owned_by_*'];

const ADDRESSEES: NamePatterns = [
  ...RECIPIENTS,
  ...['*_reviewer_*', '*_approver_*', '*_assignee_*', 'assigned_*', '*_assigned_to_*', '*_moderator_*'],
];
