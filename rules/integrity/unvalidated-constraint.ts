import {
  brief,
  defineRule,
  display,
  isKeptByOlderRows,
  isPassedByAllValues,
  quoteIdentifier,
  rowOf,
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
    ],
    messages: {
      foreignKey:
        'The foreign key {{constraint}} was never validated: {{child}} rows from before it may refer to {{parent}} that does not exist.',
      check:
        'The CHECK {{constraint}} of {{table}} was never validated: rows from before it may break it, and such a row fails at its next update.',
      domain:
        'The CHECK {{constraint}} of the domain {{domain}} was never validated: values from before it may break it.',
    },
    restsOn: ['constraints', 'validity'],
    equivalents: ['pg-index-health:not_valid_constraints', 'pghero:invalid_constraints'],
    references: ['https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES'],
  },
  visit: {
    foreignKey(key, { graph, journal, statements, report }) {
      if (key.isValidated || !key.isEnforced || key.parent !== null) return;
      if (isKeptByOlderRows(graph, journal, statements, key)) return;
      const table = graph.get('table', key.table);
      report({
        entity: key,
        message: 'foreignKey',
        data: {
          constraint: quoteIdentifier(key.name),
          child: brief(table.name),
          parent: rowOf(brief(graph.get('table', key.referencedTable).name)),
        },
        fix: {
          title: 'Validate the foreign key (fails if a row refers to nothing: mend those first)',
          safety: 'review',
          sql: sql`alter table ${table.name} validate constraint ${key.name};`,
        },
      });
    },
    checkConstraint(check, { graph, journal, statements, report }) {
      if (check.isValidated || !check.isEnforced || check.isInherited) return;
      if (isKeptByOlderRows(graph, journal, statements, check) || isPassedByAllValues(graph, check)) return;
      const on = graph.find(check.on);
      const title = 'Validate the CHECK (fails if a row breaks it: mend those first)';
      const constraint = quoteIdentifier(check.name);
      if (on?.kind === 'domain') {
        const statement = sql`alter domain ${on.name} validate constraint ${check.name};`;
        report({
          entity: check,
          message: 'domain',
          data: { constraint, domain: display(on.name) },
          fix: { title, safety: 'review', sql: statement },
        });
      } else if (on?.kind === 'table') {
        const statement = sql`alter table ${on.name} validate constraint ${check.name};`;
        report({
          entity: check,
          message: 'check',
          data: { constraint, table: brief(on.name) },
          fix: { title, safety: 'review', sql: statement },
        });
      }
    },
  },
});
