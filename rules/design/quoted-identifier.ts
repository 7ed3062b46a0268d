import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  isReserved,
  isUsersOwn,
  quoteIdentifier,
  type SchemaGraph,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'quoted-identifier',
    category: 'design',
    severity: 'low',
    summary: 'A name has to be quoted wherever it is written, or reads as a type.',
    why: 'Postgres folds what is not quoted to lower case: without its quotes a query asks for another name, or breaks at a keyword, in every psql session, report and function body. A column called timestamp needs no quotes, but casts and declarations beside it read as if it were the type.',
    remedy:
      'Name it in lower case with underscores, and by what it holds: sent_at rather than timestamp, orders rather than "order". ALTER … RENAME changes views and policies along; queries in code and function bodies have to follow. Where an ORM names all tables so, map its names (@map, naming strategies), or turn the rule off: a schema named so throughout is one finding.',
    messages: {
      needs: '{{names}} {{need}} quotes wherever {{they}} written{{unless}}.',
      typeNames: '{{columns}} of {{table}} {{read}}, not as what {{they}} for.',
      schema: '{{names}} need quotes wherever they are written, as {{example}}.',
    },
    restsOn: ['columns'],
    references: ['https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS'],
    optionDocs: { typeNames: 'Names of columns that read as a type.' },
  },
  defaults: { typeNames: ['timestamp', 'timestamptz', 'date', 'time'] },
  visit: {
    graph(graph, { options, report }) {
      for (const [schema, objects] of objectsBySchema(graph)) {
        const quoted = objects.flatMap((object) => {
          const columns = object.kind === 'table' ? ownColumns(object).filter(({ name }) => needsQuotes(name)) : [];
          const isQuoted = needsQuotes(object.name.name);
          return isQuoted || columns.length > 0 ? [{ object, isQuoted, columns }] : [];
        });
        const [first] = quoted;
        if (first !== undefined && isConvention(quoted, objects.length)) {
          const entity = graph.global('schema', schema);
          if (entity === undefined) continue;
          const example = first.isQuoted ? first.object : (first.columns[0] ?? first.object);
          const data = {
            names: namesThroughout(quoted, objects.length, quoteIdentifier(schema)),
            example: graph.path(example),
          };
          report({ entity, origin: example.origin, message: 'schema', data });
        } else {
          for (const each of quoted) if (each.object.kind === 'table') tellTable(each);
          for (const [noun, kinds] of OTHERS)
            tellOthers(
              noun,
              quoted.map(({ object }) => object).filter(({ kind }) => kinds.includes(kind)),
            );
        }
        for (const object of objects) if (object.kind === 'table') tellTypeNames(object);
      }

      function tellTable({ object, isQuoted, columns }: Quoted): void {
        const table = brief(object.name);
        const [column] = columns;
        const names = isQuoted
          ? `The table ${table}${column === undefined ? '' : ` and ${listed(columns).replace('The', 'its')}`}`
          : `${listed(columns)} of ${table}`;
        const isOne = isQuoted ? column === undefined : columns.length === 1;
        const origin = isQuoted ? object.origin : (column?.origin ?? object.origin);
        const all = [...(isQuoted ? [object.name.name] : []), ...columns.map(({ name }) => name)];
        report({ entity: object, origin, message: 'needs', data: { names, ...verbs(isOne), unless: unless(all) } });
      }

      /** Types, views and functions of a schema: one finding for each sort. */
      function tellOthers(noun: string, objects: readonly Named[]): void {
        const [first] = objects;
        if (first === undefined) return;
        const isOne = objects.length === 1;
        const list = andList(
          objects.map(({ name }) => brief(name)),
          SHOWN,
        );
        const names = `The ${noun}${isOne ? '' : 's'} ${list}`;
        const unlessDotted = unless(objects.map(({ name }) => name.name));
        report({ entity: first, message: 'needs', data: { names, ...verbs(isOne), unless: unlessDotted } });
      }

      function tellTypeNames(table: EntityOf<'table'>): void {
        const columns = ownColumns(table).filter(({ name }) => options.typeNames.includes(name));
        const [first] = columns;
        if (first === undefined) return;
        const data = {
          columns: listed(columns),
          table: brief(table.name),
          read: columns.length === 1 ? 'reads as a type' : 'read as types',
          they: columns.length === 1 ? 'it stands' : 'they stand',
        };
        report({ entity: table, origin: first.origin, message: 'typeNames', data });
      }

      function ownColumns(table: EntityOf<'table'>): readonly EntityOf<'column'>[] {
        return graph.columns(table.id).filter((each) => !each.isInherited && each.isAssumed !== true);
      }
    },
  },
});

/** So many objects that are half of the schema, or very many tables, those that one of its authors made, are a convention: one finding for all. */
function isConvention(quoted: readonly Quoted[], all: number): boolean {
  const tables = quoted.filter(({ object }) => object.kind === 'table').length;
  return tables >= MANY || (quoted.length >= THROUGHOUT && quoted.length * 2 >= all);
}

const THROUGHOUT = 5;
const MANY = 20;

const KINDS = ['table', 'view', 'materializedView', 'enumType', 'domain', 'compositeType', 'function'] as const;
type Named = EntityOf<(typeof KINDS)[number]>;

function objectsBySchema(graph: SchemaGraph): ReadonlyMap<string, readonly Named[]> {
  const groups = new Map<string, Named[]>();
  for (const kind of KINDS) {
    for (const object of graph.ofKind(kind)) {
      if (object.isAssumed || !isUsersOwn(graph, object) || (object.kind === 'table' && object.partitionOf !== null))
        continue;
      const group = groups.get(object.name.schema);
      if (group) group.push(object);
      else groups.set(object.name.schema, [object]);
    }
  }
  return groups;
}

function needsQuotes(name: string): boolean {
  return !isPlain(name) || isReserved(name);
}

/** Letters beyond ASCII need no quotes. */
function isPlain(name: string): boolean {
  return /^[a-z_\u{80}-\u{10ffff}][a-z0-9_$\u{80}-\u{10ffff}]*$/u.test(name);
}

/** Behind a dot a key word is a name like any other. */
function unless(names: readonly string[]): string {
  return names.every(isPlain) ? ' but behind a dot' : '';
}

interface Quoted {
  readonly object: Named;
  readonly isQuoted: boolean;
  readonly columns: readonly EntityOf<'column'>[];
}

const OTHERS: readonly (readonly [noun: string, kinds: readonly Named['kind'][]])[] = [
  ['type', ['enumType', 'domain', 'compositeType']],
  ['view', ['view']],
  ['materialized view', ['materializedView']],
  ['function', ['function']],
];

function verbs(isOne: boolean): { readonly need: string; readonly they: string } {
  return isOne ? { need: 'needs', they: 'it is' } : { need: 'need', they: 'they are' };
}

const SHOWN = 6;

/** `The names of 5 of 9 objects of the schema shop, and of columns in 2 others,` */
function namesThroughout(quoted: readonly Quoted[], all: number, schema: string): string {
  const named = quoted.filter(({ isQuoted }) => isQuoted).length;
  const others = quoted.length - named;
  if (named === 0) return `The names of columns in ${others} of ${all} objects of the schema ${schema}`;
  const columns = others === 0 ? '' : `, and of columns in ${others} ${others === 1 ? 'other' : 'others'},`;
  return `The names of ${named} of ${all} objects of the schema ${schema}${columns}`;
}

function listed(columns: readonly EntityOf<'column'>[]): string {
  const names = columns.map((each) => quoteIdentifier(each.name));
  return `The ${columns.length === 1 ? 'column' : 'columns'} ${andList(names, SHOWN)}`;
}
