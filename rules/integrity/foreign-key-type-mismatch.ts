import {
  brief,
  defineRule,
  type EntityId,
  type EntityOf,
  type Fix,
  isReturnedAsItIs,
  quoteIdentifier,
  raw,
  referringColumns,
  returnedAsTheyAre,
  type SchemaGraph,
  sql,
  storedType,
  type TypeRef,
  typeChange,
  typeText,
  wordsOf,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'foreign-key-type-mismatch',
    category: 'integrity',
    severity: 'high',
    summary: 'A foreign key column has another type than the column it refers to.',
    why: 'Postgres lets types of one family refer to each other (integer to bigint, text to varchar, numeric to integer). A narrower column cannot hold every key of the parent: one day the insert fails. With types of different kinds the comparison casts one side, and the index on the cast side is of no use.',
    remedy: 'Give the referring column the type of the column it refers to.',
    scope: [
      'A wider integer or a longer text is harmless and not reported, nor is a column beside which the one stands that came in its place (owner_id beside owner_id_old).',
    ],
    messages: {
      narrow:
        '{{column}} is {{type}} and refers to {{parent}}, which is {{parentType}}: a key that is larger than {{type}} holds cannot be referred to.',
      other:
        '{{column}} is {{type}} and refers to {{parent}}, which is {{parentType}}: joins and the checks of the key cast one side.',
    },
    restsOn: ['columns', 'constraints'],
    equivalents: [
      'pg-index-health:foreign_keys_with_unmatched_column_type',
      'pglinter:B008',
      'active-record-doctor:mismatched_foreign_key_type',
      'schemacrawler:ForeignKeyMismatch',
    ],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
  },
  visit: {
    foreignKey(key, { graph, report }) {
      if (key.parent !== null || !key.isEnforced) return;
      const table = graph.get('table', key.table);
      for (const [i, id] of key.columns.entries()) {
        const target = key.referencedColumns[i];
        if (target === undefined) continue;
        const column = graph.get('column', id);
        const referenced = graph.get('column', target);
        const [type, wanted] = [storedType(graph, column.type), storedType(graph, referenced.type)];
        if (type === null || wanted === null || type.isUnresolved || wanted.isUnresolved) continue;
        const difference = differenceOf(type, wanted);
        if (difference === undefined || column.isInherited || isReplaced(graph, column, target)) continue;
        const changed = [column, ...narrowerBelow(column, referenced, wanted, graph)] as const;
        const parent = brief(graph.get('table', referenced.relation).name);
        const about = {
          entity: key,
          discriminator: column.name,
          severity: difference.severity,
          data: {
            column: `${brief(table.name)}.${quoteIdentifier(column.name)}`,
            type: typeText(type),
            parent: `${parent}.${quoteIdentifier(referenced.name)}`,
            parentType: typeText(wanted),
          },
          related: returnedAsTheyAre(graph, changed),
          fix: () => fixFor(changed, referenced, wanted, graph),
        } as const;
        if (difference.kind === 'narrow') report({ ...about, message: 'narrow' });
        else report({ ...about, message: 'other' });
      }
    },
  },
});

/** Does the column that came in its place stand beside it, which refers to the same: `owner_id` beside `owner_id_old`? What is written from then on is the new one. */
function isReplaced(graph: SchemaGraph, { name, relation }: Column, referenced: EntityId): boolean {
  const words = wordsOf(name);
  const bare = [words.slice(1), words.slice(0, -1)].filter((_, i) => FORMER.has(words.at(i === 0 ? 0 : -1) ?? ''));
  return graph
    .ownedBy(relation, 'foreignKey')
    .filter(({ referencedColumns }) => referencedColumns.length === 1 && referencedColumns[0] === referenced)
    .flatMap(({ columns }) => graph.columnNames(columns))
    .some((each) => bare.some((left) => left.length > 0 && wordsOf(each).join() === left.join()));
}

const FORMER: ReadonlySet<string> = new Set(['old', 'legacy', 'deprecated', 'former']);

interface Difference {
  readonly kind: 'narrow' | 'other';
  readonly severity: 'high' | 'medium';
}

const INTEGERS = ['int2', 'int4', 'int8'];
const TEXTS = ['text', 'varchar', 'bpchar', 'citext', 'name'];

/** Undefined where each value of the parent has its like in the child. */
function differenceOf(type: TypeRef, wanted: TypeRef): Difference | undefined {
  const [own, other] = [type.name.name, wanted.name.name];
  if (INTEGERS.includes(own) && INTEGERS.includes(other))
    return INTEGERS.indexOf(own) < INTEGERS.indexOf(other) ? { kind: 'narrow', severity: 'high' } : undefined;
  if (TEXTS.includes(own) && TEXTS.includes(other)) {
    // char is compared without trailing blanks, citext without case.
    const isPlain = (name: string) => name === 'text' || name === 'varchar';
    if (own !== other && !(isPlain(own) && isPlain(other))) return { kind: 'other', severity: 'medium' };
    return lengthOf(type) < lengthOf(wanted) ? { kind: 'narrow', severity: 'medium' } : undefined;
  }
  if (own !== other || type.entity !== wanted.entity) return { kind: 'other', severity: 'high' };
  if (own !== 'numeric' || type.modifiers.length === 0) return undefined;
  const [digits, scale] = digitsOf(type);
  const [wantedDigits, wantedScale] = digitsOf(wanted);
  return digits < wantedDigits || scale < wantedScale ? { kind: 'narrow', severity: 'medium' } : undefined;
}

function lengthOf({ modifiers }: TypeRef): number {
  return Number(modifiers[0] ?? Number.POSITIVE_INFINITY);
}

/** Before and after the point. */
function digitsOf({ modifiers: [precision, scale = '0'] }: TypeRef): readonly [number, number] {
  if (precision === undefined) return [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  return [Number(precision) - Number(scale), Number(scale)];
}

/** What refers to the column in its turn has to be as wide. */
function narrowerBelow(column: Column, referenced: Column, wanted: TypeRef, graph: SchemaGraph): readonly Column[] {
  return referringColumns(graph, column).filter((each) => {
    const own = storedType(graph, each.type);
    return each.id !== referenced.id && own !== null && differenceOf(own, wanted) !== undefined;
  });
}

/** All of them are changed, or none. */
function fixFor(
  changed: readonly [Column, ...Column[]],
  referenced: Column,
  wanted: TypeRef,
  graph: SchemaGraph,
): Fix | undefined {
  const [column] = changed;
  const type = storedType(graph, column.type);
  if (type === null) return undefined;
  const isNarrow = differenceOf(type, wanted)?.kind === 'narrow';
  const changes = isNarrow ? ['free', 'rebuilt'] : ['free'];
  const isStuck = (each: Column) =>
    each.type?.entity !== undefined ||
    !changes.includes(typeChange(graph, each)) ||
    (!isNarrow && each.default !== null);
  if (changed.some(isStuck) || isReturnedAsItIs(graph, changed)) return undefined;
  const written = graph.typeName(wanted);
  return {
    title: `Make ${quoteIdentifier(column.name)} ${written}, as ${quoteIdentifier(referenced.name)} is (may write the table anew)`,
    safety: 'review',
    sql: changed
      .map((each) => {
        const using = isNarrow ? '' : sql` using ${each.name}::${raw(written)}`;
        return sql`alter table ${graph.get('table', each.relation).name} alter column ${each.name} type ${raw(written)}${raw(using)};`;
      })
      .join('\n'),
  };
}
