import type { EntityOf } from '../../graph/entities/index.ts';
import type { Constraint, SchemaGraph } from '../../graph/schema-graph.ts';
import { addForeignKey } from '../../rule/foreign-key-sql.ts';
import { quoteIdentifier } from '../../sql/name.ts';
import { NotWritable, written } from './expression-sql.ts';
import { createIndex } from './relation-sql.ts';

/**
 * @param present the schema it is added to: an index that is there under the name becomes the constraint's
 * @throws NotWritable
 */
export function addConstraint(constraint: Constraint, graph: SchemaGraph, present?: SchemaGraph): readonly string[] {
  const parent = graph.parent(constraint);
  if (parent?.kind !== 'table' && parent?.kind !== 'domain') throw new NotWritable();
  const owner = `alter ${parent.kind} ${graph.path(parent)}`;
  const add = `${owner} add constraint ${quoteIdentifier(constraint.name)}`;
  switch (constraint.kind) {
    case 'primaryKey':
    case 'uniqueConstraint': {
      const index = graph.get('index', constraint.index);
      const word = constraint.kind === 'primaryKey' ? 'primary key' : 'unique';
      if (present && isBare(present, index))
        return [`${add} ${word} using index ${quoteIdentifier(index.name.name)}${deferrable(constraint)};`];
      const nulls = index.nullsNotDistinct ? ' nulls not distinct' : '';
      const include = index.include.length === 0 ? '' : ` include (${graph.columnsText(index.include)})`;
      return [`${add} ${word}${nulls} (${graph.columnsText(constraint.columns)})${include}${deferrable(constraint)};`];
    }
    case 'foreignKey':
      if (constraint.parent !== null || !constraint.isEnforced || constraint.referencedColumns.length === 0)
        throw new NotWritable();
      return addForeignKey(graph, constraint)
        .split('\n')
        .slice(0, constraint.isValidated ? undefined : 2);
    case 'checkConstraint': {
      if (constraint.isInherited || !constraint.isEnforced) throw new NotWritable();
      const inherit = constraint.noInherit ? ' no inherit' : '';
      const validate = `${owner} validate constraint ${quoteIdentifier(constraint.name)};`;
      return [
        `${add} check (${written(constraint.expression, graph)})${inherit} not valid;`,
        ...(constraint.isValidated ? [validate] : []),
      ];
    }
    case 'exclusionConstraint':
      throw new NotWritable();
  }
}

/** @param wanted the schema that is to be had: an index that stays without the constraint is made anew */
export function dropConstraint(constraint: Constraint, graph: SchemaGraph, wanted: SchemaGraph): readonly string[] {
  const parent = graph.parent(constraint);
  const isInherited = constraint.kind === 'checkConstraint' && constraint.isInherited;
  if (parent === undefined || isInherited || (constraint.kind === 'foreignKey' && constraint.parent !== null))
    throw new NotWritable();
  const word = parent.kind === 'domain' ? 'domain' : 'table';
  const drop = `alter ${word} ${graph.path(parent)} drop constraint ${quoteIdentifier(constraint.name)};`;
  const behind = 'index' in constraint ? graph.find(constraint.index) : undefined;
  const stays = behind?.kind === 'index' ? wanted.relation(behind.name) : undefined;
  return stays?.kind === 'index' && stays.constraint === null ? [drop, ...createIndex(stays, wanted)] : [drop];
}

/** Does no constraint stand on the index of that name? */
function isBare(graph: SchemaGraph, { name }: EntityOf<'index'>): boolean {
  const there = graph.relation(name);
  return there?.kind === 'index' && there.constraint === null;
}

function deferrable({ isDeferrable, isInitiallyDeferred }: Extract<Constraint, { isDeferrable: boolean }>): string {
  return `${isDeferrable ? ' deferrable' : ''}${isInitiallyDeferred ? ' initially deferred' : ''}`;
}
