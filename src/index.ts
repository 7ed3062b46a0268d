// The public API: what is not here is not importable.
export { type Audit, type AuditOptions, audit } from './audit/audit.ts';
export type { AuditReport, Reporter, ReporterOptions, RuleDescription } from './audit/report.ts';
export { loadBuiltInRules } from './config/built-in-rules.ts';
export { ConfigError, RuleError, SourceError } from './errors.ts';
export type { AddressedRule } from './rule/addressed-rule.ts';
export * from './rule/index.ts';
export { definePlugin, type Plugin } from './rule/plugin.ts';
export { type LiveOptions, live } from './sources/live/live.ts';
export { type MigrationsOptions, migrations } from './sources/migrations/migrations.ts';
export type { Reading, Source } from './sources/source.ts';
