import type { NamePatterns } from './pattern.ts';

/** Buckets of what people hand in and is not for the others. */
export const PERSONAL_BUCKETS: NamePatterns = [
  ...['*_submission_*', '*_resume_*', '*_cv_*', '*_kyc_*', '*_verification_*', '*_id_document', '*_identity_*'],
  ...['*_passport_*', '*_license_*', '*_receipt_*', '*_invoice_*', '*_contract_*', '*_payslip_*', '*_medical_*'],
  ...['*_health_*', '*_prescription_*', '*_evidence_*', '*_signature_*', '*_private_*', '*_personal_*', '*_bank_*'],
];
