import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { eachStatement, targetsOf } from './pl-statements.ts';

/** The variables that a trigger's function returns besides NEW and OLD. */
export interface ReturnedRows {
  /** What is set in these is set in NEW: other names of it, and copies that are made of nothing else and returned. */
  readonly copies: ReadonlySet<string>;
  /** Returned variables of which it is not known what they hold. */
  readonly others: ReadonlySet<string>;
}

/** `_new := new; _new.updated_at := now(); return _new;` and `updated alias for new`. */
export function returnedRows(block: PlBlock): ReturnedRows {
  const statements = [...eachStatement([block])].map(({ statement }) => statement);
  const sources = new Map<string, (string | undefined)[]>();
  const copies = new Set<string>();
  const returned = new Set<string>();
  for (const statement of statements) {
    for (const [name, from] of wholeRowsSetBy(statement)) sources.set(name, [...(sources.get(name) ?? []), from]);
    if (statement.kind === 'block')
      for (const each of statement.declarations) if (each.kind === 'alias' && each.of === 'new') copies.add(each.name);
    const name = statement.kind === 'return' ? soleName(statement.value) : undefined;
    if (name !== undefined && name !== 'new' && name !== 'old') returned.add(name);
  }
  const others = new Set<string>();
  for (const name of returned) {
    const from = sources.get(name);
    if (copies.has(name)) continue;
    if (from?.every((each) => each === 'new')) copies.add(name);
    else others.add(name);
  }
  return { copies, others };
}

/** The variables that a statement sets as a whole, and the variable each is set to, where it is one. */
function wholeRowsSetBy(statement: PlStatement): readonly (readonly [name: string, from: string | undefined])[] {
  if (statement.kind === 'block')
    return statement.declarations.flatMap((each) =>
      each.kind === 'variable' && each.default !== undefined ? [[each.name, soleName(each.default)] as const] : [],
    );
  if (statement.kind === 'assign') {
    const name = soleName(statement.target);
    return name === undefined ? [] : [[name, soleName(statement.value)]];
  }
  return targetsOf(statement).flatMap(({ name: [name, more] }) =>
    name === undefined || more !== undefined ? [] : [[name, undefined] as const],
  );
}

/** `v`, and not `v.id`. */
function soleName(expression: { readonly tree: Parameters<typeof fieldsOf>[0] } | undefined): string | undefined {
  const [name, more] = stringsOf(fieldsOf(expression?.tree, 'ColumnRef')?.fields);
  return more === undefined ? name : undefined;
}
