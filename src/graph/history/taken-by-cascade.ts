import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { readOnce } from '../asked-once.ts';
import { inputTypes } from '../entities/function-entity.ts';
import { dependenciesOf, type Entity, type EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Change, Statement } from '../journal.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { sameType } from '../types/type-ref.ts';

type Taken = EntityOf<'policy' | 'trigger'>;

/** A policy or trigger that went because something it used was dropped with CASCADE: no statement names it. */
export interface TakenByCascade<T extends Taken = Taken> {
  readonly taken: T;
  readonly by: Statement;
  /** What it used and the statement dropped: a function, a column, a view. */
  readonly used: readonly Entity[];
}

type Drop = Extract<Change, { readonly type: 'dropped' }>;

const known = readOnce(takenIn);

/** In the order in which they went. What went with its own table is not among them. */
export function takenByCascade(journal: readonly Change[]): readonly TakenByCascade[] {
  const made = known(journal);
  return made;
}

function takenIn(journal: readonly Change[]): readonly TakenByCascade[] {
  const drops = new Map<EntityId, Drop>();
  for (const change of journal) if (change.type === 'dropped') drops.set(change.before.id, change);
  return journal.flatMap((change): readonly TakenByCascade[] => {
    if (change.type !== 'dropped' || !isCascade(change.by.node)) return [];
    const { before: taken } = change;
    if (taken.kind !== 'policy' && taken.kind !== 'trigger') return [];
    const owner = taken.kind === 'policy' ? taken.table : taken.relation;
    if (drops.get(owner)?.by === change.by) return [];
    const used = dependenciesOf(taken).flatMap(({ on }) => {
      const drop = drops.get(on);
      return drop?.by === change.by ? [drop.before] : [];
    });
    return used.length === 0 ? [] : [{ taken, by: change.by, used }];
  });
}

/** DROP … CASCADE, or ALTER TABLE … DROP COLUMN … CASCADE. */
function isCascade(node: Node): boolean {
  const dropped = fieldsOf(node, 'DropStmt');
  if (dropped !== undefined) return dropped.behavior === 'DROP_CASCADE';
  return (fieldsOf(node, 'AlterTableStmt')?.cmds ?? []).some((each) => {
    const command = fieldsOf(each, 'AlterTableCmd');
    return command?.subtype === 'AT_DropColumn' && command.behavior === 'DROP_CASCADE';
  });
}

/** What stands in the place of something that was dropped, by its kind and name: the function with the same parameters, if there is one, else another of the name. */
export function madeAgain(graph: SchemaGraph, gone: Entity): Entity | undefined {
  switch (gone.kind) {
    case 'function': {
      const standing = graph.functions(gone.name);
      return standing.find((each) => takesTheSame(each, gone)) ?? standing[0];
    }
    case 'column':
      return graph.column(gone.relation, gone.name);
    case 'view':
    case 'table':
    case 'materializedView':
      return graph.relation(gone.name);
    default:
      return undefined;
  }
}

/** Would each call of the one be a call of the other? */
export function takesTheSame(one: EntityOf<'function'>, other: EntityOf<'function'>): boolean {
  const [types, others] = [inputTypes(one), inputTypes(other)];
  return (
    types.length === others.length &&
    types.every((type, at) => {
      const counterpart = others[at];
      return counterpart !== undefined && sameType(type, counterpart);
    })
  );
}
