import { createHash } from 'node:crypto';
import type { Doubt } from '../graph/journal.ts';
import type { Origin } from '../graph/origin.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { Finding, Fix } from '../rule/finding.ts';
import type { AnyReport } from '../rule/rule.ts';
import { compareFindings } from './order.ts';
import type { SelectedRule } from './select.ts';
import { renderMessage } from './wording.ts';

/** A finding before its fingerprint, which counts findings that are otherwise the same, and before its fix is asked for. */
export interface Draft extends Omit<Finding, 'fingerprint' | 'fix'> {
  readonly discriminator: string;
  readonly fix: AnyReport['fix'] | null;
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
    fix: report.fix,
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
  const mending: Finding[] = [];
  return [...drafts].sort(compareFindings).map(({ discriminator, fix, ...facts }) => {
    const { kind, name } = facts.object;
    const identity = JSON.stringify([facts.ruleId, facts.messageId, kind, name, discriminator]);
    const count = seen.get(identity) ?? 0;
    seen.set(identity, count + 1);
    const fingerprint = createHash('sha256').update(`${identity}#${count}`).digest('hex').slice(0, 32);
    const isQuicker = facts.category === 'performance' && (kind === 'policy' || kind === 'table');
    if (isQuicker) return withFix({ ...facts, fingerprint }, () => withoutClash(fix, mending, name));
    const finding = withFix({ ...facts, fingerprint }, fix);
    if (kind === 'policy') mending.push(finding);
    return finding;
  });
}

/**
 * What makes policies quicker writes their clauses as they stand, and would undo what another fix mends in one of them: it is left out where
 * there is such a fix. The next run gives it, on the mended text.
 * @param name of the policy, or of the table whose policies they are
 */
function withoutClash(fix: Draft['fix'], mending: readonly Finding[], name: string): Fix | undefined {
  const made = (typeof fix === 'function' ? fix() : fix) ?? undefined;
  if (made === undefined) return undefined;
  const beside = mending.filter(({ object }) => object.name === name || object.name.startsWith(`${name}.`));
  return beside.some((each) => each.fix !== null && areOfOneClause(each.fix, made)) ? undefined : made;
}

/** Do both write USING, or WITH CHECK, of one policy, or does the first drop it? */
function areOfOneClause({ sql }: Fix, quicker: Fix): boolean {
  const [, verb, policy] = /^(alter|drop) policy (.+? on \S+?)(?=[\s;])/m.exec(sql) ?? [];
  if (policy === undefined || !quicker.sql.includes(` policy ${policy}`)) return false;
  const clauses = [/^\s*using \(/m, /^\s*with check \(/m];
  return verb === 'drop' || clauses.some((each) => each.test(sql) && each.test(quicker.sql));
}

/** The fix is made when it is read, and once: rewriting an expression takes longer than finding what is wrong with it. */
function withFix(facts: Omit<Finding, 'fix'>, fix: Draft['fix']): Finding {
  if (typeof fix !== 'function') return { ...facts, fix: fix ?? null };
  let made: Fix | null | undefined;
  return {
    ...facts,
    get fix() {
      made ??= fix() ?? null;
      return made;
    },
  };
}
