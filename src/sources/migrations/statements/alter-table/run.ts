import type { AlterTableCmd, AlterTableType } from '@pgsql/types';
import type { EntityOf, Relation } from '../../../../graph/entities/index.ts';
import type { Origin } from '../../../../graph/origin.ts';
import type { ReplayContext } from '../../context.ts';

/** The order in which ALTER TABLE runs its subcommands, however they are written (AlterTablePass, tablecmds.c). */
export const PASSES = [
  'drop',
  'alterType',
  'addColumn',
  'setExpression',
  'columnAttributes',
  'indexConstraint',
  'otherConstraint',
  'misc',
] as const;
export type Pass = (typeof PASSES)[number];

/** One subcommand being run on a relation of one of these kinds. */
export type Run<K extends Relation['kind'] = Relation['kind']> = RunOn<EntityOf<K>>;

interface RunOn<R extends Relation> {
  readonly context: ReplayContext;
  /** As it stands now: earlier subcommands may have changed it. */
  readonly relation: R;
  /** ONLY: not the tables below it. */
  readonly only: boolean;
  /** The place of the subcommand. */
  readonly origin: Origin;
  readonly location: number | undefined;
  /** Puts a part of this subcommand off to a later pass. */
  readonly later: (pass: Pass, task: () => void) => void;
}

export interface Action {
  readonly pass: Pass;
  readonly on: readonly Relation['kind'][];
  readonly run: (command: AlterTableCmd, run: Run) => void;
}

export type Actions = { readonly [T in AlterTableType]?: Action };

/** An action, with the kinds of relations it is for checked against those its function takes. */
export function action<K extends Relation['kind']>(
  pass: Pass,
  on: readonly K[],
  run: (command: AlterTableCmd, run: Run<K>) => void,
): Action {
  // A run is only handed on after its relation was found to be of one of these kinds.
  return { pass, on, run: run as unknown as Action['run'] };
}

/** A column the subcommand needs: of an assumed table it is assumed, in a known one a missing column is reported. */
export function columnOf(run: Run, name: string | undefined): EntityOf<'column'> {
  return run.context.column(run.relation, name ?? '', run.location);
}
