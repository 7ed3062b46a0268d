// All a rule may import.
export type { Capability } from '../graph/capability.ts';
export type { Entity, EntityKind, EntityOf } from '../graph/entities/index.ts';
export type { EntityId } from '../graph/entity-id.ts';
export { type Aspect, type Change, isAbout, type Migration, type Statement } from '../graph/journal.ts';
export type { Origin } from '../graph/origin.ts';
export type { SchemaGraph } from '../graph/schema-graph.ts';
export type { SourceLocation } from '../sql/location.ts';
export { display, type QualifiedName, quoteIdentifier, quoteLiteral, sameName } from '../sql/name.ts';
export type { Finding, Fix, RelatedPlace } from './finding.ts';
export { type AnyRule, type AuditSettings, defineRule, type Rule, type RuleContext } from './rule.ts';
export { CATEGORIES, type Category, type Confidence, isAtLeast, SEVERITIES, type Severity } from './severity.ts';
export { type RawSql, raw, sql } from './sql.ts';
