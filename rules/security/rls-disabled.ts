import {
  andList,
  brief,
  type ClientAccess,
  clientAccess,
  counted,
  defineRule,
  type EntityOf,
  isSecuredByEventTrigger,
  type SchemaGraph,
  sql,
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
      'Turn row security on, and write a policy for what clients may see; or revoke the grants, or move the table out of the exposed schemas. Tables with policies are reported by policies-without-rls.',
    messages: {
      open: '{{roles}} may {{commands}} every row of {{table}} through the API: row security is off.',
      partitioned:
        '{{roles}} may {{commands}} every row of {{table}} and its {{partitions}} through the API: row security is off.',
      child:
        '{{roles}} may {{commands}} every row of {{table}} through the API: row security of {{parent}} does not hold for who names {{table}} itself.',
    },
    restsOn: ['rowSecurity', 'privileges', 'policies'],
    equivalents: ['splinter:0013'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  visit: {
    table(table, { graph, settings, report }) {
      if (!isOpen(table)) return;
      const access = clientAccess(graph, table, settings.clientRoles);
      if (access.length === 0) return;
      const parent = table.partitionOf === null ? undefined : graph.get('table', table.partitionOf);
      // One finding, and one fix, for a partitioned table and its open partitions.
      if (parent !== undefined && isOpen(parent) && clientAccess(graph, parent, settings.clientRoles).length > 0)
        return;
      const partitions = openPartitions(table);
      const data = { table: brief(table.name), roles: rolesOf(access), commands: commandsOf(access) };
      const about = {
        entity: table,
        ...(table.setBy.rowSecurity === undefined ? {} : { origin: table.setBy.rowSecurity }),
        fix: {
          title: 'Turn row security on: clients then see nothing until policies let them',
          safety: 'review',
          sql: [table, ...partitions].map(({ name }) => sql`alter table ${name} enable row level security;`).join('\n'),
        },
      } as const;
      if (parent?.rowSecurity) report({ ...about, message: 'child', data: { ...data, parent: brief(parent.name) } });
      else if (partitions.length === 0) report({ ...about, message: 'open', data });
      else {
        const counting = counted(partitions.length, 'partition');
        report({ ...about, message: 'partitioned', data: { ...data, partitions: counting } });
      }

      function isOpen(each: Table): boolean {
        return (
          !each.rowSecurity &&
          graph.isKnown(each, 'rowSecurity') &&
          each.persistence !== 'temporary' &&
          settings.exposedSchemas.includes(each.name.schema) &&
          graph.ownedBy(each.id, 'policy').length === 0 &&
          // Turned off by a statement, or never on: an event trigger only acts when the table is made.
          (each.setBy.rowSecurity !== undefined || !isSecuredByEventTrigger(graph, each))
        );
      }

      function openPartitions(of: Table): readonly Table[] {
        return partitionsOf(graph, of).flatMap((each) => {
          const isReachable = isOpen(each) && clientAccess(graph, each, settings.clientRoles).length > 0;
          return [...(isReachable ? [each] : []), ...openPartitions(each)];
        });
      }
    },
  },
});

function partitionsOf(graph: SchemaGraph, table: Table): readonly Table[] {
  return graph.dependentsOfKind(table.id, 'table').filter((each) => each.partitionOf === table.id);
}

const VERBS = { select: 'read', insert: 'add', update: 'change', delete: 'delete' } as const;

function rolesOf(access: readonly ClientAccess[]): string {
  const names = access.map(({ name }) => (name === 'public' ? 'every role' : name));
  return andList(names).replace(/^e/, 'E');
}

function commandsOf(access: readonly ClientAccess[]): string {
  const all = new Set(access.flatMap(({ commands }) => commands));
  return andList(
    (['select', 'insert', 'update', 'delete'] as const).filter((each) => all.has(each)).map((each) => VERBS[each]),
  );
}
