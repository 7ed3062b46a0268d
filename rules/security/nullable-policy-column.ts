import {
  andList,
  brief,
  clientsMeetingRows,
  columnsComparedWithCaller,
  defineRule,
  type EntityOf,
  forbidNull,
  isAuditTable,
  isFilledByUpdate,
  isNamed,
  isNullable,
  isNullMeant,
  isNullRemarked,
  keepsInboundEvents,
  nullsInInserts,
  quoteIdentifier,
  relatedAt,
  rolesBlindToNull,
  rowOf,
  TABLE_NAMES,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'nullable-policy-column',
    category: 'security',
    severity: 'medium',
    summary: 'A column by which policies decide whose a row is may be NULL.',
    why: 'A comparison with NULL is never true: a row without a value is seen by nobody, does not show up in any count, and stays for ever. Where such a row was made by mistake, no client can find or mend it.',
    remedy:
      'Fill what is empty and add NOT NULL; where a function adds rows without a value, it is the function that has to be mended first, and there is no fix.',
    scope: [
      'Reported only where every SELECT policy of every client role compares the column, and where nothing in the schema gives NULL a meaning (a CHECK, a policy or an index that asks for it, a comment beside the column).',
      'Not reported: where one function leaves it empty and another fills it by an UPDATE (a shop that is made for an owner who takes it over by an invitation): until then it is nobody’s.',
      'Where clients add no rows and no function leaves it empty, it is low and has no fix: what adds them may not know yet whose they are.',
      'In a log, and where requests and callbacks are kept, it is low: the server writes rows without a user there, too.',
      'Where a deleted parent sets it NULL (ON DELETE SET NULL) it is low: keep the rows on purpose, or let them go with the parent.',
    ],
    messages: {
      logged:
        '{{column}} may be NULL although every SELECT policy of {{table}} compares it with the caller: {{row}} without it is never seen by {{roles}}. A log may well have such rows, of what the server did by itself, which is why this is low.',
      served:
        '{{column}} may be NULL although every SELECT policy of {{table}} compares it with the caller: {{row}} without it is never seen by {{roles}}. Clients add no rows there themselves, and what does may not know yet whose they are, which is why this is low.',
      nullable:
        '{{column}} may be NULL although every SELECT policy of {{table}} compares it with the caller: {{row}} without it is never seen by {{roles}}.',
      left: '{{column}} may be NULL although every SELECT policy of {{table}} compares it with the caller, and {{functions}} {{leave}} it empty: each row added there is never seen by {{roles}}.',
      emptied:
        '{{column}} becomes NULL when {{parent}} is deleted, and every SELECT policy of {{table}} compares it with the caller: the rows stay and are never seen by {{roles}} again.',
    },
    restsOn: ['columns', 'constraints', 'policies', 'rowSecurity', 'privileges'],
    equivalents: ['pgrls:SEC030'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    table(table, { graph, settings, texts, report }) {
      if (table.persistence === 'temporary' || table.partitionOf !== null) return;
      const isLog =
        isAuditTable(graph, table) ||
        isNamed(table.name.name, TABLE_NAMES.requests) ||
        keepsInboundEvents(graph, table);
      const isAddedTo = clientsMeetingRows(graph, table, 'insert', settings.clientRoles).length > 0;
      for (const id of columnsComparedWithCaller(graph, table.id)) {
        const column = graph.get('column', id);
        if (column.isInherited || column.identity !== null || column.generated !== null) continue;
        if (!isNullable(graph, column)) continue;
        const keys = graph.foreignKeysOf(column);
        const emptied = keys.find((key) => key.onDelete === 'set null' && key.referencedTable !== table.id);
        if (emptied === undefined && (isNullMeant(graph, column) || isNullRemarked(column, texts))) continue;
        const roles = rolesBlindToNull(graph, column, settings.clientRoles);
        if (roles.length === 0) continue;
        const leaving = [...new Set(nullsInInserts(graph).get(column.id))];
        if (emptied === undefined && leaving.length > 0 && isFilledByUpdate(graph, column)) continue;
        const data = {
          column: `${brief(table.name)}.${quoteIdentifier(column.name)}`,
          table: brief(table.name),
          row: rowOf(brief(table.name)),
          roles: andList(roles.map((each) => (each === 'public' ? 'any role' : each))),
        };
        if (emptied === undefined && isLog) report({ entity: column, message: 'logged', data, severity: 'low' });
        else if (emptied === undefined && leaving.length > 0)
          report({ entity: column, message: 'left', data: { ...data, ...leavingText(leaving) }, ...placesOf(leaving) });
        else if (emptied === undefined && !isAddedTo)
          report({ entity: column, message: 'served', data, severity: 'low' });
        else if (emptied === undefined)
          report({ entity: column, message: 'nullable', data, fix: forbidNull(graph, column) });
        else {
          const parent = rowOf(brief(graph.get('table', emptied.referencedTable).name));
          report({ entity: column, message: 'emptied', data: { ...data, parent }, severity: 'low' });
        }
      }
    },
  },
});

function leavingText(functions: readonly EntityOf<'function'>[]) {
  const names = functions.map(({ name }) => `${brief(name)}()`);
  return { functions: andList(names, 3), leave: names.length === 1 ? 'leaves' : 'leave' };
}

function placesOf(functions: readonly EntityOf<'function'>[]) {
  return { related: functions.flatMap((each) => relatedAt(each, `${brief(each.name)}() adds rows without it`)) };
}
