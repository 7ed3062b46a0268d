import type { Node } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { defBoolean, defElems, defText } from '../../../sql/def-elem.ts';

export type ViewOptions = Pick<EntityOf<'view'>, 'securityInvoker' | 'securityBarrier' | 'checkOption'>;

/** ALTER VIEW … SET (…): each option given replaces the one that stood. */
export function withViewOptions(before: ViewOptions, list: readonly Node[] | undefined): ViewOptions {
  let after = before;
  for (const option of defElems(list)) {
    if (option.defname === 'security_invoker') after = { ...after, securityInvoker: defBoolean(option) === true };
    if (option.defname === 'security_barrier') after = { ...after, securityBarrier: defBoolean(option) === true };
    if (option.defname === 'check_option')
      after = { ...after, checkOption: defText(option)?.toLowerCase() === 'local' ? 'local' : 'cascaded' };
  }
  return after;
}

/** ALTER VIEW … RESET (…). */
export function withoutViewOptions(before: ViewOptions, list: readonly Node[] | undefined): ViewOptions {
  const named = new Set(defElems(list).map((each) => each.defname));
  return {
    securityInvoker: named.has('security_invoker') ? false : before.securityInvoker,
    securityBarrier: named.has('security_barrier') ? false : before.securityBarrier,
    checkOption: named.has('check_option') ? null : before.checkOption,
  };
}
