import { RuleError } from '../errors.ts';
import type { Capability } from '../graph/capability.ts';
import type { Entity, EntityKind, EntityOf } from '../graph/entities/index.ts';
import { isOfClosedCopy, isOfFrozenCopy } from '../graph/frozen-copies.ts';
import { addTo } from '../graph/grouping.ts';
import type { Change, Doubt, Migration, Statement } from '../graph/journal.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { isShown } from '../graph/shown.ts';
import type { AnyReport, AuditSettings, Messages, RuleContext, RuleOptions, Subjects } from '../rule/rule.ts';
import { type Draft, draftOf } from './collect.ts';
import type { Ignoring } from './ignoring.ts';
import type { SelectedRule } from './select.ts';

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

/**
 * Shows every rule what it looks at, one rule after the other: the same function over all subjects of a kind is what V8 is
 * quickest at.
 * @param now a clock in milliseconds; without one nothing is timed
 * @throws RuleError for the first rule that throws
 */
export function run(
  schema: WalkedSchema,
  selected: readonly SelectedRule[],
  settings: AuditSettings,
  ignoring: Ignoring,
  now?: () => number,
): Walk {
  const drafts: Draft[] = [];
  const doubtful = new Map<string, { count: number; doubts: Set<Doubt> }>();
  const timings = new Map<string, number>();
  const skipped: SkippedRule[] = [];
  const ran: SelectedRule[] = [];

  const contextOf = (rule: SelectedRule, entities: Shown): RuleContext<Messages, RuleOptions> => ({
    graph: schema.graph,
    shown: <K extends EntityKind>(kind: K) => (entities.get(kind) ?? []) as readonly EntityOf<K>[],
    journal: schema.journal,
    migrations: schema.migrations,
    statements: schema.statements,
    texts: schema.texts,
    settings,
    options: rule.options,
    isApart(entity, origin = entity.origin) {
      const { graph } = schema;
      return graph.isDoubtful(entity, rule.rule.meta.restsOn) || ignoring.covers(rule.id, graph.path(entity), origin);
    },
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

  const shown = new Map<EntityKind, Entity[]>();
  // A copy that is only kept may be open to strangers; all else is as its original was.
  const shownToSecurity = new Map<EntityKind, Entity[]>();
  const objects = new Map<EntityKind, number>();
  for (const entity of schema.graph.all()) {
    if (!isShown(entity, schema.graph)) continue;
    objects.set(entity.kind, (objects.get(entity.kind) ?? 0) + 1);
    if (!isOfClosedCopy(schema.graph, entity)) addTo(shownToSecurity, entity.kind, entity);
    if (!isOfFrozenCopy(schema.graph, entity)) addTo(shown, entity.kind, entity);
  }

  for (const rule of selected) {
    const missing = needsOf(rule).filter((each) => !schema.provides.has(each));
    if (missing.length > 0) {
      skipped.push({ ruleId: rule.id, needs: missing });
      continue;
    }
    ran.push(rule);
    const entities = rule.rule.meta.category === 'security' ? shownToSecurity : shown;
    const context = contextOf(rule, entities);
    const before = now?.() ?? 0;
    for (const [kind, visit] of Object.entries(rule.rule.visit) as [keyof Subjects, Visit][])
      showAll(rule.id, visit, subjectsOf(kind, schema, entities), context);
    if (now) timings.set(rule.id, now() - before);
  }

  const withheld = [...doubtful].map(([ruleId, { count, doubts }]) => ({ ruleId, count, doubts: [...doubts] }));
  return { drafts, ran, skipped, withheld, objects, timings };
}

/** By kind, the entities that a rule is shown. */
type Shown = ReadonlyMap<EntityKind, readonly Entity[]>;

type Visit = (subject: unknown, context: RuleContext<Messages, RuleOptions>) => void;

function showAll(
  ruleId: string,
  visit: Visit,
  subjects: readonly unknown[],
  context: RuleContext<Messages, RuleOptions>,
): void {
  try {
    // Subjects are many: an iterator would make an object for each.
    for (let at = 0; at < subjects.length; at++) visit(subjects[at], context);
  } catch (error) {
    throw new RuleError(ruleId, error);
  }
}

function subjectsOf(kind: keyof Subjects, schema: WalkedSchema, shown: Shown): readonly unknown[] {
  switch (kind) {
    case 'graph':
      return [schema.graph];
    case 'migration':
      return schema.migrations;
    case 'statement':
      return schema.statements;
    case 'change':
      return schema.journal;
    default:
      return shown.get(kind) ?? [];
  }
}

/** What a rule says it needs, and history for one that looks at changes or files. */
function needsOf({ rule }: SelectedRule): readonly Capability[] {
  const needs = new Set<Capability>(rule.meta.needs ?? []);
  if ([rule.visit.change, rule.visit.migration, rule.visit.statement].some((each) => each !== undefined))
    needs.add('history');
  return [...needs];
}
