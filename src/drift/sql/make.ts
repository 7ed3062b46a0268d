import type { Entity } from '../../graph/entities/index.ts';
import { quoteIdentifier, quoteLiteral } from '../../sql/name.ts';
import { usualOwner } from '../usual-owner.ts';
import { addColumn } from './column-sql.ts';
import { addConstraint } from './constraint-sql.ts';
import { NotWritable, open } from './expression-sql.ts';
import { defaultPrivileges, givePrivileges } from './object-privileges.ts';
import { createIndex, createTable, createView } from './relation-sql.ts';
import { createPolicy, createRoutine, createTrigger } from './routine-sql.ts';
import type { Lacking, Sided } from './side.ts';
import { type Step, step } from './step.ts';
import { grantTarget, target } from './target.ts';
import { createSequence, createType } from './type-sql.ts';

/** What a side lacks, with all that belongs to it: owner, privileges and comment with it, its other parts after it. */
export function make(wanted: Sided, present: Lacking): readonly Step[] {
  const { entity, graph } = wanted;
  const steps = [...made(wanted, present)];
  for (const part of parts(wanted)) steps.push(...made({ ...wanted, entity: part }, present));
  return steps.length > 0 ? steps : step('make', { entity, graph, serverMajor: wanted.serverMajor }, []);
}

function made(wanted: Sided, present: Lacking): readonly Step[] {
  return step('make', wanted, [...create(wanted, present), ...about(wanted, present)]);
}

/** @throws NotWritable */
export function create(wanted: Sided, present: Lacking | Sided): readonly string[] {
  const { entity, graph } = wanted;
  switch (entity.kind) {
    case 'table':
      return createTable(entity, graph, present.graph);
    case 'column':
      return addColumn(entity, graph, present.graph);
    case 'index':
      return createIndex(entity, graph);
    case 'primaryKey':
    case 'uniqueConstraint':
    case 'foreignKey':
    case 'checkConstraint':
    case 'exclusionConstraint':
      return addConstraint(entity, graph, present.graph);
    case 'policy':
      return createPolicy(entity, graph);
    case 'trigger':
      return createTrigger(entity, graph);
    case 'function':
      return createRoutine(entity, graph);
    case 'view':
    case 'materializedView':
      return createView(entity, graph);
    case 'sequence':
      return createSequence(entity, graph);
    case 'schema':
      return [`create schema ${quoteIdentifier(entity.name)};`];
    case 'extension': {
      const schema = entity.schema === null ? '' : ` with schema ${graph.path(graph.get('schema', entity.schema))}`;
      return [`create extension if not exists ${quoteIdentifier(entity.name)}${schema};`];
    }
    case 'enumType':
    case 'domain':
    case 'compositeType':
      return createType(entity, graph);
    case 'defaultPrivileges':
      return defaultPrivileges({ ...wanted, entity }, present);
    default:
      throw new NotWritable();
  }
}

/** What a new relation is not yet: its constraints, indexes, policies and triggers. */
function parts({ entity, graph }: Sided): readonly Entity[] {
  if (entity.kind !== 'table' && entity.kind !== 'view' && entity.kind !== 'materializedView') return [];
  return [
    ...graph.constraints(entity.id),
    ...graph.ownedBy(entity.id, 'index').filter(({ constraint }) => constraint === null),
    ...graph.ownedBy(entity.id, 'policy'),
    ...graph.ownedBy(entity.id, 'trigger'),
  ];
}

/** Owner, privileges and comment of a new object, and of the columns and sequences that came with it. */
function about(wanted: Sided, present: Lacking): readonly string[] {
  const { entity, graph } = wanted;
  if (entity.kind === 'defaultPrivileges' || entity.kind === 'extension') return [];
  return [
    ...ownerOfNew(wanted),
    ...('acl' in entity && (entity.kind === 'column' || grantTarget(entity, graph) !== undefined)
      ? givePrivileges(wanted, present)
      : []),
    ...(entity.comment === null ? [] : comment(wanted)),
    ...belongings(wanted).flatMap((each) => about({ ...wanted, entity: each }, present)),
  ];
}

/** What is made in the same statement. */
function belongings({ entity, graph }: Sided): readonly Entity[] {
  if (entity.kind === 'column')
    return graph.dependentsOfKind(entity.id, 'sequence').filter(({ ownedBy }) => ownedBy === entity.id);
  return entity.kind === 'table' || entity.kind === 'view' || entity.kind === 'materializedView'
    ? graph.columns(entity.id)
    : [];
}

/** Whoever runs the script owns what it makes: only another than makes all the rest is named. */
function ownerOfNew({ entity, graph }: Sided): readonly string[] {
  if (!('owner' in entity) || entity.owner === usualOwner(graph)) return [];
  // It goes with its table.
  if (entity.kind === 'sequence' && entity.ownedBy !== null) return [];
  const on = target(entity, graph);
  return on === undefined ? [] : [`alter ${on} owner to ${graph.path(graph.get('role', entity.owner))};`];
}

/** @throws NotWritable */
export function comment({ entity, graph }: Sided): readonly string[] {
  const on = target(entity, graph);
  if (on === undefined) throw new NotWritable();
  return [`comment on ${on} is ${entity.comment === null ? 'null' : quoteLiteral(open(entity.comment))};`];
}
