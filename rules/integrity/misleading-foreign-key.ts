import {
  areEquated,
  brief,
  type Change,
  callerColumns,
  defineRule,
  type EntityId,
  type EntityOf,
  type Fix,
  isAuthUsers,
  isKeyedByUser,
  isSameNoun,
  lostForeignKey,
  namedElsewhere,
  quoteIdentifier,
  remakeForeignKey,
  rowOf,
  type SchemaGraph,
  wordsOf,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'misleading-foreign-key',
    category: 'integrity',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'A foreign key column bears the name of one table and refers to another.',
    why: 'Whoever writes a query joins by the name: with keys of one type that runs, finds no row or the wrong one, and says nothing. Mostly a table was copied or renamed and the key still points to the old one, so that rows can be stored only for the wrong table.',
    remedy: 'Let the key refer to the table it is named after, or name the column after the table it refers to.',
    scope: [
      'Where a policy for new rows, a view or a function joins by the key as it is, a comment on the column names the table it refers to, or the history made it in place of another, the key is meant: only the name is wrong, which is low.',
      'Tables that share their key (profiles.id refers to users.id) are one and not reported; nor are keys of a table to itself, nor is a name that two or more keys all give to one other table, where no key goes to the table that bears it.',
    ],
    messages: {
      misleading:
        '{{column}} refers to {{target}}, although there is a table {{named}}: a join by the name finds wrong rows or none, and {{row}} cannot be referred to.',
      named:
        '{{column}} refers to {{target}}, which is meant, as {{why}}; but there is a table {{named}}, and a join by the name finds wrong rows or none: rename the column.',
    },
    restsOn: ['constraints', 'existence'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
  },
  visit: {
    foreignKey(key, { graph, journal, report }) {
      // A row of the same table has a part to play (the plan of a release), whatever else is called like that part.
      if (key.table === key.referencedTable) return;
      const misled = namedElsewhere(graph, key);
      if (misled === undefined) return;
      const { column, named, wanted } = misled;
      // Both are the caller's id: a join by the name finds the right row as well.
      if (isCallersId(graph, key.referencedTable) && callerColumns(graph).has(wanted)) return;
      const data = {
        column: `${brief(graph.get('table', key.table).name)}.${quoteIdentifier(column.name)}`,
        target: brief(graph.get('table', key.referencedTable).name),
        named: brief(named.name),
      };
      const why = whyMeant(key, graph, journal);
      if (why !== undefined) {
        report({ entity: key, message: 'named', data: { ...data, why }, severity: 'low' });
        return;
      }
      report({
        entity: key,
        message: 'misleading',
        data: { ...data, row: rowOf(brief(named.name)) },
        fix: fixFor(key, named, wanted, graph),
      });
    },
  },
});

/** What shows that the key refers to the right table: with another one, what joins by it would find nothing. */
function whyMeant(key: ForeignKey, graph: SchemaGraph, journal: readonly Change[]): string | undefined {
  const [column] = key.columns;
  const [target] = key.referencedColumns;
  if (column === undefined || target === undefined) return undefined;
  if (areEquated(graph, column, target)) return 'the schema joins by it';
  if (saysTarget(graph, key, column)) return 'a comment on the column says';
  if (isCallersId(graph, key.referencedTable) && callerColumns(graph).has(column))
    return 'policies compare it with the caller';
  const before = lostForeignKey(journal, column);
  const isReplaced = before?.isMeant === true && before.key.referencedTable !== key.referencedTable;
  return isReplaced ? 'the history made it in place of another key' : undefined;
}

/** `comment on column teams.manager_id is 'The user who leads the team'`, where it refers to users. */
function saysTarget(graph: SchemaGraph, key: ForeignKey, column: EntityId): boolean {
  const noun = wordsOf(graph.get('table', key.referencedTable).name.name).at(-1);
  const said = graph.get('column', column).comment?.match(/[\p{L}_]+/gu) ?? [];
  return noun !== undefined && said.some((each) => wordsOf(each).some((word) => isSameNoun(word, noun)));
}

/** Is the key of the table the id that auth.uid() gives? */
function isCallersId(graph: SchemaGraph, id: EntityId): boolean {
  const table = graph.get('table', id);
  return isAuthUsers(table.name) || isKeyedByUser(graph, table);
}

/** Only for rows that name a row of the other table: those of the old table have to be mended first. */
function fixFor(key: ForeignKey, named: Table, wanted: Table['id'], graph: SchemaGraph): Fix {
  return {
    title: `Let it refer to ${brief(named.name)} (fails while rows hold ids of ${brief(graph.get('table', key.referencedTable).name)}: mend those first)`,
    safety: 'review',
    sql: remakeForeignKey(graph, key, { referencedTable: named.id, referencedColumns: [wanted] }),
  };
}
