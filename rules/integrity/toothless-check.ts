import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  isRepeatable,
  isUsersOwn,
  nullsInLists,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Check = EntityOf<'checkConstraint'>;

export default defineRule({
  meta: {
    id: 'toothless-check',
    category: 'integrity',
    severity: 'medium',
    summary: 'A CHECK compares with a list that holds NULL, and so refuses nothing.',
    why: "A CHECK refuses a row by false alone. status in ('new', 'done', null) is true for what is listed and NULL for all else, never false: any value gets in. That the column may be NULL needs no saying, as a CHECK lets NULL pass by itself.",
    remedy: 'Take NULL out of the list. What got in meanwhile has to be mended before the CHECK can be validated.',
    messages: {
      list: 'The CHECK {{check}} of {{table}} refuses no value of {{columns}}: its list holds NULL, so that the comparison is NULL, and not false, for what is not in it.',
    },
    restsOn: ['constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS'],
  },
  visit: {
    checkConstraint(check, { graph, report }) {
      if (check.isInherited || !check.isEnforced || !isUsersOwn(graph, check)) return;
      const [first, ...others] = nullsInLists(check.expression);
      const on = graph.find(check.on);
      if (first === undefined || on === undefined || !('name' in on) || typeof on.name !== 'object') return;
      const columns = [...new Set([first, ...others].flatMap((each) => each.columns))];
      report({
        entity: check,
        message: 'list',
        data: {
          check: quoteIdentifier(check.name),
          table: brief(on.name),
          columns: andList(columns.map((each) => (each === 'value' ? 'the domain' : quoteIdentifier(each)))),
        },
        fix: () => fixFor(graph, check),
      });
    },
  },
});

function fixFor(graph: SchemaGraph, check: Check): Fix | undefined {
  const { expression } = check;
  const table = graph.find(check.on);
  if (table?.kind !== 'table' || !isRepeatable(graph, expression)) return undefined;
  const offsets = nullsInLists(expression)
    .flatMap(({ nulls }) => nulls.map(({ location }) => (location ?? -1) - expression.start))
    .sort((a, b) => b - a);
  let text = expression.text;
  for (const offset of offsets) {
    const written = withoutItem(text, offset);
    if (written === undefined) return undefined;
    text = written;
  }
  return {
    title: 'Take NULL out of the list (fails while a row holds what is not in it: mend those first)',
    safety: 'review',
    sql: sql`alter table ${table.name} drop constraint ${check.name};
alter table ${table.name} add constraint ${check.name} check (${raw(text)}) not valid;
alter table ${table.name} validate constraint ${check.name};`,
  };
}

/** The list without the item that starts at this offset, and one of the commas beside it. */
function withoutItem(text: string, offset: number): string | undefined {
  const item = /^null(?:\s*::\s*[\w ]+(?:\[\])*)?/i.exec(text.slice(offset))?.[0];
  if (item === undefined) return undefined;
  const [before, behind] = [text.slice(0, offset), text.slice(offset + item.length)];
  const comma = /,\s*$/.exec(before);
  if (comma !== null) return before.slice(0, comma.index) + behind;
  const next = /^\s*,\s*/.exec(behind);
  return next === null ? undefined : before + behind.slice(next[0].length);
}
