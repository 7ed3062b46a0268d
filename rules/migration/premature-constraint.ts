import {
  brief,
  defineRule,
  fileName,
  orList,
  prematureConstraints,
  quoteIdentifier,
  quoteLiteral,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'premature-constraint',
    category: 'migration',
    severity: 'medium',
    summary: 'A migration puts a constraint on a column before it mends the rows that the constraint refuses.',
    why: 'ADD CONSTRAINT … CHECK and SET NOT NULL look at each row that is there. Where one breaks them, the statement fails, and the migration with it, before the UPDATE that was to mend that row is run; where none does, the UPDATE has nothing to find. It goes well on an empty database, and fails on the one with the data.',
    remedy:
      'Let the UPDATE or DELETE stand before the constraint; where the old constraint keeps the new value out, drop that first.',
    scope: [
      'Reported of columns that were there before the file, and of an UPDATE that sets the column, or a DELETE, which looks for the very values that the constraint refuses (`c = ‘x’`, `c in (…)`, `c is null`).',
      'Not reported where something before the constraint in the file may have mended the rows, where a CHECK from before the file kept such rows out, and of a constraint that is NOT VALID then.',
    ],
    messages: {
      check:
        '{{file}} adds the CHECK {{check}} to {{table}}, and only behind it {{does}} the rows whose {{column}} is {{values}}, which the CHECK refuses: where there is such a row, ADD CONSTRAINT fails with 23514; where there is none, the {{verb}} finds nothing.',
      notNull:
        '{{file}} sets {{table}}.{{column}} NOT NULL, and only behind it {{does}} the rows without a value there: where there is such a row, SET NOT NULL fails with 23502; where there is none, the {{verb}} finds nothing.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES'],
  },
  visit: {
    graph(graph, { journal, statements, report }) {
      for (const { table, column, check, values, made, mending } of prematureConstraints(graph, journal, statements)) {
        const isUpdate = mending.kind === 'UpdateStmt';
        const data = {
          file: fileName(made.at),
          table: brief(table.name),
          column: quoteIdentifier(column.name),
          does: isUpdate ? 'changes' : 'deletes',
          verb: isUpdate ? 'UPDATE' : 'DELETE',
        };
        const about = {
          object: { kind: 'migration', name: made.at.file },
          at: made.at,
          discriminator: `${graph.path(column)} ${check?.name ?? ''}`,
          related: [{ note: `the ${data.verb}, which is to run first`, at: mending.at }],
        } as const;
        if (check === undefined) report({ ...about, message: 'notNull', data });
        else {
          const spelled = values.map((each) => (typeof each === 'string' ? quoteLiteral(each) : String(each)));
          report({
            ...about,
            message: 'check',
            data: { ...data, check: quoteIdentifier(check.name), values: orList(spelled, 4) },
          });
        }
      }
    },
  },
});
