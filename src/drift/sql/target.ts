import type { Entity, EntityKind } from '../../graph/entities/index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { quoteIdentifier } from '../../sql/name.ts';

/** How ALTER, COMMENT ON and DROP call the kind; those that are missing are altered through what they are parts of. */
const WORDS: { readonly [K in EntityKind]?: string } = {
  baseType: 'type',
  compositeType: 'type',
  domain: 'domain',
  enumType: 'type',
  eventTrigger: 'event trigger',
  extension: 'extension',
  foreignTable: 'foreign table',
  index: 'index',
  materializedView: 'materialized view',
  publication: 'publication',
  rangeType: 'type',
  schema: 'schema',
  sequence: 'sequence',
  statistics: 'statistics',
  table: 'table',
  view: 'view',
};

/** `table public.orders`, `trigger t on public.orders`, `function public.f(integer)`: as COMMENT ON and DROP take it. */
export function target(entity: Entity, graph: SchemaGraph): string | undefined {
  const parent = graph.parent(entity);
  switch (entity.kind) {
    case 'function':
      return `${routineWord(entity.routine)} ${graph.path(entity)}`;
    case 'column':
      return `column ${graph.path(entity)}`;
    case 'policy':
    case 'trigger':
      return parent && `${entity.kind} ${quoteIdentifier(entity.name)} on ${graph.path(parent)}`;
    case 'rewriteRule':
      return parent && `rule ${quoteIdentifier(entity.name)} on ${graph.path(parent)}`;
    case 'primaryKey':
    case 'uniqueConstraint':
    case 'foreignKey':
    case 'checkConstraint':
    case 'exclusionConstraint': {
      const on = parent?.kind === 'domain' ? 'domain ' : '';
      return parent && `constraint ${quoteIdentifier(entity.name)} on ${on}${graph.path(parent)}`;
    }
    default: {
      const word = WORDS[entity.kind];
      return word === undefined ? undefined : `${word} ${graph.path(entity)}`;
    }
  }
}

function routineWord(routine: 'function' | 'procedure' | 'aggregate' | 'window'): string {
  return routine === 'window' ? 'function' : routine;
}

/** `on table public.orders`, as GRANT takes it. */
export function grantTarget(entity: Entity, graph: SchemaGraph): string | undefined {
  switch (entity.kind) {
    case 'table':
    case 'view':
    case 'materializedView':
    case 'foreignTable':
      return `on table ${graph.path(entity)}`;
    case 'sequence':
    case 'schema':
      return `on ${entity.kind} ${graph.path(entity)}`;
    case 'function':
      return `on ${entity.routine === 'procedure' ? 'procedure' : 'function'} ${graph.path(entity)}`;
    case 'enumType':
    case 'domain':
    case 'compositeType':
    case 'rangeType':
    case 'baseType':
      return `on type ${graph.path(entity)}`;
    default:
      return undefined;
  }
}
