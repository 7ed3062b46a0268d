import type { NamePatterns } from './pattern.ts';

const READS = ['read', 'view', 'see', 'select'];
const SENDS = ['insert', 'submit', 'send', 'sign_up', 'subscribe'];
const SENDERS = [
  ...['anyone', 'anybody', 'everyone', 'everybody', 'public', 'anon', 'anonymous', 'anonymous_users', 'visitors'],
  ...['anonymous_visitors', 'guests', 'unauthenticated_users', 'unauthenticated_visitors'],
];

/** Names of policies by what they are for, in the notation of `isNamed`; a rule takes a list as the default of an option. */
export const POLICY_NAMES = {
  /** Everybody is meant: public, everyone, and the same in the other languages that policies are written in. */
  open: [
    ...['*_public_*', '*_publicly_*', '*_everyone_*', '*_everybody_*', '*_anyone_*', '*_anybody_*'],
    // Dutch, German, the languages of the north
    ...['*_publiek_*', '*_publieke_*', '*_openbaar_*', '*_openbare_*', '*_iedereen_*'],
    ...['*_öffentlich_*', '*_öffentliche_*', '*_öffentlicher_*', '*_öffentlichen_*', '*_öffentliches_*'],
    ...['*_oeffentlich_*', '*_oeffentliche_*', '*_jeder_*', '*_jedermann_*'],
    ...['*_offentlig_*', '*_offentlige_*', '*_offentligt_*', '*_offentliga_*', '*_julkinen_*'],
    // Spanish, Portuguese, French, Italian, Romanian
    ...['*_público_*', '*_pública_*', '*_públicos_*', '*_públicas_*', '*_públicamente_*', '*_cualquiera_*'],
    ...['*_publico_*', '*_publica_*', '*_publicos_*', '*_publicas_*', '*_publicamente_*'],
    ...['*_publics_*', '*_publique_*', '*_publiques_*', '*_publiquement_*'],
    ...['*_pubblico_*', '*_pubblica_*', '*_pubblici_*', '*_pubbliche_*', '*_chiunque_*'],
    // Polish, Czech, Slovak, Turkish, Indonesian
    ...['*_publiczny_*', '*_publiczna_*', '*_publiczne_*', '*_publicznie_*'],
    ...['*_veřejný_*', '*_veřejná_*', '*_veřejné_*', '*_veřejně_*', '*_verejný_*', '*_verejné_*'],
    ...['*_herkese_*', '*_herkes_*', '*_publik_*'],
  ],
  /** The same said in a comment, which speaks of more than a name does. */
  saidOpen: [
    ...READS.flatMap((verb) => [
      ...['anyone', 'anybody', 'everyone', 'everybody', 'public', 'all_users'].flatMap((who) => [
        `*_${who}_can_${verb}_*`,
        `*_${who}_may_${verb}_*`,
      ]),
      ...['own', 'their', 'only'].map((whose) => `!*_${verb}_${whose}_*`),
    ]),
    ...['*_public_read_*', '*_publicly_readable_*', '*_publicly_viewable_*', '*_world_readable_*'],
    ...['*_readable_by_everyone_*', '*_readable_by_anyone_*', '*_viewable_by_everyone_*', '*_visible_to_everyone_*'],
    ...['!*_not_*', '!*_todo_*', '!*_fixme_*', '!*_temporary_*', '!*_temporarily_*', '!*_for_now_*'],
  ],
  /** Those are meant who stand above others. */
  standings: [
    ...['*_admin_*', '*_admins_*', '*_administrator_*', '*_administrators_*', '*_superadmin_*', '*_superadmins_*'],
    ...['*_moderator_*', '*_moderators_*', '*_staff_*', '!*_and_*', '!*_or_*', '!*_own_*'],
  ],
  /** Whoever sends something needs no account for it. */
  forms: [
    ...['*_contact_form_*', '*_contact_message_*', '*_contact_messages_*', '*_newsletter_*', '*_waitlist_*'],
    ...['*_feedback_*', '*_inquiry_*', '*_inquiries_*', '*_enquiry_*', '*_enquiries_*', '*_subscribe_*'],
    ...['*_anyone_can_submit_*', '*_public_can_submit_*', '*_public_submit_*', '*_anonymous_can_submit_*'],
    ...['*_can_sign_up_*', '*_may_sign_up_*'],
  ],
  /** The same said in a comment. */
  saidForms: [
    ...['can', 'may', 'can_only', 'may_only'].flatMap((modal) =>
      SENDS.flatMap((verb) => SENDERS.map((who) => `*_${who}_${modal}_${verb}_*`)),
    ),
    ...['*_public_form_*', '*_signup_form_*', '*_sign_up_form_*', '*_contact_form_*', '*_public_signup_*'],
    ...['!*_not_*', '!*_todo_*', '!*_fixme_*', '!*_temporary_*', '!*_temporarily_*', '!*_for_now_*'],
  ],
  /** Those without an account are meant. */
  guests: ['*_anyone_*', '*_anybody_*', '*_anon_*', '*_anonymous_*', '*_guest_*', '*_visitor_*', '*_public_*'],
  /** The same said in a comment, which speaks of more than a name does. */
  saidGuests: [
    ...['*_guest_*', '*_visitor_*', '*_anonymous_*', '*_without_an_account_*', '*_without_account_*', '*_no_account_*'],
    ...['*_not_signed_in_*', '*_not_logged_in_*', '*_signed_out_*', '*_logged_out_*', '*_unauthenticated_*'],
    ...['!*_todo_*', '!*_fixme_*', '!*_temporary_*', '!*_temporarily_*', '!*_for_now_*'],
    ...['!*_not_*_guest_*', '!*_no_guest_*', '!*_not_*_anonymous_*', '!*_no_anonymous_*'],
  ],
  /** Each is meant to reach what is theirs. */
  own: ['*_own_*', '*_their_*', '*_my_*', '*_involved_*', '*_owner_*', '*_owners_*'],
  /** Reading is meant, and nothing else. */
  reading: [
    ...['*_view_*', '*_views_*', '*_viewing_*', '*_viewable_*', '*_read_*', '*_reads_*', '*_reading_*', '*_readable_*'],
    ...['*_see_*', '*_sees_*', '*_select_*', '*_selects_*', '*_visible_*', '*_visibility_*'],
    ...[
      '!*_insert_*',
      '!*_create_*',
      '!*_add_*',
      '!*_update_*',
      '!*_edit_*',
      '!*_delete_*',
      '!*_remove_*',
      '!*_write_*',
    ],
    ...['!*_manage_*', '!*_modify_*', '!*_change_*', '!*_all_*', '!*_full_*', '!*_mark_*', '!*_access_*', '!*_crud_*'],
    ...['!*_rw_*', '!*_upsert_*', '!*_set_*', '!*_control_*', '!*_management_*', '!*_maintain_*', '!*_own_row_*'],
  ],
} as const satisfies Record<string, NamePatterns>;
