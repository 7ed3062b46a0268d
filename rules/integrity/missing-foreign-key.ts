// Long because it tells of a column, in the words of what shows that it holds keys, and of a habit of the schema.
import {
  addedReference,
  addTo,
  admittedClients,
  andList,
  brief,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  type Habit,
  habitsOf,
  isContentsOfCopy,
  isCopiedFromAbove,
  isDoneWithout,
  isGivenByProvider,
  isHabit,
  isKeptFree,
  isKeyToOther,
  isNamed,
  isNeverNull,
  isOlderThanTable,
  isPolymorphic,
  isSaidOfTable,
  isSaidToBeFree,
  isWitness,
  isWrittenOnDelete,
  lostForeignKey,
  type NamedTable,
  type NamePatterns,
  ofSchema,
  quoteIdentifier,
  relatedAt,
  rowOf,
  type SchemaGraph,
  storedType,
  tableAbove,
  tableNamedBy,
  tableNamedByKin,
  tableNamedForRole,
  tableOfCaller,
  typeClass,
  untiedAccount,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** What is told of one column. */
interface Missing {
  readonly column: Column;
  readonly table: Table;
  /** No more is to be said than what the column is called, and its table has no foreign key at all. */
  readonly isUsual: boolean;
  readonly parent: Table;
  /** No more is to be said than what the column, or others of its name, are called and refer to. */
  readonly isPlain: boolean;
  readonly fix: () => Fix | undefined;
  readonly tell: () => void;
}

/** What outlives the rows it tells of, or is loaded before them. */
const LOOSE: NamePatterns = [
  ...[
    '*_archive',
    'archive_*',
    'archived_*',
    'deleted_*',
    '*_deleted',
    '*_backup',
    'backup_*',
    '*_snapshot',
    '*_staging',
  ],
  ...['staging_*', '*_import', 'import_*', 'tmp_*', 'temp_*', '*_old', 'old_*', '*_legacy', 'legacy_*', '*_deprecated'],
  // what is still to be done about rows that are gone, or going
  ...['*_cleanup', 'cleanup_*'],
  ...['deprecated_*', '*_tombstone', '*_dead_letter', '*_activity', '*_cdc', '*_raw', 'raw_*'],
];

export default defineRule({
  meta: {
    id: 'missing-foreign-key',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A column named after a table, of the type of its key, has no foreign key to it.',
    why: 'Nothing keeps a value from naming a row that never was or is gone. Such orphans show up in joins that lose rows, in counts that do not match, and as data of deleted customers that nobody can find again.',
    remedy: 'Add the foreign key NOT VALID, mend the orphans, then validate it.',
    scope: [
      'Audit tables (also by the name of their schema, or as triggers refuse each UPDATE and DELETE), archives and staging tables, and what goes with a row of a backup, an archive or a snapshot, keep ids on purpose and are not reported, nor is a text from before the table of that name (the session_id that a script makes up), while no other of its name refers there, nor is what a comment on the column or above its table says is no foreign key, nor the project_id that repeats the one of the task each row goes with (the user_id only where row security shows both rows to that user alone), nor a table to which a trigger adds a row when what the column names is deleted, nor is a column whose foreign key a migration drops by name, or that of its namesakes in two other tables, nor those of a table without any foreign key from which several were dropped, or which has several such columns where most tables have keys, nor one half of a reference to any of several tables (owner_type, owner_id), nor the client_id that a sign-in provider gave (beside its address or the secret for it).',
      'A column that holds the row above in its own table is meant too, where it is named for that (parent_comment_id of comments), or is a parent_id and others of that name have keys, all to their own tables; and so is a uuid such as merged_order_id, where two columns named likewise (source_order_id, target_order_id) refer to orders and none to another table.',
      'A column of the table by which policies of other tables find the row of the caller (auth.uid()) refers to auth.users, whatever it is called, or to the table of the schema whose key more of what compares it names.',
      'Many tables without any foreign key are how a schema is built (partitions and queues that have to be fast, rows that outlive what they name): one finding stands for them, without a fix; `"habit": 0` shows each column, with its fix.',
      'As many columns of one name that lack the key to the same table are one finding too, with the fixes of all.',
    ],
    messages: {
      name: '{{column}} has the name and type of the key of {{parent}}, but no foreign key: deleting {{row}} leaves {{child}} rows that refer to nothing.',
      role: '{{column}} has the type of the key of {{parent}} and by its name holds one, but has no foreign key: deleting {{row}} leaves {{child}} rows that refer to nothing.',
      above:
        '{{column}} has the type of the key of its own table and by its name holds the row above, but has no foreign key: deleting {{row}} leaves {{child}} rows below it that refer to nothing.',
      kin: '{{column}} has no foreign key, while {{others}} that are named likewise refer to {{parent}}: deleting {{row}} leaves {{child}} rows that refer to nothing.',
      siblings:
        '{{column}} has no foreign key, while {{others}} of that name refer to {{parent}}: deleting {{row}} leaves {{child}} rows that refer to nothing.',
      caller:
        'Policies let users in by {{column}}, which they compare with auth.uid(), but it has no foreign key to {{parent}}: a user who is deleted leaves the {{child}} row, and with it what the row opens to a session that has not ended.',
      signUp:
        '{{column}} holds the id of each user, which the trigger {{trigger}} puts there with the address ({{email}}, unique), but has no foreign key to {{parent}}: the row of a deleted user stays, and whoever signs up with that address again is refused (23505).',
      compared:
        '{{column}} is compared with the key of {{parent}} where policies let users in by it, but has no foreign key: deleting {{row}} leaves {{child}} rows that refer to nothing.',
      lost: '{{column}} lost its foreign key when {{dropped}} was dropped with CASCADE, and has none to the present {{parent}}: deleting {{row}} leaves {{child}} rows that refer to nothing.',
      habit:
        '{{tables}} of {{schema}} have no foreign key, though {{columns}} of theirs have the name and type of the key of another table, most often {{names}}: deleting what these name leaves rows that refer to nothing. The tables are {{list}}.',
      repeated:
        '{{columns}} named {{name}} hold keys of {{parent}} by that name and have no foreign key to it{{others}}: deleting {{row}} leaves rows of theirs that refer to nothing. They are in {{list}}.',
    },
    restsOn: ['columns', 'constraints'],
    equivalents: ['active-record-doctor:missing_foreign_keys'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
    optionDocs: {
      looseTables: 'Names of tables that keep ids of rows that may be gone, by whole words.',
      habit:
        'So many tables of a schema that have such columns and no foreign key are one finding, and so many columns of one name that lack the key to one table; 0 tells of each column.',
    },
  },
  defaults: { looseTables: LOOSE, habit: 12 },
  visit: {
    graph(graph, { journal, options, settings, texts, shown, isApart, report }) {
      const usual = new Map<string, Missing[]>();
      const single: Missing[] = [];
      for (const column of shown('column')) {
        const missing = missingOf(column);
        if (missing?.isUsual === true) addTo(usual, missing.table.name.schema, missing);
        else if (missing !== undefined) single.push(missing);
      }
      for (const [schema, [first, ...others]] of usual) {
        if (first === undefined) continue;
        const all = [first, ...others] as const;
        const tables = [...new Set(all.map(({ table }) => table))];
        if (isHabit(options.habit, tables.length)) tellOfHabit(schema, tables, all);
        else single.push(...all);
      }
      const { alone, habits } = habitsOf(single, options.habit, ({ column, parent, isPlain }) =>
        isPlain ? `${column.name} ${parent.id}` : undefined,
      );
      for (const each of alone) each.tell();
      for (const each of habits) tellOfRepeated(each);

      function tellOfRepeated(all: Habit<Missing>): void {
        const [{ column, parent }, ...others] = all;
        const name = quoteIdentifier(column.name);
        const tied = graph.referencedBy(parent.id).filter(({ columns }) => {
          const [one, ...more] = columns;
          return one !== undefined && more.length === 0 && graph.get('column', one).name === column.name;
        }).length;
        report({
          entity: parent,
          origin: column.origin,
          message: 'repeated',
          discriminator: column.name,
          data: {
            columns: counted(all.length, 'column'),
            name,
            parent: brief(parent.name),
            others: tied === 0 ? '' : `, which ${tied} of that name ${tied === 1 ? 'has' : 'have'}`,
            row: rowOf(brief(parent.name)),
            list: andList(
              all.map(({ table }) => brief(table.name)),
              SHOWN,
            ),
          },
          related: others.flatMap((each) => relatedAt(each.column, `${brief(each.table.name)}.${name} as well`)),
          fixes: all.map((each) => ({ of: each.column, fix: () => titledForAll(each) })),
        });
      }

      function tellOfHabit(schema: string, tables: readonly Table[], all: Habit<Missing>): void {
        const timesOf = (name: string) => all.filter(({ column }) => column.name === name).length;
        const names = [...new Set(all.map(({ column }) => column.name))];
        const most = names.sort((x, y) => timesOf(y) - timesOf(x) || (x < y ? -1 : 1)).map(quoteIdentifier);
        report({
          ...ofSchema(graph, schema, all, ({ column, table }) => ({
            of: column,
            note: `${brief(table.name)}.${quoteIdentifier(column.name)} as well`,
          })),
          message: 'habit',
          data: {
            schema: quoteIdentifier(schema),
            tables: counted(tables.length, 'table'),
            columns: counted(all.length, 'column'),
            names: andList(most, SHOWN),
            list: andList(
              tables.map(({ name }) => brief(name)),
              SHOWN,
            ),
          },
        });
      }

      /** A text that stood there before there was a table of that name, to which no column of this name refers since. */
      function isMadeUp(column: Column, { by, siblings, table }: NamedTable): boolean {
        if (by !== 'name' || siblings > 0 || typeClass(graph, column.type) !== 'text') return false;
        return isOlderThanTable(journal, column, table);
      }

      function missingOf(column: Column): Missing | undefined {
        const table = graph.find(column.relation);
        const untied = untiedAccount(graph, column);
        const named =
          untied?.named ??
          tableNamedBy(graph, column) ??
          tableNamedForRole(graph, column) ??
          tableOfCaller(graph, column) ??
          tableAbove(graph, column) ??
          tableNamedByKin(graph, column);
        if (table?.kind !== 'table' || named === undefined) return undefined;
        // The default of a column that each INSERT gives the id of a user makes no value.
        const isGiven =
          untied !== undefined && admittedClients(graph, table, settings.clientRoles, ['insert']).length === 0;
        if (!isAsked(column, table, graph, isGiven)) return undefined;
        const mayBeOwn = named.by === 'above' || named.by === 'kin';
        if ((named.table.id === table.id && !mayBeOwn) || named.table.isAssumed) return undefined;
        const [own, wanted] = [storedType(graph, column.type), storedType(graph, named.key.type)];
        if (own === null || wanted === null || own.isArray || own.isUnresolved) return undefined;
        if (own.name.name !== wanted.name.name || own.name.schema !== wanted.name.schema) return undefined;
        if (isPolymorphic(graph, column) || isGivenByProvider(graph, column) || isMadeUp(column, named))
          return undefined;
        if (isNamed(table.name.name, options.looseTables)) return undefined;
        if (isWitness(graph, table) || isContentsOfCopy(graph, table)) return undefined;
        if (isWrittenOnDelete(graph, table, named.table.id)) return undefined;
        if (isSaidToBeFree(column, texts) || isSaidOfTable(graph, table, column, texts)) return undefined;
        if (isCopiedFromAbove(graph, column, named.table, settings.clientRoles)) return undefined;
        const isByNameAlone = named.by === 'role' || mayBeOwn;
        if (isByNameAlone && graph.ownedBy(table.id, 'foreignKey').length === 0) return undefined;
        const parent = brief(named.table.name);
        const data = {
          column: `${brief(table.name)}.${quoteIdentifier(column.name)}`,
          parent,
          row: rowOf(parent),
          child: brief(table.name),
        };
        const lost = lostForeignKey(journal, column.id);
        // A user's courses hold more than the user's: whether they go along, nothing says.
        const isWhole =
          (named.by === 'caller' || named.by === 'compared') &&
          graph.referencedBy(table.id).some((key) => key.table !== table.id);
        const fix = () => (isWhole ? undefined : addedReference(graph, column, named, settings, { lost: lost?.key }));
        const about = { entity: column, fix } as const;
        if (lost?.isMeant === true || isDoneWithout(graph, journal, column, named.table.id)) return undefined;
        if (lost === undefined && isKeptFree(graph, journal, table.id)) return undefined;
        const isPlain =
          lost === undefined &&
          untied === undefined &&
          (named.by === 'name' || named.by === 'siblings') &&
          !isApart(column);
        const isUsual = isPlain && named.by === 'name' && graph.ownedBy(table.id, 'foreignKey').length === 0;
        return { column, table, isUsual, parent: named.table, isPlain, fix, tell };

        function tell(): void {
          if (named === undefined) return;
          if (lost !== undefined) {
            const dropped = lost.by.kind === 'DropStmt' ? `the former ${parent}` : 'what it referred to';
            const origin = { from: 'statement', at: lost.by.at } as const;
            report({ ...about, origin, message: 'lost', data: { ...data, dropped } });
          } else if (untied !== undefined) {
            const trigger = quoteIdentifier(untied.row.trigger.name);
            const email = quoteIdentifier(untied.address.name);
            report({ ...about, message: 'signUp', data: { ...data, trigger, email }, severity: 'high' });
          } else if (named.by === 'name') report({ ...about, message: 'name', data });
          else if (named.by === 'caller') report({ ...about, message: 'caller', data });
          else if (named.by === 'compared') report({ ...about, message: 'compared', data });
          else if (named.by === 'above') report({ ...about, message: 'above', data });
          else if (named.by === 'role') report({ ...about, message: 'role', data });
          else {
            const siblings = { ...data, others: `${named.siblings} columns` };
            if (named.by === 'kin') report({ ...about, message: 'kin', data: siblings });
            else report({ ...about, message: 'siblings', data: siblings });
          }
        }
      }
    },
  },
});

const SHOWN = 6;

/** The fix of one of many: they are given as one, and not all with the same action. */
function titledForAll({ parent, fix }: Missing): Fix | undefined {
  const made = fix();
  const title = `Make each refer to ${brief(parent.name)} (fails if a row refers to nothing: mend those first)`;
  return made && { ...made, title };
}

/** Could it refer to something and does not: no key of its own table, no value that a default makes. */
function isAsked(column: Column, table: Table, graph: SchemaGraph, isGiven: boolean): boolean {
  if (table.isAssumed || table.persistence !== 'permanent' || table.partitionOf !== null) return false;
  if (column.isInherited || column.generated !== null || column.identity !== null) return false;
  if (!isGiven && column.default !== null && isNeverNull(graph, column.default)) return false;
  return !isKeyToOther(graph, column) && !partitionsRefer(column, table, graph);
}

/** Each partition may have a key of its own. */
function partitionsRefer(column: Column, table: Table, graph: SchemaGraph): boolean {
  if (table.partitionKey === null) return false;
  return graph.dependentsOfKind(table.id, 'table').some((each) => {
    const below = each.partitionOf === table.id ? graph.column(each.id, column.name) : undefined;
    return below !== undefined && isKeyToOther(graph, below);
  });
}
