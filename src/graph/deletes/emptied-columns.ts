import type { EntityOf } from '../entities/index.ts';
import { isAuditTable } from '../lexicon/table-roles.ts';
import { isNullable } from '../nulls/nullability.ts';
import { isNobodysWithout, type OwnerSettings, opensWithout } from '../policies/ownerless-row.ts';
import { namesTenant } from '../policies/tenant-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from '../triggers/write-guards.ts';
import { isKeptInEveryRow, keptByCheck } from './kept-by-check.ts';
import { type TriggerAgainst, triggerAgainstEmptying } from './undone-set-nulls.ts';

type Column = EntityOf<'column'>;

/** Why the columns of a foreign key had better not be emptied when what they refer to is deleted, or cannot be. */
export type Obstacle =
  /** Policies decide by the column whose a row is: it would be nobody's. */
  | { readonly kind: 'owner'; readonly column: Column }
  /** Rows of a deleted tenant may be open to others, where NULL stands for all tenants, or for none. */
  | { readonly kind: 'tenant'; readonly column: Column }
  /** The policy lets others have rows without a value. */
  | { readonly kind: 'opening'; readonly policy: EntityOf<'policy'> }
  /** `inEveryRow`: whatever the row has in other columns; else only rows of some kind may not lose it. */
  | { readonly kind: 'check'; readonly column: Column; readonly inEveryRow: boolean }
  /** They may not be NULL. */
  | { readonly kind: 'required' }
  /** The table takes no UPDATE, and ON DELETE SET NULL is one. */
  | { readonly kind: 'appendOnly' }
  /** A trigger raises an error when nothing but that column changes, or writes back what it was. */
  | { readonly kind: 'hindered'; readonly by: TriggerAgainst };

/** What stands in the way of ON DELETE SET NULL, the weightiest first; undefined where nothing does. */
export function obstacleToEmptying(
  graph: SchemaGraph,
  key: EntityOf<'foreignKey'>,
  settings: OwnerSettings,
): Obstacle | undefined {
  const nullable = emptiedColumns(graph, key);
  const owner = nullable.find((each) => isNobodysWithout(graph, each, settings));
  if (owner !== undefined) return { kind: 'owner', column: owner };
  const tenant = isAuditTable(graph, graph.get('table', key.table))
    ? undefined
    : nullable.find((each) => namesTenant(graph, each, settings.tenantColumns));
  if (tenant !== undefined) return { kind: 'tenant', column: tenant };
  const policy = nullable.map((each) => opensWithout(graph, each)).find((each) => each !== undefined);
  if (policy !== undefined) return { kind: 'opening', policy };
  if (key.match === 'full' ? nullable.length < key.columns.length : nullable.length === 0) return { kind: 'required' };
  const checked = keptByCheck(graph, nullable);
  if (checked !== undefined) return { kind: 'check', column: checked, inEveryRow: isKeptInEveryRow(graph, nullable) };
  if (surelyRefused(graph, key.table).has('update')) return { kind: 'appendOnly' };
  const against = triggerAgainstEmptying(graph, { ...key, setColumns: nullable.map(({ id }) => id) });
  return against && { kind: 'hindered', by: against };
}

/** The columns of the key that may be NULL. */
export function emptiedColumns(graph: SchemaGraph, { columns }: EntityOf<'foreignKey'>): readonly Column[] {
  return columns
    .map((each) => graph.get('column', each))
    .filter((each) => isNullable(graph, each) && each.generated === null);
}

/**
 * Does a key of the column not say yet what becomes of it, and is emptying it the best answer (no-action-foreign-key)? NULL has a
 * meaning then.
 */
export function isBestEmptied(graph: SchemaGraph, { relation, id }: Column, settings: OwnerSettings): boolean {
  return graph.ownedBy(relation, 'foreignKey').some((key) => {
    if (key.onDelete !== 'no action' || key.parent !== null || !key.isEnforced || key.isDeferrable) return false;
    return key.columns.includes(id) && obstacleToEmptying(graph, key, settings) === undefined;
  });
}
