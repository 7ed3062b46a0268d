import { byName } from './by-name.ts';
import { isSameNoun } from './noun.ts';
import { isNamed, type NamePatterns } from './pattern.ts';
import { wordsOf } from './words.ts';

/** Pictures that are there to be seen. */
const PICTURES: NamePatterns = [
  ...['*_avatar_*', '*_logo_*', '*_icon_*', '*_favicon_*', '*_image_*', '*_img_*', '*_picture_*', '*_photo_*'],
  ...['*_banner_*', '*_cover_*', '*_thumbnail_*', '*_thumb_*', '*_poster_*', '*_preview_*', '*_header_*'],
];
/** Says where a file is, and not where else something is to be found. */
const FILES: NamePatterns = [
  ...['*_url', '*_path', '*_file', '*_storage_key', '*_object_key'],
  ...PICTURES.map((each) => `!${each}`),
  ...['!*_website_*', '!*_homepage_*', '!*_web_*', '!*_site_*', '!*_page_*', '!*_profile_*', '!*_link_*'],
  ...['!*_source_*', '!*_external_*', '!*_redirect_*', '!*_callback_*', '!*_webhook_*', '!*_hook_*', '!*_base_*'],
  ...['!*_api_*', '!*_repo_*', '!*_git_*', '!*_github_*', '!*_linkedin_*', '!*_twitter_*', '!*_instagram_*'],
  ...['!*_facebook_*', '!*_youtube_*', '!*_meeting_*', '!*_zoom_*', '!*_checkout_*', '!*_payment_*', '!*_request_*'],
  ...['!*_signaling_*', '!*_tracking_*', '!*_target_*', '!*_public_*', '!*_canonical_*', '!*_slug_*'],
];
/** Rows that are files: their `url` is where the file is. */
const FILE_ROWS: NamePatterns = [
  ...['*_document', '*_attachment', '*_file', '*_receipt', '*_contract', '*_invoice', '*_recording', '*_upload'],
  ...['*_report', '*_resume', '*_certificate', '*_note', '*_scan', '*_statement', '*_submission'],
];

/** Does the column say by its name that it shows a picture? */
export const namesPicture = byName((name): boolean => isNamed(name, PICTURES));

/** Does the column say by its name where a file is that belongs to the row? */
export function namesFile(table: string, column: string): boolean {
  const isBare = wordsOf(column).length === 1;
  return isNamed(column, FILES) && (!isBare || isNamed(table, FILE_ROWS));
}

/** What a bucket is for stands before these. */
const KEPT_THERE = new Set(['bucket', 'buckets', 'file', 'files', 'upload', 'uploads', 'storage', 'media']);
/** What a column says of a file beside what it is. */
const PLACE = new Set([
  'url',
  'urls',
  'path',
  'paths',
  'file',
  'files',
  'storage',
  'object',
  'key',
  'public',
  'signed',
]);

/**
 * For what of a table a bucket is named: `rows`, as the table (`documents`) or the end of its name (`attachments` for message_attachments); `file`, as the
 * column (`receipts` for receipt_url) or both (`expense-receipts`).
 */
export function namedFor(bucket: string, table: string, column: string): 'rows' | 'file' | undefined {
  const whole = wordsOf(bucket);
  const isMore = whole.length > 1 && KEPT_THERE.has(whole.at(-1) ?? '');
  const names = [whole, ...(isMore ? [whole.slice(0, -1)] : [])];
  const stem = wordsOf(column).filter((each) => !PLACE.has(each));
  const rows = wordsOf(table);
  if (stem.length > 0 && names.some((words) => endsWith(stem, words) || isSame([...rows, ...stem], words)))
    return 'file';
  const isOfRows = names.some((words) => endsWith(rows, words) || (rows.length > 1 && endsWith(words, rows)));
  return isOfRows ? 'rows' : undefined;
}

function endsWith(words: readonly string[], end: readonly string[]): boolean {
  return end.length > 0 && end.length <= words.length && isSame(words.slice(words.length - end.length), end);
}

function isSame(words: readonly string[], others: readonly string[]): boolean {
  return words.length === others.length && words.every((each, at) => isSameNoun(each, others[at] ?? ''));
}
