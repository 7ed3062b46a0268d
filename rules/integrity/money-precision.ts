import {
  brief,
  COLUMN_NAMES,
  counted,
  defineRule,
  hasRole,
  hasUpperBound,
  type NamePatterns,
  quoteIdentifier,
  raw,
  sql,
  typeChange,
  typeText,
} from '../../src/rule/index.ts';

/** Prices of one unit, by which something else is multiplied, are small by nature. */
const NAMES: NamePatterns = [...COLUMN_NAMES.money, '!*_per_*', '!unit_cost', '!*_unit_cost', '!shipping_fee'];

export default defineRule({
  meta: {
    id: 'money-precision',
    category: 'integrity',
    severity: 'medium',
    summary: 'A column for amounts of money holds fewer digits than amounts grow to.',
    why: 'A numeric(p, s) holds p - s digits before the point. A sum, a strong inflation or a weak currency (10 000 yen is a lunch) passes that, and the write fails: numeric field overflow.',
    remedy: 'Widen the column: more digits with the same number after the point change the catalog only.',
    scope: ['A CHECK that says how large a value may be is taken as meant, and the column is not reported.'],
    messages: {
      narrow:
        '{{column}} is {{type}}: it holds at most {{largest}}, with {{digits}} before the point, and a larger amount fails.',
    },
    restsOn: ['columns', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL'],
    optionDocs: {
      names: 'Names of columns that hold money, by whole words.',
      digits: 'As many digits before the point are enough; two fewer where the column counts fractions of a cent.',
    },
  },
  defaults: { names: NAMES, digits: 8 },
  visit: {
    column(column, { graph, options, report }) {
      const table = graph.find(column.relation);
      if (table?.kind !== 'table' || table.isAssumed || table.persistence === 'temporary') return;
      if (column.isInherited || table.partitionOf !== null || column.type === null || column.generated !== null) return;
      const { name, modifiers, isArray } = column.type;
      if (isArray || name.schema !== 'pg_catalog' || name.name !== 'numeric' || modifiers.length === 0) return;
      const [precision = 0, scale = 0] = modifiers.map(Number);
      const digits = precision - scale;
      if (digits >= enough(scale, options.digits) || !hasRole(graph, column, 'money', options.names)) return;
      if (hasUpperBound(graph, column)) return;
      const about = {
        entity: column,
        message: 'narrow',
        data: {
          column: `${brief(table.name)}.${quoteIdentifier(column.name)}`,
          type: typeText(column.type),
          largest: largestOf(digits, scale),
          digits: counted(digits, 'digit'),
        },
      } as const;
      const wider = `numeric(${Math.max(options.digits, 12) + scale}, ${scale})`;
      if (typeChange(graph, column) === 'refused') report(about);
      else
        report({
          ...about,
          fix: {
            title: 'Widen the column (no row is written anew)',
            safety: 'review',
            sql: sql`alter table ${table.name} alter column ${column.name} type ${raw(wider)};`,
          },
        });
    },
  },
});

/** Whoever counts fractions of a cent counts small things. */
function enough(scale: number, digits: number): number {
  return scale > 3 ? digits - 2 : digits;
}

function largestOf(digits: number, scale: number): string {
  const before = digits > 0 ? '9'.repeat(digits) : '0';
  if (scale <= 0) return before + '0'.repeat(-scale);
  const leading = digits < 0 ? '0'.repeat(-digits) : '';
  return `${before}.${leading}${'9'.repeat(scale - leading.length)}`;
}
