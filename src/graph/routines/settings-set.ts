import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { constantOf, constantText } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { callerChoice } from './caller-choice.ts';

/** A setting that a routine gives a value of the caller's choosing, by set_config(). */
export interface SettingSet {
  /** Undefined where the caller names it. */
  readonly name: string | undefined;
  /** Until the transaction ends alone (docs, 9.28): a session that is given to another client has it no more. */
  readonly isLocal: boolean;
}

/** What the body hands to set_config() that its caller decides: the name, or the value. */
export function settingsSet(graph: SchemaGraph, routine: EntityOf<'function'>): readonly SettingSet[] {
  const choice = callerChoice(graph, routine);
  return routineShape(graph, routine).expressions.flatMap((each) =>
    nodesOf(each.tree, 'FuncCall').flatMap((call): readonly SettingSet[] => {
      const [name, value, local] = call.args ?? [];
      if (writtenName(call.funcname).name !== 'set_config' || local === undefined) return [];
      const isLocal = fieldsOf(local, 'A_Const')?.boolval?.boolval === true || constantOf(local) === 'true';
      if (choice.names(name, each)) return [{ name: undefined, isLocal }];
      const known = constantText(name);
      return known !== null && choice.names(value, each) ? [{ name: known, isLocal }] : [];
    }),
  );
}
