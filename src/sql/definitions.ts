import type { Node } from '@pgsql/types';
import { tagOf } from './nodes.ts';

/** Statements that make or change an object: the columns and callers that their expressions name are for when that is used. */
const DEFINITIONS: ReadonlySet<string> = new Set([
  ...['CreatePolicyStmt', 'AlterPolicyStmt', 'CreateTrigStmt', 'RuleStmt', 'IndexStmt', 'CreateStatsStmt'],
  ...['CreateStmt', 'AlterTableStmt', 'CreateDomainStmt', 'AlterDomainStmt', 'CreatePublicationStmt'],
  ...['CreateFunctionStmt', 'CreateSchemaStmt', 'CreateSeqStmt', 'DropStmt', 'GrantStmt', 'RenameStmt'],
]);

export function isDefinition(tree: Node): boolean {
  return DEFINITIONS.has(tagOf(tree) ?? '');
}
