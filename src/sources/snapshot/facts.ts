// Long because it lists every fact of every kind once: a fact that is missing here does not compile.

import { boundRelation } from '../../graph/binding/bound-entity.ts';
import type { FunctionBody, Parameter } from '../../graph/entities/function-entity.ts';
import type { Entity, EntityKind, EntityOf } from '../../graph/entities/index.ts';
import type { IndexKey } from '../../graph/entities/index-entity.ts';
import type { PublishedTable } from '../../graph/entities/publication.ts';
import type { Membership } from '../../graph/entities/role.ts';
import type { PartitionKey, StorageOption, Table } from '../../graph/entities/table.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import {
  type Codec,
  type Codecs,
  count,
  isFalse,
  isTrue,
  list,
  listEvenIfEmpty,
  objectSchema,
  oneOf,
  orNull,
  plain,
  record,
  text,
  unless,
} from './codec.ts';
import { expression, newAndOld, noNames, ownRow, parameters, query } from './expression.ts';
import { acl, entity, grantee, oneOfKinds, qualifiedName, role, type } from './references.ts';
import { lines } from './text.ts';

/** What every entity has, and its key tells or `snapshot-entity.ts` writes. */
type Common = 'kind' | 'id' | 'origin' | 'setBy' | 'comment' | 'extension' | 'isAssumed';
export type FactsOf<K extends EntityKind> = Omit<EntityOf<K>, Common>;

/** Kinds that are parts of nothing: no entity is a part of itself. */
const relation = oneOfKinds('table', 'foreignTable', 'view', 'materializedView', 'compositeType');
const table = oneOfKinds('table', 'foreignTable');
const column = entity('column');
const columns = list(column);
const settings = list(record<StorageOption>({ name: text, value: text }, ['name', 'value']));
const owned = { owner: role, acl } as const;
const deferrable = { isDeferrable: isTrue, isInitiallyDeferred: isTrue } as const;
const persistence = unless('permanent', oneOf('permanent', 'unlogged', 'temporary'));
const enabled = unless('origin', oneOf('origin', 'disabled', 'replica', 'always'));
const action = unless('no action', oneOf('no action', 'restrict', 'cascade', 'set null', 'set default'));

const parameter = record<Parameter>(
  {
    name: orNull(text),
    mode: unless('in', oneOf('in', 'out', 'inout', 'variadic', 'table')),
    type,
    default: orNull(expression(noNames)),
  },
  ['type'],
);

const body: Codec<FunctionBody | null> = orNull(
  record<Omit<FunctionBody, 'at'>>(
    {
      text: lines,
      // How it was quoted says where its places are in a file; here there is none.
      quoting: unless('dollar', oneOf('dollar', 'single', 'none')),
      atomic: orNull(listEvenIfEmpty(query(parameters))),
    },
    ['text'],
  ),
);

const indexKey = record<IndexKey>(
  {
    column: orNull(column),
    expression: orNull(expression(ownRow)),
    opclass: orNull(qualifiedName),
    opclassOptions: settings,
    descending: isTrue,
    nullsFirst: isTrue,
    collation: orNull(qualifiedName),
  },
  [],
);

const partitionKey = record<PartitionKey>(
  {
    strategy: oneOf('list', 'range', 'hash'),
    keys: list(
      record<PartitionKey['keys'][number]>({ column: orNull(column), expression: orNull(expression(ownRow)) }, []),
    ),
  },
  ['strategy'],
);

const replicaIdentity: Codec<Table['replicaIdentity']> = {
  schema: { anyOf: [{ enum: ['full', 'nothing'] }, objectSchema({ index: { type: 'string' } })] },
  write: (value, writing) => {
    if (value === 'default') return undefined;
    if (typeof value === 'string') return value;
    // Its index was dropped.
    if (writing.graph.find(value.index) === undefined) return 'nothing';
    return { index: entity('index').write(value.index, writing) ?? '' };
  },
  read: (json, resolving) => {
    if (json === undefined) return 'default';
    if (json === 'full' || json === 'nothing') return json;
    return { index: entity('index').read((json as { readonly index: string }).index, resolving) };
  },
};

/** A published table's WHERE names its columns. */
const publishedTable: Codec<PublishedTable> = {
  ...record<PublishedTable>({ table: entity('table'), columns, where: orNull(expression(noNames)) }, ['table']),
  write: (value, writing) => publishedIn(value.table).write(value, writing),
  read: (json, resolving) => {
    const table = entity('table').read((json as { readonly table: string }).table, resolving);
    return publishedIn(table).read(json, resolving);
  },
};

function publishedIn(table: EntityId): Codec<PublishedTable> {
  const where = expression((_, graph) => ({ target: boundRelation(graph, graph.get('table', table)) }));
  return record<PublishedTable>({ table: entity('table'), columns, where: orNull(where) }, ['table']);
}

const membership = record<Membership>({ role, admin: isTrue, inherit: isFalse, set: isFalse }, ['role']);

const renamed: Codec<ReadonlyMap<string, string> | undefined> = {
  schema: { type: 'array', items: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 } },
  write: (value) => (value === undefined ? undefined : [...value].map(([before, after]) => [before, after])),
  read: (json) => (json === undefined ? undefined : new Map(json as unknown as readonly [string, string][])),
};

type FactCodecs = { readonly [K in EntityKind]: Codecs<FactsOf<K>> };

/** In the order in which the file has them: what others point at comes first. */
export const FACTS: FactCodecs = {
  role: {
    name: text,
    isSuperuser: isTrue,
    inherits: isFalse,
    canLogin: isTrue,
    createsRoles: isTrue,
    createsDatabases: isTrue,
    replication: isTrue,
    bypassesRowSecurity: isTrue,
    memberOf: list(membership),
    config: settings,
  },
  schema: { name: text, ...owned },
  extension: { name: text, schema: orNull(entity('schema')) },
  foreignDataWrapper: { name: text },
  foreignServer: { name: text, wrapper: orNull(entity('foreignDataWrapper')) },
  baseType: { name: qualifiedName, ...owned },
  enumType: { name: qualifiedName, labels: list(text), renamed, ...owned },
  domain: {
    name: qualifiedName,
    base: type,
    notNull: isTrue,
    default: orNull(expression(noNames)),
    collation: orNull(qualifiedName),
    ...owned,
  },
  compositeType: { name: qualifiedName, ...owned },
  rangeType: { name: qualifiedName, subtype: type, multirangeName: text, ...owned },
  table: {
    name: qualifiedName,
    persistence,
    rowSecurity: isTrue,
    forceRowSecurity: isTrue,
    inherits: list(entity('table')),
    partitionOf: orNull(entity('table')),
    partitionBound: orNull(text),
    partitionKey: orNull(partitionKey),
    options: settings,
    replicaIdentity,
    ofType: orNull(entity('compositeType')),
    ...owned,
  },
  foreignTable: { name: qualifiedName, server: orNull(entity('foreignServer')), options: settings, ...owned },
  view: {
    name: qualifiedName,
    query: query(noNames),
    securityInvoker: isTrue,
    securityBarrier: isTrue,
    checkOption: orNull(oneOf('local', 'cascaded')),
    ...owned,
  },
  materializedView: { name: qualifiedName, query: query(noNames), isPopulated: isFalse, options: settings, ...owned },
  column: {
    relation,
    name: text,
    position: count,
    type: orNull(type),
    notNull: isTrue,
    notNullName: orNull(text),
    default: orNull(expression(noNames)),
    identity: orNull(oneOf('always', 'byDefault')),
    generated: orNull(
      record<{ expression: EntityOf<'checkConstraint'>['expression']; stored: boolean }>(
        { expression: expression(ownRow), stored: isFalse },
        ['expression'],
      ),
    ),
    collation: orNull(qualifiedName),
    isInherited: isTrue,
    acl,
  },
  sequence: {
    name: qualifiedName,
    dataType: unless('bigint', oneOf('smallint', 'integer', 'bigint')),
    start: unless('1', text),
    increment: unless('1', text),
    minimum: unless('1', text),
    maximum: text,
    cache: unless('1', text),
    cycles: isTrue,
    ownedBy: orNull(column),
    isIdentity: isTrue,
    persistence,
    ...owned,
  },
  function: {
    name: qualifiedName,
    routine: unless('function', oneOf('function', 'procedure', 'aggregate', 'window')),
    parameters: list(parameter),
    returns: orNull(type),
    returnsSet: isTrue,
    language: text,
    security: unless('invoker', oneOf('invoker', 'definer')),
    volatility: unless('volatile', oneOf('immutable', 'stable', 'volatile')),
    isStrict: isTrue,
    isLeakproof: isTrue,
    parallel: unless('unsafe', oneOf('safe', 'restricted', 'unsafe')),
    config: settings,
    body,
    ...owned,
  },
  operator: { name: qualifiedName, left: orNull(type), right: orNull(type), function: orNull(entity('function')) },
  operatorClass: { name: qualifiedName, method: text, type, isDefault: isTrue },
  cast: {
    source: type,
    target: type,
    function: orNull(entity('function')),
    context: unless('explicit', oneOf('implicit', 'assignment', 'explicit')),
  },
  minorObject: {
    object: plain<EntityOf<'minorObject'>['object']>({ type: 'string' }),
    name: qualifiedName,
  },
  index: {
    relation,
    name: qualifiedName,
    method: unless('btree', text),
    isUnique: isTrue,
    nullsNotDistinct: isTrue,
    keys: list(indexKey),
    include: columns,
    predicate: orNull(expression(ownRow)),
    options: settings,
    constraint: orNull(oneOfKinds('primaryKey', 'uniqueConstraint', 'exclusionConstraint')),
    parent: orNull(entity('index')),
    isValid: isFalse,
  },
  primaryKey: { table, name: text, columns, index: entity('index'), ...deferrable },
  uniqueConstraint: {
    table,
    name: text,
    columns,
    nullsNotDistinct: isTrue,
    index: entity('index'),
    ...deferrable,
  },
  exclusionConstraint: { table, name: text, index: entity('index'), operators: list(text), ...deferrable },
  foreignKey: {
    table,
    name: text,
    columns,
    referencedTable: table,
    referencedColumns: columns,
    onDelete: action,
    onUpdate: action,
    setColumns: columns,
    match: unless('simple', oneOf('simple', 'full')),
    isValidated: isFalse,
    isEnforced: isFalse,
    ...deferrable,
    parent: orNull(entity('foreignKey')),
    referencedIndex: orNull(entity('index')),
  },
  checkConstraint: {
    on: oneOfKinds('table', 'foreignTable', 'domain'),
    name: text,
    expression: expression(ownRow),
    isValidated: isFalse,
    isEnforced: isFalse,
    noInherit: isTrue,
    isInherited: isTrue,
  },
  policy: {
    table,
    name: text,
    command: unless('all', oneOf('all', 'select', 'insert', 'update', 'delete')),
    isPermissive: isFalse,
    roles: list(grantee),
    using: orNull(expression(ownRow)),
    check: orNull(expression(ownRow)),
  },
  trigger: {
    relation,
    name: text,
    timing: oneOf('before', 'after', 'insteadOf'),
    events: list(oneOf('insert', 'update', 'delete', 'truncate')),
    updateColumns: columns,
    level: oneOf('row', 'statement'),
    function: orNull(entity('function')),
    when: orNull(expression(newAndOld)),
    arguments: list(text),
    enabled,
    isConstraint: isTrue,
    ...deferrable,
    oldTable: orNull(text),
    newTable: orNull(text),
  },
  rewriteRule: {
    relation,
    name: text,
    event: oneOf('select', 'insert', 'update', 'delete'),
    isInstead: isTrue,
    condition: orNull(expression(newAndOld)),
    actions: list(query(newAndOld)),
  },
  eventTrigger: {
    name: text,
    event: text,
    tags: list(text),
    function: orNull(entity('function')),
    enabled,
    owner: role,
  },
  publication: {
    name: text,
    allTables: isTrue,
    tables: list(publishedTable),
    schemas: list(entity('schema')),
    publishes: list(text),
    viaRoot: isTrue,
    owner: role,
  },
  statistics: {
    relation,
    name: qualifiedName,
    kinds: list(text),
    columns,
    expressions: list(expression(ownRow)),
  },
  defaultPrivileges: {
    role,
    schema: orNull(entity('schema')),
    objects: oneOf('table', 'sequence', 'function', 'type', 'schema'),
    acl,
  },
  bucket: { name: text, isPublic: orNull(plain<boolean>({ type: 'boolean' })) },
};

export const SNAPSHOT_KINDS = Object.keys(FACTS) as readonly EntityKind[];

export function factCodecs(kind: EntityKind): Codecs<Omit<Entity, Common>> {
  return FACTS[kind] as unknown as Codecs<Omit<Entity, Common>>;
}
