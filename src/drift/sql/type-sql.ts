import type { EntityOf } from '../../graph/entities/index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { quoteIdentifier, quoteLiteral } from '../../sql/name.ts';
import { renamedLabel } from '../renames.ts';
import { columnDefinition } from './column-sql.ts';
import { addConstraint } from './constraint-sql.ts';
import { NotWritable, written } from './expression-sql.ts';
import type { Sided } from './side.ts';

/** @throws NotWritable */
export function createType(
  type: EntityOf<'enumType' | 'domain' | 'compositeType'>,
  graph: SchemaGraph,
): readonly string[] {
  const name = graph.path(type);
  switch (type.kind) {
    case 'enumType':
      return [`create type ${name} as enum (${type.labels.map(quoteLiteral).join(', ')});`];
    case 'compositeType':
      return [
        `create type ${name} as (${graph
          .columns(type.id)
          .map((each) => columnDefinition(each, graph, graph))
          .join(', ')});`,
      ];
    case 'domain': {
      const value = type.default ? ` default ${written(type.default, graph)}` : '';
      const checks = graph.constraints(type.id).flatMap((each) => addConstraint(each, graph));
      return [
        `create domain ${name} as ${graph.typeName(type.base)}${value}${type.notNull ? ' not null' : ''};`,
        ...checks,
      ];
    }
  }
}

/** One that no column owns: others are made with their column. @throws NotWritable */
export function createSequence(sequence: EntityOf<'sequence'>, graph: SchemaGraph): readonly string[] {
  if (sequence.ownedBy !== null) throw new NotWritable();
  const { dataType, increment, minimum, maximum, start, cache, cycles } = sequence;
  const values = `increment by ${increment} minvalue ${minimum} maxvalue ${maximum} start with ${start} cache ${cache}`;
  return [`create sequence ${graph.path(sequence)} as ${dataType} ${values}${cycles ? ' cycle' : ''};`];
}

/** The column it goes with. @throws NotWritable for anything else */
export function changeSequence(
  facts: readonly string[],
  sequence: EntityOf<'sequence'>,
  graph: SchemaGraph,
): readonly string[] {
  if (sequence.isIdentity || facts.some((fact) => fact !== 'ownedBy')) throw new NotWritable();
  const owner = sequence.ownedBy === null ? 'none' : graph.path(graph.get('column', sequence.ownedBy));
  return [`alter sequence ${graph.path(sequence)} owned by ${owner};`];
}

/** Labels can be added and never taken away; one that alone differs at its place has another name. @throws NotWritable */
export function changeLabels(
  wanted: EntityOf<'enumType'>,
  present: EntityOf<'enumType'>,
  graph: SchemaGraph,
): readonly string[] {
  const renamed = renamedLabel(present.labels, wanted.labels);
  if (renamed !== undefined) {
    const [from, to] = [present.labels[renamed] ?? '', wanted.labels[renamed] ?? ''].map(quoteLiteral);
    return [`alter type ${graph.path(wanted)} rename value ${from} to ${to};`];
  }
  const known = wanted.labels.filter((each) => present.labels.includes(each));
  if (known.join('\0') !== present.labels.join('\0')) throw new NotWritable();
  return wanted.labels.flatMap((label, index) => {
    if (present.labels.includes(label)) return [];
    const before = wanted.labels[index - 1];
    const next = wanted.labels.slice(index).find((each) => present.labels.includes(each));
    const place =
      before !== undefined
        ? ` after ${quoteLiteral(before)}`
        : next === undefined
          ? ''
          : ` before ${quoteLiteral(next)}`;
    return [`alter type ${graph.path(wanted)} add value ${quoteLiteral(label)}${place};`];
  });
}

/** Tables that are published whole. @throws NotWritable */
export function changePublication(
  wanted: Sided<EntityOf<'publication'>>,
  present: Sided<EntityOf<'publication'>>,
): readonly string[] {
  const [want, have] = [wanted, present].map(publishedTables);
  if (want === undefined || have === undefined) throw new NotWritable();
  const alter = `alter publication ${quoteIdentifier(wanted.entity.name)}`;
  const statements = [
    ...want.filter((each) => !have.includes(each)).map((each) => `${alter} add table ${each};`),
    ...have.filter((each) => !want.includes(each)).map((each) => `${alter} drop table ${each};`),
  ];
  if (statements.length === 0) throw new NotWritable();
  return statements;
}

function publishedTables({ entity, graph }: Sided<EntityOf<'publication'>>): readonly string[] {
  if (entity.allTables || entity.tables.some(({ columns, where }) => columns.length > 0 || where !== null))
    throw new NotWritable();
  return entity.tables.map(({ table }) => graph.path(graph.get('table', table)));
}
