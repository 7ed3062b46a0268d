import { createHash } from 'node:crypto';
import type { Doubt } from '../graph/journal.ts';
import type { Origin } from '../graph/origin.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { Finding, Fix } from '../rule/finding.ts';
import type { AnyReport, FixPart } from '../rule/rule.ts';
import { isAtLeast } from '../rule/severity.ts';
import { compareFindings } from './order.ts';
import type { SelectedRule } from './select.ts';
import { renderMessage } from './wording.ts';

/** A finding before its fingerprint, which counts findings that are otherwise the same, and before its fix is asked for. */
export interface Draft extends Omit<Finding, 'fingerprint' | 'fix'> {
  readonly discriminator: string;
  readonly fix: AnyReport['fix'] | null;
  /** The fix in parts, each with the name of what it is about. */
  readonly fixes?: readonly DraftPart[];
  /** The names of what the fix joins or keeps as it stands. */
  readonly fixTrusts?: readonly string[];
  readonly mendedWith?: MendedWith;
  /** The names of what it tells of beside its object. */
  readonly alsoAbout?: readonly string[];
  /** The findings that tell it as well: each a rule, and the name of what it is about. */
  readonly toldBy?: readonly string[];
}

interface DraftPart {
  readonly name: string;
  readonly fix: FixPart['fix'];
  readonly mendedWith?: MendedWith;
}

interface MendedWith {
  readonly fixTrusts: readonly string[];
  readonly places: Finding['related'];
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
    ...(report.fixes === undefined ? {} : { fixes: report.fixes.map((each) => partOf(each, graph)) }),
    ...trustOf(report, graph),
    ...(report.alsoAbout === undefined ? {} : { alsoAbout: report.alsoAbout.map((each) => graph.path(each)) }),
    ...toldOf(report, graph),
    equivalents: meta.equivalents ?? [],
    discriminator: report.discriminator ?? '',
  };
}

function partOf({ of, fix, mendedWith }: FixPart, graph: SchemaGraph): DraftPart {
  const part = { name: graph.path(of), fix };
  return mendedWith === undefined ? part : { ...part, mendedWith: named(mendedWith, graph) };
}

function trustOf(
  { fixTrusts, mendedWith }: AnyReport,
  graph: SchemaGraph,
): Pick<Draft, 'fixTrusts'> | Pick<Draft, 'mendedWith'> {
  if (fixTrusts !== undefined) return { fixTrusts: fixTrusts.map((each) => graph.path(each)) };
  return mendedWith === undefined ? {} : { mendedWith: named(mendedWith, graph) };
}

function toldOf(report: AnyReport, graph: SchemaGraph): Pick<Draft, 'toldBy'> {
  if (report.toldBy === undefined) return {};
  const name = report.toldAbout === undefined ? aboutWhat(report, graph).object.name : graph.path(report.toldAbout);
  return { toldBy: report.toldBy.map((id) => `${id} ${name}`) };
}

function named(mendedWith: NonNullable<AnyReport['mendedWith']>, graph: SchemaGraph): MendedWith {
  return { ...mendedWith, fixTrusts: mendedWith.fixTrusts.map((each) => graph.path(each)) };
}

function aboutWhat(report: AnyReport, graph: SchemaGraph): { object: Finding['object']; origin: Origin } {
  if (!('entity' in report)) return { object: report.object, origin: { from: 'statement', at: report.at } };
  const { entity } = report;
  return { object: { kind: entity.kind, name: graph.path(entity) }, origin: report.origin ?? entity.origin };
}

/**
 * Sorts, and gives each its fingerprint: what it is about and not where it stands, so that it outlives moved lines.
 * @param shown what is said of a fix beside what its rule says
 */
export function finish(all: readonly Draft[], shown: (fix: Fix) => Fix = (fix) => fix): readonly Finding[] {
  const drafts = withoutTold(all);
  const seen = new Map<string, number>();
  const mending: Finding[] = [];
  const rewriting: Finding[] = [];
  const accused = accusedPolicies(drafts);
  return [...drafts].sort(compareFindings).map((draft) => {
    const { discriminator, fix, fixes, ...facts } = settled(draft, accused);
    const { kind, name } = facts.object;
    const identity = JSON.stringify([facts.ruleId, facts.messageId, kind, name, discriminator]);
    const count = seen.get(identity) ?? 0;
    seen.set(identity, count + 1);
    const fingerprint = createHash('sha256').update(`${identity}#${count}`).digest('hex').slice(0, 32);
    const withFix = (given: Draft['fix']) => fixedBy({ ...facts, fingerprint }, given, shown);
    if (fixes !== undefined)
      return withFix(() => joined(fixes.flatMap((each) => withoutClash(each.fix, mending, each.name) ?? [])));
    const isQuicker = facts.category === 'performance' && (kind === 'policy' || kind === 'table');
    if (isQuicker) return withFix(() => withoutClash(fix, mending, name));
    if (kind === 'function' || kind === 'trigger') {
      const before = [...rewriting];
      const finding = withFix(() => withoutOverwriting(fix, before));
      rewriting.push(finding);
      return finding;
    }
    const finding = withFix(fix);
    if (kind === 'policy') mending.push(finding);
    return finding;
  });
}

/** One cause, one finding: without what another rule tells, and mends. */
function withoutTold(drafts: readonly Draft[]): readonly Draft[] {
  const about = new Set(
    drafts.flatMap(({ ruleId, object, fixes = [] }) =>
      [object.name, ...fixes.map(({ name }) => name)].map((each) => `${ruleId} ${each}`),
    ),
  );
  return drafts.filter(({ toldBy = [] }) => !toldBy.some((each) => about.has(each)));
}

/** The policies that a finding says let in whom they should not, or fail. */
function accusedPolicies(drafts: readonly Draft[]): ReadonlySet<string> {
  const accusing = drafts.filter(({ category, severity, object }) => {
    return category === 'security' && object.kind === 'policy' && isAtLeast(severity, 'medium');
  });
  return new Set(accusing.flatMap(({ object, alsoAbout = [] }) => [object.name, ...alsoAbout]));
}

/** Without the fix that would join, or keep in the place of others, what another finding is about; and without one of its own beside a fix that mends both. */
function settled(
  { fixTrusts, mendedWith, alsoAbout, toldBy, ...draft }: Draft,
  accused: ReadonlySet<string>,
): Omit<Draft, 'fixTrusts' | 'mendedWith' | 'alsoAbout' | 'toldBy'> {
  if (fixTrusts?.some((each) => accused.has(each))) return { ...draft, fix: null };
  const isGiven = (other: MendedWith | undefined) =>
    other !== undefined && !other.fixTrusts.some((each) => accused.has(each));
  if (draft.fixes !== undefined) {
    const places = draft.fixes.flatMap((each) => (isGiven(each.mendedWith) ? (each.mendedWith?.places ?? []) : []));
    const fixes = draft.fixes.filter((each) => !isGiven(each.mendedWith));
    return { ...draft, fixes, related: [...draft.related, ...places] };
  }
  if (mendedWith === undefined || !isGiven(mendedWith)) return draft;
  return { ...draft, fix: null, related: [...draft.related, ...mendedWith.places] };
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

/**
 * A fix that writes a body anew writes the rest of it as it stands, and would undo what a fix before it mends there: it is left out. The next run
 * gives it, on the mended body.
 */
function withoutOverwriting(fix: Draft['fix'], before: readonly Finding[]): Fix | undefined {
  const made = (typeof fix === 'function' ? fix() : fix) ?? undefined;
  const rewritten = made === undefined ? [] : routinesIn(made);
  if (made === undefined || rewritten.length === 0) return made;
  const isTaken = before.some(
    (each) =>
      each.fix !== null &&
      // One that mends both is the same again.
      each.fix.sql !== made.sql &&
      routinesIn(each.fix).some((one) => rewritten.includes(one)),
  );
  return isTaken ? undefined : made;
}

/** The routines that it writes anew, each by how the statement begins: its name and its parameters. */
function routinesIn({ sql }: Fix): readonly string[] {
  return [...sql.matchAll(REWRITTEN)].map(([head]) => head.replace(/\s+/g, ' ').toLowerCase());
}

const REWRITTEN =
  /^create or replace (?:function|procedure) [^(]+\([\s\S]*?\)(?=\s+(?:returns|language|as|security|set|stable|immutable|volatile)\b)/gim;

/** One fix of several, as careful as the one that wants the most care. */
function joined(parts: readonly Fix[]): Fix | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const safety = SAFETIES.findLast((each) => parts.some((part) => part.safety === each)) ?? first.safety;
  return { title: first.title, safety, sql: parts.map((each) => each.sql).join('\n') };
}

const SAFETIES: readonly Fix['safety'][] = ['safe', 'review', 'destructive'];

/** Do both write USING, or WITH CHECK, of one policy, or does the first drop it? */
function areOfOneClause({ sql }: Fix, quicker: Fix): boolean {
  const [, verb, policy] = /^(alter|drop) policy (.+? on \S+?)(?=[\s;])/m.exec(sql) ?? [];
  if (policy === undefined || !quicker.sql.includes(` policy ${policy}`)) return false;
  const clauses = [/^\s*using \(/m, /^\s*with check \(/m];
  return verb === 'drop' || clauses.some((each) => each.test(sql) && each.test(quicker.sql));
}

/** The fix is made when it is read, and once: rewriting an expression takes longer than finding what is wrong with it. */
function fixedBy(facts: Omit<Finding, 'fix'>, fix: Draft['fix'], shown: (fix: Fix) => Fix): Finding {
  if (typeof fix !== 'function') return { ...facts, fix: fix ? shown(fix) : null };
  let made: Fix | null | undefined;
  return {
    ...facts,
    get fix() {
      if (made === undefined) {
        const given = fix() ?? null;
        made = given === null ? null : shown(given);
      }
      return made;
    },
  };
}
