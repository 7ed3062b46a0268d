import type { AlterSeqStmt, CreateSeqStmt, Node } from '@pgsql/types';
import type { EntityId } from '../../../graph/entity-id.ts';
import { defElems } from '../../../sql/def-elem.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { isNot } from '../relation-words.ts';
import { newRelationName, refuseTakenRelationName } from '../relations/new-relation.ts';
import { sequenceFacts } from '../relations/sequence-facts.ts';
import { createSequence } from '../relations/sequences.ts';
import { persistenceOf } from './create-table.ts';

export function createSequenceStatement(node: CreateSeqStmt, context: ReplayContext): void {
  const range = node.sequence;
  const name = newRelationName(range, context);
  const existing = refuseTakenRelationName(name, range?.location, context, node.if_not_exists === true);
  if (existing && !existing.isAssumed) {
    context.skipped(existing);
    return;
  }
  createSequence(
    context,
    {
      name,
      facts: sequenceFacts(node.options, null, context),
      ownedBy: ownerColumn(node.options, context) ?? null,
      isIdentity: false,
      persistence: persistenceOf(range?.relpersistence),
      owner: context.session.role,
      origin: context.origin(undefined),
    },
    existing?.kind === 'sequence' ? existing.id : undefined,
  );
}

export function alterSequence(node: AlterSeqStmt, context: ReplayContext): void {
  const range = node.sequence ?? {};
  const found = context.lookup(range);
  if (found === undefined) {
    if (node.missing_ok) return;
    const schema = range.schemaname ?? context.names.creationSchema();
    context.refuseUnknown('sequence', context.written(schema, range.relname ?? ''), range.location);
  }
  if (found.kind !== 'sequence') {
    if (found.isAssumed) return;
    context.refuse(isNot(found.name.name, 'sequence'), range.location);
  }
  const owner = ownerColumn(node.options, context);
  if (owner !== undefined && found.isIdentity) context.refuse('cannot change ownership of identity sequence');
  const { dataType, start, increment, minimum, maximum, cache, cycles } = sequenceFacts(node.options, found, context);
  const wanted = {
    dataType,
    start,
    increment,
    minimum,
    maximum,
    cache,
    cycles,
    ...(owner === undefined ? {} : { ownedBy: owner }),
  };
  const changed = Object.entries(wanted).filter(([fact, value]) => found[fact as keyof typeof wanted] !== value);
  context.builder.alter(found, Object.fromEntries(changed), context.by);
}

/** OWNED BY table.column; null for NONE, undefined where it is not said. */
function ownerColumn(options: readonly Node[] | undefined, context: ReplayContext): EntityId | null | undefined {
  const option = defElems(options).find((each) => each.defname === 'owned_by');
  if (option === undefined) return undefined;
  const parts = stringsOf(fieldsOf(option.arg, 'List')?.items);
  if (parts.length === 1) return null;
  const [column = '', relname = '', schemaname] = parts.toReversed();
  const range = { relname, ...(schemaname === undefined ? {} : { schemaname }) };
  const location = option.location === undefined ? {} : { location: option.location };
  const table = context.relation({ ...range, ...location }, 'table', 'foreignTable', 'view');
  return context.column(table, column, option.location).id;
}
