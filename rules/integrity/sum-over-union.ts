import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  isNamed,
  quoteIdentifier,
  redefined,
  type SchemaGraph,
  type SourceLocation,
  type SummedUnion,
  summedUnions,
  unionRange,
  viewAgain,
  WORTH,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'sum-over-union',
    category: 'integrity',
    severity: 'medium',
    summary: 'A sum is taken over what UNION gives, and rows that are alike count once.',
    why: 'UNION is a DISTINCT over everything it puts together. Where no key is among the selected columns, two payments of one person of the same amount are alike: one of them is left out of the sum. It shows only with real data, and the balance is wrong from then on.',
    remedy: 'UNION ALL, which keeps each row.',
    scope: [
      'Not reported: tables whose key is among the selected columns or that a condition narrows to one row, rows with a time or a number of their own, sum(DISTINCT …), and count(*), which asks for what is different.',
    ],
    messages: {
      lost: '{{holder}} sums {{columns}} over a UNION, which keeps one of rows that are alike: {{table}} rows with the same {{selected}} count once, however many there are.',
    },
    restsOn: ['columns', 'constraints', 'indexes', 'functions'],
    references: ['https://www.postgresql.org/docs/current/queries-union.html'],
  },
  visit: {
    graph(graph, { texts, report }) {
      for (const union of summedUnions(graph)) {
        const { holder, summed, table, selected, arm } = union;
        if (holder.kind !== 'view' && holder.kind !== 'materializedView' && holder.kind !== 'function') continue;
        const [place] = placesOf(union, texts);
        const at = place ?? arm.at;
        report({
          entity: holder,
          ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
          message: 'lost',
          data: {
            holder: brief(holder.name),
            table: brief(table.name),
            columns: named(summed),
            selected: named(selected),
          },
          ...(summed.some(({ name }) => isNamed(name, WORTH)) ? { severity: 'high' as const } : {}),
          fix: () => fixFor(graph, union, texts),
          discriminator: table.name.name,
        });
      }
    },
  },
});

function named(columns: readonly EntityOf<'column'>[]): string {
  return andList(columns.map(({ name }) => quoteIdentifier(name)));
}

/** Where each UNION stands in the file; those that are not found are left out. */
function placesOf({ unions, arm }: SummedUnion, texts: ReadonlyMap<string, string>): readonly SourceLocation[] {
  const file = arm.at?.file;
  const text = file === undefined ? undefined : texts.get(file);
  if (file === undefined || text === undefined) return [];
  return unions.flatMap((each) => {
    const range = unionRange(each, text);
    return range === undefined ? [] : [{ file, ...range }];
  });
}

/** UNION ALL, where no row is put together from several or read in two places. */
function fixFor(graph: SchemaGraph, union: SummedUnion, texts: ReadonlyMap<string, string>): Fix | undefined {
  const { holder, unions, areApart } = union;
  const places = placesOf(union, texts);
  if (!areApart || places.length < unions.length) return undefined;
  const insertions = places.map(({ start, end }) => ({ at: start, end, text: 'union all' }));
  const written =
    holder.kind === 'function'
      ? redefined(graph, holder, texts, insertions)
      : holder.kind === 'view'
        ? viewAgain(holder, texts, insertions)
        : undefined;
  return written === undefined ? undefined : { title: 'Keep each row: UNION ALL', safety: 'review', sql: written };
}
