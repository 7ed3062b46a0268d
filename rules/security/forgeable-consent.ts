import {
  andList,
  brief,
  clauseText,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  type ForgedConsent,
  failsToday,
  forgedConsents,
  groupedBy,
  holdsUserId,
  isFreeForFunction,
  knownValues,
  openPolicy,
  orList,
  otherColumnsOnly,
  ownText,
  policyOf,
  quoteIdentifier,
  quoteLiteral,
  raw,
  refusingTrigger,
  type SchemaGraph,
  sql,
  typeClass,
  writesTo,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'forgeable-consent',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'One of two users writes a row that says that both agreed, and names anybody as the other.',
    why: 'A friendship, a match or an accepted request counts because each of the two had a say. A policy that asks only that the caller is one of them picks rows and no columns: who got a request from a second account of theirs puts somebody else in its place and accepts it, in one UPDATE, and who may add rows as the one who was asked needs no request at all. What the app or another policy shows to friends is then shown to them.',
    remedy:
      'Let clients change only what is the answer (status), or keep the two columns in a BEFORE UPDATE trigger; let only the one who asks add rows, as they are by default.',
    scope: [
      'Reported where policies compare two columns of accounts with the caller beside a status that waits by default, and the names say that these are for each other (requester_id and addressee_id, user_id and friend_id, user1_id and user2_id), or another policy, perhaps through a function, lets one of them in by the agreed row to what is the other’s: high then, medium else.',
      'Not reported where a WITH CHECK, a grant, a restrictive policy or a trigger may keep the columns, where one is there to decide (reviewers, assignees), nor where one word is enough (follows, blocks).',
      'That the author of a row accepts it is self-approved-row, that its recipient changes what it says recipient-may-rewrite, that a row of the caller’s own names whom they are let in to self-granted-access.',
    ],
    messages: {
      changed:
        'By the policy {{policy}} {{clients}} who are in {{kept}} may set {{other}} of {{table}} rows to any user, {{agreed}}: such a row stands in the name of somebody who was never asked.{{readers}}{{today}}',
      added:
        'By the policy {{policy}} {{clients}} may add {{table}} rows as {{kept}} with any user as {{other}}, {{agreed}}: such a row stands in the name of somebody who was never asked.{{readers}}{{today}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns', 'constraints'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createpolicy.html',
      'https://supabase.com/docs/guides/database/postgres/column-level-security',
    ],
  },
  visit: {
    table(table, { graph, settings, texts, statements, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      const valuesOf = (column: EntityOf<'column'>) => {
        const { values, written } = knownValues(graph, column, texts, statements);
        return [...values, ...written];
      };
      const all = forgedConsents(graph, table, settings.clientRoles, valuesOf).filter(
        ({ policy }) => openPolicy(graph, policy, settings) === undefined,
      );
      for (const [found, ...others] of groupedBy(all, keyOf).values()) {
        if (found === undefined) continue;
        const { policy, access, columns, readers } = found;
        const [one, another] = columns;
        const [kept, both] = found.kept;
        const today = failsToday(graph, table, access, settings.clientRoles);
        const about = {
          entity: policy,
          data: {
            policy: quoteIdentifier(policy.name),
            clients: clientsOf(access),
            kept: orList(found.kept.map(({ name }) => quoteIdentifier(name))),
            other: both === undefined ? quoteIdentifier((kept === one ? another : one).name) : 'the other',
            table: brief(table.name),
            agreed: agreedText(graph, found),
            readers: readersText(graph, found),
            today,
          },
          severity: readers.length > 0 && today === '' ? ('high' as const) : ('medium' as const),
          related: [
            ...placesOf(others.map(({ policy }) => policy)).map(({ name, at }) => ({ note: `so by ${name}`, at })),
            ...placesOf(readers.slice(0, 3)).map(({ name, at }) => ({ note: `the policy ${name}`, at })),
          ],
        };
        if (found.command === 'insert')
          report({
            ...about,
            message: 'added',
            fix: () => (others.length > 0 ? undefined : askedByOne(graph, found)),
          });
        else
          report({
            ...about,
            message: 'changed',
            fix: () => closedColumns(graph, found, settings.clientRoles) ?? partiesKept(graph, table, found),
          });
      }
    },
  },
});

function keyOf({ command, kept }: ForgedConsent): string {
  return [command, ...kept.map(({ name }) => name)].join('\0');
}

function placesOf(policies: readonly EntityOf<'policy'>[]) {
  return policies.flatMap(({ name, origin }) =>
    origin.from === 'statement' ? [{ name: quoteIdentifier(name), at: origin.at }] : [],
  );
}

function agreedText(graph: SchemaGraph, { command, agreeing, status, values }: ForgedConsent): string {
  const name = quoteIdentifier(status.name);
  if (values.agreed === undefined)
    return command === 'insert' ? `and with any ${name}` : `and ${name} to what they like`;
  const value = spelled(graph, status, values.agreed);
  if (agreeing === 'already') return `also where ${name} is ${value}`;
  if (agreeing === 'set') return command === 'insert' ? `and with ${name} ${value}` : `and ${name} to ${value}`;
  return `and then set ${name} to ${value} by the policy ${quoteIdentifier(agreeing.name)}`;
}

function spelled(graph: SchemaGraph, { type }: EntityOf<'column'>, value: string): string {
  return typeClass(graph, type) === 'boolean' ? value : quoteLiteral(value);
}

function readersText(graph: SchemaGraph, { readers, status, values }: ForgedConsent): string {
  if (readers.length === 0 || values.agreed === undefined) return '';
  const names = readers.map((each) => policyOf(graph, each));
  const lets = readers.length === 1 ? 'lets' : 'let';
  return ` By ${quoteIdentifier(status.name)} ${spelled(graph, status, values.agreed)} ${andList(names, 2)} ${lets} them in to what is that user’s.`;
}

function closedColumns(
  graph: SchemaGraph,
  { policy, access, isSole, columns }: ForgedConsent,
  clientRoles: readonly string[],
): Fix | undefined {
  return otherColumnsOnly(graph, policy, { command: 'update', access, isSole }, columns, clientRoles);
}

/** Where others change rows too, and nothing of the schema is there to change who they are between. */
function partiesKept(graph: SchemaGraph, table: EntityOf<'table'>, { columns }: ForgedConsent): Fix | undefined {
  const called = { ...table.name, name: `keep_${table.name.name}_parties` };
  const isChanged = writesTo(graph, table.id).some(
    ({ write }) => write.kind === 'update' && write.sets.some(({ column }) => columns.some(({ id }) => id === column)),
  );
  if (isChanged || !isFreeForFunction(graph, called)) return undefined;
  // An account that goes may leave NULL behind.
  const changed = columns.map(({ name, notNull }) =>
    notNull
      ? sql`new.${name} <> old.${name}`
      : sql`(new.${name} is distinct from old.${name} and new.${name} is not null)`,
  );
  return {
    title: 'Keep in a trigger who a row is between',
    safety: 'review',
    sql: refusingTrigger(
      called,
      table.name,
      'update',
      changed.join(' or '),
      `Who ${table.name.name} are between does not change.`,
    ),
  };
}

/** Where the policy asks for one of the two and for nothing else, and who asks does not accept the row afterwards. */
function askedByOne(graph: SchemaGraph, { policy, asking, status, isAskingEnough }: ForgedConsent): Fix | undefined {
  const start = status.default === null ? undefined : clauseText(graph, status.default);
  const own = asking === undefined || !holdsUserId(graph, asking) ? undefined : ownText(graph, asking, undefined);
  if (policy.command !== 'insert' || !isAskingEnough || own === undefined || start === undefined) return undefined;
  return {
    title: 'Let only who asks add rows, as they are by default',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  with check (${raw(own)} and ${status.name} = ${raw(start)});`,
  };
}
