import {
  andList,
  anotherAt,
  brief,
  CLOSED_TO_CLIENTS,
  type ClientAccess,
  childrenOf,
  clientAccess,
  clientsMay,
  clientsOf,
  comesFromDefaults,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  fileName,
  isMigratedList,
  isOfFrozenCopy,
  isWithoutRowSecurity,
  letInByRows,
  openToRoles,
  parentTables,
  quoteIdentifier,
  raw,
  rowSecurityOn,
  securedAncestor,
  sql,
  tableOrLog,
  tablesBelow,
  withPersonal,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'rls-disabled',
    category: 'security',
    severity: 'critical',
    summary: 'A table that the API serves to client roles has row security off.',
    why: 'The key of a client role is public: it is in every browser that uses the app. Without row security the grants alone decide, and they are for all rows.',
    remedy:
      'Turn row security on, and write a policy for what clients may see; or revoke the grants, or move the table out of the exposed schemas.',
    scope: [
      'Tables with policies are reported by policies-without-rls, open partitions of a table that has row security on by partition-rls-bypass.',
      'A list that the migrations fill and that nothing else writes is to be read by everybody, unless it holds secrets, personal data or what belongs to somebody; where clients may only read it, it is medium.',
      'Copies that one migration keeps, named backups, snapshots or archives of a day or a year, are one finding.',
      'What a DELETE takes along by ON DELETE CASCADE is told, as no policy is asked for that.',
    ],
    messages: {
      open: '{{clients}} every row of {{table}}{{among}} through the API: row security is off.{{origin}}{{cascades}}{{letIn}}',
      readable:
        '{{roles}} may read every row of {{table}} through the API: row security is off. That is all they may do, its rows come from the migrations, and nothing in it is personal, which is why this is medium.{{origin}}',
      copies:
        '{{clients}} every row of {{count}} through the API that {{file}} makes, {{copies}}: row security is off.{{origin}}',
      partitioned:
        '{{clients}} every row of {{table}}{{among}} and of its {{partitions}} through the API: row security is off.{{origin}}{{cascades}}{{letIn}}',
    },
    restsOn: ['rowSecurity', 'privileges', 'policies'],
    equivalents: ['splinter:0013'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  visit: {
    table(table, { graph, statements, settings, report }) {
      const access = accessTo(table);
      if (access.length === 0 || securedAncestor(graph, table) !== undefined) return;
      // One finding, and one fix, for a table and its open partitions or children.
      if (parentTables(graph, table).some((parent) => accessTo(parent).length > 0)) return;
      const parts = openParts(table);
      const data = {
        table: tableOrLog(graph, table),
        roles: clientsOf(access, true),
        clients: clientsMay(access),
        origin: comesFromDefaults(graph, statements, table, access) ? ' That comes from default privileges.' : '',
        cascades: cascadesOf(table, access),
        letIn: letInByRows(graph, table, access, ['update', 'insert'], settings.clientRoles).text,
      };
      const place = {
        entity: table,
        ...(table.setBy.rowSecurity === undefined ? {} : { origin: table.setBy.rowSecurity }),
      };
      const isList = parts.length === 0 && isMigratedList(graph, statements, table, settings);
      const closed = () => rowSecurityOn(graph, [table, ...parts], CLOSED_TO_CLIENTS, settings.clientRoles);
      const about = { ...place, fix: () => (isList ? (shownTo(table, access) ?? closed()) : closed()) };
      if (isList && access.every(({ commands }) => commands.every((each) => each === 'select'))) {
        report({ ...about, message: 'readable', data, severity: 'medium' });
        return;
      }
      const copies = parts.length === 0 ? copiesBeside(table, data.clients) : [];
      if (copies.length > 1) {
        if (copies[0] === table) reportCopies(copies, access, data);
        return;
      }
      const told = { ...data, among: withPersonal(graph, table, access) };
      if (parts.length === 0) report({ ...about, message: 'open', data: told });
      else {
        const counting =
          table.partitionKey === null ? counted(parts.length, 'child', 'children') : counted(parts.length, 'partition');
        report({ ...about, message: 'partitioned', data: { ...told, partitions: counting } });
      }

      /** The copies that the same file keeps and the same clients may reach, this one among them, in their order. */
      function copiesBeside(copy: Table, clients: string): readonly Table[] {
        const { origin } = copy;
        // Of a catalog it is not known which file made them.
        if (statements.length === 0 || origin.from !== 'statement' || !isOfFrozenCopy(graph, copy)) return [];
        return graph.ofKind('table').filter((each) => {
          const isOfFile = each.origin.from === 'statement' && each.origin.at.file === origin.at.file;
          return isOfFile && isOfFrozenCopy(graph, each) && clientsMay(accessTo(each)) === clients;
        });
      }

      function reportCopies(
        copies: readonly Table[],
        access: readonly ClientAccess[],
        { clients, origin }: { readonly clients: string; readonly origin: string },
      ): void {
        const [first, ...others] = copies;
        if (first?.origin.from !== 'statement') return;
        const texts = copies.map((each) => ({ name: brief(each.name), personal: withPersonal(graph, each, access) }));
        const named = [
          ...texts.filter(({ personal }) => personal !== ''),
          ...texts.filter((each) => each.personal === ''),
        ];
        report({
          entity: first,
          message: 'copies',
          data: {
            clients,
            origin,
            count: counted(copies.length, 'copy', 'copies'),
            file: fileName(first.origin.at),
            copies: andList(
              named.map(({ name, personal }) => `${name}${personal}`),
              MOST_COPIES,
            ),
          },
          related: others.flatMap((each) => anotherAt(each, brief(each.name))),
          fix: () => rowSecurityOn(graph, copies, CLOSED_TO_CLIENTS, settings.clientRoles),
        });
      }

      /** The tables with row security whose rows go with a row of this one: the DELETE of a foreign key goes past policies, also where row security is forced. */
      function cascadesOf(root: Table, access: readonly ClientAccess[]): string {
        const deleting = access.filter(({ commands }) => commands.includes('delete')).map(({ name }) => name);
        if (deleting.length === 0) return '';
        const below = [...tablesBelow(graph, root.id).keys()];
        const secured = below.flatMap((id) => {
          const each = graph.get('table', id);
          const isSecured = id !== root.id && each.rowSecurity && graph.isKnown(each, 'rowSecurity');
          return isSecured && !graph.ownedBy(id, 'policy').some(isOpenToDelete) ? [brief(each.name)] : [];
        });
        if (secured.length === 0) return '';
        const whose = secured.length === 1 ? 'its' : 'their';
        const isKept = below.some((id) => graph.referencedBy(id).some(keepsRows));
        return ` A DELETE takes the rows of ${andList(secured, 4)} along that refer to what it deletes${isKept ? ' (where no other key keeps them)' : ''}, and ${whose} row security is not asked.`;

        function isOpenToDelete(each: EntityOf<'policy'>): boolean {
          const open = openToRoles(graph, each, ['delete'], settings.clientRoles).map(({ name }) => name);
          return deleting.every((name) => open.includes(name));
        }
      }

      /** Empty where it is closed, or not served. */
      function accessTo(each: Table): readonly ClientAccess[] {
        const isServed = settings.exposedSchemas.includes(each.name.schema);
        return isServed && isWithoutRowSecurity(graph, each) ? clientAccess(graph, each, settings.clientRoles) : [];
      }

      function openParts(of: Table): readonly Table[] {
        const found = childrenOf(graph, of).flatMap((each) => {
          const isOpen = accessTo(each).length > 0 && securedAncestor(graph, each) === undefined;
          return [...(isOpen ? [each] : []), ...openParts(each)];
        });
        return [...new Set(found)];
      }
    },
  },
});

const MOST_COPIES = 3;

function keepsRows({ onDelete, isEnforced }: EntityOf<'foreignKey'>): boolean {
  return isEnforced && (onDelete === 'no action' || onDelete === 'restrict');
}

/** Whoever reads a list today goes on reading it; undefined where nobody does. */
function shownTo(table: Table, access: readonly ClientAccess[]): Fix | undefined {
  const readers = access.filter(({ commands }) => commands.includes('select')).map(({ name }) => name);
  if (readers.length === 0) return undefined;
  const isForAll = readers.some((each) => each !== 'authenticated');
  const policy = isForAll ? 'Everyone can read' : 'Signed-in users can read';
  const roles = readers.map((each) => (each === 'public' ? each : quoteIdentifier(each))).join(', ');
  return {
    title: 'Turn row security on, and let clients read it and no more, as the migrations fill it',
    safety: 'review',
    sql: sql`alter table ${table.name} enable row level security;
create policy ${policy} on ${table.name} for select to ${raw(roles)} using (true);`,
  };
}
