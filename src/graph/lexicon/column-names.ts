// Long because it is the whole word list: what columns are called, by what they hold. Data only.
import type { NamePatterns } from './pattern.ts';

/** Names of columns by role, in the notation of `isNamed`; a rule takes a list as the default of an option. */
export const COLUMN_NAMES = {
  money: [
    ...['*_price', 'price_*', '*_cost', 'cost_*', '*_fee', 'fee_*', '*_amount', 'amount_*', '*_balance', 'balance_*'],
    ...['*_salary', 'salary_*', '*_wage', '*_revenue', 'revenue_*', '*_income', '*_expense', '*_budget', '*_payout'],
    ...['*_refund', '*_profit', '*_subtotal', '*_grand_total', '*_turnover', '*_deposit', '*_spend', '*_earnings'],
    ...['*_usd', '*_eur', '*_gbp', '*_chf', '*_jpy', '*_cents', 'mrr', 'arr', 'gmv', 'ltv', 'arpu', 'cpc', 'cpm'],
    // What is made of it is reckoned, and not added up.
    ...['!*_revenue_per_*', '!*_income_per_*', '!*_profit_per_*', '!*_spend_per_*', '!*_turnover_per_*'],
    ...['!*_count', '!*_percent', '!*_percentage', '!*_pct', '!*_rate', '!*_ratio', '!*_factor', '!*_multiplier'],
    ...[
      '!*_id',
      '!*_type',
      '!*_at',
      '!*_score',
      '!*_level',
      '!*_rank',
      '!*_index',
      '!*_limit_*',
      '!*_days',
      '!*_months',
    ],
    ...['!*_token_amount', '!*_tokens_amount', '!*_credit_amount', '!*_credit_balance', '!*_point_amount'],
    ...['!*_point_balance', '!*_leave_balance', '!*_dose_amount', '!*_stock_amount', '!*_water_*', '!cost_center*'],
    ...[
      '!*_cost_credits',
      '!*_credits_cost',
      '!*_credit_cost',
      '!*_energy_cost',
      '!*_xp_*',
      '!*_mana_*',
      '!*_comment_amount',
    ],
    ...['!*_comments_amount', '!*_check_*', '!*_failures'],
  ],
  quantity: [
    ...['*_quantity', 'quantity_*', '*_qty', 'qty_*', 'stock', '*_in_stock', 'stock_level', 'stock_quantity'],
    ...['on_hand', '*_on_hand', 'units', '*_unit_count', 'seats', '*_seats', 'capacity', '*_capacity', 'inventory'],
  ],
  count: ['*_count', 'num_*', 'number_of_*', 'n_*', '*_total_count', '!account', '!*_at', '!*_id'],
  percent: [
    ...['*_percent', 'percent_*', '*_percentage', 'percentage_*', '*_pct', 'pct_*', '*_ratio', '*_probability'],
    ...['tax_rate', '*_tax_rate', 'vat_rate', 'discount_rate', 'conversion_rate', 'bounce_rate', 'success_rate'],
    ...['failure_rate', 'error_rate', 'open_rate', 'click_rate', 'completion_rate', 'commission_rate'],
    ...['!aspect_ratio', '!*_change_*', '!*_change', '!*_growth', '!*_growth_*', '!*_delta', '!*_margin_*'],
  ],
  /** Units in the plural: `day` alone is a day of the month, `max_days` a span. */
  duration: [
    ...['*_duration', 'duration_*', '*_seconds', '*_minutes', '*_hours', '*_days', '*_weeks', '*_months', '*_ms'],
    ...['*_millis', '*_milliseconds', '*_secs', '*_mins', '*_hrs', '*_latency', 'latency_*', '*_elapsed', 'elapsed_*'],
    ...['ttl', '*_ttl', '*_timeout', 'timeout_*', '!*_epoch_*', '!*_timestamp_*', '!*_at_*', '!*_unix_*', '!*_per_*'],
    ...['!*_of_*', '!*_id', '!*_offset_*', '!utc_*', '!*_active_days', '!*_streak_days', '!*_business_hours'],
  ],
  /** A closed set of words: where a row stands, or what sort it is. */
  status: [
    ...['status', 'state', 'role', 'kind', 'type', '*_status', '*_type'],
    ...['!*_mime_type', '!*_content_type', '!*_media_type', '!*_file_type', '!*_encoding_type', '!*_http_status'],
  ],
  email: ['*_email', '*_email_address', '*_e_mail', '*_mail_address', 'mail', '!*_id', '!last_email', '!next_email'],
  phone: [
    ...['*_phone', '*_phone_number', '*_phone_no', '*_mobile', '*_mobile_number', '*_telephone', '*_telephone_number'],
    ...['*_cell', '*_cell_phone', '*_fax', '*_fax_number', '*_msisdn', '*_whatsapp', '*_whatsapp_number'],
  ],
  /** Whoever reads it can act as someone. Not what is made from it one way, nor what is said about it. */
  secret: [
    ...['*_secret', '*_secret_key', '*_token', '*_password_*', '*_passwd', '*_pwd', '*_passphrase', '*_api_key'],
    // Whoever comes to a call or a room is told it.
    ...['*_passcode', '!*_meeting_passcode', '!*_zoom_passcode', '!*_webinar_passcode', '!*_call_passcode'],
    ...['!*_conference_passcode', '!*_session_passcode', '!*_event_passcode', '!*_room_passcode', '!*_join_passcode'],
    ...['*_apikey', '*_private_key', '*_credential', '*_signing_key', '*_encryption_key', '*_service_key'],
    ...['*_service_role_key', '*_access_key', '*_auth_key', '*_client_key', '*_license_key', '*_recovery_code'],
    ...['*_backup_code', '*_consumer_key', '*_webhook_key', '*_bearer', '*_seed_phrase', '*_mnemonic'],
    ...[
      '*_smtp_pass',
      '*_mail_pass',
      '*_email_pass',
      '*_imap_pass',
      '*_ftp_pass',
      '*_sftp_pass',
      '*_db_pass',
      '*_proxy_pass',
    ],
    ...['!*_hash_*', '!*_hashed_*', '!*_digest_*', '!*_encrypted_*', '!*_encryption_method', '!*_ciphertext_*'],
    ...[
      '!*_cipher_*',
      '!*_masked_*',
      '!*_redacted_*',
      '!*_obfuscated_*',
      '!*_fingerprint_*',
      '!*_vault_*',
      '!*_sha_*',
      '!*_bcrypt_*',
      // Whose purchases they are, for Apple's App Store.
      '!*_app_account_token',
    ],
    ...[
      '!*_argon_*',
      '!*_salt',
      '!*_salt_*',
      '!*_hmac_*',
      '!*_tokens',
      '!*_tokens_*',
      '!*_id',
      '!*_ref',
      '!*_arn',
      '!*_at',
    ],
    ...[
      '!*_count',
      '!*_hint',
      '!*_hint_*',
      '!*_policy',
      '!*_policy_*',
      '!*_strength',
      '!*_prefix',
      '!*_suffix',
      '!*_url',
    ],
    ...['!*_expiry', '!*_expires', '!*_expires_*', '!*_expiration', '!*_last_*', '!*_type', '!*_name', '!*_status'],
    ...['!is_*', '!has_*', '!requires_*', '!must_*', '!needs_*', '!*_required', '!*_enabled', '!*_set', '!*_length'],
    ...['!*_public_*', '!*_publishable_*', '!*_anon_*', '!pk_*', '!*_page_token', '!*_next_token', '!*_cursor_token'],
    ...['!*_continuation_token', '!*_pagination_token', '!*_paging_token'],
    ...['!*_sync_token', '!*_push_token', '!*_device_token', '!*_fcm_token', '!*_expo_token'],
    ...['!*_apns_token', '!*_token_token', '!*_stop_token', '!*_special_token', '!*_max_token', '!*_idempotency_*'],
    ...['!*_password_changed_*', '!*_password_reset_at', '!*_design_token', '!*_color_token', '!*_search_token'],
  ],
  /** What says who a person is, beyond a name and an address to write to. */
  pii: [
    ...['*_ssn', '*_social_security_*', '*_national_id', '*_national_id_*', '*_passport', '*_passport_number'],
    ...['*_tax_id', '*_tax_number', '*_taxpayer_*', '*_driver_license_*', '*_drivers_license_*', '*_driving_licence_*'],
    ...['*_date_of_birth', '*_birth_date', '*_birthdate', '*_birthday', '*_dob', '*_credit_card', '*_credit_card_*'],
    ...['*_card_number', '*_cvv', '*_cvc', '*_iban', '*_bank_account', '*_bank_account_*', '*_account_number'],
    ...['*_routing_number', '*_sort_code', '*_medical_record_*', '*_health_record_*', '*_diagnosis', '*_blood_type'],
    // Numbers by which a state knows a person: Brazil, India, Mexico, Spain and Peru, Italy, Chile.
    ...['*_cpf', '*_cpf_cnpj', '*_pan_number', '*_pan_card', '*_aadhaar_*', '*_aadhar_*', '*_curp', '*_dni'],
    ...['*_codice_fiscale', '*_rut_number', '*_upi_id'],
    // By which a face or a voice is known again.
    ...['embedding', 'descriptor', 'encoding', 'vector', 'template'].flatMap((each) => [
      `*_face_${each}`,
      `*_facial_${each}`,
    ]),
    ...['*_face_photo_*', '*_face_image_*', '*_selfie', '*_selfie_url', '*_selfie_path', '*_voiceprint', '*_faceprint'],
    ...['*_biometric_*', '*_home_address', '*_ip_address', '*_religion', '*_ethnicity', '*_sexual_orientation'],
    ...[
      '!*_hash',
      '!*_hash_*',
      '!*_hashed_*',
      '!*_encrypted_*',
      '!*_masked_*',
      '!*_last_*',
      '!*_id_type',
      '!tax_id_type',
    ],
    ...['!*_credit_card_brand', '!*_credit_card_type', '!*_credit_card_fee', '!*_passport_country'],
  ],
  /** Whoever knows it is let in, though it is no text: an invitation's, a share's. */
  bearer: [
    ...['*_token', '*_secret', '!*_push_token', '!*_device_token', '!*_sync_token', '!*_page_token', '!*_next_token'],
    ...['!*_cursor_token', '!*_continuation_token', '!*_pagination_token', '!*_paging_token'],
    ...['!*_public_*', '!*_anon_*', '!*_idempotency_*', '!*_design_token', '!*_search_token'],
  ],
  /** What a payment service calls a customer or a payment. */
  payment: [
    ...['*_stripe_*_id', '*_paypal_*_id', '*_razorpay_*_id', '*_paddle_*_id', '*_mollie_*_id', '*_mercadopago_*_id'],
    ...['*_payment_intent', '*_payment_intent_id', '*_checkout_session_id', '*_payment_method_id'],
    ...['!*_price_id', '!*_product_id', '!*_plan_id', '!*_event_id'],
  ],
  created: [
    ...[
      'created',
      'created_at',
      'created_on',
      'created_time',
      'created_date',
      'created_ts',
      'create_time',
      'create_date',
    ],
    ...['creation_date', 'creation_time', 'date_created', 'time_created', 'inserted_at', 'inserted_on', 'added_at'],
  ],
  updated: [
    ...[
      'updated',
      'updated_at',
      'updated_on',
      'updated_time',
      'updated_date',
      'updated_ts',
      'update_time',
      'update_date',
    ],
    ...['date_updated', 'modified', 'modified_at', 'modified_on', 'date_modified', 'last_modified', 'last_modified_at'],
    ...['last_updated', 'last_updated_at', 'last_update', 'changed_at'],
    ...['actualizado', 'actualizado_en', 'actualizado_el', 'actualizada_en', 'modificado_en', 'modificado_el'],
    ...['fecha_actualizacion', 'fecha_actualización', 'fecha_modificacion', 'fecha_modificación'],
    ...['ultima_actualizacion', 'última_actualización', 'ultima_modificacion', 'última_modificación'],
    ...['atualizado', 'atualizado_em', 'atualizada_em', 'modificado_em', 'alterado_em', 'data_atualizacao'],
    ...['data_atualização', 'ultima_atualizacao', 'última_atualização', 'data_modificacao', 'data_modificação'],
    ...['mis_a_jour_le', 'mis_à_jour_le', 'modifie_le', 'modifié_le', 'date_modification', 'date_mise_a_jour'],
    ...['date_mise_à_jour', 'aktualisiert', 'aktualisiert_am', 'geaendert_am', 'geändert_am', 'letzte_aenderung'],
    ...['letzte_änderung', 'aggiornato_il', 'modificato_il'],
  ],
  /** When what the row tells of happened. */
  occurred: [
    ...['occurred_at', 'occurred_on', 'happened_at', 'event_time', 'event_at', 'event_date', 'event_timestamp'],
    ...['logged_at', 'recorded_at', 'observed_at', 'captured_at', 'measured_at', 'timestamp', 'ts', 'time'],
    ...['performed_at', 'executed_at', 'sent_at', 'received_at', 'triggered_at'],
  ],
  /** A row with this set counts as deleted. */
  softDelete: [
    ...['deleted_at', 'deleted_on', 'date_deleted', 'deleted', 'is_deleted', 'soft_deleted', 'is_soft_deleted'],
    ...['soft_deleted_at', 'removed_at', 'is_removed', 'trashed_at', 'is_trashed', 'discarded_at'],
  ],
  /** When a worker is to take the row. */
  scheduled: [
    ...['scheduled_*', 'run_at', 'run_after', 'next_run_at', 'next_run', 'available_at', 'next_attempt_at', 'retry_at'],
    ...['next_retry_at', 'process_after', 'process_at', 'not_before', 'visible_at', 'execute_at', 'execute_after'],
    ...['!scheduled_by', '!scheduled_end*', '!scheduled_*_id'],
  ],
  /** What only a worker that takes rows one by one writes. */
  worker: [
    ...['attempt', 'retry*', 'locked_at', 'locked_by', 'claimed_*', 'run_at', 'scheduled_*', 'available_at', 'worker*'],
    ...['*_attempt_count', 'attempt_count', 'max_attempts', '!scheduled_by', '!scheduled_*_id', '!scheduled_action'],
  ],
  /** Kept up to date with other rows. */
  counter: ['*_count', 'total_*', '!*_at', '!*_id'],
  slug: ['*_slug', 'permalink', '*_permalink', 'url_key'],
  code: [
    ...[
      'code',
      '*_code',
      'sku',
      '*_sku',
      '!*_postal_code',
      '!*_post_code',
      '!*_zip_code',
      '!*_country_code',
      '!*_currency_code',
    ],
    ...['!*_language_code', '!*_locale_code', '!*_lang_code', '!*_error_code', '!*_status_code', '!*_response_code'],
    ...[
      '!*_http_code',
      '!*_area_code',
      '!*_color_code',
      '!*_colour_code',
      '!*_source_code',
      '!*_html_code',
      '!*_css_code',
    ],
    ...['!*_js_code', '!*_verification_code', '!*_dial_code', '!*_phone_code', '!*_exit_code', '!*_sort_code'],
    ...['!*_region_code', '!*_state_code', '!*_province_code', '!*_city_code', '!*_reason_code', '!*_result_code'],
    ...[
      '!*_timezone_code',
      '!*_time_zone_code',
      '!*_otp_code',
      '!*_auth_code',
      '!*_authorization_code',
      '!*_type_code',
    ],
    ...[
      '!*_category_code',
      '!*_airport_code',
      '!*_unit_code',
      '!*_tax_code',
      '!*_hs_code',
      '!*_icd_code',
      '!*_return_code',
    ],
  ],
  /** By what an account is called, here: not what it is called elsewhere (`twitter_handle`). */
  handle: [
    ...['handle', '*_handle', 'username', 'user_name', 'subdomain', 'screen_name', 'login', 'login_name'],
    ...['!twitter_*', '!x_*', '!instagram_*', '!insta_*', '!ig_*', '!tiktok_*', '!twitch_*', '!youtube_*', '!yt_*'],
    ...['!discord_*', '!github_*', '!gitlab_*', '!telegram_*', '!snapchat_*', '!facebook_*', '!fb_*', '!linkedin_*'],
    ...['!bluesky_*', '!mastodon_*', '!threads_*', '!reddit_*', '!steam_*', '!venmo_*', '!cashapp_*', '!social_*'],
  ],
  name: ['name', 'title', 'label', 'display_name'],
  /** Tells rows of one parent apart. */
  key: [
    ...[
      'key',
      'variant_name',
      'variant',
      'setting_name',
      'setting_key',
      'config_key',
      'meta_key',
      'field_name',
      'field_key',
    ],
    ...['entity_key', 'scope_key', 'plan_key', 'group_key', 'feature_key', 'flag_key', 'attribute_name', 'option_name'],
  ],
  position: [
    ...[
      'position',
      '*_position',
      'sort_order',
      'sort_index',
      'display_order',
      'order_index',
      'order_no',
      'order_number_in_*',
    ],
    ...[
      'ordinal',
      'ordinal_position',
      'seq',
      'sequence',
      'sequence_number',
      'step_number',
      'step_order',
      'line_number',
    ],
    ...['line_no', 'chunk_index', 'page_number', 'chapter_number', 'item_index', 'list_order', 'idx', 'rank_order'],
    ...['!job_position', '!cursor_position', '!playback_position', '!scroll_position', '!*_position_id'],
  ],
} as const satisfies Record<string, NamePatterns>;

export type ColumnRole = keyof typeof COLUMN_NAMES;

/** Columns that show the table to hold postal addresses, so that its `state` is a part of a country. */
export const ADDRESS_NAMES: NamePatterns = [
  ...[
    '*_city',
    '*_zip',
    '*_zip_code',
    '*_zipcode',
    '*_postal_code',
    '*_postcode',
    '*_post_code',
    '*_street',
    '*_street_*',
  ],
  ...['*_address', '*_address_line_*', '*_address_1', '*_country', '*_country_code', '*_county'],
  ...['state_name', 'state_code'],
  ...['!*_email_address', '!*_ip_address', '!*_mail_address', '!*_mac_address', '!*_wallet_address'],
];

/** Columns that say where something is: what is most often so is not what is so of a row that says nothing. */
export const PLACE_NAMES: NamePatterns = [
  ...[
    '*_city',
    '*_town',
    '*_village',
    '*_district',
    '*_county',
    '*_province',
    '*_region',
    '*_country',
    '*_country_code',
  ],
  ...['*_ciudad', '*_municipio', '*_parroquia', '*_provincia', '*_departamento', '*_pais', '*_país'],
  ...['*_cidade', '*_bairro', '*_stadt', '*_ort', '*_bundesland', '*_ville', '*_pays'],
];

/** The same where the table holds a place as well: by itself it is how far something has come. */
export const STATE_NAMES: NamePatterns = ['state', '*_state', 'estado', '*_estado', 'uf'];

/** Columns that show the table to hold sign-in hand-shakes, so that its `state` is a random word. */
export const HANDSHAKE_NAMES: NamePatterns = [
  ...['nonce', 'code_verifier', 'code_challenge', 'redirect_uri', 'redirect_url', 'redirect_to', 'pkce_*', 'csrf_*'],
];
