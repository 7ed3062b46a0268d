import type { DefElem } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { defBoolean, defText } from '../../../sql/def-elem.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { withSetting } from '../setting-value.ts';

/** The facts of a routine that clauses of CREATE and ALTER FUNCTION set. */
export type RoutineOptions = Pick<
  EntityOf<'function'>,
  'security' | 'volatility' | 'isStrict' | 'isLeakproof' | 'parallel' | 'config'
>;

/** What CREATE FUNCTION gives where no clause says otherwise (docs, CREATE FUNCTION). */
export const DEFAULT_OPTIONS: RoutineOptions = {
  security: 'invoker',
  volatility: 'volatile',
  isStrict: false,
  isLeakproof: false,
  parallel: 'unsafe',
  config: [],
};

/** The facts one clause sets; none for COST, ROWS, SUPPORT, TRANSFORM, which no fact stands for. */
export function optionFacts(
  option: DefElem,
  config: RoutineOptions['config'],
  context: ReplayContext,
): Partial<RoutineOptions> {
  switch (option.defname) {
    case 'security':
      return { security: defBoolean(option) === true ? 'definer' : 'invoker' };
    case 'volatility':
      return { volatility: defText(option) as RoutineOptions['volatility'] };
    case 'strict':
      return { isStrict: defBoolean(option) === true };
    case 'leakproof':
      return { isLeakproof: defBoolean(option) === true };
    case 'parallel':
      return { parallel: parallel(defText(option), context) };
    case 'set': {
      const set = fieldsOf(option.arg, 'VariableSetStmt');
      return set === undefined ? {} : { config: withSetting(config, set, context) };
    }
    default:
      return {};
  }
}

function parallel(word: string | undefined, context: ReplayContext): RoutineOptions['parallel'] {
  if (word === 'safe' || word === 'restricted' || word === 'unsafe') return word;
  context.refuse('parameter "parallel" must be SAFE, RESTRICTED, or UNSAFE');
}
