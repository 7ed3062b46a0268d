import type { NamePatterns } from './pattern.ts';

/** Tables of those who have accounts, plans and people of their own: organisations, shops, schools. */
export const GROUP_TABLES: NamePatterns = [
  ...['*_organization', '*_organisation', '*_org', '*_company', '*_tenant', '*_workspace', '*_team', '*_agency'],
  ...['*_business', '*_firm', '*_brand', '*_merchant', '*_vendor', '*_seller', '*_shop', '*_store', '*_studio'],
  ...['*_school', '*_preschool', '*_academy', '*_gym', '*_club', '*_clinic', '*_practice', '*_shelter', '*_church'],
  ...['*_restaurant', '*_hotel', '*_salon', '*_franchise', '*_partner', '*_venue', '*_cafe', 'bar', '*_pub'],
  ...['*_community', '*_league'],
  ...['*_empresa', '*_organizacao', '*_organizacion', '*_tienda', '*_loja', '*_escola', '*_escuela'],
];

/** What a person is or may, and no group. */
export const PERSONAL_ENTITLEMENTS: NamePatterns = [
  ...['role', 'user_role', 'is_admin', 'is_super_admin', 'is_superuser', 'is_staff', 'is_moderator', 'is_vip'],
  // Whoever owns a room locks it.
  'is_locked',
];

/** What a group pays for in a row of its own that others see (a listing, an event): to be shown before those of others. */
export const PAID_PLACES: NamePatterns = [
  ...['*_promotion_tier', 'promotion_level', 'is_sponsored', 'sponsored_until', 'featured_until', 'boosted_until'],
];

/** On what terms a member pays a group, in the row that they have there: a coach’s own custom price is the coach’s to set. */
export const MEMBERS_TERMS: NamePatterns = ['custom_price', 'custom_price_*', 'billing_mode', 'discount_percent'];
