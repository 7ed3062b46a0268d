import {
  andList,
  brief,
  callerComparisons,
  clientsMeetingRows,
  columnsOpenTo,
  countedForDelete,
  defineRule,
  type EntityOf,
  type Fix,
  groupedBy,
  type HalfCount,
  halfCounts,
  isFreeForFunction,
  isGuarded,
  quoteIdentifier,
  quoteLiteral,
  raw,
  type SchemaGraph,
  sql,
  surelyRefused,
  writesTo,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'drifting-counter',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary:
      'A trigger keeps a number of the parent row when a row is added, and not when one is deleted or comes to another parent.',
    why: 'The number is right until the first row goes that the trigger does not take off, and from then on it is wrong for good: pages, limits and rankings that read it go by rows that are no more. NEW is NULL for a DELETE, and so WHERE id = NEW.parent_id finds no parent; for an UPDATE it is the new parent, and the old one keeps what it had.',
    remedy:
      'Count for DELETE the parent that OLD names, and for an UPDATE that changes the key both. Where rows are not to come to another parent, refuse it: a trigger, or a privilege on the other columns only.',
    scope: [
      'Not reported: rows that neither clients nor functions of the schema delete, keys that clients may not change, that policies tie to the caller or a trigger guards, triggers that look at the key in OLD or do what cannot be read, and numbers that only grow, by a trigger that is not for DELETE.',
    ],
    messages: {
      deleted:
        'When {{child}} rows are deleted, {{columns}} {{stays}} as before: the trigger {{trigger}} runs for DELETE as well, but {{function}} counts only the parent that NEW names, and then there is none.',
      moved:
        'Clients may give {{child}} rows another {{by}}, and {{columns}} of the row they leave {{stays}} as before: nothing that an UPDATE runs looks at OLD.{{by}}, although rows are counted when they come (by the trigger {{trigger}}) and when they are deleted.',
    },
    restsOn: ['columns', 'triggers', 'functions', 'constraints', 'privileges', 'policies', 'rowSecurity'],
    references: ['https://www.postgresql.org/docs/current/plpgsql-trigger.html'],
  },
  visit: {
    table(table, { graph, settings, texts, report }) {
      const all = halfCounts(graph, table);
      if (all.length === 0 || !graph.isKnown(table, 'rowSecurity')) return;
      for (const counts of groupedBy(all, ({ trigger, missed }) => `${trigger.id} ${missed}`).values()) {
        const [first] = counts;
        if (first === undefined) continue;
        const { at } = first.statement;
        const about = {
          entity: first.trigger,
          ...(at.file === '' ? {} : { origin: { from: 'statement', at } as const }),
        };
        const named = counts.map(({ parent, column }) => `${brief(parent.name)}.${quoteIdentifier(column.name)}`);
        const columns = [...new Set(named)];
        const data = {
          child: brief(table.name),
          columns: andList(columns),
          stays: columns.length === 1 ? 'stays' : 'stay',
          trigger: quoteIdentifier(first.trigger.name),
        };
        if (first.missed === 'delete') {
          if (!mayBeDeleted(graph, table, settings.clientRoles)) continue;
          const called = `${brief(first.function.name)}()`;
          const fix = () => countedForDelete(graph, counts, texts);
          report({ ...about, message: 'deleted', data: { ...data, function: called }, fix });
        } else if (mayBeMoved(graph, table, first, settings.clientRoles)) {
          const by = quoteIdentifier(first.by.name);
          report({ ...about, message: 'moved', data: { ...data, by }, fix: () => keptWithParent(graph, table, first) });
        }
      }
    },
  },
});

function mayBeDeleted(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): boolean {
  if (surelyRefused(graph, table.id).has('delete')) return false;
  const byClients = clientsMeetingRows(graph, table, 'delete', clientRoles);
  return byClients.length > 0 || writesTo(graph, table.id).some(({ write }) => write.kind === 'delete');
}

function mayBeMoved(
  graph: SchemaGraph,
  table: Table,
  { by, function: { id } }: HalfCount,
  clientRoles: readonly string[],
): boolean {
  if (surelyRefused(graph, table.id).has('update') || isGuarded(graph, table, by, 'update', id)) return false;
  const clients = clientsMeetingRows(graph, table, 'update', clientRoles).map((each) => ({
    ...each,
    commands: ['update'] as const,
  }));
  if (!columnsOpenTo(graph, table, clients).includes(by)) return false;
  const clauses = graph.ownedBy(table.id, 'policy').flatMap(({ using, check }) => [using, check]);
  return (
    !table.rowSecurity ||
    !clauses.some((each) => each && callerComparisons(graph, each).some(({ column }) => column === by.id))
  );
}

/** Rows stay with their parent. */
function keptWithParent(graph: SchemaGraph, table: Table, { by }: HalfCount): Fix | undefined {
  const called = { schema: table.name.schema, name: `keep_${table.name.name}_${by.name}` };
  if (!isFreeForFunction(graph, called)) return undefined;
  const said = quoteLiteral(`${by.name} of a row of ${table.name.name} does not change`);
  return {
    title: 'Refuse to move rows from one parent to another',
    safety: 'review',
    sql: sql`create function ${called}()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.${by.name} is distinct from old.${by.name} then
    raise exception using errcode = 'check_violation', message = ${raw(said)};
  end if;
  return new;
end;
$$;
revoke execute on function ${called}() from public;
create trigger ${called.name} before update of ${by.name} on ${table.name}
  for each row execute function ${called}();`,
  };
}
