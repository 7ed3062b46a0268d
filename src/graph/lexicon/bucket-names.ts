import type { NamePatterns } from './pattern.ts';

/** Buckets of what people hand in and is not for the others. */
export const PERSONAL_BUCKETS: NamePatterns = [
  ...['*_submission_*', '*_resume_*', '*_cv_*', '*_kyc_*', '*_verification_*', '*_id_document', '*_identity_*'],
  ...['*_passport_*', '*_license_*', '*_receipt_*', '*_invoice_*', '*_contract_*', '*_payslip_*', '*_medical_*'],
  ...['*_health_*', '*_prescription_*', '*_evidence_*', '*_signature_*', '*_private_*', '*_personal_*', '*_bank_*'],
];

/** Buckets of pictures that are there to be seen, by whoever else is there: how people and teams look. */
export const SHOWN_BUCKETS: NamePatterns = [
  ...['*_avatar_*', '*_logo_*', '*_banner_*', '*_cover_*', '*_icon_*', '*_thumbnail_*', '*_profile_photo_*'],
  ...['*_profile_picture_*', '*_profile_image_*', '*_profile_pic_*', '*_profile_video_*', '*_profile_media_*'],
];

/** Buckets by which people send each other files, so that these are put into the folders of those who get them. */
export const DELIVERY_BUCKETS: NamePatterns = [
  ...['*_message_*', '*_chat_*', '*_conversation_*', '*_dm_*', '*_inbox_*', '*_mail_*', '*_dropbox_*', '*_drop_*'],
  ...['*_share_*', '*_shared_*', '*_transfer_*', '*_delivery_*', '*_sent_*', '*_exchange_*', '*_request_*'],
];

/** Buckets of what is part of a page that everybody is shown. */
export const OPEN_BUCKETS: NamePatterns = [
  ...SHOWN_BUCKETS,
  ...['*_public_*', '*_asset_*', '*_assets_*', '*_static_*', '*_website_*', '*_landing_*', '*_blog_*', '*_gallery_*'],
];
