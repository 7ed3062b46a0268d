import {
  brief,
  type CrossedKeys,
  crossedKeys,
  defineRule,
  type EntityOf,
  type Fix,
  type Insertion,
  isRepeatable,
  type KeySide,
  linksTo,
  type OwnValues,
  ownValues,
  placeOf,
  quoteIdentifier,
  raw,
  redefined,
  type SchemaGraph,
  type SourceLocation,
  type Statement,
  sql,
  writtenName,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'crossed-keys',
    category: 'integrity',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'A policy, view or function compares the key of one table with the key of another.',
    why: 'Keys of two tables have one type, so that nothing keeps the one from being compared with the other: people with accounts, organisations with tenants. Random keys of two tables are never the same. The policy then admits nobody, the join finds nothing, the update changes no row, and there is no error that says so.',
    remedy:
      'Compare what refers to the same table: where employees has a user_id, employees.user_id is what auth.uid() may be, not employees.id. Told are columns whose foreign keys lead to two primary keys of one column each, of which one gets random values (or counted ones) of its own and its table refers to the other, or both get random ones. Not where a statement, routine or trigger gives the key a value from elsewhere, nor where the same body compares the right column too.',
    messages: {
      admits:
        'The policy {{policy}} of {{table}} admits no row: {{left}} is compared with {{right}}, and no value is both{{link}}.',
      part: 'A condition in the policy {{policy}} of {{table}} is never true: {{left}} is compared with {{right}}, and no value is both{{link}}.',
      query: '{{holder}} compares {{left}} with {{right}}, and no value is both: it finds nothing by that{{link}}.',
      stored:
        '{{holder}} stores {{right}} in {{left}}, and no value is both: the statement fails with 23503 each time{{link}}.',
      chance:
        '{{holder}} compares {{left}} with {{right}}: both are counted from 1, each by itself, so that they are equal by chance only{{link}}.',
    },
    restsOn: ['columns', 'constraints', 'policies', 'functions'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
  },
  visit: {
    graph(graph, { statements, texts, report }) {
      for (const all of byHolder(crossedKeys(graph)).values()) {
        const told = all.flatMap((each) => wrongIn(graph, statements, each) ?? []);
        const [first, ...others] = told;
        if (first === undefined) continue;
        const { holder, isNeeded } = first.crossed;
        const [left, right] = first.crossed.sides.map((side) => sideText(graph, side));
        const data = { left: left ?? '', right: right ?? '', link: linkText(graph, first) };
        const at = placeIn(first);
        const about = {
          entity: holder,
          ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
          related: others.flatMap((each) => {
            const place = placeIn(each);
            return place === null ? [] : [{ note: 'here too', at: place }];
          }),
          fix: () => fixFor(graph, texts, told),
        };
        if (first.crossed.isStored && first.kind === 'random') {
          report({ ...about, message: 'stored', data: { ...data, holder: holderText(graph, holder) } });
        } else if (first.kind === 'counted') {
          report({ ...about, message: 'chance', data: { ...data, holder: holderText(graph, holder) } });
        } else if (holder.kind === 'policy') {
          const names = { policy: quoteIdentifier(holder.name), table: brief(graph.get('table', holder.table).name) };
          if (isNeeded) report({ ...about, message: 'admits', data: { ...data, ...names } });
          else report({ ...about, message: 'part', data: { ...data, ...names } });
        } else {
          report({ ...about, message: 'query', data: { ...data, holder: holderText(graph, holder) } });
        }
      }
    },
  },
});

/** A comparison that is never true (or by chance only), and what was meant. */
interface Wrong {
  readonly crossed: CrossedKeys;
  readonly kind: OwnValues | 'unknown';
  /** The side whose table refers to the other one's, and by which columns. */
  readonly own: KeySide;
  readonly links: readonly Column[];
}

function byHolder(all: readonly CrossedKeys[]): ReadonlyMap<CrossedKeys['holder'], readonly CrossedKeys[]> {
  const found = new Map<CrossedKeys['holder'], CrossedKeys[]>();
  for (const each of all) {
    const list = found.get(each.holder) ?? [];
    found.set(each.holder, list);
    list.push(each);
  }
  return found;
}

function wrongIn(graph: SchemaGraph, statements: readonly Statement[], crossed: CrossedKeys): Wrong | undefined {
  const [one, two] = crossed.sides;
  const ways = [
    { own: one, other: two },
    { own: two, other: one },
  ].map(({ own, other }): Wrong & { readonly other: KeySide } => ({
    crossed,
    own,
    other,
    kind: ownValues(graph, statements, own.root, other.root) ?? 'unknown',
    links: linksTo(graph, own.root, other.root),
  }));
  const linked = ways.find(({ kind, links }) => kind !== 'unknown' && links.length > 0);
  if (linked !== undefined) {
    const isMeant = ([left, right]: readonly [KeySide, KeySide]) =>
      linked.links.some(({ id }) => [left, right].some((each) => each.column?.id === id)) &&
      [left, right].some((each) => each.column?.id === linked.other.column?.id);
    return crossed.matched.some(isMeant) ? undefined : linked;
  }
  // One of several ways to find a row is there for rows of before, or for ids that an application copies.
  return !crossed.isOfOr && ways.every(({ kind }) => kind === 'random') ? ways[0] : undefined;
}

function placeIn({ crossed: { expression, node, sides } }: Wrong): SourceLocation | null {
  const [reference] = sides.flatMap((each) => each.reference ?? []);
  return placeOf(expression, reference === undefined ? node : { ColumnRef: reference });
}

function sideText(graph: SchemaGraph, { column, root, name: written }: KeySide): string {
  const table = brief(graph.get('table', root.relation).name);
  if (written !== null) return `${written} (a key of ${table})`;
  if (column === null) return 'auth.uid() (the id of an account)';
  const name = columnText(graph, column);
  if (column.id === root.id) return `${name} (the key of ${table} itself)`;
  return `${name} (a key of ${table})`;
}

function columnText(graph: SchemaGraph, column: Column): string {
  return `${brief(graph.get('table', column.relation).name)}.${quoteIdentifier(column.name)}`;
}

/** What the table has for it. */
function linkText(graph: SchemaGraph, { crossed, own, links }: Wrong): string {
  const [link, ...others] = links;
  const other = crossed.sides.find((each) => each !== own);
  if (link === undefined || others.length > 0 || other === undefined) return '';
  const parent = brief(graph.get('table', other.root.relation).name);
  return `. ${columnText(graph, link)} is what refers to ${parent}`;
}

function holderText(graph: SchemaGraph, holder: CrossedKeys['holder']): string {
  switch (holder.kind) {
    case 'policy':
      return `The policy ${quoteIdentifier(holder.name)} of ${brief(graph.get('table', holder.table).name)}`;
    case 'function':
      return `${brief(holder.name)}()`;
    case 'view':
    case 'materializedView':
      return `The view ${brief(holder.name)}`;
  }
}

/** The key replaced by the column that refers to the other table: only where each of them is the key itself and has one such column. */
function fixFor(graph: SchemaGraph, texts: ReadonlyMap<string, string>, wrong: readonly Wrong[]): Fix | undefined {
  const [first] = wrong;
  const replaced = wrong.map(({ crossed, own, links }) => {
    const [link, ...others] = links;
    if (link === undefined || others.length > 0 || own.column?.id !== own.root.id || own.reference === null)
      return undefined;
    const { last, end } = writtenName(crossed.expression, own.reference);
    return { expression: crossed.expression, at: last, end, text: quoteIdentifier(link.name), link };
  });
  const all = replaced.flatMap((each) => each ?? []);
  const [link] = all.map((each) => each.link);
  if (first === undefined || link === undefined || all.length < replaced.length) return undefined;
  const about = { title: `Compare ${columnText(graph, link)} in its place`, safety: 'review' } as const;
  const { holder } = first.crossed;
  if (holder.kind === 'function') {
    const insertions = all.map(
      ({ expression, at, end, text }): Insertion => ({ at: expression.start + at, end: expression.start + end, text }),
    );
    const written = redefined(graph, holder, texts, insertions);
    return written === undefined ? undefined : { ...about, sql: written };
  }
  if (holder.kind !== 'policy') return undefined;
  const clauses = [
    { name: 'using', expression: holder.using },
    { name: 'with check', expression: holder.check },
  ].flatMap(({ name, expression }) => {
    const inside = all.filter((each) => each.expression === expression).sort((a, b) => b.at - a.at);
    if (expression === null || inside.length === 0) return [];
    const text = inside.reduce(
      (rest, each) => rest.slice(0, each.at) + each.text + rest.slice(each.end),
      expression.text,
    );
    return [{ text: `${name} (${text})`, isSound: isRepeatable(graph, expression) }];
  });
  if (clauses.some(({ isSound }) => !isSound)) return undefined;
  const table = graph.get('table', holder.table);
  return {
    ...about,
    sql: sql`alter policy ${holder.name} on ${table.name}
  ${raw(clauses.map(({ text }) => text).join('\n  '))};`,
  };
}
