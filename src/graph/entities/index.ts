import type { Bucket } from './bucket.ts';
import type { CheckConstraint } from './check-constraint.ts';
import { checkConstraintDependencies } from './check-constraint.ts';
import { type Column, columnDependencies } from './column.ts';
import type { Dependency } from './entity-base.ts';
import { type EventTrigger, eventTriggerDependencies } from './event-trigger.ts';
import { type ExclusionConstraint, exclusionConstraintDependencies } from './exclusion-constraint.ts';
import { type ForeignKey, foreignKeyDependencies } from './foreign-key.ts';
import { type ForeignDataWrapper, type ForeignServer, foreignServerDependencies } from './foreign-server.ts';
import { type ForeignTable, foreignTableDependencies } from './foreign-table.ts';
import { type FunctionEntity, functionDependencies } from './function-entity.ts';
import { type Index, indexDependencies } from './index-entity.ts';
import { type MaterializedView, materializedViewDependencies } from './materialized-view.ts';
import type { MinorObject } from './minor-object.ts';
import { type Extension, extensionDependencies, type Schema } from './namespace.ts';
import {
  type Cast,
  castDependencies,
  type Operator,
  type OperatorClass,
  operatorClassDependencies,
  operatorDependencies,
} from './operator.ts';
import { type Policy, policyDependencies } from './policy.ts';
import { type PrimaryKey, primaryKeyDependencies } from './primary-key.ts';
import { type Publication, publicationDependencies } from './publication.ts';
import { type RewriteRule, rewriteRuleDependencies } from './rewrite-rule.ts';
import { type DefaultPrivileges, defaultPrivilegesDependencies, type Role } from './role.ts';
import { type Sequence, sequenceDependencies } from './sequence.ts';
import { type Statistics, statisticsDependencies } from './statistics.ts';
import { type Table, tableDependencies } from './table.ts';
import { type Trigger, triggerDependencies } from './trigger.ts';
import {
  type BaseType,
  type CompositeType,
  type Domain,
  domainDependencies,
  type EnumType,
  noDependencies,
  type RangeType,
  rangeTypeDependencies,
} from './types.ts';
import { type UniqueConstraint, uniqueConstraintDependencies } from './unique-constraint.ts';
import { type View, viewDependencies } from './view.ts';

export type Entity =
  | BaseType
  | Bucket
  | Cast
  | CheckConstraint
  | Column
  | CompositeType
  | DefaultPrivileges
  | Domain
  | EnumType
  | EventTrigger
  | ExclusionConstraint
  | Extension
  | ForeignDataWrapper
  | ForeignKey
  | ForeignServer
  | ForeignTable
  | FunctionEntity
  | Index
  | MaterializedView
  | MinorObject
  | Operator
  | OperatorClass
  | Policy
  | PrimaryKey
  | Publication
  | RangeType
  | RewriteRule
  | Role
  | Schema
  | Sequence
  | Statistics
  | Table
  | Trigger
  | UniqueConstraint
  | View;

export type EntityKind = Entity['kind'];
export type EntityOf<K extends EntityKind> = Extract<Entity, { readonly kind: K }>;

/** What lives in pg_class and shares one name space per schema. A composite type does too. */
export type Relation = Table | ForeignTable | View | MaterializedView | Sequence | Index | CompositeType;

/** Where names of a kind must be unique: per schema among relations or types, per parent, or over the database. */
type NameSpace = 'relation' | 'type' | 'routine' | 'schemaObject' | 'global' | { readonly within: string };

interface KindDescription<K extends EntityKind> {
  readonly names: NameSpace;
  /** What it hangs on; the first with `within` is its parent. */
  readonly dependencies: (entity: EntityOf<K>) => Dependency[];
  /** The entity it is a part of: dropped and listed with it. */
  readonly parent: (entity: EntityOf<K>) => EntityOf<K>['id'] | undefined;
}

const alone = () => undefined;

/** Every kind, once: a kind that is missing here does not compile. */
export const KINDS: { readonly [K in EntityKind]: KindDescription<K> } = {
  baseType: { names: 'type', dependencies: noDependencies, parent: alone },
  bucket: { names: 'global', dependencies: noDependencies, parent: alone },
  cast: { names: 'global', dependencies: castDependencies, parent: alone },
  checkConstraint: { names: { within: 'constraint' }, dependencies: checkConstraintDependencies, parent: (e) => e.on },
  column: { names: { within: 'column' }, dependencies: columnDependencies, parent: (e) => e.relation },
  compositeType: { names: 'relation', dependencies: noDependencies, parent: alone },
  defaultPrivileges: { names: 'global', dependencies: defaultPrivilegesDependencies, parent: alone },
  domain: { names: 'type', dependencies: domainDependencies, parent: alone },
  enumType: { names: 'type', dependencies: noDependencies, parent: alone },
  eventTrigger: { names: 'global', dependencies: eventTriggerDependencies, parent: alone },
  exclusionConstraint: {
    names: { within: 'constraint' },
    dependencies: exclusionConstraintDependencies,
    parent: (e) => e.table,
  },
  extension: { names: 'global', dependencies: extensionDependencies, parent: alone },
  foreignDataWrapper: { names: 'global', dependencies: noDependencies, parent: alone },
  foreignKey: { names: { within: 'constraint' }, dependencies: foreignKeyDependencies, parent: (e) => e.table },
  foreignServer: { names: 'global', dependencies: foreignServerDependencies, parent: alone },
  foreignTable: { names: 'relation', dependencies: foreignTableDependencies, parent: alone },
  function: { names: 'routine', dependencies: functionDependencies, parent: alone },
  index: { names: 'relation', dependencies: indexDependencies, parent: (e) => e.relation },
  materializedView: { names: 'relation', dependencies: materializedViewDependencies, parent: alone },
  minorObject: { names: 'schemaObject', dependencies: noDependencies, parent: alone },
  operator: { names: 'schemaObject', dependencies: operatorDependencies, parent: alone },
  operatorClass: { names: 'schemaObject', dependencies: operatorClassDependencies, parent: alone },
  policy: { names: { within: 'policy' }, dependencies: policyDependencies, parent: (e) => e.table },
  primaryKey: { names: { within: 'constraint' }, dependencies: primaryKeyDependencies, parent: (e) => e.table },
  publication: { names: 'global', dependencies: publicationDependencies, parent: alone },
  rangeType: { names: 'type', dependencies: rangeTypeDependencies, parent: alone },
  rewriteRule: { names: { within: 'rewriteRule' }, dependencies: rewriteRuleDependencies, parent: (e) => e.relation },
  role: { names: 'global', dependencies: noDependencies, parent: alone },
  schema: { names: 'global', dependencies: noDependencies, parent: alone },
  sequence: { names: 'relation', dependencies: sequenceDependencies, parent: alone },
  statistics: { names: 'schemaObject', dependencies: statisticsDependencies, parent: (e) => e.relation },
  table: { names: 'relation', dependencies: tableDependencies, parent: alone },
  trigger: { names: { within: 'trigger' }, dependencies: triggerDependencies, parent: (e) => e.relation },
  uniqueConstraint: {
    names: { within: 'constraint' },
    dependencies: uniqueConstraintDependencies,
    parent: (e) => e.table,
  },
  view: { names: 'relation', dependencies: viewDependencies, parent: alone },
};

export function dependenciesOf<K extends EntityKind>(entity: EntityOf<K>): Dependency[] {
  return (KINDS[entity.kind] as KindDescription<K>).dependencies(entity);
}

export function parentOf<K extends EntityKind>(entity: EntityOf<K>): Entity['id'] | undefined {
  return (KINDS[entity.kind] as KindDescription<K>).parent(entity);
}

export function nameSpaceOf(kind: EntityKind): NameSpace {
  return KINDS[kind].names;
}
