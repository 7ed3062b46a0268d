import type {
  AlterOwnerStmt,
  AlterPolicyStmt,
  AlterTableStmt,
  ConstrType,
  CreatePolicyStmt,
  DropStmt,
  GrantStmt,
  Node,
  RangeVar,
} from '@pgsql/types';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { Aspect, Doubt, Part } from '../../../graph/journal.ts';
import { patternOf } from '../../../sql/name.ts';
import { fieldsOf, writtenName } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { PLACEHOLDER } from '../evaluation/value.ts';

/** What a statement may change, for one that may or may not have run. */
export type Effect = Pick<Doubt, 'aspects' | 'reach' | 'onlyDrops' | 'part' | 'onlyEnables'>;

const NONE: ReadonlySet<string> = new Set([
  'SelectStmt',
  // What it calls says its own doubts.
  'CallStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'TruncateStmt',
  'CopyStmt',
  'CommentStmt',
  'VariableSetStmt',
  'VariableShowStmt',
  'LockStmt',
  'NotifyStmt',
  'RefreshMatViewStmt',
  'TransactionStmt',
  'ExplainStmt',
  'VacuumStmt',
]);

const WITHOUT_RELATION: ReadonlyMap<string, readonly Aspect[]> = new Map<string, readonly Aspect[]>([
  ['CreateEnumStmt', ['types']],
  ['AlterEnumStmt', ['types']],
  ['CompositeTypeStmt', ['types']],
  ['CreateDomainStmt', ['types']],
  ['AlterDomainStmt', ['types']],
  ['CreateExtensionStmt', ['existence', 'functions', 'types']],
  ['CreateSchemaStmt', ['existence']],
  ['CreateRoleStmt', ['privileges']],
  ['AlterRoleStmt', ['privileges']],
  ['GrantRoleStmt', ['privileges']],
  ['AlterDefaultPrivilegesStmt', ['privileges']],
  ['AlterPublicationStmt', ['existence']],
  ['CreatePublicationStmt', ['existence']],
  ['CreateEventTrigStmt', ['rowSecurity']],
]);

const OUTSIDE_GRAPH: ReadonlySet<string> = new Set([
  ...['OBJECT_TSCONFIGURATION', 'OBJECT_TSDICTIONARY', 'OBJECT_TSPARSER', 'OBJECT_TSTEMPLATE', 'OBJECT_COLLATION'],
]);

/** Null: certainly nothing of the schema. */
export function effectOf(node: Node, kind: string, context: ReplayContext): Effect | null {
  if (NONE.has(kind)) return null;
  const general = WITHOUT_RELATION.get(kind);
  if (general) return { aspects: general, reach: 'any' };
  if ('AlterTableStmt' in node) {
    const partition = changedPartition(node.AlterTableStmt);
    if (partition !== undefined) return { aspects: 'anything', reach: reachOf(partition, context) };
    if (enablesAgain(node.AlterTableStmt, context)) return null;
    const aspects = alterAspects(node.AlterTableStmt);
    const reach = reachOf(node.AlterTableStmt.relation, context);
    if (onlyEnables(node.AlterTableStmt)) return { aspects, reach, onlyEnables: true };
    return aspects.length === 0 ? null : { aspects, reach };
  }
  if ('CreatePolicyStmt' in node) return policyEffect(node.CreatePolicyStmt, context);
  if ('AlterPolicyStmt' in node) return policyEffect(node.AlterPolicyStmt, context);
  if ('IndexStmt' in node) return { aspects: ['indexes'], reach: reachOf(node.IndexStmt.relation, context) };
  if ('CreateTrigStmt' in node) {
    const { relation, trigname } = node.CreateTrigStmt;
    return { aspects: ['triggers'], reach: reachOf(relation, context), ...partNamed('trigger', trigname) };
  }
  if ('CreateStmt' in node) return { aspects: ['existence'], reach: reachOf(node.CreateStmt.relation, context) };
  if ('ViewStmt' in node) return { aspects: ['existence'], reach: reachOf(node.ViewStmt.view, context) };
  if ('GrantStmt' in node) return { aspects: ['privileges'], reach: granted(node.GrantStmt, context) };
  if ('RenameStmt' in node) return { aspects: 'anything', reach: reachOf(node.RenameStmt.relation, context) };
  if ('CreateFunctionStmt' in node)
    return { aspects: ['functions'], reach: existingRoutines(node.CreateFunctionStmt.funcname, context) };
  if ('AlterFunctionStmt' in node)
    return { aspects: ['functions'], reach: routinesNamed(node.AlterFunctionStmt.func?.objname, context) };
  if ('AlterOwnerStmt' in node) return ownerEffect(node.AlterOwnerStmt, context);
  // Text search objects and collations are not in the graph.
  if ('DefineStmt' in node && OUTSIDE_GRAPH.has(node.DefineStmt.kind ?? '')) return null;
  if ('AlterTSConfigurationStmt' in node || 'AlterTSDictionaryStmt' in node) return null;
  if ('DropStmt' in node) return dropEffect(node.DropStmt, context);
  return { aspects: 'anything', reach: 'any' };
}

function policyEffect({ table, policy_name }: CreatePolicyStmt | AlterPolicyStmt, context: ReplayContext): Effect {
  return { aspects: ['policies'], reach: reachOf(table, context), ...partNamed('policy', policy_name) };
}

/** Nothing where the name is known in part only. */
function partNamed(kind: Part['kind'], name = ''): Pick<Effect, 'part'> {
  return name === '' || name.includes(PLACEHOLDER) ? {} : { part: { kind, name } };
}

/** The relation that a statement makes. */
export function madeRelation(node: Node): RangeVar | undefined {
  if ('CreateStmt' in node) return node.CreateStmt.relation;
  if ('ViewStmt' in node) return node.ViewStmt.view;
  return 'CreateTableAsStmt' in node ? node.CreateTableAsStmt.into?.rel : undefined;
}

function reachOf(range: RangeVar | undefined, context: ReplayContext): Doubt['reach'] {
  if (range === undefined || range.schemaname === PLACEHOLDER) return 'any';
  if (range.relname?.includes(PLACEHOLDER)) {
    const schema = range.schemaname ?? context.names.creationSchema();
    if (schema === undefined) return 'any';
    return range.relname === PLACEHOLDER
      ? { schemas: [schema] }
      : { entities: namedLike(range.relname, schema, context) };
  }
  const found = context.lookup(range);
  return { entities: found ? [found.id] : [] };
}

/** What a CREATE OR REPLACE may give another body; a new name may be called by what is made later. */
function existingRoutines(names: readonly Node[] | undefined, context: ReplayContext): Doubt['reach'] {
  const named = routinesNamed(names, context);
  return named !== 'any' && 'entities' in named && named.entities.length > 0 ? named : 'any';
}

/** What a name of which a part is known can mean: relations of that schema, and the tables of indexes. */
function namedLike(name: string, schema: string, { graph }: ReplayContext): readonly EntityId[] {
  const pattern = new RegExp(`^${name.split(PLACEHOLDER).map(patternOf).join('.*')}$`, 's');
  const found = NAMED_RELATIONS.flatMap((kind) => graph.ofKind(kind)).filter(
    (each) => graph.schemaOf(each) === schema && pattern.test(each.name.name),
  );
  return found.flatMap((each) => (each.kind === 'index' ? [each.id, each.relation] : [each.id]));
}

const NAMED_RELATIONS = ['table', 'view', 'materializedView', 'index', 'sequence'] as const;

/** All overloads of a name, whatever arguments are written. */
function routinesNamed(names: readonly Node[] | undefined, context: ReplayContext): Doubt['reach'] {
  const { schema, name } = writtenName(names);
  if (name === '' || [schema, name].some((each) => each?.includes(PLACEHOLDER))) return 'any';
  return { entities: context.names.functionEntities(schema, name).map(({ id }) => id) };
}

/** Of whatever name, a GRANT on a function or a sequence is not about tables. */
function granted({ objects = [], objtype, targtype }: GrantStmt, context: ReplayContext): Doubt['reach'] {
  const [object, ...more] = objects;
  if (objtype === 'OBJECT_SEQUENCE') return { entities: context.graph.ofKind('sequence').map(({ id }) => id) };
  if (targtype !== 'ACL_TARGET_DEFAULTS' && ROUTINES.has(objtype ?? '')) {
    const names =
      targtype === 'ACL_TARGET_OBJECT' && more.length === 0 ? fieldsOf(object, 'ObjectWithArgs') : undefined;
    const named = names === undefined ? 'any' : routinesNamed(names.objname, context);
    return named === 'any' ? { entities: context.graph.ofKind('function').map(({ id }) => id) } : named;
  }
  const single = object && 'RangeVar' in object && more.length === 0 ? object.RangeVar : undefined;
  return single ? reachOf(single, context) : 'any';
}

const ROUTINES: ReadonlySet<string> = new Set(['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_ROUTINE']);

/** ALTER … OWNER TO of what is no relation: with whose rights a routine runs, or who may use the object. */
function ownerEffect({ objectType, object }: AlterOwnerStmt, context: ReplayContext): Effect {
  if (objectType === undefined || !ROUTINES.has(objectType)) return { aspects: ['privileges'], reach: 'any' };
  const names = fieldsOf(object, 'ObjectWithArgs')?.objname;
  return { aspects: ['privileges'], reach: routinesNamed(names, context) };
}

/** ATTACH and DETACH PARTITION: it is the partition that is another then. */
function changedPartition({ cmds = [] }: AlterTableStmt): RangeVar | undefined {
  const [only, ...more] = cmds.map((each) => fieldsOf(each, 'AlterTableCmd'));
  return more.length === 0 ? fieldsOf(only?.def, 'PartitionCmd')?.name : undefined;
}

function onlyEnables({ cmds = [] }: AlterTableStmt): boolean {
  return cmds.every((each) => fieldsOf(each, 'AlterTableCmd')?.subtype === 'AT_EnableRowSecurity');
}

/** ENABLE ROW LEVEL SECURITY where it is on. */
function enablesAgain({ cmds = [], relation }: AlterTableStmt, context: ReplayContext): boolean {
  const table = relation && context.lookup(relation);
  return (
    table?.kind === 'table' &&
    table.rowSecurity &&
    onlyEnables({ cmds }) &&
    !context.graph.isDoubtful(table, ['rowSecurity'])
  );
}

/** A default says of its column nothing that keys and indexes rest on; the others do. */
const COLUMN_COMMANDS = /Column|NotNull|Expression|Identity|Generated/;

function alterAspects(node: AlterTableStmt): readonly Aspect[] | 'anything' {
  const aspects = new Set<Aspect>();
  for (const each of node.cmds ?? []) {
    const subtype = 'AlterTableCmd' in each ? (each.AlterTableCmd.subtype ?? '') : '';
    if (subtype.includes('RowSecurity')) aspects.add('rowSecurity');
    else if (subtype === 'AT_ValidateConstraint') aspects.add('validity');
    else if (/Constraint/.test(subtype)) for (const aspect of constraintAspects(each)) aspects.add(aspect);
    else if (subtype === 'AT_ColumnDefault') aspects.add('columns');
    else if (COLUMN_COMMANDS.test(subtype)) aspects.add('columns').add('constraints').add('indexes');
    else if (/Trig/.test(subtype)) aspects.add('triggers');
    else if (subtype === 'AT_ChangeOwner') aspects.add('privileges');
    // Of a table they say how it is vacuumed and filled; of a view, with whose rights it reads.
    else if (/RelOptions$/.test(subtype) && node.objtype === 'OBJECT_TABLE') continue;
    else return 'anything';
  }
  return [...aspects];
}

/** No constraint that goes takes a column or its type along: whether the column may be NULL is asked with the constraints. */
function constraintAspects(node: Node): readonly Aspect[] {
  const { subtype, def } = fieldsOf(node, 'AlterTableCmd') ?? {};
  if (subtype === 'AT_DropConstraint') return ['constraints', 'indexes'];
  const added = subtype === 'AT_AddConstraint' ? fieldsOf(def, 'Constraint')?.contype : undefined;
  return (added && ADDED[added]) ?? ['constraints', 'indexes', 'columns'];
}

/** What a constraint brings that says nothing of its columns but what it allows. */
const ADDED: { readonly [kind in ConstrType]?: readonly Aspect[] } = {
  CONSTR_FOREIGN: ['constraints'],
  CONSTR_CHECK: ['constraints'],
  CONSTR_UNIQUE: ['constraints', 'indexes'],
  CONSTR_EXCLUSION: ['constraints', 'indexes'],
};

function dropEffect(node: DropStmt, context: ReplayContext): Effect {
  const [object, ...more] = node.objects ?? [];
  const names =
    object && 'List' in object
      ? (object.List.items ?? []).flatMap((each) => ('String' in each ? [each.String.sval ?? ''] : []))
      : [];
  const range = (parts: readonly string[]): Doubt['reach'] =>
    more.length > 0
      ? 'any'
      : reachOf(
          {
            ...(parts.length > 1 ? { schemaname: parts[parts.length - 2] ?? '' } : {}),
            relname: parts[parts.length - 1] ?? '',
          },
          context,
        );
  const droppedPart = (kind: Part['kind']) => ({
    reach: range(names.slice(0, -1)),
    onlyDrops: true as const,
    ...partNamed(kind, names.at(-1)),
  });
  switch (node.removeType) {
    case 'OBJECT_POLICY':
      return { aspects: ['policies'], ...droppedPart('policy') };
    case 'OBJECT_TRIGGER':
      return { aspects: ['triggers'], ...droppedPart('trigger') };
    case 'OBJECT_TABLE':
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
    case 'OBJECT_SEQUENCE':
      return { aspects: 'anything', reach: node.behavior === 'DROP_CASCADE' ? 'any' : range(names) };
    case 'OBJECT_INDEX': {
      const schema = names.at(-2) ?? context.names.creationSchema();
      const isKnown = more.length === 0 && schema !== undefined && schema !== PLACEHOLDER;
      return {
        aspects: ['indexes'],
        reach: isKnown ? { entities: namedLike(names.at(-1) ?? '', schema, context) } : 'any',
      };
    }
    case 'OBJECT_FUNCTION':
    case 'OBJECT_PROCEDURE':
    case 'OBJECT_ROUTINE': {
      const isAlone = more.length === 0 && node.behavior !== 'DROP_CASCADE';
      const named = fieldsOf(object, 'ObjectWithArgs')?.objname;
      return { aspects: ['functions'], reach: isAlone ? routinesNamed(named, context) : 'any' };
    }
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return { aspects: ['types'], reach: 'any' };
    default:
      return { aspects: 'anything', reach: 'any' };
  }
}
