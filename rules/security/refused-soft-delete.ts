import {
  admitsNothing,
  andList,
  bracketed,
  brief,
  clauseText,
  conjuncts,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  foldBoolean,
  groupedBy,
  habitsOf,
  hasRole,
  isAlwaysTrue,
  mayAnyColumn,
  ofSchema,
  policiesFor,
  policyAudience,
  quoteIdentifier,
  quoteLiteral,
  type RelatedPlace,
  raw,
  refusedEndings,
  relatedAt,
  type SchemaGraph,
  sql,
  testsIn,
  typeClass,
  withReplaced,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'refused-soft-delete',
    category: 'security',
    severity: 'medium',
    summary:
      'A policy lets rows be marked as deleted or taken out of use, and the SELECT policies refuse each UPDATE that does.',
    why: 'An UPDATE that reads a column (WHERE, RETURNING) has to leave rows that a SELECT policy shows: Postgres checks the new row against those as well. Where they show only what is not marked as deleted, or only what is active, to mark or close a row fails with 42501, new row violates row-level security policy, for everybody whom row security holds.',
    remedy:
      'Let those who may mark a row see it afterwards, by a SELECT policy of their own or by leaving the mark to the queries; or mark rows in a SECURITY DEFINER function that asks who calls.',
    scope: [
      'Not reported where the UPDATE policy itself asks that the row stays unmarked.',
      'Many tables of a schema whose policies do so are one finding; `"habit": 0` shows each.',
      'Of columns like status and is_active only values that an enum or CHECK lists and that end what a row is there for (archived, closed, inactive), and none that a SECURITY DEFINER function sets.',
    ],
    messages: {
      refused:
        'No UPDATE by {{roles}} that names its rows can set {{column}} of {{table}}, as the policy {{policy}} would let it: the new row has to pass a SELECT policy too, and {{showing}} only rows whose {{test}}. It fails with 42501.',
      habit:
        'No UPDATE by {{roles}} that names its rows can set {{column}} of {{count}}, as their UPDATE policies would let it: the new row has to pass a SELECT policy too, and there they show only rows whose {{test}}. It fails with 42501. The tables are {{tables}}.',
      closed:
        'No UPDATE by {{roles}} that names its rows can set {{column}} of {{table}} to {{value}}, as the policy {{policy}} would let it: the new row has to pass a SELECT policy too, and {{showing}} no row with that {{column}}. It fails with 42501{{besides}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    optionDocs: {
      habit: 'So many tables of a schema whose rows cannot be marked are one finding; 0 tells of each.',
    },
    references: [
      'https://www.postgresql.org/docs/current/sql-createpolicy.html#SQL-CREATEPOLICY-SUMMARY',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  defaults: { habit: 5 },
  visit: {
    graph(graph, { options, settings, shown, isApart, report }) {
      const all = shown('table').flatMap((table) => refusedMarks(graph, table, settings.clientRoles));
      const { alone, habits } = habitsOf(all, options.habit, (each) =>
        each.isForDeleting || isApart(each.first.policy)
          ? undefined
          : JSON.stringify([each.table.name.schema, each.mark.name, each.roles, testText(each.mark)]),
      );
      for (const { table, mark, roles, first, others, isForDeleting } of alone) {
        report({
          entity: first.policy,
          message: 'refused',
          data: {
            roles,
            column: quoteIdentifier(mark.name),
            table: brief(table.name),
            policy: quoteIdentifier(first.policy.name),
            showing: `${named(first.showing)} ${first.showing.length === 1 ? 'shows' : 'show'}`,
            test: testText(mark),
          },
          related: relatedOf(others),
          ...(isForDeleting ? { severity: 'high' } : {}),
          discriminator: mark.name,
          fix: () => markFix(graph, first, mark),
        });
      }
      for (const habit of habits) {
        const [{ table, mark, roles }] = habit;
        report({
          ...ofSchema(graph, table.name.schema, habit, ({ first }) => ({ of: first.policy, note: 'so here' })),
          message: 'habit',
          data: {
            roles,
            column: quoteIdentifier(mark.name),
            count: counted(habit.length, 'table'),
            test: testText(mark),
            tables: andList(
              habit.map((each) => brief(each.table.name)),
              SHOWN,
            ),
          },
          discriminator: mark.name,
          fixes: habit.map((each) => ({ of: each.first.policy, fix: () => markFix(graph, each.first, each.mark) })),
        });
      }
    },
    table(table, { graph, settings, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      for (const endings of groupedBy(
        refusedEndings(graph, table, settings.clientRoles),
        ({ column }) => column,
      ).values()) {
        const [first, ...others] = endings;
        if (first === undefined) continue;
        const { column, showing, besides } = first;
        const value = typeClass(graph, column.type) === 'boolean' ? first.value : quoteLiteral(first.value);
        report({
          entity: first.policy,
          message: 'closed',
          data: {
            roles: andList([...new Set(endings.flatMap((each) => each.roles))]),
            column: quoteIdentifier(column.name),
            table: brief(table.name),
            value,
            policy: quoteIdentifier(first.policy.name),
            showing: `${named(showing)} ${showing.length === 1 ? 'shows' : 'show'}`,
            besides: besides.length === 0 ? '' : `, but for those whom ${named(besides)} shows each row`,
          },
          related: relatedOf(others),
          discriminator: column.name,
          fix: () => fixFor(graph, first, column, sql`${column.name} = ${raw(value)}`),
        });
      }
    },
  },
});

/** So many tables are named. */
const SHOWN = 6;

/** A column that marks rows of a table as deleted, and the policies that let that be written in vain. */
interface RefusedMark {
  readonly table: Table;
  readonly mark: Column;
  readonly roles: string;
  readonly first: Refused;
  readonly others: readonly Refused[];
  /** One of them is there for nothing else. */
  readonly isForDeleting: boolean;
}

function refusedMarks(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly RefusedMark[] {
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return [];
  const marks = graph.columns(table.id).filter((each) => hasRole(graph, each, 'softDelete'));
  return marks.flatMap((mark): readonly RefusedMark[] => {
    const refused = refusedPolicies(graph, table, mark, clientRoles);
    const [first, ...others] = refused;
    if (first === undefined) return [];
    const roles = andList([...new Set(refused.flatMap((each) => each.roles))]);
    return [
      { table, mark, roles, first, others, isForDeleting: refused.some((each) => isForDeleting(each.policy, mark)) },
    ];
  });
}

function testText({ name, type }: Column): string {
  return `${quoteIdentifier(name)} is ${type?.name.name === 'bool' ? 'false' : 'null'}`;
}

function markFix(graph: SchemaGraph, refused: Refused, mark: Column): Fix | undefined {
  const marked = mark.type?.name.name === 'bool' ? sql`${mark.name}` : sql`${mark.name} is not null`;
  return fixFor(graph, refused, mark, marked);
}

interface Refused {
  readonly policy: Policy;
  readonly roles: readonly string[];
  /** The policies by which the first of the roles sees rows. */
  readonly showing: readonly Policy[];
}

function refusedPolicies(
  graph: SchemaGraph,
  table: Table,
  mark: Column,
  clientRoles: readonly string[],
): readonly Refused[] {
  return graph.ownedBy(table.id, 'policy').flatMap((policy): readonly Refused[] => {
    const isUpdate = policy.command === 'update' || policy.command === 'all';
    if (!policy.isPermissive || !isUpdate || admitsNothing(policy, 'update')) return [];
    if (asksForUnmarked(policy.check ?? policy.using, mark)) return [];
    const refused = policyAudience(graph, policy, clientRoles).flatMap(({ role, name }) => {
      if (!mayAnyColumn(graph, role, table, 'w') || !mayAnyColumn(graph, role, table, 'r')) return [];
      const shown = policiesFor(graph, table, 'select', role).filter((each) => !admitsNothing(each, 'select'));
      const permissive = shown.filter((each) => each.isPermissive);
      const isClosed =
        permissive.length > 0 &&
        (permissive.every((each) => asksForUnmarked(each.using, mark)) ||
          shown.some((each) => !each.isPermissive && asksForUnmarked(each.using, mark)));
      return isClosed ? [{ name, showing: shown.filter((each) => asksForUnmarked(each.using, mark)) }] : [];
    });
    const [first] = refused;
    return first === undefined ? [] : [{ policy, roles: refused.map(({ name }) => name), showing: first.showing }];
  });
}

/** Does the clause hold only for rows that are not marked? */
function asksForUnmarked(clause: Policy['using'], mark: Column): boolean {
  if (clause === null) return false;
  return conjuncts(clause.tree).some((conjunct) =>
    testsIn(conjunct, clause).some(({ test, isOuter }) => {
      const isUnmarked = test.kind === 'isNull' || (test.kind === 'equal' && test.constants[0] === 'false');
      return isOuter && test.column === mark.id && isUnmarked;
    }),
  );
}

/** Its name, or what it asks of the new row, says what it is for. */
function isForDeleting({ name, check }: Policy, mark: Column): boolean {
  const tests = check === null ? [] : testsIn(check.tree, check);
  return (
    /soft|delet|archiv/i.test(name) || tests.some(({ test }) => test.column === mark.id && test.kind === 'isNotNull')
  );
}

function named(policies: readonly Policy[]): string {
  return andList(
    policies.map(({ name }) => quoteIdentifier(name)),
    3,
  );
}

function relatedOf(others: readonly { readonly policy: Policy }[]): readonly RelatedPlace[] {
  return others.flatMap(({ policy }) => relatedAt(policy, `so does ${quoteIdentifier(policy.name)}`));
}

/** One SELECT policy is widened by what the UPDATE policy lets through; of several, whoever wrote them has to say which. */
function fixFor(
  graph: SchemaGraph,
  { policy, showing }: Pick<Refused, 'policy' | 'showing'>,
  column: Column,
  marked: string,
): Fix | undefined {
  const [only, ...others] = showing;
  if (only?.using == null || others.length > 0 || isAlwaysTrue(policy, 'update')) return undefined;
  const [shown, changed] = [clauseText(graph, only.using), markersText(graph, policy, column)];
  if (shown === undefined || changed === undefined) return undefined;
  return {
    title: 'Let those who may mark a row see it afterwards (lists then have to leave it out themselves)',
    safety: 'review',
    sql: sql`alter policy ${only.name} on ${graph.get('table', policy.table).name}
  using (${raw(bracketed(shown))} or (${raw(marked)} and ${raw(bracketed(changed))}));`,
  };
}

/** Who may mark a row: what USING asks, without what it asks of the mark itself, as the row is marked by then; where it asks nothing else, what WITH CHECK does. */
function markersText(graph: SchemaGraph, { using, check }: Policy, column: Column): string | undefined {
  if (using === null) return undefined;
  const [only, ...others] = conjuncts(using.tree).filter((each) =>
    testsIn(each, using).some(({ test, isOuter }) => isOuter && test.column === column.id),
  );
  if (only === undefined) return clauseText(graph, using);
  if (others.length > 0) return undefined;
  if (only !== using.tree) return clauseText(graph, using, withReplaced(using, only, 'true'));
  return check === null || foldBoolean(check.tree) === true ? undefined : clauseText(graph, check);
}
