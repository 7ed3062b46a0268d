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
  /** One row for each person who signs in. */
  account: [
    '*_user',
    '*_account',
    '*_profile',
    '*_login',
    '!*_account_user',
    '!*_account_profile',
    '!*_bank_account',
    '!*_ledger_account',
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
