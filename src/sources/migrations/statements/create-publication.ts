import type { AlterPublicationStmt, CreatePublicationStmt, DefElem, Node, RangeVar } from '@pgsql/types';
import type { Entity, EntityOf } from '../../../graph/entities/index.ts';
import type { PublishedTable } from '../../../graph/entities/publication.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { defBoolean, defElems, defText } from '../../../sql/def-elem.ts';
import { quoteIdentifier } from '../../../sql/name.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { withDescendants } from '../relations/children.ts';

type Publication = EntityOf<'publication'>;

const OPERATIONS = ['insert', 'update', 'delete', 'truncate'];

export function createPublication(stmt: CreatePublicationStmt, context: ReplayContext): void {
  const name = stmt.pubname ?? '';
  const existing = context.graph.global('publication', name);
  if (existing) context.refuseDuplicate(existing);
  context.builder.create(
    {
      kind: 'publication',
      name,
      allTables: stmt.for_all_tables === true,
      ...objectsOf(stmt.pubobjects, context),
      publishes: OPERATIONS,
      viaRoot: false,
      ...options(defElems(stmt.options), context),
      owner: context.session.role,
    },
    context.by,
  );
}

/** ALTER PUBLICATION … ADD, SET, DROP objects, and SET (options). */
export function alterPublication(stmt: AlterPublicationStmt, context: ReplayContext): void {
  const name = stmt.pubname ?? '';
  const found = context.graph.global('publication', name);
  if (found === undefined) {
    context.reportUnknown('publication', quoteIdentifier(name));
    return;
  }
  const { builder, by } = context;
  if (stmt.options !== undefined) {
    builder.alter(found, options(defElems(stmt.options), context), by);
    return;
  }
  if (found.allTables) context.refuse(`publication "${name}" is defined as FOR ALL TABLES`);
  const named = objectsOf(stmt.pubobjects, context);
  if (stmt.action === 'AP_SetObjects') builder.alter(found, named, by);
  else if (stmt.action === 'AP_DropObjects') drop(found, named, context);
  else add(found, named, context);
}

type Objects = Pick<Publication, 'tables' | 'schemas'>;

function add(publication: Publication, named: Objects, context: ReplayContext): void {
  const table = named.tables.find((each) => publication.tables.some((known) => known.table === each.table));
  const schema = named.schemas.find((id) => publication.schemas.includes(id));
  const twice = context.graph.find(table?.table ?? schema ?? publication.id);
  if (twice && (table || schema))
    context.refuse(`${asObject(twice, context)} is already member of publication "${publication.name}"`);
  const facts = {
    tables: [...publication.tables, ...named.tables],
    schemas: [...publication.schemas, ...named.schemas],
  };
  context.builder.alter(publication, facts, context.by);
}

function drop(publication: Publication, named: Objects, context: ReplayContext): void {
  const isNamed = (each: PublishedTable) => named.tables.some((other) => other.table === each.table);
  const strange = [
    ...named.tables.map((each) => each.table).filter((id) => !publication.tables.some((each) => each.table === id)),
    ...named.schemas.filter((id) => !publication.schemas.includes(id)),
  ].map((id) => context.graph.find(id));
  const [first] = strange;
  if (first?.kind === 'schema') context.refuse(`tables from schema "${first.name}" are not part of the publication`);
  if (first) context.refuse(`${asObject(first, context)} is not part of the publication`);
  const facts = {
    tables: publication.tables.filter((each) => !isNamed(each)),
    schemas: publication.schemas.filter((id) => !named.schemas.includes(id)),
  };
  context.builder.alter(publication, facts, context.by);
}

/** As Postgres names it in its messages. */
function asObject(entity: Entity, context: ReplayContext): string {
  const word = entity.kind === 'schema' ? 'schema' : 'relation';
  return `${word} "${context.graph.path(entity)}"`;
}

function objectsOf(nodes: readonly Node[] | undefined, context: ReplayContext): Objects {
  const tables = new Map<EntityId, PublishedTable>();
  const schemas = new Set<EntityId>();
  for (const node of nodes ?? []) {
    const object = fieldsOf(node, 'PublicationObjSpec');
    if (object?.pubobjtype === 'PUBLICATIONOBJ_TABLES_IN_SCHEMA')
      schemas.add(context.assumptions.schema(object.name ?? '', object.location).id);
    if (object?.pubobjtype === 'PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA') {
      const current =
        context.names.creationSchema() ?? context.refuse('no schema has been selected for CURRENT_SCHEMA');
      schemas.add(context.assumptions.schema(current).id);
    }
    const written = object?.pubtable;
    if (written?.relation === undefined) continue;
    for (const relation of withChildren(written.relation, context)) {
      tables.set(relation.id, {
        table: relation.id,
        columns: context.columns(relation, written.columns, written.relation.location),
        where: written.whereClause === undefined ? null : context.expression(written.whereClause, { relation }),
      });
    }
  }
  return { tables: [...tables.values()], schemas: [...schemas] };
}

/** OpenTableList(): without ONLY the tables that inherit come along; partitions belong to their parent anyway. */
function withChildren(range: RangeVar, context: ReplayContext): readonly EntityOf<'table'>[] {
  const table = publishable(range, context);
  const isAlone = range.inh !== true || table.partitionKey !== null;
  return isAlone ? [table] : withDescendants(context.graph, table);
}

function publishable(range: RangeVar, context: ReplayContext): EntityOf<'table'> {
  const found = context.lookup(range);
  if (found && found.kind !== 'table')
    context.refuse(`cannot add relation "${context.graph.path(found)}" to publication`, range.location);
  return found ?? context.relation(range, 'table');
}

function options(
  list: readonly DefElem[],
  context: ReplayContext,
): Partial<Pick<Publication, 'publishes' | 'viaRoot'>> {
  const facts: { publishes?: readonly string[]; viaRoot?: boolean } = {};
  for (const option of list) {
    if (option.defname === 'publish') {
      const named = (defText(option) ?? '').split(',').map((each) => each.trim().toLowerCase());
      facts.publishes = OPERATIONS.filter((each) => named.includes(each));
    } else if (option.defname === 'publish_via_partition_root') facts.viaRoot = defBoolean(option) === true;
    // PG 18: which generated columns are sent is no fact of the graph.
    else if (option.defname !== 'publish_generated_columns')
      context.refuse(`unrecognized publication parameter: "${option.defname}"`, option.location);
  }
  return facts;
}
