import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from './pattern.ts';

/** Whoever knows their key may use them: that is what they are for. */
const TO_BE_REDEEMED: NamePatterns = [
  '*invite*',
  '*invitation*',
  '*coupon*',
  '*code*',
  '*voucher*',
  '*token*',
  '*link*',
  '*offer*',
];

/** Does the name of the table say that whoever knows the key of a row is to use it? */
export function isToBeRedeemed({ name }: EntityOf<'table'>): boolean {
  return isNamed(name.name, TO_BE_REDEEMED);
}
