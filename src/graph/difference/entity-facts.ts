// Long because it lists every fact of every kind once: a fact that is missing here does not compile.
import type { Entity, EntityKind, EntityOf } from '../entities/index.ts';
import { type FactWriter, type KnownFact, known, UNKNOWN } from './fact.ts';
import { partitionBoundKey } from './partition-bound.ts';

/** What an entity is, not what it is like: told by its path, or meaningless outside its graph. */
type Identity = 'kind' | 'id' | 'origin' | 'setBy' | 'extension' | 'isAssumed' | 'name' | 'comment' | 'renamed';
/** The entity it is a part of, which its path names. */
type Owner<K extends EntityKind> = K extends 'column' | 'index' | 'trigger' | 'rewriteRule'
  ? 'relation'
  : K extends 'policy' | 'primaryKey' | 'uniqueConstraint' | 'foreignKey' | 'exclusionConstraint'
    ? 'table'
    : K extends 'checkConstraint'
      ? 'on'
      : never;

type FactsOf<K extends EntityKind> = {
  readonly [P in Exclude<keyof EntityOf<K>, Identity | Owner<K>>]: KnownFact;
};

type Describe = { readonly [K in EntityKind]: (entity: EntityOf<K>, fact: FactWriter) => FactsOf<K> };

const DESCRIBE: Describe = {
  baseType: (type, fact) => ({ owner: fact.entity(type.owner), acl: fact.acl(type.acl, type.owner) }),
  // Where the statement computes it, replay cannot know.
  bucket: (bucket, fact) => ({ isPublic: bucket.isPublic === null ? UNKNOWN : fact.text(bucket.isPublic) }),
  cast: (cast, fact) => ({
    source: fact.type(cast.source),
    target: fact.type(cast.target),
    function: fact.entity(cast.function),
    context: fact.text(cast.context),
  }),
  checkConstraint: (check, fact) => ({
    expression: fact.expression(check.expression),
    isValidated: fact.text(check.isValidated),
    isEnforced: fact.text(check.isEnforced),
    noInherit: fact.text(check.noInherit),
    isInherited: fact.text(check.isInherited),
  }),
  column: (column, fact) => ({
    position: fact.text(column.position),
    type: fact.type(column.type),
    notNull: fact.text(column.notNull),
    notNullName: fact.text(column.notNullName),
    default: fact.expression(column.default, column.type),
    identity: fact.text(column.identity),
    generated:
      column.generated === null
        ? fact.text(null)
        : fact.phrase(
            fact.expression(column.generated.expression, column.type),
            fact.text(column.generated.stored ? 'stored' : 'virtual'),
          ),
    // Replay knows the types of a view's columns, not what collations its query derives.
    collation: fact.isQueried(column.relation) ? UNKNOWN : fact.name(column.collation),
    isInherited: fact.text(column.isInherited),
    acl: fact.acl(column.acl),
  }),
  compositeType: (type, fact) => ({ owner: fact.entity(type.owner), acl: fact.acl(type.acl, type.owner) }),
  defaultPrivileges: (defaults, fact) => ({
    role: fact.entity(defaults.role),
    schema: fact.entity(defaults.schema),
    objects: fact.text(defaults.objects),
    acl: fact.acl(defaults.acl),
  }),
  domain: (domain, fact) => ({
    base: fact.type(domain.base),
    notNull: fact.text(domain.notNull),
    default: fact.expression(domain.default, domain.base),
    collation: fact.name(domain.collation),
    owner: fact.entity(domain.owner),
    acl: fact.acl(domain.acl, domain.owner),
  }),
  enumType: (type, fact) => ({
    labels: fact.texts(type.labels),
    owner: fact.entity(type.owner),
    acl: fact.acl(type.acl, type.owner),
  }),
  eventTrigger: (trigger, fact) => ({
    event: fact.text(trigger.event),
    tags: fact.set(trigger.tags.map((tag) => fact.text(tag))),
    function: fact.entity(trigger.function),
    enabled: fact.text(trigger.enabled),
    owner: fact.entity(trigger.owner),
  }),
  exclusionConstraint: (constraint, fact) => ({
    index: fact.entity(constraint.index),
    operators: fact.texts(constraint.operators),
    isDeferrable: fact.text(constraint.isDeferrable),
    isInitiallyDeferred: fact.text(constraint.isInitiallyDeferred),
  }),
  extension: (extension, fact) => ({ schema: fact.entity(extension.schema) }),
  foreignDataWrapper: () => ({}),
  foreignKey: (key, fact) => ({
    columns: fact.columns(key.columns),
    referencedTable: fact.entity(key.referencedTable),
    referencedColumns: fact.columns(key.referencedColumns),
    onDelete: fact.text(key.onDelete),
    onUpdate: fact.text(key.onUpdate),
    setColumns: fact.columns(key.setColumns),
    match: fact.text(key.match),
    isValidated: fact.text(key.isValidated),
    isEnforced: fact.text(key.isEnforced),
    isDeferrable: fact.text(key.isDeferrable),
    isInitiallyDeferred: fact.text(key.isInitiallyDeferred),
    parent: fact.entity(key.parent),
    referencedIndex: fact.entity(key.referencedIndex),
  }),
  foreignServer: (server, fact) => ({ wrapper: fact.entity(server.wrapper) }),
  foreignTable: (table, fact) => ({
    server: fact.entity(table.server),
    options: fact.settings(table.options),
    owner: fact.entity(table.owner),
    acl: fact.acl(table.acl, table.owner),
  }),
  function: (fn, fact) => ({
    routine: fact.text(fn.routine),
    parameters: fact.list(
      fn.parameters.map((each) =>
        fact.phrase(
          fact.text(each.mode),
          fact.text(each.name ?? ''),
          known(fact.type(each.type)),
          each.default === null
            ? fact.text('')
            : fact.phrase(fact.text('default'), fact.expression(each.default, each.type)),
        ),
      ),
    ),
    returns: fn.returns === null ? fact.text(null) : fact.type(fn.returns),
    returnsSet: fact.text(fn.returnsSet),
    language: fact.text(fn.language),
    security: fact.text(fn.security),
    volatility: fact.text(fn.volatility),
    isStrict: fact.text(fn.isStrict),
    isLeakproof: fact.text(fn.isLeakproof),
    parallel: fact.text(fn.parallel),
    config: fact.settings(fn.config),
    body: fact.body(fn.body),
    owner: fact.entity(fn.owner),
    acl: fact.acl(fn.acl, fn.owner),
  }),
  index: (index, fact) => ({
    method: fact.text(index.method),
    isUnique: fact.text(index.isUnique),
    nullsNotDistinct: fact.text(index.nullsNotDistinct),
    keys: fact.list(
      index.keys.map((key) =>
        fact.phrase(
          key.column === null ? fact.expression(key.expression) : fact.columns([key.column]),
          key.opclass === null ? fact.text('') : fact.name(key.opclass),
          key.opclassOptions.length === 0 ? fact.text('') : fact.settings(key.opclassOptions),
          key.collation === null ? fact.text('') : fact.name(key.collation),
          fact.text(key.descending ? 'desc' : ''),
          fact.text(key.nullsFirst ? 'nulls first' : ''),
        ),
      ),
    ),
    include: fact.columns(index.include),
    predicate: fact.expression(index.predicate),
    options: fact.settings(index.options),
    constraint: fact.entity(index.constraint),
    parent: fact.entity(index.parent),
    isValid: fact.text(index.isValid),
  }),
  materializedView: (view, fact) => ({
    query: fact.expression(view.query),
    isPopulated: fact.text(view.isPopulated),
    options: fact.settings(view.options),
    owner: fact.entity(view.owner),
    acl: fact.acl(view.acl, view.owner),
  }),
  minorObject: (object, fact) => ({ object: fact.text(object.object) }),
  operator: (operator, fact) => ({
    left: operator.left === null ? fact.text(null) : fact.type(operator.left),
    right: operator.right === null ? fact.text(null) : fact.type(operator.right),
    function: fact.entity(operator.function),
  }),
  operatorClass: (opclass, fact) => ({
    method: fact.text(opclass.method),
    type: fact.type(opclass.type),
    isDefault: fact.text(opclass.isDefault),
  }),
  policy: (policy, fact) => ({
    command: fact.text(policy.command),
    isPermissive: fact.text(policy.isPermissive),
    roles: fact.set(policy.roles.map((role) => fact.grantee(role))),
    using: fact.expression(policy.using),
    check: fact.expression(policy.check),
  }),
  primaryKey: (key, fact) => ({
    columns: fact.columns(key.columns),
    index: fact.entity(key.index),
    isDeferrable: fact.text(key.isDeferrable),
    isInitiallyDeferred: fact.text(key.isInitiallyDeferred),
  }),
  publication: (publication, fact) => ({
    allTables: fact.text(publication.allTables),
    tables: fact.set(
      publication.tables.map((each) =>
        fact.phrase(
          fact.entity(each.table),
          fact.set(each.columns.map((id) => fact.columns([id]))),
          fact.expression(each.where),
        ),
      ),
    ),
    schemas: fact.set(publication.schemas.map((id) => fact.entity(id))),
    publishes: fact.texts(publication.publishes),
    viaRoot: fact.text(publication.viaRoot),
    owner: fact.entity(publication.owner),
  }),
  rangeType: (type, fact) => ({
    subtype: fact.type(type.subtype),
    multirangeName: fact.text(type.multirangeName),
    owner: fact.entity(type.owner),
    acl: fact.acl(type.acl, type.owner),
  }),
  rewriteRule: (rule, fact) => ({
    event: fact.text(rule.event),
    isInstead: fact.text(rule.isInstead),
    condition: fact.expression(rule.condition),
    actions: fact.list(rule.actions.map((action) => fact.expression(action))),
  }),
  role: (role, fact) => ({
    isSuperuser: fact.text(role.isSuperuser),
    inherits: fact.text(role.inherits),
    canLogin: fact.text(role.canLogin),
    createsRoles: fact.text(role.createsRoles),
    createsDatabases: fact.text(role.createsDatabases),
    replication: fact.text(role.replication),
    bypassesRowSecurity: fact.text(role.bypassesRowSecurity),
    memberOf: fact.set(
      role.memberOf.map(({ role: of, admin, inherit, set }) =>
        fact.phrase(
          fact.entity(of),
          fact.text(admin ? 'with admin' : ''),
          fact.text(inherit ? '' : 'without inherit'),
          fact.text(set ? '' : 'without set'),
        ),
      ),
    ),
    config: fact.settings(role.config),
  }),
  schema: (schema, fact) => ({ owner: fact.entity(schema.owner), acl: fact.acl(schema.acl, schema.owner) }),
  sequence: (sequence, fact) => ({
    dataType: fact.text(sequence.dataType),
    start: fact.text(sequence.start),
    increment: fact.text(sequence.increment),
    minimum: fact.text(sequence.minimum),
    maximum: fact.text(sequence.maximum),
    cache: fact.text(sequence.cache),
    cycles: fact.text(sequence.cycles),
    ownedBy: fact.entity(sequence.ownedBy),
    isIdentity: fact.text(sequence.isIdentity),
    persistence: fact.text(sequence.persistence),
    owner: fact.entity(sequence.owner),
    acl: fact.acl(sequence.acl, sequence.owner),
  }),
  statistics: (statistics, fact) => ({
    relation: fact.entity(statistics.relation),
    kinds: fact.texts(statistics.kinds),
    // The server keeps them in the order of the table.
    columns: fact.set(statistics.columns.map((id) => fact.columns([id]))),
    expressions: fact.list(statistics.expressions.map((each) => fact.expression(each))),
  }),
  table: (table, fact) => ({
    persistence: fact.text(table.persistence),
    rowSecurity: fact.text(table.rowSecurity),
    forceRowSecurity: fact.text(table.forceRowSecurity),
    inherits: fact.entities(table.inherits),
    partitionOf: fact.entity(table.partitionOf),
    partitionBound:
      table.partitionBound === null
        ? fact.text(null)
        : { key: partitionBoundKey(table.partitionBound), text: table.partitionBound },
    partitionKey:
      table.partitionKey === null
        ? fact.text(null)
        : fact.phrase(
            fact.text(table.partitionKey.strategy),
            fact.list(
              table.partitionKey.keys.map((key) =>
                key.column === null ? fact.expression(key.expression) : fact.columns([key.column]),
              ),
            ),
          ),
    options: fact.settings(table.options),
    replicaIdentity: fact.replicaIdentity(table.replicaIdentity),
    ofType: fact.entity(table.ofType),
    owner: fact.entity(table.owner),
    acl: fact.acl(table.acl, table.owner),
  }),
  trigger: (trigger, fact) => ({
    timing: fact.text(trigger.timing),
    events: fact.texts(trigger.events),
    updateColumns: fact.set(trigger.updateColumns.map((id) => fact.columns([id]))),
    level: fact.text(trigger.level),
    // Replay has no entities for the functions of extensions (moddatetime, tsvector_update_trigger's kin).
    function: trigger.function === null ? UNKNOWN : fact.entity(trigger.function),
    when: fact.expression(trigger.when),
    arguments: fact.texts(trigger.arguments),
    enabled: fact.text(trigger.enabled),
    isConstraint: fact.text(trigger.isConstraint),
    isDeferrable: fact.text(trigger.isDeferrable),
    isInitiallyDeferred: fact.text(trigger.isInitiallyDeferred),
    oldTable: fact.text(trigger.oldTable),
    newTable: fact.text(trigger.newTable),
  }),
  uniqueConstraint: (constraint, fact) => ({
    columns: fact.columns(constraint.columns),
    nullsNotDistinct: fact.text(constraint.nullsNotDistinct),
    index: fact.entity(constraint.index),
    isDeferrable: fact.text(constraint.isDeferrable),
    isInitiallyDeferred: fact.text(constraint.isInitiallyDeferred),
  }),
  view: (view, fact) => ({
    query: fact.expression(view.query),
    securityInvoker: fact.text(view.securityInvoker),
    securityBarrier: fact.text(view.securityBarrier),
    checkOption: fact.text(view.checkOption),
    owner: fact.entity(view.owner),
    acl: fact.acl(view.acl, view.owner),
  }),
};

/** Every fact of the entity by its property's name, in the order above; the comment comes last. */
export function factsOf(entity: Entity, fact: FactWriter): ReadonlyMap<string, KnownFact> {
  const describe = DESCRIBE[entity.kind] as (entity: Entity, fact: FactWriter) => Readonly<Record<string, KnownFact>>;
  // An extension's own comment stands in its control file, which only the server has.
  const comment = entity.kind === 'extension' ? UNKNOWN : fact.text(entity.comment);
  return new Map([...Object.entries(describe(entity, fact)), ['comment', comment]]);
}
