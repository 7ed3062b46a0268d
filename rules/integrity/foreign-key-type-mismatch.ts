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
  relatedAt,
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
      'Of a table that no file makes, keys to one column of it of which some are uuid and others are not: one of them cannot be made, whatever its type is.',
      'A wider integer or a longer text is harmless and not reported, nor is a column beside which the one stands that came in its place (owner_id beside owner_id_old).',
    ],
    messages: {
      narrow:
        '{{column}} is {{type}} and refers to {{parent}}, which is {{parentType}}: a key that is larger than {{type}} holds cannot be referred to.',
      other:
        '{{column}} is {{type}} and refers to {{parent}}, which is {{parentType}}: joins and the checks of the key cast one side.',
      apart:
        '{{column}} is {{type}} and refers to {{parent}}, as {{other}} does, which is {{otherType}}: no file makes {{table}}, but whatever the type of {{parent}} is, Postgres refuses one of the two keys (42804), and the statement that was to make it.',
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
    graph(graph, { report }) {
      for (const referenced of graph.ofKind('column')) {
        const table = graph.find(referenced.relation);
        if (table?.kind !== 'table' || table.isAssumed !== true) continue;
        const [first, clashing, ...more] = keysApart(referenced, graph);
        if (first === undefined || clashing === undefined) continue;
        report({
          entity: clashing.key,
          message: 'apart',
          discriminator: clashing.column.name,
          data: {
            column: pathOf(clashing.column, graph),
            type: typeText(clashing.type),
            parent: pathOf(referenced, graph),
            other: pathOf(first.column, graph),
            otherType: typeText(first.type),
            table: brief(table.name),
          },
          related: [
            ...relatedAt(first.key, `this key asks for ${typeText(first.type)}`),
            ...more.flatMap(({ key, type }) => relatedAt(key, `${typeText(type)} too`)),
          ],
        });
      }
    },
    foreignKey(key, { graph, report }) {
      if (key.parent !== null || !key.isEnforced) return;
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
        const about = {
          entity: key,
          discriminator: column.name,
          severity: difference.severity,
          data: {
            column: pathOf(column, graph),
            type: typeText(type),
            parent: pathOf(referenced, graph),
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

interface KeyColumn {
  readonly key: EntityOf<'foreignKey'>;
  readonly column: Column;
  readonly type: TypeRef;
}

/**
 * The first key to a column whose type nothing tells, and those that cannot stand beside it: nothing but uuid is compared with uuid, nor is it cast
 * by itself.
 */
function keysApart(referenced: Column, graph: SchemaGraph): readonly KeyColumn[] {
  if (referenced.type !== null) return [];
  const keys = graph.referencedBy(referenced.relation).flatMap((key): readonly KeyColumn[] => {
    const [id, another] = key.columns;
    const column = id === undefined || another !== undefined ? undefined : graph.get('column', id);
    const type = column === undefined ? null : storedType(graph, column.type);
    const isOne = key.parent === null && key.referencedColumns[0] === referenced.id;
    if (!isOne || column === undefined || type === null || type.isUnresolved || type.entity !== undefined) return [];
    return [{ key, column, type }];
  });
  const [first] = keys.sort((a, b) => a.key.id - b.key.id);
  if (first === undefined) return [];
  return [first, ...keys.filter((each) => isUuid(each) !== isUuid(first))];
}

function isUuid({ type }: KeyColumn): boolean {
  return type.name.name === 'uuid' && !type.isArray;
}

function pathOf({ name, relation }: Column, graph: SchemaGraph): string {
  return `${brief(graph.get('table', relation).name)}.${quoteIdentifier(name)}`;
}

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
