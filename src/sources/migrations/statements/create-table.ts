import type { CreateStmt } from '@pgsql/types';
import type { Entity, EntityOf, Relation } from '../../../graph/entities/index.ts';
import type { Draft } from '../../../graph/schema-builder.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import { walk } from '../../../sql/walk.ts';
import type { ReplayContext } from '../context.ts';
import { dropObjects } from '../drop-objects.ts';
import { Refusal } from '../refusal.ts';
import {
  makeChecks,
  makeColumns,
  makeForeignKeys,
  makeKeys,
  makeLikeParts,
  notNullNames,
  reserveColumns,
} from '../relations/build-table.ts';
import { putOthersLast } from '../relations/column-order.ts';
import { joinPartition } from '../relations/join-partition.ts';
import { newRelationName, refuseTakenRelationName } from '../relations/new-relation.ts';
import { boundText } from '../relations/partition-bound.ts';
import { partitionKey, refuseBadPartition } from '../relations/partition-key.ts';
import { storageOptions } from '../relations/storage-options.ts';
import { tableDifferences } from '../relations/table-differences.ts';
import { type Ancestry, planTable } from '../relations/table-plan.ts';
import { TEMPORARY_SCHEMA } from '../temporary.ts';
import { repairTable, tableOfFailingFile } from './create-table-again.ts';

type Table = EntityOf<'table'>;

/** CREATE TABLE in all its forms but AS. */
export function createTable(node: CreateStmt, context: ReplayContext): void {
  const name = newRelationName(node.relation, context);
  const undone = tableOfFailingFile(node, name, context);
  if (undone !== undefined) {
    repairTable(node, undone, context);
    return;
  }
  const existing = refuseTakenRelationName(name, node.relation?.location, context, node.if_not_exists === true);
  if (existing === undefined) {
    const { id } = buildTable(node, name, context, undefined);
    if (name.schema === TEMPORARY_SCHEMA && node.oncommit !== 'ONCOMMIT_DELETE_ROWS') context.listed.begin(id);
  } else if (existing.isAssumed) buildAssumed(node, name, context, existing);
  else context.skipped(existing, wantedDifferences(node, existing, context));
}

/**
 * A table that earlier statements named already. Those that gave it keys and checks failed, as it was not there: where one of them stands in the way
 * of what the table brings itself (a second primary key, a name that is taken), it never was.
 */
function buildAssumed(node: CreateStmt, name: QualifiedName, context: ReplayContext, assumed: Relation): void {
  const { builder, graph } = context;
  const mark = builder.mark();
  try {
    buildTable(node, name, context, assumed);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    builder.undoTo(mark);
    const constraints = graph.constraints(assumed.id);
    if (constraints.length === 0) throw error;
    dropObjects(context, constraints, { cascade: true });
    buildTable(node, name, context, assumed);
  }
}

/** What IF NOT EXISTS would have made, compared with what is there. The table is made under another name and undone. */
function wantedDifferences(node: CreateStmt, existing: Relation, context: ReplayContext) {
  if (existing.kind !== 'table') return [{ what: 'kind', existing: existing.kind, wanted: 'table' }];
  const { builder, graph } = context;
  const mark = builder.mark();
  try {
    const name = { ...existing.name, name: `${existing.name.name}\u0001` };
    const wanted = buildTable(withoutKeyNames(node), name, context, undefined);
    return tableDifferences(graph, existing, wanted);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [];
  } finally {
    builder.undoTo(mark);
  }
}

/** The names of its keys are taken, by the indexes of the table that is there. */
function withoutKeyNames(node: CreateStmt): CreateStmt {
  const copy = structuredClone(node);
  walk([{ CreateStmt: copy }], (_, each) => {
    if ('Constraint' in each) delete each.Constraint.conname;
    return undefined;
  });
  return copy;
}

function buildTable(
  node: CreateStmt,
  name: QualifiedName,
  context: ReplayContext,
  assumed: Relation | undefined,
): Table {
  const { builder, session } = context;
  const ancestry = ancestryOf(node, context);
  const plan = planTable(node, ancestry, context);
  const ids = reserveColumns(context, plan, assumed?.id);
  const persistence = persistenceOf(node.relation?.relpersistence);
  const notNulls = notNullNames(context, name, plan, ancestry);
  const [parent] = ancestry.parents;
  const draft: Draft<Table> = {
    kind: 'table',
    name,
    persistence,
    rowSecurity: false,
    forceRowSecurity: false,
    inherits: ancestry.isPartition ? [] : ancestry.parents.map((each) => each.id),
    partitionOf: ancestry.isPartition ? (parent?.id ?? null) : null,
    partitionBound: node.partbound === undefined ? null : boundText(node.partbound, context),
    partitionKey: null,
    options: storageOptions(node.options),
    replicaIdentity: 'default',
    ofType: ancestry.type?.id ?? null,
    owner: session.role,
    acl: context.initialAcl('table', name.schema),
  };
  const table = builder.create(draft, context.by, assumed?.id);
  makeColumns(context, table, plan, ids, notNulls);
  if (assumed) putOthersLast(context, table.id, [...ids.keys()]);
  const whole = node.partspec
    ? builder.alter(table, { partitionKey: partitionKey(node.partspec, table, context) }, context.by, table.origin)
    : table;
  if (!plan.isComplete) {
    const what = `The columns of ${context.graph.path(table)} are not all known, for what it is made from is not known.`;
    builder.doubt({
      what,
      at: context.at(node.relation?.location),
      aspects: ['columns', 'constraints'],
      reach: { entities: [table.id] },
    });
  }
  makeChecks(context, whole, plan, ancestry);
  if (ancestry.isPartition && parent) joinPartition(context, parent, whole);
  makeKeys(context, whole, plan);
  makeLikeParts(context, whole, plan);
  makeForeignKeys(context, whole, plan);
  return whole;
}

function ancestryOf(node: CreateStmt, context: ReplayContext): Ancestry {
  const isPartition = node.partbound !== undefined;
  const parents = (node.inhRelations ?? []).flatMap((each) =>
    'RangeVar' in each ? [context.relation(each.RangeVar, 'table')] : [],
  );
  const [parent] = parents;
  if (isPartition && parent) refuseBadPartition(node, parent, context);
  return { parents, isPartition, type: typedTableType(node, context) };
}

function typedTableType(node: CreateStmt, context: ReplayContext): Entity | null {
  if (node.ofTypename === undefined) return null;
  const { entity } = context.type(node.ofTypename);
  const type = entity === undefined ? undefined : context.graph.find(entity);
  if (type !== undefined && type.kind !== 'compositeType')
    context.refuse(`type ${context.graph.path(type)} is not a composite type`, node.ofTypename.location);
  return type ?? null;
}

export function persistenceOf(letter: string | undefined): Table['persistence'] {
  return letter === 't' ? 'temporary' : letter === 'u' ? 'unlogged' : 'permanent';
}
