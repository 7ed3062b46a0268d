import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { PlBlock, PlExpression, PlStatement, PlType } from '../../sql/plpgsql.ts';
import { bindQuery } from '../binding/bind.ts';
import type { GraphNames } from '../binding/graph-names.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { eachStatement, targetsOf } from './pl-statements.ts';

/** The types of a row's fields, by name, as far as they are known. */
export type FieldTypes = ReadonlyMap<string, TypeRef>;

/**
 * What the fields of a body's row variables hold. A row of a table has its columns; a RECORD has those of the query that fills it (docs, 41.3.4): only
 * where nothing else does, and of them those that pass on a column of a table as it is.
 */
export class RecordFields {
  readonly #graph: SchemaGraph;
  readonly #names: GraphNames;
  readonly #block: PlBlock | null;
  #fillings: ReadonlyMap<string, readonly PlExpression[] | null> | undefined;

  constructor(graph: SchemaGraph, names: GraphNames, block: PlBlock | null) {
    this.#graph = graph;
    this.#names = names;
    this.#block = block;
  }

  /** Of a variable as it is declared; undefined for what is no row. */
  of(name: string, declared: PlType, type: TypeRef | undefined): (() => FieldTypes) | undefined {
    const { schema, name: relation } = writtenName(declared.name?.names);
    let known: FieldTypes | undefined;
    if (declared.reference === 'rowtype') return () => (known ??= this.#ofRelation(schema, relation));
    if (type?.entity !== undefined && !type.isArray)
      return () => (known ??= this.#ofRelation(type.name.schema, type.name.name));
    return /^record$/i.test(declared.text) ? () => (known ??= this.#ofRecord(name)) : undefined;
  }

  #ofRelation(schema: string | undefined, name: string): FieldTypes {
    const relation = this.#names.relation(schema, name);
    if (relation?.columnsKnown !== true || !this.#isCertain(relation.id)) return NO_FIELDS;
    return new Map(relation.columns.flatMap((each) => (each.type === undefined ? [] : [[each.name, each.type]])));
  }

  #ofRecord(name: string): FieldTypes {
    this.#fillings ??= this.#block === null ? new Map() : fillingsOf(this.#block);
    const [query, another] = this.#fillings.get(name) ?? [];
    if (query === undefined || another !== undefined) return NO_FIELDS;
    const { columns, columnsKnown } = bindQuery(query.tree, this.#names);
    if (!columnsKnown) return NO_FIELDS;
    const counts = new Map<string, number>();
    for (const each of columns) counts.set(each.name, (counts.get(each.name) ?? 0) + 1);
    return new Map(
      columns.flatMap(({ name: field, type, source }) => {
        const isPassedOn = source !== undefined && counts.get(field) === 1 && this.#isCertain(source.relation);
        return type === undefined || !isPassedOn ? [] : [[field, type]];
      }),
    );
  }

  #isCertain(id: EntityId | undefined): boolean {
    const relation = id === undefined ? undefined : this.#graph.find(id);
    return relation !== undefined && !this.#graph.isDoubtful(relation, ['types', 'columns', 'existence']);
  }
}

const NO_FIELDS: FieldTypes = new Map();

const QUERIES: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt']);

/**
 * By the name of a variable that receives whole rows, the queries that give them; null where something else sets it, or may. Variables of one name are
 * counted together, so that nothing is concluded of them.
 */
function fillingsOf(block: PlBlock): ReadonlyMap<string, readonly PlExpression[] | null> {
  const found = new Map<string, readonly PlExpression[] | null>();
  for (const { statement } of eachStatement([block]))
    for (const [name, query] of filledBy(statement)) {
      const before = found.get(name) ?? (found.has(name) ? null : []);
      found.set(name, before === null || query === null ? null : [...before, query]);
    }
  return found;
}

function filledBy(statement: PlStatement): readonly (readonly [name: string, query: PlExpression | null])[] {
  if (statement.kind === 'block')
    return statement.declarations.flatMap((each) =>
      each.kind === 'variable' && each.default !== undefined ? [[each.name, null] as const] : [],
    );
  if (statement.kind === 'assign') {
    const [name, ...more] = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
    return name === undefined || more.length > 0 ? [] : [[name, null]];
  }
  if (statement.kind === 'call')
    return [...statement.sql.text.matchAll(/[\w$]+/g)].map(([name]) => [name.toLowerCase(), null] as const);
  const targets = targetsOf(statement);
  const query = statement.kind === 'sql' ? statement.sql : statement.kind === 'for-query' ? statement.query : null;
  const isQuery = query !== null && Object.keys(query.tree).some((tag) => QUERIES.has(tag));
  return targets.flatMap(({ name: [name = '', ...more] }) =>
    more.length > 0 ? [] : [[name, isQuery && targets.length === 1 ? query : null] as const],
  );
}
