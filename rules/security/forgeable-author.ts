import {
  andList,
  blindPolicies,
  brief,
  callerlessInsert,
  claimedRows,
  clientsOf,
  defineRule,
  type EntityOf,
  type ForgedAuthor,
  failsToday,
  forgedAuthor,
  holdsUserId,
  isMaker,
  isStorageObjects,
  narrowerWays,
  openPolicy,
  otherColumnsOnly,
  ownText,
  quoteIdentifier,
  reassignedAuthor,
  relatedAt,
  relationName,
  rewrittenRow,
  type SchemaGraph,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'forgeable-author',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'Whoever belongs to a conversation or a team may add rows there in the name of the others.',
    why: 'A WITH CHECK that looks for the caller among the members says where a row may go, not who writes it. The column that tells the others who it was (sender_id, author_id) is sent along with the rest, and what the app fills in there with the caller’s id, a request to the API fills in with anybody’s.',
    remedy:
      'Ask in WITH CHECK that the column is the caller beside what is asked today. A default of auth.uid() is no help: it counts only where nobody names the column.',
    scope: [
      'Reported where several callers belong to the same place: what only its owner may add is not, nor what takes a role there (admins who add rows for others), columns that say whom a row is for (assigned_to, recipient_id), columns that no client reads, that a restrictive policy or a grant keeps, or that a trigger names and may set or refuse.',
      'A column such as user_id counts where its policies let whoever is named there change the row and it holds what somebody said (body, content); so does created_by, by which it is medium.',
      'Counted as well: a column that another way of the same check ties to the caller, where rows are changed and deleted by it alone (medium).',
      'Reported as well where those who belong to the same place may change each other’s rows, also who wrote them, while a policy for DELETE goes by just that: let clients change the other columns only, or refuse the change in a trigger. Without such a policy for DELETE it is medium, and told only of names that say who wrote the row.',
    ],
    messages: {
      claimed:
        'By the policy {{policy}} {{clients}} who are in {{members}} for the {{places}} may set {{author}} of the {{table}} rows of others to themselves, and then delete these by {{deleting}}, which goes by {{author}} alone: changing a row asks where it is, and not who wrote it.',
      reassigned:
        'By the policy {{policy}} {{clients}} who are in {{members}} for the {{places}} may set {{author}} of {{table}} rows to anybody, those of others too: the policy {{insert}} asks that whoever adds a row is its {{author}}, and changing it asks where it is, and not who wrote it.',
      forged:
        'By the policy {{policy}} {{clients}} who are in {{members}} for the {{places}} may add {{table}} rows with any {{author}}, and so in the name of somebody else: it asks where the row goes, and not who writes it.{{today}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const table = graph.get('table', policy.table);
      if (isStorageObjects(table) || openPolicy(graph, policy, settings) !== undefined) return;
      const claimed = claimedRows(graph, policy, settings.clientRoles);
      if (claimed !== undefined)
        report({
          entity: policy,
          message: 'claimed',
          data: {
            ...namesOf(graph, policy, claimed),
            deleting: `the policy ${quoteIdentifier(claimed.deleting.name)}`,
          },
          severity: isMaker(claimed.author.name) ? 'medium' : 'high',
          related: relatedAt(claimed.deleting, 'deleting goes by it'),
          fix: () =>
            otherColumnsOnly(
              graph,
              policy,
              { command: 'update', access: claimed.access, isSole: claimed.isSole },
              [claimed.author],
              settings.clientRoles,
            ),
        });
      const reassigned =
        claimed === undefined && rewrittenRow(graph, policy, settings.clientRoles) === undefined
          ? reassignedAuthor(graph, policy, settings.clientRoles)
          : undefined;
      if (reassigned !== undefined) {
        const { insert, access, isSole, author: named } = reassigned;
        report({
          entity: policy,
          message: 'reassigned',
          data: { ...namesOf(graph, policy, reassigned), insert: quoteIdentifier(insert.name) },
          severity: 'medium',
          related: relatedAt(insert, 'only the author adds such a row'),
          fix: () =>
            otherColumnsOnly(graph, policy, { command: 'update', access, isSole }, [named], settings.clientRoles),
        });
      }
      const forged = forgedAuthor(graph, policy, settings.clientRoles);
      if (forged === undefined) return;
      const { access, author, way, tie, isTiedBeside } = forged;
      const isBlind = blindPolicies(graph, settings.clientRoles).has(policy);
      const today = isBlind ? BLIND : failsToday(graph, table, access, settings.clientRoles);
      report({
        entity: policy,
        message: 'forged',
        data: {
          ...namesOf(graph, policy, forged),
          today,
        },
        severity: today === '' && !isMaker(author.name) && !isTiedBeside ? 'high' : 'medium',
        fix: () => {
          // A policy for all commands says of changed rows too what it says of new ones.
          if (policy.command !== 'insert') return undefined;
          // write-policy-without-caller writes the same clause; the next run gives this on what it mended.
          if (callerlessInsert(graph, policy, settings.clientRoles) !== undefined) return undefined;
          const own = tie !== undefined || holdsUserId(graph, author) ? ownText(graph, author, tie) : undefined;
          return narrowerWays(graph, policy, [way], [own], `Ask that ${quoteIdentifier(author.name)} is the caller`);
        },
      });
    },
  },
});

function namesOf(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  { access, author, places, members }: Pick<ForgedAuthor, 'access' | 'author' | 'places' | 'members'>,
) {
  return {
    policy: quoteIdentifier(policy.name),
    clients: clientsOf(access),
    members: andList(members.map((each) => relationName(graph, each))),
    places: andList(places.map(({ name }) => quoteIdentifier(name))),
    table: brief(graph.get('table', policy.table).name),
    author: quoteIdentifier(author.name),
  };
}

const BLIND = ' Today it admits nothing, as blind-policy-read says: whoever mends that opens this.';
