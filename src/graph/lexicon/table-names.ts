import type { NamePatterns } from './pattern.ts';

/** Names of tables by what they are for, in the notation of `isNamed`; a rule takes a list as the default of an option. */
export const TABLE_NAMES = {
  queue: ['*_queue', '*_outbox'],
  /** Trails and audits, in the plural, are things of their own: paths to hike, reports to read. */
  audit: [
    ...['*_audit_*', '*_log_*', '*_history_*', '*_trail_*', '!*_audits_*', '!*_trails_*', '!*_log_in_*'],
    ...['!*_setting', '!*_config', '!*_type', '!*_template', '!*_category', '!*_level', '!*_source'],
    // What somebody has behind them, and what they measured: data like any other.
    ...['!*_score_history', '!*_rating_history', '!*_weight_history'],
    ...['!*_search_history', '!*_chat_history', '!*_conversation_history', '!*_message_history', '!*_watch_history'],
    ...['!*_view_history', '!*_viewing_history', '!*_browsing_history', '!*_listening_history', '!*_reading_history'],
    ...['!*_medical_history', '!*_employment_history', '!*_work_history', '!*_education_history', '!*_rental_history'],
  ],
  /** Audit tables only where nothing updates them. */
  events: ['*_events', '!events'],
  /** What was asked of the server, by whom it may be: also by machines that have no account. */
  requests: [
    ...['*_idempotency_*', '*_webhook_event', '*_webhook_delivery', '*_webhook_call', '*_webhook_request'],
    ...['*_api_call', '*_api_request', '*_processed_event'],
  ],
  /** What anybody sends without an account: to a shop, a club, a newsletter. */
  forms: [
    ...['*_contact_message', '*_contact_form', '*_contact_submission', '*_contact_request', '*_contact_inquiry'],
    ...['*_contact_enquiry', '*_contact_us', 'contact', '*_form_submission', '*_newsletter'],
    ...['*_newsletter_subscriber', '*_newsletter_subscription', '*_newsletter_signup', '*_newsletter_email'],
    ...[
      '*_waitlist',
      '*_waitlist_entry',
      '*_waitlist_signup',
      '*_waitlist_email',
      '*_waiting_list',
      '*_feedback',
      '*_feedback_message',
      '*_lead',
      '*_inquiry',
    ],
    ...['*_signup', '*_sign_up', '*_tester', '*_early_access', '*_early_access_request', '*_beta_request'],
    ...['*_enquiry', '*_subscriber', '*_mailing_list', '*_demo_request', '*_quote_request', '*_callback_request'],
  ],
  /** One row for each person who signs in. */
  account: [
    '*_user',
    '*_account',
    '*_profile',
    '*_login',
    '!*_account_user',
    '!*_account_profile',
    // What has a profile and is nobody who signs in.
    ...['!*_company_profile', '!*_business_profile', '!*_organization_profile', '!*_organisation_profile'],
    ...['!*_product_profile', '!*_source_profile', '!*_risk_profile', '!*_tax_profile', '!*_shipping_profile'],
    ...['!*_pricing_profile', '!*_voice_profile', '!*_brand_profile', '!*_store_profile', '!*_shop_profile'],
    '!*_bank_account',
    '!*_ledger_account',
  ],
  /** One row for each person one has to do with, who mostly does not sign in. Not who is shown to the public (staff, doctors, authors). */
  people: [
    ...['*_customer', '*_client', '*_lead', '*_contact', '*_patient', '*_guest', '*_subscriber', '*_applicant'],
    ...['*_candidate', '*_registration', '*_booking', '*_reservation', '*_appointment', '*_order', '*_inquiry'],
    ...['*_enquiry', '*_waitlist', '*_signup', '*_student', '*_guardian', '*_donor', '*_donation', '*_attendee'],
    ...['*_invitation', '*_invite', '*_contact_message', '*_contact_submission', '*_form_submission', '*_member'],
    ...['!emergency_contact', '!api_client', '!oauth_client', '!*_type', '!*_status', '!*_setting', '!*_template'],
  ],
  /** What somebody has because it was paid for or granted. */
  paidFor: [
    ...['*_subscription', '*_membership', '*_license', '*_licence', '*_entitlement', 'user_plan', 'account_plan'],
    ...[
      '!*_push_*',
      '!*_email_*',
      '!*_mail_*',
      '!*_newsletter_*',
      '!*_webhook_*',
      '!*_notification_*',
      '!*_calendar_*',
    ],
    ...['!*_topic_*', '!*_channel_*', '!*_feed_*', '!*_event_*', '!*_driver_*', '!*_professional_*'],
  ],
  /** Who pays or is owed what. Not what prices, plans and ways to pay there are. */
  money: [
    ...['*_invoice_*', '*_payment', '*_payout', '*_refund', '*_salary', '*_salaries', '*_payroll_*', '*_payslip'],
    ...['*_expense', '*_receipt', '*_purchase', '*_billing_*', '*_ledger_*', '*_bank_account', '*_loan'],
    ...['*_bank_transaction', '*_payment_transaction', '*_financial_transaction', '!*_type', '!*_status'],
    ...['!*_category', '!*_setting', '!*_template', '!*_plan', '!*_term', '!*_provider', '!*_gateway', '!*_config'],
  ],
  /** What leads from former codes to those of today is in use. */
  deprecated: [
    ...['*_deprecated', 'deprecated_*', '*_legacy', 'legacy_*', '*_old', 'old_*', '*_bak', 'bak_*'],
    ...['!*_lookup', '!*_map', '!*_mapping'],
  ],
} as const satisfies Record<string, NamePatterns>;
