// Long because whose word a row waits for is known in four ways: by who reads it, who decides, who takes it down, and what holds for changes alone.
import {
  type AuthorWrites,
  type AwaitedDecision,
  andList,
  authorWrites,
  awaitedDecisions,
  bracketed,
  brief,
  clauseText,
  clientsOf,
  constantOf,
  defineRule,
  type EntityOf,
  type Fix,
  knownValues,
  orList,
  policyOf,
  quoteIdentifier,
  quoteLiteral,
  type RelatedPlace,
  raw,
  refusalAmong,
  relatedAt,
  type SchemaGraph,
  type SkippedSteps,
  showingColumns,
  skippedSteps,
  sql,
  statusLabels,
  typeClass,
  type UndoneModeration,
  undoneModeration,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

const WAITING = /pending|review|submitted|waiting|awaiting|moderation|unapproved/i;

export default defineRule({
  meta: {
    id: 'self-approved-row',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'Rows wait for somebody to approve or accept them, and their authors may write them approved.',
    why: 'Others see a row once a column says that it was approved. A default is only what counts where nobody names the column: the API lets an author send it along with the rest, or change it afterwards, so that what nobody has looked at is shown to all, and a friend request is accepted by whoever sent it.',
    remedy:
      'Ask in WITH CHECK that the column is what it is by default, or grant authors only the other columns; where authors and those who decide change rows by one policy, make it one for each, and ask in that of the authors that the row is not approved.',
    scope: [
      'Reported where the schema shows that somebody else decides: rows wait by default, and a policy lets the account that a second column names (addressee_id = auth.uid(), or a key of the caller’s own row) or the owner of what the row refers to change them, or the schema knows a value for rows that were refused, and either a policy lets only others change them or their authors may not.',
      'High where a policy shows such rows to others, or another policy or a function that returns a boolean lets in by the value; medium where only the app can go by it.',
      'Reported as well: a status that only others may set in a row that is there, by a policy or trigger for UPDATE alone, while the policy for INSERT lets it be any: ask for its start there too.',
      'Reported as well: a column by which moderators take rows down that their authors still see and may put up again: let these change only rows that are not taken down; medium where the list of its values alone says that rows are refused (rejected, suspended, banned), and the server does it.',
      'Not reported where a policy, trigger or grant looks at the column.',
    ],
    messages: {
      added:
        'By the policy {{policy}} {{clients}} may write {{table}} rows of their own with {{column}} {{shown}}, and the policy {{reader}} shows these to others. They are {{start}} by default and may be {{refused}}: {{decided}}.',
      unasked:
        'By the policy {{policy}} {{clients}} may write {{table}} rows of their own with {{column}} {{agreed}}, so that nobody else has a say: they are {{start}} by default, {{decided}}.{{readers}}',
      ahead:
        'By the policy {{policy}} {{clients}} may add {{table}} rows of their own with {{column}} {{ahead}}: they are {{start}} by default, and {{kept}}, which holds only for rows that are there.{{readers}}',
      undone:
        'By the policy {{policy}} {{clients}} may set {{column}} of {{table}} rows of their own {{shown}}, which the policy {{reader}} shows to others: what somebody took down by {{taken}}, {{decided}}, its author puts up again.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    table(table, { graph, settings, texts, statements, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      const told = new Set<EntityOf<'column'>>();
      for (const showing of showingColumns(graph, table, settings.clientRoles)) {
        const { column, shown, reader } = showing;
        const labels = new Set([
          ...statusLabels(graph, column),
          ...knownValues(graph, column, texts, statements).values,
          showing.default,
        ]);
        const refused = refusalAmong(labels, shown);
        if (refused === undefined || shown.includes(refused) || !WAITING.test(showing.default)) continue;
        const { writes, deciders, mayUpdate } = authorWrites(graph, table, column, settings.clientRoles);
        if (deciders.length === 0 && mayUpdate) continue;
        const [first, ...others] = writes;
        if (first === undefined) continue;
        told.add(column);
        const places = placesBeside(first.policy, others);
        report({
          entity: first.policy,
          message: 'added',
          discriminator: column.name,
          data: {
            ...writeText(graph, first, column),
            shown: quoteLiteral(shown[0] ?? ''),
            reader: quoteIdentifier(reader.name),
            start: quoteLiteral(showing.default),
            refused: quoteLiteral(refused),
            decided:
              deciders.length > 0
                ? `${andList(
                    deciders.map(({ name }) => quoteIdentifier(name)),
                    2,
                  )} is there for those who decide`
                : 'no policy lets their authors change them',
          },
          related: relatedOf(places),
          fix: () => (places.length > 0 ? undefined : fixFor(graph, first.policy, column)),
        });
      }
      const namedValues = (column: EntityOf<'column'>) => {
        const { values, written } = knownValues(graph, column, texts, statements);
        return statusLabels(graph, column).length > 0 ? [] : [...values, ...written];
      };
      for (const awaited of awaitedDecisions(graph, table, settings.clientRoles, namedValues)) {
        const { column, readers } = awaited;
        const [first, ...others] = awaited.writes;
        if (first === undefined || told.has(column)) continue;
        told.add(column);
        const places = placesBeside(first.policy, others);
        report({
          entity: first.policy,
          message: 'unasked',
          discriminator: column.name,
          data: {
            ...writeText(graph, first, column),
            agreed: spelled(graph, column, awaited.agreed),
            start: spelled(graph, column, awaited.waiting),
            decided: decidedBy(awaited),
            readers: readersText(graph, readers, column, awaited.agreed),
          },
          severity: readers.length > 0 ? 'high' : 'medium',
          related: relatedOf(places),
          fix: () => (places.length > 0 ? undefined : fixFor(graph, first.policy, column)),
        });
      }
      for (const skipped of skippedSteps(graph, table, settings.clientRoles)) {
        const { column, keeper, readers } = skipped;
        const [first, ...others] = skipped.writes;
        if (first === undefined || told.has(column)) continue;
        told.add(column);
        const places = placesBeside(first.policy, others);
        report({
          entity: first.policy,
          message: 'ahead',
          discriminator: column.name,
          data: {
            ...writeText(graph, first, column),
            ahead: quoteLiteral(skipped.ahead),
            start: quoteLiteral(skipped.start),
            kept: keptText(skipped),
            readers: readersText(graph, readers, column, skipped.ahead),
          },
          severity: readers.length > 0 ? 'high' : 'medium',
          related: [
            ...relatedOf(places),
            ...relatedAt(keeper.kind === 'policy' ? keeper : keeper.trigger, 'this holds for changes alone'),
          ],
          fix: () => (places.length > 0 ? undefined : fixFor(graph, first.policy, column, skipped.allowed)),
        });
      }
      for (const undone of undoneModeration(graph, table, settings.clientRoles)) {
        const { column, taken } = undone;
        const [first, ...others] = undone.writes;
        if (first === undefined || told.has(column)) continue;
        const places = placesBeside(first.policy, others);
        report({
          entity: first.policy,
          message: 'undone',
          discriminator: column.name,
          data: {
            ...writeText(graph, first, column),
            shown: `${isDefault(column, undone.shown) ? 'back to' : 'to'} ${spelled(graph, column, undone.shown)}`,
            reader: quoteIdentifier(undone.reader.name),
            taken:
              typeClass(graph, column.type) === 'boolean'
                ? quoteIdentifier(column.name)
                : orList(taken.map((each) => spelled(graph, column, each))),
            decided:
              undone.decider === undefined
                ? 'the word of the server, as no policy lets others change rows'
                : undone.decider === first.policy
                  ? 'as that policy lets others do'
                  : `for which ${quoteIdentifier(undone.decider.name)} is there`,
          },
          severity: undone.decider === undefined ? 'medium' : 'high',
          related: relatedOf(places),
          fix: () => (places.length > 0 ? undefined : keptDown(graph, first, undone)),
        });
      }
    },
  },
});

/** Who writes which column of which table, and by which policy. */
function writeText(graph: SchemaGraph, { policy, write }: AuthorWrites['writes'][number], column: EntityOf<'column'>) {
  return {
    policy: quoteIdentifier(policy.name),
    clients: clientsOf(write.access),
    table: brief(graph.get('table', policy.table).name),
    column: quoteIdentifier(column.name),
  };
}

function placesBeside(first: Policy, others: AuthorWrites['writes']): readonly Policy[] {
  return [...new Set(others.map(({ policy }) => policy))].filter((each) => each !== first);
}

function relatedOf(places: readonly Policy[]): readonly RelatedPlace[] {
  return places.flatMap((each) => relatedAt(each, `so does ${quoteIdentifier(each.name)}`));
}

function spelled(graph: SchemaGraph, { type }: EntityOf<'column'>, value: string): string {
  return typeClass(graph, type) === 'boolean' ? value : quoteLiteral(value);
}

function isDefault({ default: start }: EntityOf<'column'>, value: string): boolean {
  return start !== null && constantOf(start.tree) === value;
}

function decidedBy({ decider, refused }: AwaitedDecision): string {
  const perhaps = refused === undefined ? '' : `may be ${quoteLiteral(refused)}, `;
  if (decider === undefined) return `${perhaps}and no policy lets clients change them`;
  const policy = quoteIdentifier(decider.policy.name);
  if (decider.kind === 'other')
    return `${perhaps}and ${policy} is there for whoever is in ${quoteIdentifier(decider.column.name)}`;
  return `${perhaps}and ${policy} is there for those who decide`;
}

function keptText({ keeper, column }: SkippedSteps): string {
  if (keeper.kind === 'policy') return `the policy ${quoteIdentifier(keeper.name)} lets them change none to that`;
  const trigger = quoteIdentifier(keeper.trigger.name);
  const name = quoteIdentifier(column.name);
  return keeper.isForSome
    ? `the trigger ${trigger} asks who changes ${name}`
    : `the trigger ${trigger} refuses changes of ${name}`;
}

function readersText(
  graph: SchemaGraph,
  readers: AwaitedDecision['readers'],
  column: EntityOf<'column'>,
  agreed: string,
): string {
  if (readers.length === 0) return '';
  const names = readers.map((each) => (each.kind === 'policy' ? policyOf(graph, each) : `${brief(each.name)}()`));
  return ` By ${quoteIdentifier(column.name)} ${spelled(graph, column, agreed)} ${andList(names, 2)} ${readers.length === 1 ? 'lets' : 'let'} others in.`;
}

/** Authors change only what is not taken down; where others change rows by the same policy, they still have to. */
function keptDown(
  graph: SchemaGraph,
  { policy, write }: AuthorWrites['writes'][number],
  { column, taken }: UndoneModeration,
): Fix | undefined {
  const own = policy.using === null ? undefined : clauseText(graph, policy.using);
  if (policy.command !== 'update' || !write.isSole || own === undefined || !column.notNull) return undefined;
  const asked = taken.map((each) => sql`${column.name} <> ${raw(spelled(graph, column, each))}`);
  return {
    title: 'Let authors change only what is not taken down',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  using (${raw(bracketed(own))} and ${raw(asked.join(' and '))});`,
  };
}

/** Only a policy for INSERT: what a changed row may be depends on what it was. */
function fixFor(
  graph: SchemaGraph,
  policy: Policy,
  column: EntityOf<'column'>,
  allowed: readonly string[] = [],
): Fix | undefined {
  const own = policy.check === null ? undefined : clauseText(graph, policy.check);
  const start = column.default === null ? undefined : clauseText(graph, column.default);
  if (policy.command !== 'insert' || own === undefined || start === undefined) return undefined;
  const asked =
    allowed.length > 1
      ? sql`${column.name} in (${raw(allowed.map(quoteLiteral).join(', '))})`
      : sql`${column.name} = ${raw(start)}`;
  return {
    title: 'Ask that new rows wait',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  with check (${raw(bracketed(own))} and ${raw(asked)});`,
  };
}
