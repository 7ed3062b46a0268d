import {
  admittingPolicies,
  andList,
  brief,
  bucketsText,
  type ClientAccess,
  clauseText,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  type ForeignFolder,
  foreignFolder,
  freeStandings,
  isUniqueAlone,
  madeBefore,
  mayMeetRows,
  narrowerCheck,
  narrowerWays,
  openPolicy,
  otherPlace,
  ownRowWrites,
  quoteIdentifier,
  type RelatedPlace,
  relatedAt,
  rowScope,
  type SchemaGraph,
  sharedScope,
  standingsBeside,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'insert-policy-weaker-than-select',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary:
      'Users may add rows to what they do not belong to: INSERT asks only who wrote the row, reading asks for more.',
    why: 'A WITH CHECK of user_id = auth.uid() says who wrote the row, not where it goes. Where only the members of a conversation, a team or a project read its rows, everybody who is signed in can still add one to any of them (the API inserts without reading it back, Prefer: return=minimal), and the members see it among their own.',
    remedy: 'Ask in WITH CHECK what reading asks.',
    scope: [
      'Not reported: where writers read their own rows whatever these belong to (requests, orders, reports to somebody), where every signed-in user reads all of them, columns that a restrictive policy names, or that a trigger names and may refuse or set, and rows by which policies decide, which are self-granted-access.',
      'Not reported: the one row of a user that a trigger has made before and that they cannot delete (insert-policy-on-provisioned-table).',
      'Not reported either: where another policy lets the same clients add rows of any content (write-policy-always-true).',
      'Of storage.objects: where reading asks for the caller’s folder, adding for the bucket alone or for the owner, which Storage sets itself.',
      'Not reported: public buckets, those by which people send each other files (chat, inbox), nor where the owner or everybody reads.',
    ],
    messages: {
      scope:
        'By the policy {{policy}} {{clients}} may add {{table}} rows with any {{columns}}: that {{tied}} is theirs is enough. Nobody reads such rows without belonging to that {{columns}} ({{readers}}), so that a stranger’s row turns up among the members’ own.',
      folder:
        'By the policy {{policy}} {{clients}} may add objects to any folder of {{buckets}}: it asks nothing of the path. Only whoever has the folder reads them there ({{readers}}), so that a stranger’s file turns up among somebody’s own, and that Storage keeps who uploaded it (owner_id) changes nothing.',
      place:
        'By the policy {{policy}} {{clients}} may add {{table}} rows with any {{columns}}: that they belong to what {{asked}} names is enough. Such rows are read by whoever belongs to their {{columns}} ({{readers}}), which nothing asks of the writer: whoever has one {{asked}} puts rows into anybody’s {{columns}}.',
      siblings:
        'By the policy {{policy}} {{clients}} may add {{table}} rows with any {{columns}}: that {{tied}} is theirs is enough, while {{siblings}} ask whoever adds rows to belong to that {{columns}}. No policy lets clients read the rows again: whatever works with them takes a stranger’s for a member’s.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const { clientRoles } = settings;
      const table = graph.get('table', policy.table);
      const folder = foreignFolder(graph, policy, clientRoles);
      if (folder !== undefined) {
        const { access, buckets, readers } = folder;
        report({
          entity: policy,
          message: 'folder',
          data: {
            policy: quoteIdentifier(policy.name),
            clients: clientsOf(access),
            buckets: bucketsText(buckets),
            readers: andList([...new Set(readers.map((each) => quoteIdentifier(each.policy.name)))], 2),
          },
          related: placesOf(readers.map((each) => each.policy)),
          fix: () => ownFolder(graph, policy, folder),
        });
        return;
      }
      const [write] = ownRowWrites(graph, policy, clientRoles).filter(({ command }) => command === 'insert');
      if (write === undefined) return tellPlace();
      const access = write.access.filter((each) => !isOpenAnyway(each));
      const made = madeBefore(graph, table, write);
      // The row is there before the client can add one, and stays: insert-policy-on-provisioned-table.
      if (access.length === 0 || (made !== undefined && made.deletedBy === undefined)) return;
      // self-granted-access tells of it.
      if (freeStandings(graph, table, write, standingsBeside(graph, policy, clientRoles), clientRoles).length > 0)
        return;
      const reached = access.flatMap((each) => {
        const scope = rowScope(graph, table, 'select', each.role);
        const columns = (scope?.columns ?? [])
          .map((id) => graph.get('column', id))
          .filter(
            (column) => !write.tied.includes(column.id) && write.leavesFree(column) && !isUniqueAlone(graph, column),
          );
        return scope === undefined || columns.length === 0 ? [] : [{ access: each, columns, readers: scope.policies }];
      });
      const data = {
        policy: quoteIdentifier(policy.name),
        table: brief(table.name),
        tied: andList(write.tied.map((id) => quoteIdentifier(graph.get('column', id).name))),
      };
      const [first] = reached;
      if (first === undefined) {
        const unread = access.filter((each) => !mayMeetRows(graph, table, 'select', each));
        const shared = unread.length === 0 ? undefined : sharedScope(graph, table, 'insert', settings);
        if (shared === undefined || shared.isAuthor || write.tied.includes(shared.column.id)) return;
        const held = shared.siblings.filter((each) => isAddedInScope(graph, each, shared.column.name, unread));
        if (held.length === 0 || !write.leavesFree(shared.column)) return;
        const names = held.map(({ name }) => brief(name));
        const columns = quoteIdentifier(shared.column.name);
        const siblings = `the policies of ${andList(names, 2)}`;
        report({
          entity: policy,
          message: 'siblings',
          data: { ...data, clients: clientsOf(unread), columns, siblings },
        });
        return;
      }
      const { columns, readers } = first;
      report({
        entity: policy,
        message: 'scope',
        data: {
          ...data,
          clients: clientsOf(reached.map(({ access }) => access)),
          columns: andList(columns.map(({ name }) => quoteIdentifier(name))),
          readers: namesOf(readers),
        },
        related: placesOf(readers),
        fix: () => fixFor(graph, policy, readers),
      });

      /** By another policy they add rows of any content, which write-policy-always-true tells. */
      function isOpenAnyway(client: ClientAccess): boolean {
        return admittingPolicies(graph, table, 'insert', client).some(
          (each) =>
            each !== policy &&
            openPolicy(graph, each, settings)?.access.some(
              ({ name, commands }) => name === client.name && commands.includes('insert'),
            ) === true,
        );
      }

      function tellPlace(): void {
        const found = otherPlace(graph, policy, clientRoles);
        if (found === undefined) return;
        const { access, asked, columns, readers } = found;
        report({
          entity: policy,
          message: 'place',
          data: {
            policy: quoteIdentifier(policy.name),
            table: brief(table.name),
            clients: clientsOf(access),
            asked: namesOf(asked),
            columns: namesOf(columns),
            readers: namesOf(readers),
          },
          related: readers.flatMap((each) => relatedAt(each, 'reading asks for something else')),
          fix: () => fixFor(graph, policy, readers),
        });
      }
    },
  },
});

function placesOf(readers: readonly Policy[]): readonly RelatedPlace[] {
  return [...new Set(readers)].flatMap((each) => relatedAt(each, 'reading asks for more'));
}

/** What reading asks of the path, where there is one way to read; undefined as well where other buckets are added to in the same way. */
function ownFolder(graph: SchemaGraph, policy: Policy, { readers, way }: ForeignFolder): Fix | undefined {
  const [reader, ...others] = readers;
  if (reader === undefined || others.length > 0 || way === undefined) return undefined;
  const asked = clauseText(graph, reader.folder);
  return narrowerWays(graph, policy, [way], [asked], 'Ask of the new object’s path what reading asks');
}

function namesOf(named: readonly { readonly name: string }[]): string {
  return andList(
    named.map(({ name }) => quoteIdentifier(name)),
    2,
  );
}

/** Does whoever adds rows to the table have to belong to what the column names? */
function isAddedInScope(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  name: string,
  access: readonly ClientAccess[],
): boolean {
  const column = graph.column(table.id, name)?.id;
  const scopes = access.map(({ role }) => rowScope(graph, table, 'insert', role));
  return column !== undefined && scopes.every((each) => each?.columns.includes(column) === true);
}

/** What the one policy for reading asks, asked of the new row too. */
function fixFor(graph: SchemaGraph, policy: Policy, readers: readonly Policy[]): Fix | undefined {
  const [reader, ...others] = readers;
  if (reader?.using == null || others.length > 0) return undefined;
  return narrowerCheck(graph, policy, reader.using, 'Ask of the new row what reading asks');
}
