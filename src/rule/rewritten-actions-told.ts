import { type RewrittenActions, rewrittenActions } from '../graph/deletes/rewritten-actions.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { type Fix, type RelatedPlace, relatedAt } from './finding.ts';
import { usersText } from './held-parents-text.ts';
import { isFreeForFunction } from './new-function.ts';
import { andList, brief, orList, rowOf } from './prose.ts';
import { raw, sql } from './sql.ts';

type Table = EntityOf<'table'>;

/** The deletes that always fail by a rule of the table, one finding for each rule. */
export function rewrittenActionsTold(graph: SchemaGraph, table: Table) {
  return rewrittenActions(graph, table).map((each) => {
    const { rule, action, keys } = each;
    const parents = [...new Set(keys.map(({ referencedTable }) => graph.get('table', referencedTable)))];
    const columns = [...new Set(keys.flatMap((key) => (key.setColumns.length > 0 ? key.setColumns : key.columns)))];
    const names = graph.columnNames(columns).map(quoteIdentifier);
    const related: readonly RelatedPlace[] = keys.flatMap((key) =>
      relatedAt(key, `the key ${quoteIdentifier(key.name)}`),
    );
    return {
      entity: rule,
      message: 'rewritten' as const,
      data: {
        parents: orList(parents.map(({ name }) => rowOf(brief(name)))),
        row: rowOf(brief(table.name)),
        does:
          action === 'delete' ? 'ON DELETE CASCADE is to delete that' : `the key is to empty ${andList(names)} there`,
        rule: quoteIdentifier(rule.name),
        instead: rule.actions.length === 0 ? 'nothing' : 'something else',
        event: action.toUpperCase(),
        users: parents.map((parent) => usersText(graph, parent)).find((text) => text !== '') ?? '',
      },
      severity: 'high' as const,
      related,
      fix: () => (rule.actions.length === 0 ? keptByTrigger(graph, table, each) : undefined),
    };
  });
}

/** A trigger that leaves rows as they are does what the rule does, but for the actions of keys, which run inside a trigger of their own. */
function keptByTrigger(graph: SchemaGraph, table: Table, { rule, action }: RewrittenActions): Fix | undefined {
  const called = { schema: table.name.schema, name: `${table.name.name}_stays` };
  if (!isFreeForFunction(graph, called) || graph.part('trigger', table.id, rule.name) !== undefined) return undefined;
  return {
    title: 'Have a trigger leave the rows as they are instead, which lets pass what the keys do',
    safety: 'review',
    sql: sql`create or replace function ${called}()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  return null;
end;
$$;
drop rule ${rule.name} on ${table.name};
create trigger ${rule.name} before ${raw(action)} on ${table.name}
  for each row when (pg_trigger_depth() = 0) execute function ${called}();`,
  };
}
