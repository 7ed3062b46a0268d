import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  quoteIdentifier,
  redefined,
  relatedAt,
  relationName,
  type SchemaGraph,
  type SwallowedWrite,
  swallowedWrites,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'swallowed-write',
    category: 'integrity',
    severity: 'high',
    summary: 'A trigger returns the row that its event does not have, and so no row is ever deleted (or inserted).',
    why: 'What a BEFORE trigger for each row returns is the row to go on with, and NULL is none: Postgres passes the row over, without an error. NEW is NULL for a DELETE, and OLD for an INSERT. RETURN NEW at the end of a function that a DELETE calls too leaves each row where it is: the client is told that no row was there, and ON DELETE CASCADE leaves behind rows that refer to nothing.',
    remedy: 'RETURN OLD for a DELETE: coalesce(new, old) where the function is for several events.',
    scope: [
      'Not reported: RETURN NULL, which says what it does; functions that set the row, change the table (marked as deleted in place of it), or tell the client by a notice; triggers with WHEN, and those whose name says that rows are kept.',
    ],
    messages: {
      delete:
        'DELETE never removes a row of {{tables}}: {{function}} returns NEW, which is NULL for a DELETE, and so its BEFORE trigger {{trigger}} passes over the row, without an error.',
      orphan:
        'DELETE never removes a row of {{tables}}: {{function}} returns NEW, which is NULL for a DELETE, and so its BEFORE trigger {{trigger}} passes over the row, without an error. Deleting from {{parents}} leaves the row behind as well, with a foreign key to nothing.',
      insert:
        'INSERT never adds a row to {{tables}}: {{function}} returns OLD, which is NULL for an INSERT, and so its BEFORE trigger {{trigger}} passes over the row, without an error.',
    },
    restsOn: ['existence', 'triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/trigger-definition.html'],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      for (const swallowed of swallowedWrites(graph, routine)) {
        const { event, triggers, returns } = swallowed;
        const tables = triggers.map((each) => relationName(graph, each.relation));
        const parents = event === 'delete' ? cascadingParents(graph, swallowed) : [];
        const [place] = returns.map(({ value }) => value.at);
        const data = {
          tables: andList([...new Set(tables)], 3),
          function: `${brief(routine.name)}()`,
          trigger: andList([...new Set(triggers.map(({ name }) => quoteIdentifier(name)))], 3),
        };
        const about = {
          entity: routine,
          ...(place === undefined || place.file === '' ? {} : { origin: { from: 'statement', at: place } as const }),
          related: triggers.flatMap((each) => relatedAt(each, `the trigger ${quoteIdentifier(each.name)}`)),
          fix: () => fixFor(graph, routine, swallowed, texts),
        } as const;
        if (event === 'insert') report({ ...about, message: 'insert', data });
        else if (parents.length === 0) report({ ...about, message: 'delete', data });
        else report({ ...about, message: 'orphan', data: { ...data, parents: andList(parents, 3) } });
      }
    },
  },
});

/** The tables whose rows are to take these along. */
function cascadingParents(graph: SchemaGraph, { triggers }: SwallowedWrite): readonly string[] {
  const keys = triggers.flatMap((each) => graph.ownedBy(each.relation, 'foreignKey'));
  const cascading = keys.filter((each) => each.onDelete === 'cascade' && each.isEnforced && each.parent === null);
  return [...new Set(cascading.map((each) => relationName(graph, each.referencedTable)))];
}

function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { event, returns }: SwallowedWrite,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const row = event === 'delete' ? 'old' : 'new';
  const insertions = returns.map(({ value, isShared }) => {
    const mended = isShared ? 'coalesce(new, old)' : row;
    const isUpper = value.text === value.text.toUpperCase();
    return { at: value.at.start, end: value.at.end, text: isUpper ? mended.toUpperCase() : mended };
  });
  const written = redefined(graph, routine, texts, insertions);
  return written === undefined
    ? undefined
    : {
        title: `Return ${row.toUpperCase()} for ${event === 'delete' ? 'a DELETE' : 'an INSERT'}`,
        safety: 'review',
        sql: written,
      };
}
