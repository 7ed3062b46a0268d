import {
  andList,
  type Change,
  commentsOf,
  counted,
  defineRule,
  type EntityId,
  type EntityOf,
  existedBefore,
  fileName,
  groupedBy,
  isUsersOwn,
  keepsRows,
  keepsValues,
  quoteIdentifier,
  type Statement,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'missing-rollback',
    category: 'migration',
    severity: 'low',
    summary: 'A migration loses data, or changes many tables, and nothing says how to go back.',
    why: 'If it goes wrong in production, the way back has to be thought out under pressure. Structure can be made again; the rows of a dropped table or column come only from a backup or a copy that was made before.',
    remedy:
      'Write the down migration, where the tool runs such files and the project has them, from the first file on that has one. With Supabase, which has none, put the way back beside the file (VERSION_rollback.sql in a folder of its own) or into a comment: where the rows are kept, and the statements that bring the structure back. What the file copies elsewhere first is not lost, nor what a comment in it says can be made again or was never there.',
    messages: {
      loses: '{{file}} drops {{lost}} with all {{content}}, and no rollback file or comment says how to get them back.',
      noDown: '{{file}} drops {{lost}}, and has no down migration as {{others}} of this history {{have}}.',
      complex:
        '{{file}} changes {{count}} existing tables, and has no down migration as {{others}} of this history {{have}}.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://www.postgresql.org/docs/current/app-pgdump.html'],
    optionDocs: {
      tables: 'From how many changed tables on a migration without a down migration is reported, whatever it does.',
    },
  },
  defaults: { tables: 5 },
  visit: {
    graph(graph, { journal, migrations, statements, texts, options, settings, report }) {
      const downs = migrations.filter((each) => each.hasDown);
      // What is older than the first of them was written before it was the way of the project.
      const since = migrations.findIndex((each) => each.hasDown);
      const others = { others: counted(downs.length, 'other file'), have: downs.length === 1 ? 'has' : 'have' };
      const versions = versionsOf(journal);
      const statementsOf = groupedBy(statements, (each) => each.migration.index);
      for (const [index, changes] of byMigration(journal)) {
        const migration = migrations[index];
        if (migration === undefined || migration.hasDown) continue;
        const hasDowns = since !== -1 && index > since;
        if (!hasDowns && settings.platform !== 'supabase') continue;
        const about = { object: { kind: 'migration', name: migration.file } };
        const file = fileName(migration.at);
        const own = statementsOf.get(index) ?? [];
        const lost = changes.flatMap((change) => lossOf(change) ?? []);
        const [first] = lost;
        const count = hasDowns ? changedTables(changes) : 0;
        if (first === undefined && count < options.tables) continue;
        if (saysHow(texts.get(migration.file) ?? '')) continue;
        if (first !== undefined) {
          const data = { file, lost: andList([...new Set(lost.map(({ name }) => name))], SHOWN) };
          const at = first.by.at;
          if (hasDowns) report({ ...about, at, message: 'noDown', data: { ...data, ...others } });
          else report({ ...about, at, message: 'loses', data: { ...data, content: contentOf(lost) } });
        } else report({ ...about, at: migration.at, message: 'complex', data: { ...others, file, count } });

        /** A table, or a column of a table that stays, with rows from before this file that it copies nowhere. */
        function lossOf(
          change: Effect,
        ): { readonly name: string; readonly of: 'rows' | 'values'; readonly by: Statement } | undefined {
          if (change.type !== 'dropped') return undefined;
          const { before, by } = change;
          if (before.isAssumed || !existedBefore(journal, before.id, by) || !isUsersOwn(graph, before))
            return undefined;
          if (before.kind === 'table') {
            if (before.persistence === 'temporary' || before.partitionOf !== null) return undefined;
            const names = namesOf(before.id);
            return own.some((each) => names.some((name) => keepsRows(each, name)))
              ? undefined
              : { name: graph.path(before), of: 'rows', by };
          }
          const table = before.kind === 'column' ? versions.get(before.relation)?.at(-1) : undefined;
          if (before.kind !== 'column' || table === undefined || before.generated !== null) return undefined;
          const goesWithTable = changes.some(
            (each) => each.type === 'dropped' && each.before.id === table.id && each.by === by,
          );
          const names = namesOf(table.id);
          const isKept = own.some((each) => names.some((name) => keepsValues(each, name, before.name)));
          if (goesWithTable || isKept) return undefined;
          return { name: `${graph.path(table)}.${quoteIdentifier(before.name)}`, of: 'values', by };
        }
      }

      /** Those a table ever had: a later file may have renamed it. */
      function namesOf(table: EntityId): readonly string[] {
        return [...new Set(versions.get(table)?.map(({ name }) => name.name))];
      }

      /** Tables from before the file of which it changes columns or keys. */
      function changedTables(changes: readonly Effect[]): number {
        const changed = new Set<EntityId>();
        for (const change of changes) {
          const entity = change.type === 'dropped' ? change.before : change.after;
          const table = 'table' in entity ? entity.table : entity.kind === 'column' ? entity.relation : undefined;
          // A view has columns too.
          if (table === undefined || !versions.has(table)) continue;
          if (STRUCTURE.has(entity.kind) && existedBefore(journal, table, change.by)) changed.add(table);
        }
        return changed.size;
      }
    },
  },
});

/** A table has rows, a column values. */
function contentOf(lost: readonly { readonly name: string; readonly of: 'rows' | 'values' }[]): string {
  const kinds = ROWS_FIRST.filter((kind) => lost.some(({ of }) => of === kind));
  return `${andList(kinds)} in ${new Set(lost.map(({ name }) => name)).size === 1 ? 'it' : 'them'}`;
}

const ROWS_FIRST = ['rows', 'values'] as const;

const SHOWN = 4;

const STRUCTURE: ReadonlySet<string> = new Set(['column', 'primaryKey', 'foreignKey', 'uniqueConstraint']);

type Effect = Extract<Change, { type: 'created' | 'altered' | 'dropped' }>;
type Table = EntityOf<'table'>;

function byMigration(journal: readonly Change[]): ReadonlyMap<number, readonly Effect[]> {
  const effects = journal.filter(
    (each) => each.type === 'created' || each.type === 'altered' || each.type === 'dropped',
  );
  return groupedBy(effects, (each) => each.by.migration.index);
}

/** Every table there ever was, as it was made and changed. */
function versionsOf(journal: readonly Change[]): ReadonlyMap<EntityId, readonly Table[]> {
  const tables = journal.flatMap((change) => {
    if (change.type !== 'created' && change.type !== 'altered') return [];
    return change.after.kind === 'table' ? [change.after] : [];
  });
  return groupedBy(tables, ({ id }) => id);
}

/** A comment that speaks of going back, or of what it takes, or says that nothing is lost: it can be made again, or there is nothing. */
function saysHow(text: string): boolean {
  const comments = commentsOf(text).map((each) => each.text);
  const joined = comments.join(' ');
  return (
    comments.some((each) => GOING_BACK.test(each)) ||
    [REVERSED_BY, MADE_AGAIN, NOTHING_LOST, EMPTY].some((each) => each.test(joined))
  );
}

const GOING_BACK = /(?<!missing-)\broll(?:ed|ing)?[ -]?back\b|\brevert|\bundo\b|\bto restore\b/i;
/** `cannot be reversed without ADD COLUMN + backfill from note_texts.body` */
const REVERSED_BY =
  /\brevers(?:e|ed|ing|ible|al)\b[^.]{0,60}?\b(?:add column|create table|backfill|re-?create|re-?add)/i;
/** `derived data that is rebuildable from …`, `can be imported again` */
const MADE_AGAIN =
  /\b(?:re-?build|re-?import|re-?comput|re-?generat|re-?deriv|re-?populat)a?ble\b|\b(?:can|could|may) be (?:re-?(?:built|imported|computed|generated|derived|populated)\b|(?:built|imported|computed|generated|derived) again\b)/i;
const NOTHING_LOST = /\b(?:nothing|no (?:data|rows?|values?)) (?:is|are|was|were|gets?|will be) lost\b/i;
/** `Database is empty`, `tables that are proven empty`; not `returns 0 if the table is empty`. */
const EMPTY =
  /(?<!\b(?:if|when|unless|whether|until|while) (?:(?:the|this|that) )?)\b(?:database|db|tables?|relations?|columns?|objects)\b[^.]{0,30}\b(?:(?:is|are|was|were|be) (?:still |always |proven |known )?|proven )empty\b/i;
