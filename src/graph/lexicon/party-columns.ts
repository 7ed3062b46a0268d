import { isNamed, type NamePatterns } from './pattern.ts';

/** Does the name say who asked the other for something? */
export function isAsking(name: string): boolean {
  return isNamed(name, ASKING);
}

const ASKING: NamePatterns = [
  ...['*_requester_*', '*_requestor_*', '*_sender_*', '*_inviter_*', '*_initiator_*', '*_proposer_*', 'from_*'],
  ...['*_challenger_*', '*_asker_*', '*_offerer_*'],
];

/** Does the name say who was asked, or the other of two? */
export function isAsked(name: string): boolean {
  return isNamed(name, ASKED);
}

const ASKED: NamePatterns = [
  ...['*_addressee_*', '*_recipient_*', '*_receiver_*', '*_requestee_*', '*_requested_user_*', '*_invitee_*', 'to_*'],
  ...['*_invited_user_*', '*_challenged_*', '*_challengee_*', '*_target_user_*', '*_friend_*', '*_buddy_*'],
  ...['partner', 'partner_*', 'contact', 'contact_*', '*_mentor_*', '*_connected_*', '*_matched_user_*'],
  ...['*_other_user_*', '*_related_user_*'],
];

/** `user1_id` and `user2_id`, `profile_a` and `profile_b`: two of a kind, told apart by nothing but a number or letter. */
export function areTwoOfAKind(one: string, other: string): boolean {
  return one !== other && withoutOrdinal(one) === withoutOrdinal(other);
}

function withoutOrdinal(name: string): string {
  return name.replace(/_?(?:[12ab]|one|two|first|second|low|high)(?=_|$)/, '');
}

/** Does it take the word of one alone: who follows or blocks somebody? */
export function isOneSided(name: string): boolean {
  return isNamed(name, ONE_SIDED);
}

const ONE_SIDED: NamePatterns = [
  ...['*_follow_*', '*_follower_*', '*_following_*', '*_followed_*', '*_followee_*', '*_block_*', '*_blocker_*'],
  ...['*_blocked_*', '*_mute_*', '*_muted_*', '*_subscriber_*', '*_subscription_*', '*_report_*', '*_reported_*'],
];

/** Does the name say who works on the row or decides about it, with no part in what it says? */
export function isOfficial(name: string): boolean {
  return isNamed(name, OFFICIALS);
}

const OFFICIALS: NamePatterns = [
  ...['*_approver_*', '*_assignee_*', '*_assigned_*', '*_moderator_*', '*_admin_*', '*_reviewer_*', '*_editor_*'],
  ...['*_staff_*', '*_operator_*', '*_handler_*', '*_supervisor_*', '*_translator_*', '*_author_*', '*_by'],
  ...['*_approved_by_*', '*_reviewed_by_*', '*_updated_by_*', '*_verified_by_*', '*_decided_by_*', '*_handled_by_*'],
];
