import {
  andList,
  blindPolicies,
  brief,
  callerlessInsert,
  clientsOf,
  defineRule,
  failsToday,
  forgedAuthor,
  holdsUserId,
  isMaker,
  isStorageObjects,
  narrowerWays,
  openPolicy,
  ownText,
  quoteIdentifier,
  relationName,
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
      'Ask in WITH CHECK that the column is the caller beside what is asked today. A default of auth.uid() is no help: it counts only where nobody names the column. Reported where several callers belong to the same place: what only its owner may add is not, nor what takes a role there (admins who add rows for others), columns that say whom a row is for (assigned_to, recipient_id), columns that no client reads, that a restrictive policy or a grant keeps, or that a trigger names and may set or refuse. A column such as user_id counts where its policies let whoever is named there change the row and it holds what somebody said (body, content); so does created_by, by which it is medium.',
    messages: {
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
      const forged = forgedAuthor(graph, policy, settings.clientRoles);
      if (forged === undefined) return;
      const { access, author, places, members, way, tie } = forged;
      const isBlind = blindPolicies(graph, settings.clientRoles).has(policy);
      const today = isBlind ? BLIND : failsToday(graph, table, access, settings.clientRoles);
      report({
        entity: policy,
        message: 'forged',
        data: {
          policy: quoteIdentifier(policy.name),
          clients: clientsOf(access),
          members: andList(members.map((each) => relationName(graph, each))),
          places: andList(places.map(({ name }) => quoteIdentifier(name))),
          table: brief(table.name),
          author: quoteIdentifier(author.name),
          today,
        },
        severity: today === '' && !isMaker(author.name) ? 'high' : 'medium',
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

const BLIND = ' Today it admits nothing, as blind-policy-read says: whoever mends that opens this.';
