import {
  andList,
  brief,
  defineRule,
  display,
  type EntityOf,
  habitsOf,
  isKeptByOlderRows,
  isPassedByAllValues,
  isShown,
  orList,
  quoteIdentifier,
  relatedAt,
  rowOf,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'unvalidated-constraint',
    category: 'integrity',
    severity: 'medium',
    summary: 'A constraint was added NOT VALID and never validated.',
    why: 'Rows from before it were never checked and may break it. The planner draws no conclusions from such a constraint, and a row that breaks a CHECK fails at its next update, whatever that changes.',
    remedy:
      'Run VALIDATE CONSTRAINT in a migration of its own: it reads the table but lets others read and write. Mend the rows it names first.',
    scope: [
      'Where the same file added columns, empty as they are then in every row, and a row without a value there passes, made the table (unless it is the first file, which may stand for a database that was there), or dropped a valid constraint that says the same, no row from before can break it, and it is not reported; nor where a validated CHECK beside it, or the type, lets in only what passes it.',
      'Several that one file added are one finding; `"habit": 0` shows each.',
    ],
    messages: {
      foreignKey:
        'The foreign key {{constraint}} was never validated: {{child}} rows from before it may refer to {{parent}} that does not exist.',
      check:
        'The CHECK {{constraint}} of {{table}} was never validated: rows from before it may break it, and such a row fails at its next update.',
      together:
        '{{count}} constraints that one file added were never validated: rows from before them may {{kinds}}. They are {{constraints}}.',
      domain:
        'The CHECK {{constraint}} of the domain {{domain}} was never validated: values from before it may break it.',
    },
    restsOn: ['constraints', 'validity'],
    equivalents: ['pg-index-health:not_valid_constraints', 'pghero:invalid_constraints'],
    references: ['https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES'],
    optionDocs: {
      habit: 'So many constraints that one file added are one finding, with the fixes of all; 0 tells of each.',
    },
  },
  defaults: { habit: 3 },
  visit: {
    graph(graph, { journal, statements, options, isApart, report }) {
      const told = KINDS.flatMap((kind) => graph.ofKind(kind))
        .filter((each) => isShown(each, graph) && isUnvalidated(graph, each))
        .filter((each) => !isKeptByOlderRows(graph, journal, statements, each))
        .flatMap((each) => toldOf(graph, each) ?? []);
      // Of a catalog it is not known what was added together.
      const isHistory = statements.length > 0;
      const { alone, habits } = habitsOf(told, options.habit, ({ constraint: { origin }, constraint }) =>
        isHistory && origin.from === 'statement' && !isApart(constraint) ? origin.at.file : undefined,
      );
      for (const each of alone) {
        const title = `Validate the ${each.message === 'foreignKey' ? 'foreign key' : 'CHECK'} (fails if a row ${each.broken}: mend those first)`;
        report({ ...each, entity: each.constraint, fix: { title, safety: 'review', sql: each.sql } });
      }
      for (const all of habits) {
        const [first, ...others] = all;
        report({
          entity: first.constraint,
          message: 'together',
          data: {
            count: all.length,
            constraints: andList(all.map(nameOf), SHOWN),
            kinds: kindsText(all),
          },
          related: others.flatMap((each) => relatedAt(each.constraint, `${nameOf(each)} as well`)),
          fix: {
            title: 'Validate each (fails if a row breaks it: mend those first)',
            safety: 'review',
            sql: all.map(({ sql: statement }) => statement).join('\n'),
          },
        });
      }
    },
  },
});

const KINDS = ['foreignKey', 'checkConstraint'] as const;

const SHOWN = 6;

type Constraint = EntityOf<(typeof KINDS)[number]>;

/** What is told of one constraint. */
type Told = {
  readonly constraint: Constraint;
  /** What a row does that keeps it from being validated. */
  readonly broken: string;
  readonly sql: string;
} & (
  | { readonly message: 'foreignKey'; readonly data: Record<'constraint' | 'child' | 'parent', string> }
  | { readonly message: 'check'; readonly data: Record<'constraint' | 'table', string> }
  | { readonly message: 'domain'; readonly data: Record<'constraint' | 'domain', string> }
);

function isUnvalidated(graph: SchemaGraph, each: Constraint): boolean {
  if (each.isValidated || !each.isEnforced) return false;
  return each.kind === 'foreignKey' ? each.parent === null : !each.isInherited && !isPassedByAllValues(graph, each);
}

function toldOf(graph: SchemaGraph, each: Constraint): Told | undefined {
  const constraint = quoteIdentifier(each.name);
  if (each.kind === 'foreignKey') {
    const table = graph.get('table', each.table);
    const parent = rowOf(brief(graph.get('table', each.referencedTable).name));
    return {
      constraint: each,
      message: 'foreignKey',
      data: { constraint, child: brief(table.name), parent },
      broken: 'refers to nothing',
      sql: sql`alter table ${table.name} validate constraint ${each.name};`,
    };
  }
  const about = { constraint: each, broken: 'breaks it' };
  const on = graph.find(each.on);
  if (on?.kind === 'domain') {
    const statement = sql`alter domain ${on.name} validate constraint ${each.name};`;
    return { ...about, message: 'domain', data: { constraint, domain: display(on.name) }, sql: statement };
  }
  if (on?.kind !== 'table') return undefined;
  const statement = sql`alter table ${on.name} validate constraint ${each.name};`;
  return { ...about, message: 'check', data: { constraint, table: brief(on.name) }, sql: statement };
}

function nameOf({ constraint }: Told): string {
  return quoteIdentifier(constraint.name);
}

/** What rows from before them may do. */
function kindsText(all: readonly Told[]): string {
  const isOf = (message: Told['message']) => all.some((each) => each.message === message);
  const ways = [
    ...(isOf('foreignKey') ? ['refer to what does not exist'] : []),
    ...(isOf('check') ? ['break a CHECK (and fail then at their next update)'] : []),
    ...(isOf('domain') ? ['hold values that a domain does not let in'] : []),
  ];
  return orList(ways);
}
