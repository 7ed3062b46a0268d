import type { Node } from '@pgsql/types';
import type { PlBlock } from '../../sql/plpgsql.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { settingsOf } from '../query-shapes/variable-settings.ts';
import { isEmptySignedOut, isNullSignedOut, type NullCall } from './signed-out.ts';

/** Variables that are NULL for a caller who is not signed in, whatever the arguments. */
export interface NullVariables {
  readonly names: ReadonlySet<string>;
  /** The trees of the expressions and queries that set them, and of the left sides of assignments. */
  readonly setters: ReadonlySet<Node>;
}

/**
 * `v := auth.uid()`, `select role into v from members where user_id = auth.uid()`, and what is set by such a variable alike.
 * @param given parameters that are NULL from the beginning
 * @param kept parameters that stay as they were sent, where they were
 */
export function nullVariables(
  block: PlBlock | null,
  expressions: readonly Bound[],
  given: ReadonlySet<string>,
  isNullCall: NullCall,
  kept: ReadonlySet<string> = new Set(),
): NullVariables {
  const names = new Set<string>(given);
  const setters = new Set<Node>();
  if (block === null) return { names, setters };
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  const settings = [...eachStatement([block])].flatMap(({ statement }) => settingsOf(statement));
  for (let isNew = true; isNew; ) {
    isNew = false;
    for (const variable of new Set(settings.map((each) => each.variable))) {
      const own = settings.filter((each) => each.variable === variable);
      const isNull = own.every(({ by, kind }) => {
        const each = bound.get(by.tree);
        if (each === undefined || kind === 'strict') return false;
        return kind === 'query'
          ? isEmptySignedOut(each.tree, each, names, isNullCall)
          : isNullSignedOut(each.tree, each, names, isNullCall);
      });
      if (!isNull || names.has(variable) || kept.has(variable)) continue;
      names.add(variable);
      for (const { by, target } of own) {
        setters.add(by.tree);
        if (target !== undefined) setters.add(target.tree);
      }
      isNew = true;
    }
  }
  return { names, setters };
}
