import type { Entity, EntityOf } from '../../graph/entities/index.ts';
import { quoteIdentifier } from '../../sql/name.ts';
import { roleThere } from '../usual-owner.ts';
import { changeColumn } from './column-sql.ts';
import { dropConstraint } from './constraint-sql.ts';
import { NotWritable } from './expression-sql.ts';
import { comment, create, make } from './make.ts';
import { changePrivileges, columnPrivilegesAfterOwner, defaultPrivileges } from './object-privileges.ts';
import { changeTable } from './relation-sql.ts';
import { enableTrigger } from './routine-sql.ts';
import type { Side, Sided } from './side.ts';
import { type Step, step } from './step.ts';
import { target } from './target.ts';
import { changeLabels, changePublication, changeSequence } from './type-sql.ts';

/**
 * The steps after which `present` is like `wanted`; null where there are none that keep every row, or that can be written with
 * certainty.
 */
export function bringSteps(wanted: Side, present: Side, facts: readonly string[]): readonly Step[] | null {
  try {
    const steps = stepsFor(wanted, present, facts);
    return steps.length === 0 ? null : steps;
  } catch (error) {
    if (error instanceof NotWritable) return null;
    throw error;
  }
}

function stepsFor(wanted: Side, present: Side, facts: readonly string[]): readonly Step[] {
  if (wanted.entity === null) return present.entity === null ? [] : step('drop', present, drop(present, wanted));
  if (present.entity === null) return make(wanted, present);
  // A new owner takes the old one's privileges along: grants come after.
  const apart = APART.filter((fact) => facts.includes(fact)).flatMap((fact) =>
    step('change', wanted, changeApart(fact, wanted, present)),
  );
  const whole = facts.filter((fact) => !APART.includes(fact));
  if (whole.length === 0) return apart;
  const changed = change(wanted, present, whole);
  // What is made anew has them already.
  return changed.some(({ does }) => does === 'make') ? changed : [...changed, ...apart];
}

const APART: readonly string[] = ['owner', 'acl', 'comment'];

/** Kinds for which a removal loses no row. @throws NotWritable */
function drop(present: Sided, { graph: wanted }: Side): readonly string[] {
  const { entity, graph } = present;
  switch (entity.kind) {
    case 'index':
      if (entity.constraint !== null || entity.parent !== null) throw new NotWritable();
      return [`drop index ${graph.path(entity)};`];
    case 'primaryKey':
    case 'uniqueConstraint':
    case 'foreignKey':
    case 'checkConstraint':
    case 'exclusionConstraint':
      return dropConstraint(entity, graph, wanted);
    case 'policy':
    case 'trigger':
    case 'rewriteRule':
    case 'view':
    case 'materializedView':
    case 'function':
    case 'eventTrigger':
    case 'statistics':
    case 'enumType':
    case 'domain':
    case 'compositeType':
      return [`drop ${target(entity, graph)};`];
    case 'defaultPrivileges':
      return defaultPrivileges({ ...present, entity: null }, present);
    default:
      throw new NotWritable();
  }
}

/** Everything but owner, privileges and comment. @throws NotWritable */
function change(wanted: Sided, present: Sided, facts: readonly string[]): readonly Step[] {
  const { entity, graph } = wanted;
  const remade = (): readonly Step[] => [
    ...step('drop', present, drop(present, wanted)),
    ...make(wanted, { ...present, entity: null }),
  ];
  const changed = (sql: readonly string[]): readonly Step[] => step('change', wanted, sql);
  switch (entity.kind) {
    case 'trigger':
      return facts.every((fact) => fact === 'enabled') ? changed([enableTrigger(entity, graph)]) : remade();
    case 'index':
    case 'policy':
    case 'primaryKey':
    case 'uniqueConstraint':
    case 'foreignKey':
    case 'checkConstraint':
    case 'materializedView':
      return remade();
    case 'function':
      // What is returned, and names of parameters, CREATE OR REPLACE does not change.
      return facts.some((fact) => SIGNATURE.includes(fact)) ? remade() : changed(create(wanted, present));
    case 'view':
      return keepsColumns(wanted as Sided<EntityOf<'view'>>, present) ? changed(create(wanted, present)) : remade();
    case 'enumType':
      return changed(changeLabels(entity, present.entity as EntityOf<'enumType'>, graph));
    case 'sequence':
      return changed(changeSequence(facts, entity, graph));
    case 'publication':
      return changed(changePublication({ ...wanted, entity }, present as Sided<EntityOf<'publication'>>));
    case 'defaultPrivileges':
      return changed(defaultPrivileges({ ...wanted, entity }, present));
    case 'column':
      if (facts.includes('name')) return renamed({ ...wanted, entity }, present as Sided<EntityOf<'column'>>, facts);
      return changed(facts.flatMap((fact) => changeColumn(fact, entity, graph) ?? unwritable()));
    case 'table':
      return changed(changeTable(facts, { ...wanted, entity }, present as Sided<EntityOf<'table'>>));
    default:
      return unwritable();
  }
}

function unwritable(): never {
  throw new NotWritable();
}

const SIGNATURE: readonly string[] = ['parameters', 'returns', 'returnsSet', 'routine'];

/** CREATE OR REPLACE VIEW only adds columns behind those that are there. */
function keepsColumns({ entity, graph }: Sided<EntityOf<'view'>>, present: Sided): boolean {
  const described = (id: Entity['id'], from: typeof graph): readonly string[] =>
    from.columns(id).map(({ name, type }) => `${name} ${type === null ? '' : from.typeName(type)}`);
  const wanted = described(entity.id, graph);
  return described(present.entity.id, present.graph).every((column, index) => column === wanted[index]);
}

function renamed(
  { entity, graph, serverMajor }: Sided<EntityOf<'column'>>,
  present: Sided<EntityOf<'column'>>,
  facts: readonly string[],
): readonly Step[] {
  const relation = graph.find(entity.relation);
  if (relation === undefined) throw new NotWritable();
  const [from, to] = [present.entity.name, entity.name].map(quoteIdentifier);
  const others = facts.filter((fact) => fact !== 'name');
  return [
    ...step('rename', { entity, graph, serverMajor }, [
      `alter table ${graph.path(relation)} rename column ${from} to ${to};`,
    ]),
    ...step(
      'change',
      { entity, graph, serverMajor },
      others.flatMap((fact) => changeColumn(fact, entity, graph) ?? unwritable()),
    ),
  ];
}

/** @throws NotWritable */
function changeApart(fact: string, wanted: Sided, present: Sided): readonly string[] {
  const { entity, graph } = wanted;
  if (fact === 'comment') return comment(wanted);
  if (fact === 'acl') {
    return entity.kind === 'defaultPrivileges'
      ? defaultPrivileges({ ...wanted, entity }, present)
      : changePrivileges(wanted, present);
  }
  const on = target(entity, graph);
  if (on === undefined || !('owner' in entity)) throw new NotWritable();
  return [
    `alter ${on} owner to ${roleThere(entity.owner, graph, present.graph)};`,
    ...columnPrivilegesAfterOwner(wanted, present),
  ];
}
