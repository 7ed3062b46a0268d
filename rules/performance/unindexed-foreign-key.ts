import {
  andList,
  brief,
  counted,
  defineRule,
  dropServed,
  type EntityOf,
  estimatedRows,
  type Fix,
  grouped,
  type Habit,
  habitsOf,
  hasRole,
  indexesOfNewRow,
  indexNamingBehind,
  indexServingBehind,
  isDeletedFrom,
  isKeyOfAuthor,
  isSeeded,
  isSpareBesideFull,
  type LackedKeyIndex,
  lackedKeyIndexes,
  MANY_INDEXES,
  markInPlaceOfDelete,
  ofSchema,
  quoteIdentifier,
  type RelatedPlace,
  rowOf,
  type SchemaGraph,
  SEVERITIES,
  type Severity,
  type Statement,
  sql,
  statusLabels,
  surelyRefusing,
  type UnservedKey,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Index = EntityOf<'index'>;

export default defineRule({
  meta: {
    id: 'unindexed-foreign-key',
    category: 'performance',
    severity: 'medium',
    summary: 'No index serves the look-up by the columns of a foreign key.',
    why: 'Each time a referenced row is deleted, or its key changed, Postgres looks for the rows that refer to it. Without an index it reads the whole table for that, once for every referenced row, and holds locks meanwhile. Joins from the parent pay as well.',
    remedy: 'Create an index whose leading columns are those of the key, in any order.',
    scope: [
      'A partial index serves only if its condition follows from the columns being not null; one that leaves out what is marked as deleted makes the finding medium.',
      'High where the rows go with the other row, but not with an entry of a list, whose keys are written by hand, from which no client, no function and no other key deletes; low where the migrations fill that list, and nothing at all of a table whose unique key consists of entries of such lists, or of columns that have one of some listed values, as it stays as small.',
      'Low where a trigger refuses every DELETE of the referenced rows: joins alone pay then.',
      'One index is enough for keys on (a) and on (a, b), which are told of together.',
      'A step milder where a column like deleted_at marks the referenced rows that are deleted, so that a DELETE is the exception, and where an index has them behind a column of both tables (a tenant), which serves the joins that compare that one too.',
      'Of a key of several columns an index on one is enough where few rows share its value; where many do, as with a tenant, it is low.',
      'Many that are low are one finding, and so are five or more keys to one table from columns that say who did something (created_by, approved_by_member_id), unless their rows go along; `"habit": 0` shows each.',
    ],
    messages: {
      cascade:
        'Deleting {{parent}} scans all of {{child}} for the rows that go with it: no index serves the foreign key on ({{columns}}).{{behind}}',
      large:
        'Deleting {{parent}}, or changing its key, scans all of {{child}}, about {{rows}} rows now: no index serves the foreign key on ({{columns}}).{{behind}}',
      plain:
        'Deleting {{parent}}, or changing its key, scans all of {{child}}: no index serves the foreign key on ({{columns}}).{{behind}}',
      behind:
        'Deleting {{parent}}, or changing its key, scans all of {{child}}: {{index}} has the columns of the foreign key, ({{columns}}), behind {{shared}}, which that look-up does not give.',
      partial:
        'Deleting {{parent}}, or changing its key, scans all of {{child}}: {{index}} leaves out the rows outside its condition ({{condition}}), so that it does not serve the foreign key on ({{columns}}).',
      joins:
        'Reading the {{child}} rows of {{parent}} scans all of {{child}}: no index serves the foreign key on ({{columns}}).{{behind}} {{trigger}} refuses every DELETE there, which would scan it as well; so this is low.',
      list: 'No index serves the foreign key on ({{columns}}), so that joins from {{list}} scan all of {{child}}. The migrations write the rows of that list and nothing that is known deletes one, which is why this is low.{{behind}}',
      habit:
        'No index serves {{count}} foreign keys of {{schema}}, so that looking for the rows of one scans its table. Each is low: {{reasons}}. They are those of {{keys}}.',
      stamps:
        'Deleting {{parent}}, or changing its key, scans {{tables}}: no index serves the {{count}} foreign keys of columns that say who did something, named {{columns}}. They are those of {{keys}}.',
      part: 'Deleting {{parent}}, or changing its key, reads all {{child}} rows of one {{shared}}: {{index}} finds these, and no index those of the foreign key on ({{columns}}).',
    },
    restsOn: ['constraints', 'indexes'],
    equivalents: ['splinter:0001'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
    optionDocs: {
      rows: 'With so many rows in the referencing table, it is high whatever happens to them.',
      habit: 'So many keys of a schema that are low are one finding, with the fixes of all; 0 tells of each.',
    },
  },
  defaults: { rows: 100_000, habit: 20 },
  visit: {
    graph(graph, { options, settings, statements, shown, isApart, report }) {
      const told = shown('foreignKey').flatMap((each) => toldOf(each) ?? []);
      const { alone: others, habits } = habitsOf(told, options.habit, ({ about: { entity, severity }, said, table }) =>
        severity === 'low' && said.message in REASONS && !isApart(entity) ? table.name.schema : undefined,
      );
      const { alone, habits: stamps } = habitsOf(others, options.habit === 0 ? 0 : STAMPS, stampedBy);
      for (const { about, said } of alone) report({ ...about, ...said });
      for (const all of habits) tellTogether(all);
      for (const all of stamps) tellOfStamps(all);

      /** By whom, where all that is to be said of a key is who did something. */
      function stampedBy({ about: { entity, severity }, said: { message }, table }: Told): string | undefined {
        const isStamp = entity.columns.length === 1 && isKeyOfAuthor(graph, entity);
        return isStamp && message === 'plain' && severity === 'medium' && !isApart(entity)
          ? `${table.name.schema} ${entity.referencedTable}`
          : undefined;
      }

      function tellOfStamps(all: Habit<Told>): void {
        const [{ table, about }] = all;
        const { schema } = table.name;
        const names = all.flatMap((each) => each.about.entity.columns.map((id) => graph.get('column', id).name));
        const tables = new Set(all.map((each) => each.table));
        const parent = brief(graph.get('table', about.entity.referencedTable).name);
        report({
          ...ofSchema(graph, schema, all, (each) => ({ of: each.about.entity, note: `${keyOf(each)} as well` })),
          message: 'stamps',
          discriminator: parent,
          data: {
            parent: rowOf(parent),
            count: all.length,
            tables: counted(tables.size, 'table'),
            columns: andList([...new Set(names)].map(quoteIdentifier), SHOWN),
            keys: andList(all.map(keyOf), SHOWN),
          },
          fixes: all.map(({ about: { entity, fix } }) => ({ of: entity, fix: () => ({ ...fix, title: FOR_ALL }) })),
        });
      }

      function tellTogether(all: Habit<Told>): void {
        const { schema } = all[0].table.name;
        report({
          ...ofSchema(graph, schema, all, (each) => ({ of: each.about.entity, note: `${keyOf(each)} as well` })),
          message: 'habit',
          severity: 'low',
          data: {
            count: all.length,
            schema: quoteIdentifier(schema),
            keys: andList(all.map(keyOf), SHOWN),
            reasons: reasonsText(all),
          },
          fixes: all.map(({ about: { entity, fix } }) => ({ of: entity, fix: () => ({ ...fix, title: FOR_ALL }) })),
        });
      }

      function keyOf({ table, about: { entity } }: Told): string {
        return `${brief(table.name)} (${graph.columnsText(entity.columns)})`;
      }

      function toldOf(first: ForeignKey): Told | undefined {
        const table = graph.get('table', first.table);
        const all = table.isAssumed ? [] : lackedKeyIndexes(graph, table.id, settings.tenantColumns);
        const lacked = all.find(({ keys }) => keys[0]?.key === first);
        const rows = estimatedRows(graph, first.table) ?? 0;
        if (lacked === undefined || (rows < options.rows && staysSmall(graph, table, isUndeleted))) return undefined;
        const each = lacked.keys.map((unserved) => ({ key: unserved.key, ...saidOf(unserved) }));
        const [worst] = each.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
        if (worst === undefined) return undefined;
        const { key, severity, said } = worst;
        const related = relatedTo(graph, key, lacked);
        return { table, about: { entity: key, severity, related, fix: fixFor(graph, table, lacked) }, said };

        function isUndeleted(key: ForeignKey): boolean {
          return isUndeletedList(graph, key, statements, settings.clientRoles);
        }

        function saidOf({ key, coverage }: UnservedKey): { readonly severity: Severity; readonly said: Said } {
          const columns = graph.columnNames(key.columns);
          const data = {
            parent: rowOf(brief(graph.get('table', key.referencedTable).name)),
            child: brief(table.name),
            columns: columns.map(quoteIdentifier).join(', '),
            behind: behindText(graph, key),
          };
          if (coverage.by === 'part') {
            const shared = quoteIdentifier(graph.get('column', coverage.column).name);
            const index = quoteIdentifier(coverage.index.name.name);
            return { severity: 'low', said: { message: 'part', data: { ...data, index, shared } } };
          }
          const { partial } = coverage;
          const refusing = surelyRefusing(graph, key.referencedTable, 'delete');
          if (refusing !== undefined) {
            const trigger = `The trigger ${quoteIdentifier(refusing.name)}`;
            return { severity: 'low', said: { message: 'joins', data: { ...data, trigger } } };
          }
          if (partial === undefined && rows >= options.rows)
            return { severity: 'high', said: { message: 'large', data: { ...data, rows: grouped(rows, ' ') } } };
          if (isUndeleted(key)) {
            const list = brief(graph.get('table', key.referencedTable).name);
            return { severity: 'low', said: { message: 'list', data: { ...data, list } } };
          }
          const isCascading = key.onDelete === 'cascade';
          // Of a list that nobody deletes from, what would happen then says little; a tenant is deleted, by whomever.
          const isUsual =
            isCascading &&
            (!isOfWrittenKey(key, graph) || isDeletedFrom(graph, key.referencedTable, settings.clientRoles));
          const isMarked = markInPlaceOfDelete(graph, key.referencedTable) !== undefined;
          if (partial !== undefined) {
            const index = quoteIdentifier(partial.name.name);
            // What is marked as deleted is few rows among many that the index has; any other condition may leave out most.
            const isHigh = isUsual && !isMarked && !leavesOutDeleted(graph, partial);
            const condition = conditionOf(partial);
            return {
              severity: isHigh ? 'high' : 'medium',
              said: { message: 'partial', data: { ...data, index, condition } },
            };
          }
          const behind = indexServingBehind(graph, key);
          if (behind !== undefined) {
            const index = quoteIdentifier(behind.index.name.name);
            const shared = quoteIdentifier(graph.get('column', behind.column).name);
            return {
              severity: isCascading ? 'medium' : 'low',
              said: { message: 'behind', data: { ...data, index, shared } },
            };
          }
          if (isCascading)
            return { severity: isUsual && !isMarked ? 'high' : 'medium', said: { message: 'cascade', data } };
          return { severity: isMarked ? 'low' : 'medium', said: { message: 'plain', data } };
        }
      }
    },
  },
});

/** What is told of an index that a table lacks. */
interface Told {
  readonly table: EntityOf<'table'>;
  readonly about: {
    readonly entity: ForeignKey;
    readonly severity: Severity;
    readonly related: readonly RelatedPlace[];
    readonly fix: Fix;
  };
  readonly said: Said;
}

/** What is said of a key without an index. */
type Said =
  | { readonly message: 'cascade'; readonly data: Referring }
  | { readonly message: 'plain'; readonly data: Referring }
  | { readonly message: 'large'; readonly data: Referring & { readonly rows: string } }
  | { readonly message: 'joins'; readonly data: Referring & { readonly trigger: string } }
  | { readonly message: 'list'; readonly data: Referring & { readonly list: string } }
  | { readonly message: 'partial'; readonly data: Referring & Record<'index' | 'condition', string> }
  | { readonly message: 'behind'; readonly data: Referring & Record<'index' | 'shared', string> }
  | { readonly message: 'part'; readonly data: Referring & Record<'index' | 'shared', string> };

type Referring = Readonly<Record<'parent' | 'child' | 'columns' | 'behind', string>>;

const SHOWN = 6;

/** So many keys to one table from columns that say who did something, and it is how the schema keeps them. */
const STAMPS = 5;

const FOR_ALL = 'Index the columns of each (writes to a table wait while its index is built)';

/** Why each of them is low. */
function reasonsText(all: readonly Told[]): string {
  const reasons = Object.entries(REASONS).flatMap(([why, reason]) => {
    const { length } = all.filter(({ said }) => said.message === why);
    return length === 0 ? [] : [{ length, reason }];
  });
  const [only, another] = reasons;
  if (only !== undefined && another === undefined) return only.reason;
  return reasons.map(({ length, reason }) => `of ${length}, ${reason}`).join('; ');
}

const REASONS: Readonly<Partial<Record<Said['message'], string>>> = {
  plain: 'the rows referred to are marked as deleted and stay',
  behind: 'an index has the columns behind one that both tables have',
  list: 'the migrations write the rows referred to, and nothing deletes them',
  joins: 'a trigger refuses to delete the rows referred to',
};

/** That an index which has the columns behind another does not serve the key. */
function behindText(graph: SchemaGraph, key: ForeignKey): string {
  const found = indexNamingBehind(graph, key);
  if (found === undefined) return '';
  const leading = quoteIdentifier(graph.get('column', found.column).name);
  const them = key.columns.length === 1 ? 'the column' : 'these columns';
  return ` ${quoteIdentifier(found.index.name.name)} has ${them} only behind ${leading}, which that look-up does not give.`;
}

/** The other keys that lack the same index, and that the table has many already. */
function relatedTo(graph: SchemaGraph, key: ForeignKey, { keys }: LackedKeyIndex): readonly RelatedPlace[] {
  const others = keys.flatMap(({ key: other }): readonly RelatedPlace[] => {
    if (other === key || other.origin.from !== 'statement') return [];
    const columns = graph.columnsText(other.columns);
    return [{ note: `the foreign key on (${columns}) lacks it as well`, at: other.origin.at }];
  });
  const { origin } = graph.get('table', key.table);
  const count = indexesOfNewRow(graph, key.table).length;
  if (count <= MANY_INDEXES || origin.from !== 'statement') return others;
  return [
    ...others,
    { note: `has ${count} indexes already: too-many-indexes says which could make room`, at: origin.at },
  ];
}

/** The migrations write the rows of the list, keys and all, and nothing that is known deletes one. */
function isUndeletedList(
  graph: SchemaGraph,
  key: ForeignKey,
  statements: readonly Statement[],
  clientRoles: readonly string[],
): boolean {
  const list = graph.get('table', key.referencedTable);
  return (
    isOfWrittenKey(key, graph) && isSeeded(statements, list) && !isDeletedFrom(graph, key.referencedTable, clientRoles)
  );
}

/**
 * Has a unique key nothing in it but entries of such lists, and of columns whose values a CHECK or an enum lists: what each role may do? There are as many rows
 * as the lists have pairs, at most.
 */
function staysSmall(graph: SchemaGraph, { id }: EntityOf<'table'>, isUndeleted: (key: ForeignKey) => boolean): boolean {
  const isListed = (column: EntityOf<'column'>) => statusLabels(graph, column).length > 0;
  const few = new Set(
    graph.ownedBy(id, 'foreignKey').flatMap((key) => {
      const [referenced, another] = key.referencedColumns;
      if (referenced === undefined || another !== undefined) return [];
      return isListed(graph.get('column', referenced)) || isUndeleted(key) ? key.columns : [];
    }),
  );
  const isFew = (column: EntityOf<'column'>) => column.notNull && (few.has(column.id) || isListed(column));
  return graph
    .ownedBy(id, 'index')
    .some(
      ({ isUnique, predicate, keys }) =>
        isUnique &&
        predicate === null &&
        keys.every(({ column }) => column !== null && isFew(graph.get('column', column))),
    );
}

/** Whoever adds a row of a list writes its key too: `metric text primary key`. */
function isOfWrittenKey({ referencedTable, referencedColumns }: ForeignKey, graph: SchemaGraph): boolean {
  const referring = graph.ownedBy(referencedTable, 'foreignKey').flatMap((each) => each.columns);
  return referencedColumns.every((id) => {
    const { default: given, identity } = graph.get('column', id);
    return given === null && identity === null && !referring.includes(id);
  });
}

function conditionOf({ predicate }: Index): string {
  const text = (predicate?.text ?? '').replace(/\s+/g, ' ').trim();
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function leavesOutDeleted(graph: SchemaGraph, { predicate }: Index): boolean {
  const columns = (predicate?.references ?? []).flatMap(({ kind, target }) => (kind === 'column' ? [target] : []));
  return columns.some((id) => hasRole(graph, graph.get('column', id), 'softDelete'));
}

/** A partial index goes only where the whole one answers all that it is there for. */
function fixFor(graph: SchemaGraph, { name }: EntityOf<'table'>, { keys, columns }: LackedKeyIndex): Fix {
  const partials = keys.flatMap(({ coverage }) => (coverage.by === 'scan' ? (coverage.partial ?? []) : []));
  const spare = [...new Set(partials)].filter((each) => isSpareBesideFull(graph, each, columns));
  const instead =
    spare.length === 0 ? '' : `, in place of ${andList(spare.map((each) => quoteIdentifier(each.name.name)))}`;
  const of = keys.length === 1 ? 'the key' : `${keys.length === 2 ? 'both' : 'all'} keys`;
  return {
    title: `Index the columns of ${of}${instead} (writes to the table wait while the index is built)`,
    safety: 'review',
    sql: [sql`create index on ${name} (${graph.columnNames(columns)});`, ...spare.map(dropServed)].join('\n'),
  };
}
