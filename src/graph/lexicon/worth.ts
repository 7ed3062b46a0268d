import { COLUMN_NAMES } from './column-names.ts';
import type { NamePatterns } from './pattern.ts';

/** Names of columns in which a wrong number costs: money, or something that can be sold once. */
export const WORTH: NamePatterns = [
  ...COLUMN_NAMES.money,
  ...COLUMN_NAMES.quantity,
  ...['*_balance', '*_credit', '*_credits', 'credits_*', '*_coins'],
];
