import { COLUMN_NAMES } from './column-names.ts';
import { isNamed, type NamePatterns } from './pattern.ts';

/** Does a column of that name hold what somebody said, in a row that is about nothing else? */
export function isSaid(name: string): boolean {
  return isNamed(name, SAID);
}

const SAID: NamePatterns = ['content', 'body', 'message', 'text', 'comment', 'caption', 'message_text', 'comment_text'];

/** The same, in a row that somebody else is to answer. */
export function isSaidToOther(name: string): boolean {
  return isNamed(name, SAID_TO_OTHER) && !isAnswer(name);
}

const SAID_TO_OTHER: NamePatterns = [
  ...SAID,
  ...['*_message', '*_comment', '*_content', '*_body', 'review', 'review_text', 'cover_letter', 'question'],
  ...['testimonial', 'recommendation', 'endorsement', '!last_*', '!latest_*', '!*_last_*', '!system_*', '!error_*'],
];

/** Does it hold what a new row says beside its words, and whoever gets the row has no part in: no state, no name of something, nothing technical? */
export function isContent(name: string): boolean {
  return !isNamed(name, NO_CONTENT) && !isAnswer(name);
}

const NO_CONTENT: NamePatterns = [
  ...COLUMN_NAMES.status,
  ...['*_id', '*_ids', '*_key', '*_token', '*_code', '*_hash', '*_kind', '*_category', '*_role', '*_state', 'priority'],
  ...['*_name', '*_email', '*_phone', 'currency', 'language', 'locale', 'timezone', 'slug', 'platform', 'channel'],
  ...['*_metadata', 'meta', '*_settings', '*_preferences', '*_flags', '*_tags', 'label', '*_labels', '*_version'],
  ...['*_reaction_*', '*_like_*', '*_read_*', '*_seen_*', '*_viewed_*', '*_deleted_*', '*_hidden_*', '*_archived_*'],
  ...['last_*', 'latest_*', '*_error', '*_notes', '*_count', 'search_*', '*_embedding', '*_translation_*'],
];

/** Is it filled in by whoever gets the row: their answer, or why they decided so? */
export function isAnswer(name: string): boolean {
  return isNamed(name, ANSWERS);
}

const ANSWERS: NamePatterns = [
  ...['*_response_*', '*_reply_*', '*_answer_*', '*_feedback_*', '*_reason', '*_resolution_*', '*_decision_*'],
  ...['*_reject_*', '*_rejected_*', '*_rejection_*', '*_decline_*', '*_declined_*', '*_accepted_*', '*_approved_*'],
  ...['*_cancel_*', '*_cancellation_*', '*_cancelled_*', '*_canceled_*', '*_counter_*', '*_outcome_*'],
];

/** Does it say only that the row has come to whoever it is for, or what they made of it? */
export function isMark(name: string): boolean {
  return isNamed(name, MARKS) || isAnswer(name);
}

const MARKS: NamePatterns = [
  ...['status', 'state', '*_status', 'read', 'is_read', 'has_read', 'read_at', 'seen', 'is_seen', 'seen_at'],
  ...['viewed', 'is_viewed', 'viewed_at', 'opened_at', 'is_opened', 'delivered_at', 'responded_at', 'replied_at'],
  ...['answered_at', 'acknowledged', 'acknowledged_at', 'recipient_*', 'receiver_*', '!*_id', '!*_email', '!*_name'],
];
