import type { EntityOf } from '../entities/index.ts';
import { COLUMN_NAMES } from '../lexicon/column-names.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { constantText } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isKeyToOther } from '../standing-table.ts';
import { typeClass } from '../types/type-class.ts';
import { isFilledAtRandom } from './found-by-secret.ts';
import { mayNameSecret } from './named-secret.ts';
import { keptSealed } from './sealed-column.ts';
import { secretKeys } from './secret-keys.ts';

type Texts = ReadonlyMap<string, string>;

/** What stands in a link that is sent to someone: good for one step, and mostly for a while. */
const LINK_TOKENS: NamePatterns = [
  ...['!*_invite_token', '!*_invitation_token', '!*_verification_token', '!*_verify_token', '!*_confirmation_token'],
  ...['!*_confirm_token', '!*_reset_token', '!*_reset_password_token', '!*_recovery_token', '!*_unsubscribe_token'],
  ...[
    '!*_share_token',
    '!*_sharing_token',
    '!*_qr_*_token',
    '!*_qrcode_token',
    '!*_preview_token',
    '!*_embed_token',
    '!*_single_use_token',
  ],
  ...[
    '!*_one_time_token',
    '!*_one_time_use_token',
    '!*_magic_token',
    '!*_link_token',
    '!*_delete_account_token',
    '!*_csrf_token',
    '!*_export_token',
  ],
  ...['!*_edit_token', '!*_view_token', '!*_public_token', '!*_download_token', '!*_upload_token', '!*_checkout_token'],
];

/** What a browser got for solving a captcha: the service takes it once, within minutes, and only from whoever has its key. */
const CAPTCHA_TOKENS: NamePatterns = [
  ...['!*_captcha_token', '!*_captcha_*_token', '!*_recaptcha_token', '!*_recaptcha_*_token', '!*_hcaptcha_token'],
  ...['!*_turnstile_token'],
];

/** Names of columns that hold credentials. */
export const CREDENTIALS: NamePatterns = [
  ...COLUMN_NAMES.secret,
  ...['secret_access_key', 'aws_secret_access_key', '!*_license_key', '!access_key', '!*_consumer_key', '!*_id_token'],
  // What is shown of it: sk-…1234.
  ...['!*_display_*', '!*_preview'],
  ...LINK_TOKENS,
  ...CAPTCHA_TOKENS,
];

/** Tables whose bare `token` is such a one. */
const LINK_TABLES: NamePatterns = [
  ...['*_invite', '*_invite_*', '*_invitation', '*_invitation_*', '*_verification', '*_verification_*', '*_reset'],
  ...['*_reset_*', '*_confirmation', '*_confirmation_*', '*_share', '*_share_*', '*_link', '*_unsubscribe_*', '*_rsvp'],
  ...['*_participant', '*_recipient', '*_booking', '*_envelope', '*_document'],
];

/** Tables whose bare `passcode` everybody is told who comes to the call or the room. */
const CALL_TABLES: NamePatterns = [
  ...['*_meeting', '*_meeting_*', '*_zoom_*', '*_webinar', '*_webinar_*', '*_call', '*_conference', '*_conference_*'],
  ...['*_session', '*_event', '*_room', '*_lesson', '*_class', '*_appointment', '*_booking', '*_interview'],
];

/** Columns whose presence shows that the secrets beside them are encrypted. */
export const SEALERS: NamePatterns = [
  ...['iv', '*_iv', 'nonce', '*_nonce', '*_auth_tag', 'encryption_*', '*_key_id', 'key_version', '*_encrypted'],
];

/** What a column holds that lets somebody in as it stands there. */
export interface Credential {
  /** `name`: it is called so. `random`: also, and a default fills it at random. `keys`: it is a JSON column with such keys. */
  readonly by: 'name' | 'random' | 'keys';
  readonly keys: readonly string[];
}

/** Undefined where nothing says so, where it stands in a link that is sent to someone, or something shows it to be a hash or encrypted. */
export function credentialIn(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  texts: Texts,
  names: NamePatterns = CREDENTIALS,
  sealers: NamePatterns = SEALERS,
): Credential | undefined {
  const table = graph.find(column.relation);
  if (table?.kind !== 'table') return undefined;
  const found = namedCredential(graph, column, names);
  const isTold = isNamed(column.name, ['token']) && isNamed(table.name.name, LINK_TABLES);
  const isOfCall = isNamed(column.name, ['passcode']) && isNamed(table.name.name, CALL_TABLES);
  if (found === undefined || isTold || isOfCall) return undefined;
  const siblings = graph.columns(table.id).filter((each) => each.id !== column.id);
  if (siblings.some((each) => isNamed(each.name, sealers)) || keptSealed(graph, column, texts)) return undefined;
  if (mayNameSecret(graph, column) || isQualification(graph, column, siblings)) return undefined;
  return isOfPush(column, table, siblings) ? undefined : found;
}

function namedCredential(graph: SchemaGraph, column: EntityOf<'column'>, names: NamePatterns): Credential | undefined {
  if (hasRole(graph, column, 'secret', names)) return { by: 'name', keys: [] };
  if (isRandomSecret(graph, column, names)) return { by: 'random', keys: [] };
  const keys = secretKeys(graph, column, names);
  return keys.length === 0 ? undefined : { by: 'keys', keys };
}

/** A uuid that somebody brings back to be let in; not what the row is known by, nor a key to another. */
function isRandomSecret(graph: SchemaGraph, column: EntityOf<'column'>, names: NamePatterns): boolean {
  if (!hasRole(graph, column, 'bearer', names) || !isFilledAtRandom(graph, column)) return false;
  const isKey = graph.primaryKey(column.relation)?.columns.includes(column.id) === true;
  return !isKey && !isKeyToOther(graph, column);
}

/**
 * `therapists.credentials text`: what somebody has learned and may call themselves, as a comment says or what else the
 * table has of their profession. Credentials that start as an empty list are what somebody earned (degrees, licences),
 * or the public keys of a sign-in: those of a service are an object.
 */
function isQualification(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  siblings: readonly EntityOf<'column'>[],
): boolean {
  if (isNamed(column.name, ['*_credentials']) && constantText(column.default?.tree) === '[]') return true;
  if (!isNamed(column.name, ['credentials']) || typeClass(graph, column.type) !== 'text') return false;
  const isSaid = /\b(?:profession|qualification|academic|licen[cs]e[ds]?\b|degree)/i.test(column.comment ?? '');
  return isSaid || siblings.some((each) => isNamed(each.name, PROFESSIONAL));
}

const PROFESSIONAL: NamePatterns = [
  ...['*_professional_*', '*_bio', '*_biography', '*_specialty', '*_specialties', '*_speciality', '*_specialization'],
  ...['*_specializations', '*_qualification', '*_qualifications', '*_license_number', '*_licence_number'],
  ...['*_years_experience', '*_years_of_experience'],
];

/** The keys of a browser's push subscription, or the address of a device: whoever pushes needs them as they are, and they are good for nothing else. */
function isOfPush(
  { name }: EntityOf<'column'>,
  table: EntityOf<'table'>,
  siblings: readonly EntityOf<'column'>[],
): boolean {
  if (isNamed(name, ['token']) && isNamed(table.name.name, PUSH_ADDRESSES)) return true;
  if (!isNamed(name, PUSH_KEYS)) return false;
  return (
    isNamed(table.name.name, ['*_push_subscription_*', '*_push_endpoint']) ||
    siblings.some((each) => isNamed(each.name, ['*_p256dh_*']))
  );
}

const PUSH_ADDRESSES: NamePatterns = [
  ...['*_push_*', '*_device_token', '*_fcm_*', '*_apns_*', '*_expo_*', '*_notification_token'],
];
const PUSH_KEYS: NamePatterns = ['*_auth', '*_auth_key', '*_auth_secret', '*_auth_token', '*_p256dh_*'];
