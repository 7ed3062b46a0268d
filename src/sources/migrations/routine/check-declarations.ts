import { eachStatement } from '../../../graph/query-shapes/pl-statements.ts';
import type { PlBlock, PlType } from '../../../sql/plpgsql.ts';
import type { ReplayContext } from '../context.ts';
import { typeRefOf } from '../type-lookup.ts';

/**
 * The types of all variables of a PL/pgSQL body, which the server looks up when it compiles it (plpgsql_parse_datatype(),
 * plpgsql_parse_wordrowtype()). `x%TYPE` may mean a variable, and is left.
 */
export function checkDeclarations(block: PlBlock, context: ReplayContext): void {
  for (const { statement } of eachStatement([block])) {
    if (statement.kind !== 'block') continue;
    for (const each of statement.declarations) if (each.kind === 'variable') checkType(each.type, context);
  }
}

function checkType({ name, reference, at }: PlType, context: ReplayContext): void {
  if (name === undefined || reference === 'type') return;
  if (reference === undefined) {
    typeRefOf(name, context, at.start);
    return;
  }
  const { schema, name: relation } = context.nameOf(name.names);
  context.needed({ ...(schema === undefined ? {} : { schemaname: schema }), relname: relation, location: at.start });
}
