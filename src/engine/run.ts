import { RuleError } from '../errors.ts';
import type { Capability } from '../graph/capability.ts';
import type { EntityKind } from '../graph/entities/index.ts';
import type { Change, Doubt, Migration, Statement } from '../graph/journal.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { AnyReport, AuditSettings, Messages, RuleContext, RuleOptions, Subjects } from '../rule/rule.ts';
import { type Draft, draftOf } from './collect.ts';
import type { SelectedRule } from './select.ts';
import { isShown } from './shown.ts';

/** What the engine walks: the part of a reading that rules may see. */
export interface WalkedSchema {
  readonly graph: SchemaGraph;
  readonly journal: readonly Change[];
  readonly migrations: readonly Migration[];
  readonly statements: readonly Statement[];
  readonly provides: ReadonlySet<Capability>;
  readonly texts: ReadonlyMap<string, string>;
}

export interface SkippedRule {
  readonly ruleId: string;
  /** What the source does not have. */
  readonly needs: readonly Capability[];
}

/** Findings that rest on a fact which something not understood may have changed. */
export interface Withheld {
  readonly ruleId: string;
  readonly count: number;
  readonly doubts: readonly Pick<Doubt, 'what' | 'at'>[];
}

export interface Walk {
  readonly drafts: readonly Draft[];
  readonly ran: readonly SelectedRule[];
  readonly skipped: readonly SkippedRule[];
  readonly withheld: readonly Withheld[];
  /** How many entities of each kind are the user's. */
  readonly objects: ReadonlyMap<EntityKind, number>;
  /** Milliseconds by rule; empty without a clock. */
  readonly timings: ReadonlyMap<string, number>;
}

type Visit = (subject: never, context: RuleContext<Messages, RuleOptions>) => void;

interface Listener {
  readonly rule: SelectedRule;
  readonly visit: Visit;
  readonly context: RuleContext<Messages, RuleOptions>;
}

/**
 * One walk over the schema and its history, in which every rule is shown what it looks at.
 * @param now a clock in milliseconds; without one nothing is timed
 * @throws RuleError for the first rule that throws
 */
export function run(
  schema: WalkedSchema,
  selected: readonly SelectedRule[],
  settings: AuditSettings,
  now?: () => number,
): Walk {
  const drafts: Draft[] = [];
  const doubtful = new Map<string, { count: number; doubts: Set<Doubt> }>();
  const timings = new Map<string, number>();
  const objects = new Map<EntityKind, number>();
  const skipped: SkippedRule[] = [];
  const ran: SelectedRule[] = [];
  const listeners = new Map<string, Listener[]>();

  const contextOf = (rule: SelectedRule): RuleContext<Messages, RuleOptions> => ({
    graph: schema.graph,
    journal: schema.journal,
    migrations: schema.migrations,
    statements: schema.statements,
    texts: schema.texts,
    settings,
    options: rule.options,
    report(report: AnyReport) {
      const draft = draftOf(rule, report, schema.graph);
      if ('ruleId' in draft) {
        drafts.push(draft);
        return;
      }
      const entry = doubtful.get(rule.id) ?? { count: 0, doubts: new Set<Doubt>() };
      entry.count++;
      for (const doubt of draft) entry.doubts.add(doubt);
      doubtful.set(rule.id, entry);
    },
  });

  for (const rule of selected) {
    const missing = needsOf(rule).filter((each) => !schema.provides.has(each));
    if (missing.length > 0) {
      skipped.push({ ruleId: rule.id, needs: missing });
      continue;
    }
    ran.push(rule);
    const context = contextOf(rule);
    for (const [subject, visit] of Object.entries(rule.rule.visit)) {
      const listener = { rule, visit: visit as Visit, context };
      const others = listeners.get(subject);
      if (others) others.push(listener);
      else listeners.set(subject, [listener]);
    }
  }

  const show = <S extends keyof Subjects>(kind: S, subject: Subjects[S]): void => {
    for (const { rule, visit, context } of listeners.get(kind) ?? []) {
      const before = now?.() ?? 0;
      try {
        visit(subject as never, context);
      } catch (error) {
        throw new RuleError(rule.id, error);
      }
      if (now) timings.set(rule.id, (timings.get(rule.id) ?? 0) + now() - before);
    }
  };

  show('graph', schema.graph);
  for (const entity of schema.graph.all()) {
    if (!isShown(entity, schema.graph)) continue;
    objects.set(entity.kind, (objects.get(entity.kind) ?? 0) + 1);
    show(entity.kind, entity as never);
  }
  for (const migration of schema.migrations) show('migration', migration);
  for (const statement of schema.statements) show('statement', statement);
  for (const change of schema.journal) show('change', change);

  const withheld = [...doubtful].map(([ruleId, { count, doubts }]) => ({ ruleId, count, doubts: [...doubts] }));
  return { drafts, ran, skipped, withheld, objects, timings };
}

/** What a rule says it needs, and history for one that looks at changes or files. */
function needsOf({ rule }: SelectedRule): readonly Capability[] {
  const needs = new Set<Capability>(rule.meta.needs ?? []);
  if ([rule.visit.change, rule.visit.migration, rule.visit.statement].some((each) => each !== undefined))
    needs.add('history');
  return [...needs];
}
