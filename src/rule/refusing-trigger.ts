import { type QualifiedName, quoteLiteral } from '../sql/name.ts';
import { raw, sql } from './sql.ts';

/**
 * A BEFORE trigger that refuses to write a row.
 * @param called the function, by whose name the trigger goes too
 * @param events as CREATE TRIGGER has them: `insert or update`
 * @param condition in terms of NEW and OLD, as SQL
 * @param refusal what the error says; no RAISE placeholders
 */
export function refusingTrigger(
  called: QualifiedName,
  table: QualifiedName,
  events: string,
  condition: string,
  refusal: string,
): string {
  // In the text of RAISE a percent sign stands for a value.
  const text = quoteLiteral(refusal.replaceAll('%', '%%'));
  return sql`create or replace function ${called}()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if ${raw(condition)} then
    raise exception ${raw(text)} using errcode = '42501';
  end if;
  return new;
end;
$$;
create or replace trigger ${called.name} before ${raw(events)} on ${table}
  for each row execute function ${called}();`;
}
