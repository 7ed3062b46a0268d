// Long because it tells of a column, of several of a table, and of a habit of the schema.
import {
  andList,
  brief,
  CREATED_COLUMNS,
  checkFailedByDefault,
  defineRule,
  type EntityOf,
  type Expectation,
  expectedValue,
  type Fix,
  forbidNulls,
  isBestEmptied,
  isHabit,
  isStampedByTrigger,
  keysText,
  mayCopyNull,
  nullsInHistory,
  nullsInInserts,
  olderRowWithout,
  quoteIdentifier,
  type RelatedPlace,
  relatedAt,
  rolesBlindToNull,
  type SchemaGraph,
  tenantColumns,
  typeClass,
  UPDATED_COLUMNS,
  usesPrisma,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** Why a value is to be expected, and what a NULL does, the weightiest first. */
interface Reason {
  readonly because: string;
  readonly effect: string;
}

export default defineRule({
  meta: {
    id: 'missing-not-null',
    category: 'integrity',
    severity: 'medium',
    summary: 'A column may be NULL for no visible reason.',
    why: 'Comparisons with NULL are neither true nor false: such rows slip through conditions, unique keys and policies, and every reader needs a branch for a case that nobody meant.',
    remedy:
      'Fill what is empty and add NOT NULL; there is no fix where a migration wrote rows before the column was there and none fills it. Where NULL has a meaning, show it: a CHECK, an index, a view or a function that asks for it (IS NULL, IS NOT TRUE, COALESCE), ON DELETE SET NULL or NULLS NOT DISTINCT, and the column is no longer reported.',
    scope: [
      'Not reported: the key to whom a row goes with, beside a flag for rows that come with the application (is_system); a boolean without a default, which an INSERT may leave out, nor one that a migration let be NULL by DROP NOT NULL, or of which one, or a function of the schema, adds rows without a value, or with one that a function copies from a column that may be NULL or from a field of json; nor anything that Prisma made, whose schema asks for NULL by a question mark.',
      'A schema in most of whose tables columns with a default may be NULL (those without such columns do not count) has a habit, which is one finding; `"habit": 0` shows each table, with its fix.',
    ],
    messages: {
      nullable: '{{column}} may be NULL although {{reasons}}: {{effect}}.',
      several: '{{count}} of {{table}} may be NULL although each is expected to have a value: {{columns}}.',
      habit:
        '{{count}} columns of {{tables}} tables have a default and may be NULL all the same, most often {{columns}}: whoever writes NULL gets NULL, and not the default. The tables are {{names}}.',
    },
    restsOn: ['columns', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL'],
    optionDocs: {
      habit:
        'So many tables of which no more is to be said than that columns with a default may be NULL are one finding, if three quarters of the tables that have such columns leave them so; 0 tells of each by itself, with its fix.',
      createdColumns: 'Names of columns that say when a row was made, by whole words.',
      updatedColumns:
        'Names of columns that say when a row was changed, by whole words; reported if they have a default.',
    },
  },
  defaults: {
    habit: 12,
    createdColumns: CREATED_COLUMNS,
    updatedColumns: UPDATED_COLUMNS,
  },
  visit: {
    graph(graph, { journal, statements, options, settings, shown, isApart, report }) {
      // In its schema NOT NULL is what nobody writes: a column that may be NULL has a question mark, and lists cannot have it.
      if (usesPrisma(graph, settings.migrationTool)) return;
      const tenants = tenantColumns(graph, settings.tenantColumns);
      const blank = nullsInHistory(graph, journal, statements);
      const isLeftEmpty = (column: Column) =>
        blank.has(column.id) || nullsInInserts(graph).has(column.id) || isBestEmptied(graph, column, settings);
      const isStamped = (column: Column) => isStampedByTrigger(graph, column, statements.length > 0);
      const expectationsOf = (column: Column) =>
        isLeftEmpty(column) || isStamped(column)
          ? []
          : expectedValue(graph, column, tenants, options.createdColumns, options.updatedColumns);
      const tables = shown('table').filter((each) => each.persistence !== 'temporary' && each.partitionOf === null);
      const found = tables.flatMap((table): readonly NullableOf[] => {
        const [first, ...others] = nullableIn(table);
        return first === undefined
          ? []
          : [{ table, columns: [first, ...others], without: rowsWithout([first, ...others]) }];
      });
      const usual = found.filter(
        ({ table, columns, without }) =>
          without.length === 0 &&
          columns.every(({ isUsual }) => isUsual) &&
          !isApart(columns.length === 1 ? columns[0].column : table),
      );
      const deciding = tables.filter(
        (table) => found.some((each) => each.table === table) || hasRequiredDefault(graph, table),
      );
      const having = found.filter(({ columns }) => columns.some(({ isUsual }) => isUsual));
      const isOne = usual.length >= options.habit && isHabit(options.habit, having.length, deciding.length);
      for (const each of found) if (!isOne || !usual.includes(each)) tell(each);
      // By name: files and a catalog know them in different orders.
      const byName = usual.sort((x, y) => (graph.path(x.table) < graph.path(y.table) ? -1 : 1));
      const [first, ...more] = byName;
      if (isOne && first !== undefined) tellOfHabit([first, ...more]);

      function nullableIn(table: Table): readonly Nullable[] {
        return graph.columns(table.id).flatMap((column): readonly Nullable[] => {
          // What a parent gives its children is the parent's to answer for.
          if (column.isInherited) return [];
          const expected = expectationsOf(column);
          // What nobody sees without it is nullable-policy-column's.
          if (expected.length === 0 || rolesBlindToNull(graph, column, settings.clientRoles).length > 0) return [];
          // Its own default cannot fill it: default-fails-check.
          if (checkFailedByDefault(graph, column) !== undefined) return [];
          if (mayCopyNull(graph, column.id, (each) => expectationsOf(each).length > 0)) return [];
          // By itself that is the unique key's trouble: unique-over-nullable.
          const unique = uniqueReason(column, graph);
          const reasons = [...expected.map((each) => reasonFor(each, column, graph)), ...unique];
          const isLight = typeClass(graph, column.type) === 'boolean' && !expected.some(isWeighty);
          const isUsual = unique.length === 0 && column.default !== null && !expected.some(isWeighty);
          return [{ column, reasons, isLight, isUsual }];
        });
      }

      /** The fix fills what has a default; other columns must have a value in each row, or it fails. */
      function rowsWithout(columns: NullableOf['columns']): readonly RelatedPlace[] {
        return columns
          .filter((each) => each.column.default === null)
          .flatMap((each) => {
            const row = olderRowWithout(graph, journal, statements, each.column);
            const note = `rows from before ${quoteIdentifier(each.column.name)}, without a value: fill these first`;
            return row === undefined ? [] : [{ note, at: row.at }];
          });
      }

      function tell({ table, columns, without }: NullableOf): void {
        const [first, ...others] = columns;
        const { column, reasons } = first;
        const fix = () => (without.length > 0 ? undefined : fixOf(columns));
        const severity = severityOf(columns);
        if (others.length === 0) {
          const data = {
            column: `${brief(table.name)}.${quoteIdentifier(column.name)}`,
            reasons: andList(reasons.map(({ because }) => because)),
            effect: reasons[0]?.effect ?? '',
          };
          report({ entity: column, message: 'nullable', data, severity, related: without, fix });
          return;
        }
        const shownAt = newest(columns);
        report({
          entity: table,
          origin: shownAt.column.origin,
          message: 'several',
          data: {
            count: `${columns.length} columns`,
            table: brief(table.name),
            // Of those that are not all shown, the one under the caret is.
            columns: listed(
              [shownAt, ...columns.filter((each) => each !== shownAt)].map(
                (each) => `${quoteIdentifier(each.column.name)}, as ${because(each)}`,
              ),
            ),
          },
          severity,
          related: [
            ...columns.flatMap((each) => {
              const { origin, name } = each.column;
              return origin.from === 'statement' && each !== shownAt
                ? [{ note: `${quoteIdentifier(name)}: ${because(each)}`, at: origin.at }]
                : [];
            }),
            ...without,
          ],
          fix,
        });
      }

      function tellOfHabit(all: readonly [NullableOf, ...NullableOf[]]): void {
        const columns = all.flatMap((each) => each.columns);
        const names = [...new Set(columns.map(({ column }) => column.name))];
        const most = names.sort((x, y) => timesIn(columns, y) - timesIn(columns, x) || (x < y ? -1 : 1));
        report({
          entity: all[0].table,
          message: 'habit',
          data: {
            count: columns.length,
            tables: all.length,
            columns: andList(most.map(quoteIdentifier), 5),
            names: andList(
              all.map(({ table }) => brief(table.name)),
              6,
            ),
          },
          severity: severityOf(columns),
          related: all.slice(1).flatMap(({ columns: [{ column }] }) => {
            return relatedAt(column, 'another');
          }),
        });
      }

      function fixOf(columns: readonly Nullable[]): Fix {
        return forbidNulls(
          graph,
          columns.map((each) => each.column),
        );
      }
    },
  },
});

/** The columns of a table that are expected to have a value. */
interface NullableOf {
  readonly table: Table;
  readonly columns: readonly [Nullable, ...Nullable[]];
  /** Rows that were there before a column, and have none. */
  readonly without: readonly RelatedPlace[];
}

/** Is a column NOT NULL beside its default, so that the table says the opposite of the habit? Its key cannot be otherwise. */
function hasRequiredDefault(graph: SchemaGraph, table: Table): boolean {
  const key = graph.primaryKey(table.id)?.columns ?? [];
  return graph.columns(table.id).some(({ id, notNull, default: value, generated }) => {
    return notNull && value !== null && generated === null && !key.includes(id);
  });
}

function severityOf(columns: readonly Nullable[]): 'low' | 'medium' {
  return columns.every(({ isLight }) => isLight) ? 'low' : 'medium';
}

function timesIn(columns: readonly Nullable[], name: string): number {
  return columns.filter(({ column }) => column.name === name).length;
}

/** A column that is expected to have a value. */
interface Nullable {
  readonly column: Column;
  readonly reasons: readonly Reason[];
  readonly isLight: boolean;
  /** No more is to be said than that it has a default. */
  readonly isUsual: boolean;
}

/** The first that the newest file added: whoever checks that file alone is to see it. */
function newest(columns: NullableOf['columns']): Nullable {
  const fileOf = ({ column: { origin } }: Nullable) => (origin.from === 'statement' ? origin.at.file : '');
  const [first] = columns;
  const last = columns.at(-1) ?? first;
  return columns.find((each) => fileOf(each) === fileOf(last)) ?? first;
}

function because({ reasons }: Nullable): string {
  return andList(reasons.map((each) => each.because));
}

/** Each with its reason; of very many the first. */
function listed(columns: readonly string[]): string {
  const first = columns.slice(0, MOST_SHOWN);
  const more = columns.length - first.length;
  return [...first, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

const MOST_SHOWN = 4;

const THIRD_STATE = 'NULL is a third state that neither true nor false finds';

function isWeighty({ because }: Expectation): boolean {
  return because === 'tenant' || because === 'cascade';
}

function reasonFor(expectation: Expectation, column: Column, graph: SchemaGraph): Reason {
  switch (expectation.because) {
    case 'tenant':
      return {
        because: expectation.isOwn
          ? 'policies decide by it whose a row is'
          : 'policies of other tables tell their rows apart by a column of this name',
        effect: "a row without it is nobody's",
      };
    case 'cascade': {
      const parent = brief(graph.get('table', expectation.key.referencedTable).name);
      return {
        because: `its row is deleted with the ${parent} row it names (ON DELETE CASCADE)`,
        effect: 'without it the row belongs to none and is deleted with none',
      };
    }
    case 'default':
      return defaultReason(column, graph);
    case 'created':
      return { because: 'it says when the row was made', effect: 'rows without it are in no period' };
    case 'updated':
      return { because: 'it says when the row was changed', effect: 'rows without it are in no period' };
  }
}

function uniqueReason(column: Column, graph: SchemaGraph): readonly Reason[] {
  const index = graph
    .ownedBy(column.relation, 'index')
    .find(
      (each) =>
        each.isUnique && each.isValid && each.keys.length > 1 && each.keys.some((key) => key.column === column.id),
    );
  return index === undefined
    ? []
    : [
        {
          because: `it is part of the unique key ${keysText(graph, index)}`,
          effect: 'with NULL in it the same values fit in any number of rows',
        },
      ];
}

function defaultReason(column: Column, graph: SchemaGraph): Reason {
  const text = (column.default?.text ?? '').replace(/\s+/g, ' ');
  const shown = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  const effect =
    typeClass(graph, column.type) === 'boolean' ? THIRD_STATE : 'whoever writes NULL gets NULL, and not the default';
  return { because: `it has the default ${shown}`, effect };
}
