import {
  apiCallers,
  brief,
  clauseStart,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  type OverwritingUpsert,
  overwritingUpserts,
  quoteIdentifier,
  redefined,
  type SchemaGraph,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'upsert-past-owner',
    category: 'security',
    severity: 'high',
    summary: 'An upsert of a SECURITY DEFINER function changes the rows of others, whose key the caller gives.',
    why: 'ON CONFLICT (id) DO UPDATE changes whichever row has the id, whoever it belongs to. The function finds out to whom a new row is to belong, and asks nothing of one that is there; row security, which would, does not hold its owner.',
    remedy:
      'Let the conflict ask whose the row is: ON CONFLICT (id) DO UPDATE SET … WHERE songs.album_id = excluded.album_id. Of another row nothing is changed then, and RETURNING gives nothing.',
    scope: [
      'Reported where the owner is what a random key that the caller has opens to them (the album of a link), or the caller.',
      'Not reported: an owner that the caller gives, a body that looks for the row by its key as well, a trigger that may refuse the change, and functions that no client may call.',
      'Where the owner is the caller, only functions that ask nothing else are reported: an administrator may be meant to change all rows.',
      'Medium where the key is made at random, as nobody guesses it.',
    ],
    messages: {
      overwrites:
        '{{clients}} may call {{function}}, and it adds a {{table}} row with the {{key}} that it is given and the {{owner}} that it finds out by itself; where a row has that {{key}}, ON CONFLICT DO UPDATE changes it whatever its {{owner}}, past row security: whoever knows the {{key}} of somebody else’s row overwrites it.{{guess}}',
    },
    restsOn: ['functions', 'privileges', 'constraints', 'indexes', 'rowSecurity', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT'],
  },
  visit: {
    function(routine, { graph, settings, texts, report }) {
      const callers = routine.security === 'definer' ? apiCallers(graph, routine, settings) : [];
      if (callers.length === 0) return;
      for (const upsert of overwritingUpserts(graph, routine)) {
        const { table, key, owner, isRandom, insert } = upsert;
        report({
          entity: routine,
          ...(insert.at === null ? {} : { origin: { from: 'statement', at: insert.at } as const }),
          message: 'overwrites',
          discriminator: table.name.name,
          data: {
            clients: clientsOf(callers, true),
            function: `${brief(routine.name)}()`,
            table: brief(table.name),
            key: quoteIdentifier(key.name),
            owner: quoteIdentifier(owner.name),
            guess: isRandom ? ' Nobody guesses one that was made at random, which is why this is medium.' : '',
          },
          ...(isRandom ? { severity: 'medium' } : {}),
          fix: () => fixFor(graph, routine, upsert, texts),
        });
      }
    },
  },
});

function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { table, owner, insert: { at, node } }: OverwritingUpsert,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  if (at === null) return undefined;
  const text = texts.get(at.file)?.slice(at.start, at.end) ?? '';
  if (!/^insert\b/i.test(text) || !('InsertStmt' in node)) return undefined;
  const name = quoteIdentifier(owner.name);
  const target = quoteIdentifier(node.InsertStmt.relation?.alias?.aliasname ?? table.name.name);
  const condition = `where ${target}.${name} = excluded.${name}`;
  const returning = clauseStart(text, 'returning');
  const put =
    returning === undefined
      ? { at: at.end, text: ` ${condition}` }
      : { at: at.start + returning, text: `${condition} ` };
  const written = redefined(graph, routine, texts, [put]);
  return written === undefined
    ? undefined
    : { title: `Let it change a row of the same ${name} only`, safety: 'review', sql: written };
}
