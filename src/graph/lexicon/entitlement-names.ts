import type { NamePatterns } from './pattern.ts';

/** What somebody has paid for or been given: credit, plan, rank, promotion, what was verified. */
export const ENTITLEMENT_NAMES: NamePatterns = [
  ...['*_credits', 'credits_*', '*_balance', '*_coins', 'commission_rate', '*_quota'],
  ...['plan', 'subscription_*', 'plan_type', 'plan_id', 'plan_tier', 'billing_plan', 'pricing_plan', 'tier'],
  ...['*_promotion_tier', 'promotion_level', 'is_featured', 'featured_until', 'boosted_until', 'sponsored_until'],
  ...[
    'is_sponsored',
    '*_subscription_tier',
    'membership_*',
    'trial_*',
    'premium_*',
    'stripe_*',
    'kyc_status',
    'verification_status',
  ],
  ...['is_admin', 'is_super_admin', 'is_superuser', 'is_staff', 'is_moderator', 'is_premium', 'is_pro', 'is_paid'],
  ...['is_locked', 'platform_fee_*', 'pro_until', 'pro_expires_at', 'vip_until', 'vip_expires_at'],
  ...['is_vip', 'is_verified', '*_verified', '*_verified_at', 'is_approved', 'approved', 'approved_at', 'is_banned'],
  ...[
    'banned_*',
    'is_suspended',
    'suspended_*',
    'has_paid',
    'has_premium',
    'role',
    'user_role',
    'approval_status',
    '!*_enabled',
    '!*_count',
    '!*_required',
    '!*_reminder_*',
    '!*_sent',
    '!*_sent_at',
    '!*_notified_at',
  ],
];
