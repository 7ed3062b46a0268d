import { createHash } from 'node:crypto';
import type { Doubt } from '../graph/journal.ts';
import type { Origin } from '../graph/origin.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { Finding } from '../rule/finding.ts';
import type { AnyReport } from '../rule/rule.ts';
import { compareFindings } from './order.ts';
import type { SelectedRule } from './select.ts';
import { renderMessage } from './wording.ts';

/** A finding before its fingerprint, which counts findings that are otherwise the same. */
export interface Draft extends Omit<Finding, 'fingerprint'> {
  readonly discriminator: string;
}

/** What a report says in full, or the doubts because of which it may not be said. */
export function draftOf(
  { id, rule, severity }: SelectedRule,
  report: AnyReport,
  graph: SchemaGraph,
): Draft | readonly Doubt[] {
  const { meta } = rule;
  const template = Object.hasOwn(meta.messages, report.message) ? meta.messages[report.message] : undefined;
  if (typeof template !== 'string') throw new Error(`it has no message ${report.message}`);
  if ('entity' in report) {
    const doubts = graph.doubtsAbout(report.entity, meta.restsOn);
    if (doubts.length > 0) return doubts;
  }
  return {
    ruleId: id,
    messageId: report.message,
    category: meta.category,
    severity: severity ?? report.severity ?? meta.severity,
    confidence: report.confidence ?? meta.confidence ?? 'certain',
    message: renderMessage(template, report.data),
    ...aboutWhat(report, graph),
    related: report.related ?? [],
    fix: report.fix ?? null,
    equivalents: meta.equivalents ?? [],
    discriminator: report.discriminator ?? '',
  };
}

function aboutWhat(report: AnyReport, graph: SchemaGraph): { object: Finding['object']; origin: Origin } {
  if (!('entity' in report)) return { object: report.object, origin: { from: 'statement', at: report.at } };
  const { entity } = report;
  return { object: { kind: entity.kind, name: graph.path(entity) }, origin: report.origin ?? entity.origin };
}

/** Sorts, and gives each its fingerprint: what it is about and not where it stands, so that it outlives moved lines. */
export function finish(drafts: readonly Draft[]): readonly Finding[] {
  const seen = new Map<string, number>();
  return drafts
    .map((draft) => ({ ...draft, fingerprint: '' }))
    .sort(compareFindings)
    .map(({ discriminator, ...finding }) => {
      const { kind, name } = finding.object;
      const identity = JSON.stringify([finding.ruleId, finding.messageId, kind, name, discriminator]);
      const count = seen.get(identity) ?? 0;
      seen.set(identity, count + 1);
      return {
        ...finding,
        fingerprint: createHash('sha256').update(`${identity}#${count}`).digest('hex').slice(0, 32),
      };
    });
}
