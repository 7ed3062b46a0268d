import type { EntityOf } from '../graph/entities/index.ts';
import { bracketed, clauseText } from '../graph/policies/policy-text.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { OpenPrivateBucket } from '../graph/storage/private-buckets.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

/** What speaks against a private bucket that everybody may list. */
export function althoughText({ isNamedOwn, adding, buckets }: OpenPrivateBucket): string {
  if (isNamedOwn) return 'although its name says that each gets what is theirs';
  if (adding !== undefined) return `although by ${quoteIdentifier(adding.name)} each adds only objects of their own`;
  return `and what stands in ${buckets.length === 1 ? 'a bucket' : 'buckets'} of that name is seldom for everybody`;
}

/** Storage writes down who added an object. */
export function ownObjectsOnly(graph: SchemaGraph, policy: EntityOf<'policy'>): Fix | undefined {
  const own = policy.using === null ? undefined : clauseText(graph, policy.using);
  if (own === undefined) return undefined;
  return {
    title: 'Show each only the objects that they added; add whoever else is to see them',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  using (${raw(bracketed(own))} and owner_id = (select auth.uid())::text);`,
  };
}
