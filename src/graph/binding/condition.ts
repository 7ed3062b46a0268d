import type { Node } from '@pgsql/types';
import type { Analysis } from './analysis.ts';
import { builtin } from './builtin/builtins.ts';
import type { Level } from './level.ts';
import { noteWrongArgument } from './type-clash.ts';

const BOOLEAN = builtin('bool');

/** coerce_to_boolean(): WHERE, HAVING, ON and their like. */
export function bindCondition(clause: Node | undefined, what: string, analysis: Analysis, level: Level): void {
  const type = analysis.expression(clause, level);
  noteWrongArgument(what, [clause, type], BOOLEAN, analysis);
  analysis.results.coerce(clause, BOOLEAN);
}
