import { type QualifiedName, quoteLiteral } from '../sql/name.ts';
import { raw, sql } from './sql.ts';

/**
 * A BEFORE trigger that refuses to write a row.
 * @param called the function, by whose name the trigger goes too
 * @param events as CREATE TRIGGER has them: `insert or update`
 * @param condition in terms of NEW and OLD, as SQL
 * @param refusal what the error says
 */
export function refusingTrigger(
  called: QualifiedName,
  table: QualifiedName,
  events: string,
  condition: string,
  refusal: string,
): string {
  return sql`create or replace function ${called}()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if ${raw(condition)} then
    raise exception using errcode = '42501', message = ${raw(quoteLiteral(refusal))};
  end if;
  return new;
end;
$$;
create or replace trigger ${called.name} before ${raw(events)} on ${table}
  for each row execute function ${called}();`;
}
