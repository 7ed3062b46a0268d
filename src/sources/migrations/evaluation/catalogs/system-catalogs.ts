// Long because it is one table: each system catalog that guards of migrations ask, with the columns they ask for.
import { inputTypes } from '../../../../graph/entities/function-entity.ts';
import { dependenciesOf, type Entity, type EntityOf } from '../../../../graph/entities/index.ts';
import type { SchemaGraph } from '../../../../graph/schema-graph.ts';
import { accessListOf } from '../access-list.ts';
import { typeReference } from '../references.ts';
import { type SchemaNames, ShownClause } from '../shown-clause.ts';
import { shownDefault } from '../shown-default.ts';
import { SOME_TEXT, UNKNOWN, type Value } from '../value.ts';
import { CONSTRAINTS, type Columns, each, named, owner, presume, type RowsOf } from './rows.ts';

const RELATIONS = ['table', 'foreignTable', 'view', 'materializedView', 'sequence', 'index', 'compositeType'] as const;
const CONTYPE = {
  primaryKey: 'p',
  uniqueConstraint: 'u',
  foreignKey: 'f',
  checkConstraint: 'c',
  exclusionConstraint: 'x',
} as const;

const TYPES = ['enumType', 'domain', 'compositeType', 'rangeType', 'baseType'] as const;
const TYPTYPE = { enumType: 'e', domain: 'd', compositeType: 'c', rangeType: 'r', baseType: 'b' } as const;

/** Those that the platform offers, and perhaps others. */
function* availableExtensions(graph: SchemaGraph, offered: readonly string[] | null): Iterable<Columns> {
  const installed = new Set(graph.ofKind('extension').map((each) => each.name));
  for (const name of new Set([...installed, ...(offered ?? [])]))
    yield {
      name,
      default_version: UNKNOWN,
      installed_version: installed.has(name) ? SOME_TEXT : null,
      comment: UNKNOWN,
    };
  const other: Columns = { name: UNKNOWN, default_version: UNKNOWN, installed_version: null, comment: UNKNOWN };
  yield presume(other);
}

function schemaId(graph: SchemaGraph, name: string): Value {
  return graph.global('schema', name)?.id ?? UNKNOWN;
}

function relkind(entity: Entity): string {
  switch (entity.kind) {
    case 'table':
      return entity.partitionKey === null ? 'r' : 'p';
    case 'view':
      return 'v';
    case 'materializedView':
      return 'm';
    case 'foreignTable':
      return 'f';
    case 'sequence':
      return 'S';
    case 'compositeType':
      return 'c';
    default:
      return 'i';
  }
}

function roleName(graph: SchemaGraph, grantee: Entity['id'] | 'public'): string {
  return grantee === 'public' ? 'public' : graph.get('role', grantee).name;
}

const COMMANDS = { all: 'ALL', select: 'SELECT', insert: 'INSERT', update: 'UPDATE', delete: 'DELETE' } as const;
const POLCMD = { all: '*', select: 'r', insert: 'a', update: 'w', delete: 'd' } as const;

/** By their names. */
export const SYSTEM_CATALOGS: ReadonlyMap<string, RowsOf> = new Map<string, RowsOf>([
  [
    'pg_namespace',
    (graph) =>
      each(graph, ['schema'], (schema) => ({
        oid: schema.id,
        nspname: schema.name,
        nspowner: schema.owner,
        nspacl: accessListOf(graph, schema, 'schema'),
      })),
  ],
  [
    'pg_class',
    (graph) =>
      each(graph, RELATIONS, (relation) => ({
        oid: relation.id,
        relname: relation.name.name,
        relnamespace: schemaId(graph, relation.name.schema),
        relkind: relkind(relation),
        relrowsecurity:
          relation.kind === 'table' && graph.isKnown(relation, 'rowSecurity')
            ? relation.rowSecurity
            : relation.kind === 'table'
              ? UNKNOWN
              : false,
        relforcerowsecurity: relation.kind === 'table' ? relation.forceRowSecurity : false,
        relispartition: relation.kind === 'table' && relation.partitionOf !== null,
        // What pg_get_expr() makes of it.
        relpartbound: relation.kind === 'table' ? relation.partitionBound : null,
        relpersistence: relation.kind === 'table' ? (relation.persistence[0] ?? 'p') : 'p',
        relowner: 'owner' in relation ? relation.owner : UNKNOWN,
        relacl:
          'acl' in relation && 'owner' in relation
            ? accessListOf(graph, relation, relation.kind === 'sequence' ? 'sequence' : 'table')
            : UNKNOWN,
      })),
  ],
  ['pg_inherits', inheritanceRows],
  [
    'pg_tables',
    (graph) =>
      each(graph, ['table'], (table) => ({
        schemaname: table.name.schema,
        tablename: table.name.name,
        tableowner: graph.get('role', table.owner).name,
        rowsecurity: graph.isKnown(table, 'rowSecurity') ? table.rowSecurity : UNKNOWN,
      })),
  ],
  [
    'pg_views',
    (graph) =>
      each(graph, ['view'], (view) => ({
        schemaname: view.name.schema,
        viewname: view.name.name,
        definition: SOME_TEXT,
      })),
  ],
  [
    'pg_matviews',
    (graph) =>
      each(graph, ['materializedView'], (view) => ({
        schemaname: view.name.schema,
        matviewname: view.name.name,
        definition: SOME_TEXT,
      })),
  ],
  [
    'pg_sequences',
    (graph) =>
      each(graph, ['sequence'], (sequence) => ({ schemaname: sequence.name.schema, sequencename: sequence.name.name })),
  ],
  [
    'pg_indexes',
    (graph) =>
      each(graph, ['index'], (index) => ({
        schemaname: index.name.schema,
        tablename: named(graph, index.relation).name,
        indexname: index.name.name,
        indexdef: SOME_TEXT,
      })),
  ],
  [
    'pg_index',
    (graph) =>
      each(graph, ['index'], (index) => ({
        indexrelid: index.id,
        indrelid: index.relation,
        indisunique: index.isUnique,
        indisvalid: index.isValid,
        indisprimary: graph.find(index.constraint ?? (0 as never))?.kind === 'primaryKey',
      })),
  ],
  [
    'pg_policies',
    (graph, _, schemas) =>
      each(graph, ['policy'], (policy) => ({
        schemaname: named(graph, policy.table).schema,
        tablename: named(graph, policy.table).name,
        policyname: policy.name,
        permissive: policy.isPermissive ? 'PERMISSIVE' : 'RESTRICTIVE',
        roles: policy.roles.map((role) => roleName(graph, role)).sort(),
        cmd: COMMANDS[policy.command],
        qual: clauseOf(graph, policy, policy.using, schemas),
        with_check: clauseOf(graph, policy, policy.check, schemas),
      })),
  ],
  [
    'pg_policy',
    (graph, _, schemas) =>
      each(graph, ['policy'], (policy) => ({
        oid: policy.id,
        polname: policy.name,
        polrelid: policy.table,
        polcmd: POLCMD[policy.command],
        polpermissive: policy.isPermissive,
        polqual: clauseOf(graph, policy, policy.using, schemas),
        polwithcheck: clauseOf(graph, policy, policy.check, schemas),
      })),
  ],
  [
    'pg_constraint',
    (graph) =>
      each(graph, CONSTRAINTS, (constraint) => ({
        oid: constraint.id,
        conname: constraint.name,
        contype: CONTYPE[constraint.kind],
        conrelid: graph.find(owner(constraint))?.kind === 'domain' ? 0 : owner(constraint),
        contypid: graph.find(owner(constraint))?.kind === 'domain' ? owner(constraint) : 0,
        conkey: columnNumbers(
          graph,
          constraint.kind === 'checkConstraint' || constraint.kind === 'exclusionConstraint'
            ? null
            : constraint.columns,
        ),
        confkey: columnNumbers(graph, constraint.kind === 'foreignKey' ? constraint.referencedColumns : null),
        confrelid: constraint.kind === 'foreignKey' ? constraint.referencedTable : 0,
        connamespace: schemaId(graph, named(graph, owner(constraint)).schema),
        convalidated:
          constraint.kind === 'foreignKey' || constraint.kind === 'checkConstraint' ? constraint.isValidated : true,
        confdeltype: constraint.kind === 'foreignKey' ? DELTYPE[constraint.onDelete] : ' ',
      })),
  ],
  [
    'pg_type',
    (graph) =>
      each(graph, TYPES, (type) => ({
        oid: type.id,
        typname: type.name.name,
        typnamespace: schemaId(graph, type.name.schema),
        typtype: TYPTYPE[type.kind],
      })),
  ],
  ['pg_enum', (graph) => enumRows(graph)],
  [
    'pg_proc',
    (graph) =>
      each(graph, ['function'], (fn) => ({
        oid: fn.id,
        proname: fn.name.name,
        pronamespace: schemaId(graph, fn.name.schema),
        prokind: { function: 'f', procedure: 'p', aggregate: 'a', window: 'w' }[fn.routine],
        prosecdef: fn.security === 'definer',
        prorettype: fn.returns === null ? UNKNOWN : typeReference(fn.returns),
        pronargs: inputTypes(fn).length,
        proowner: fn.owner,
        proacl: accessListOf(graph, fn, 'function'),
        proconfig: fn.config.length === 0 ? null : fn.config.map((each) => `${each.name}=${each.value}`),
        // Of a body that is no string the server keeps the statements.
        prosrc: fn.body === null ? UNKNOWN : fn.body.atomic === null ? fn.body.text : '',
        provolatile: fn.volatility[0] ?? 'v',
      })),
  ],
  [
    'pg_trigger',
    (graph) =>
      each(graph, ['trigger'], (trigger) => ({
        oid: trigger.id,
        tgname: trigger.name,
        tgrelid: trigger.relation,
        tgisinternal: false,
        tgfoid: trigger.function ?? UNKNOWN,
        tgenabled: { origin: 'O', disabled: 'D', replica: 'R', always: 'A' }[trigger.enabled],
      })),
  ],
  [
    'pg_event_trigger',
    (graph) =>
      each(graph, ['eventTrigger'], (trigger) => ({ oid: trigger.id, evtname: trigger.name, evtevent: trigger.event })),
  ],
  [
    'pg_extension',
    (graph) =>
      each(graph, ['extension'], (extension) => ({
        oid: extension.id,
        extname: extension.name,
        extnamespace: extension.schema ?? UNKNOWN,
        extversion: UNKNOWN,
      })),
  ],
  ['pg_available_extensions', availableExtensions],
  ['pg_depend', dependencyRows],
  ['pg_roles', (graph) => each(graph, ['role'], roleRow)],
  ['pg_authid', (graph) => each(graph, ['role'], roleRow)],
  [
    'pg_user',
    (graph) => each(graph, ['role'], (role) => (role.canLogin ? { usename: role.name, usesysid: role.id } : undefined)),
  ],
  [
    'pg_publication',
    (graph) =>
      each(graph, ['publication'], (publication) => ({
        oid: publication.id,
        pubname: publication.name,
        puballtables: publication.allTables,
      })),
  ],
  ['pg_publication_tables', (graph) => publicationRows(graph)],
  ['pg_publication_rel', (graph) => publicationRows(graph)],
  [
    'pg_attribute',
    (graph) =>
      each(graph, ['column'], (column) => ({
        attrelid: column.relation,
        attname: column.name,
        attnum: column.position,
        attisdropped: false,
        attnotnull: column.notNull,
        atttypid: column.type?.entity ?? UNKNOWN,
        atthasdef: column.default !== null || column.generated !== null,
        attidentity: column.identity === null ? '' : column.identity === 'always' ? 'a' : 'd',
        attgenerated: column.generated === null ? '' : column.generated.stored ? 's' : 'v',
      })),
  ],
  [
    'pg_attrdef',
    (graph) =>
      each(graph, ['column'], (column) =>
        column.default === null
          ? undefined
          : {
              adrelid: column.relation,
              adnum: column.position,
              // What pg_get_expr() makes of it.
              adbin: shownDefault(column.default, column.type),
            },
      ),
  ],
  [
    'pg_rules',
    (graph) =>
      each(graph, ['rewriteRule'], (rule) => ({
        schemaname: named(graph, rule.relation).schema,
        tablename: named(graph, rule.relation).name,
        rulename: rule.name,
      })),
  ],
]);

const DELTYPE = { 'no action': 'a', restrict: 'r', cascade: 'c', 'set null': 'n', 'set default': 'd' } as const;

function columnNumbers(graph: SchemaGraph, columns: readonly Entity['id'][] | null): Value {
  return columns === null ? UNKNOWN : columns.map((id) => graph.get('column', id).position);
}

function clauseOf(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  clause: EntityOf<'policy'>['using'],
  schemas: SchemaNames,
): Value {
  if (clause === null) return null;
  return graph.isDoubtful(policy, ['policies']) ? SOME_TEXT : ShownClause.of(clause, graph, schemas);
}

function roleRow(role: EntityOf<'role'>): Columns {
  return {
    oid: role.id,
    rolname: role.name,
    rolsuper: role.isSuperuser,
    rolbypassrls: role.bypassesRowSecurity,
    rolcanlogin: role.canLogin,
    rolinherit: role.inherits,
  };
}

function* enumRows(graph: SchemaGraph): Iterable<Columns> {
  for (const type of graph.ofKind('enumType')) {
    for (const [index, label] of type.labels.entries())
      yield { enumtypid: type.id, enumlabel: label, enumsortorder: index + 1 };
  }
}

function* publicationRows(graph: SchemaGraph): Iterable<Columns> {
  for (const publication of graph.ofKind('publication')) {
    const listed = publication.allTables
      ? [...graph.ofKind('table')]
      : [
          ...publication.tables.map((each) => graph.find(each.table)),
          ...graph
            .ofKind('table')
            .filter((table) =>
              publication.schemas.some((schema) => graph.get('schema', schema).name === table.name.schema),
            ),
        ];
    for (const table of listed) {
      if (table?.kind === 'table')
        yield {
          pubname: publication.name,
          schemaname: table.name.schema,
          tablename: table.name.name,
          prpubid: publication.id,
          prrelid: table.id,
        };
    }
  }
}

function* inheritanceRows(graph: SchemaGraph): Iterable<Columns> {
  for (const table of graph.ofKind('table')) {
    const parents = table.partitionOf === null ? table.inherits : [table.partitionOf];
    for (const [at, parent] of parents.entries())
      yield { inhrelid: table.id, inhparent: parent, inhseqno: at + 1, inhdetachpending: false };
  }
}

/** pg_depend as far as the graph goes: members of extensions, and what hangs on what. A column is its relation and a number. */
function* dependencyRows(graph: SchemaGraph): Iterable<Columns> {
  for (const entity of graph.all()) {
    const own = addressOf(entity);
    const shared: Columns = { classid: UNKNOWN, objid: own.oid, objsubid: own.part, refclassid: UNKNOWN };
    if (entity.extension !== undefined) yield { ...shared, refobjid: entity.extension, refobjsubid: 0, deptype: 'e' };
    for (const { on, strength } of dependenciesOf(entity)) {
      const target = graph.find(on);
      if (target === undefined || own.oid === addressOf(target).oid) continue;
      const { oid, part } = addressOf(target);
      const deptype = strength === 'normal' ? 'n' : entity.kind === 'sequence' && entity.isIdentity ? 'i' : 'a';
      yield { ...shared, refobjid: oid, refobjsubid: part, deptype };
    }
  }
}

function addressOf(entity: Entity): { readonly oid: Entity['id']; readonly part: number } {
  return entity.kind === 'column' ? { oid: entity.relation, part: entity.position } : { oid: entity.id, part: 0 };
}
