import { isNewId } from '../graph/caller/sent-limits.ts';
import { isNullable } from '../graph/nulls/nullability.ts';
import { unwrapped } from '../graph/query-shapes/operand.ts';
import { routineShape } from '../graph/query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { RefusedSignUp } from '../graph/sign-up/refused-sign-ups.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

/** A trigger that copies the changed address of a user as well, into the row that has the user's id. */
export function keptInStep(
  graph: SchemaGraph,
  { filled, function: called, statement }: RefusedSignUp,
): Fix | undefined {
  const [only] = filled;
  const tree = statement.kind === 'sql' ? statement.sql.tree : undefined;
  const insert = routineShape(graph, called).writes.find(({ query }) => query.node === tree)?.write;
  const id = insert?.sets.find(({ value }) => value !== null && isNewId(unwrapped(value)));
  const value = unwrapped(only?.set?.value ?? undefined);
  if (only === undefined || id === undefined || value === undefined) return undefined;
  const { column } = only;
  const table = graph.get('table', column.relation);
  const name = { schema: table.name.schema, name: `keep_${table.name.name}_${column.name}` };
  if (graph.functions(name).length > 0) return undefined;
  const address = raw('FuncCall' in value ? 'lower(new.email)' : 'new.email');
  const given = raw(isNullable(graph, column) ? '' : 'new.email is not null and ');
  return {
    title: 'Copy the address again when it changes (rows that differ already stay as they are)',
    safety: 'review',
    sql: sql`create function ${name}() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  update ${table.name} set ${column.name} = ${address} where ${id.name} = new.id;
  return null;
end
$$;
create trigger ${name.name} after update of email on auth.users
  for each row when (${given}new.email is distinct from old.email) execute function ${name}();`,
  };
}
