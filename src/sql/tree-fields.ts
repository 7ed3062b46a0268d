// What the grammar's tree leaves unsaid of its fields: the type of a node that stands there without its tag, and where it stands in the text.
import type { NodeTag } from './nodes.ts';

/** The tag of what stands in a field; undefined for the empty node by which the grammar says "none". */
export function tagIn(parent: string, field: string, value: object): NodeTag | undefined {
  for (const key in value) {
    const code = key.charCodeAt(0);
    if (code >= 65 && code <= 90) return key as NodeTag;
    const tag = UNTAGGED_IN.get(parent)?.get(field) ?? UNTAGGED.get(field);
    if (tag === undefined) throw new Error(`The parse tree has an unknown field ${parent}.${field}`);
    return tag;
  }
  return undefined;
}

/** Fields that come before the others in the source text, though after them in the tree. */
export const EARLY = new Map<string, readonly string[]>([
  ['SelectStmt', ['withClause', 'larg', 'rarg', 'valuesLists', 'distinctClause', 'targetList']],
  ['InsertStmt', ['withClause']],
  ['UpdateStmt', ['withClause', 'relation', 'targetList', 'fromClause']],
  ['DeleteStmt', ['withClause']],
  ['MergeStmt', ['withClause']],
  ['CreateTableAsStmt', ['into']],
  ['JsonObjectAgg', ['arg']],
  ['JsonArrayAgg', ['arg']],
]);

/** The types of the fields that hold a node without its tag (@pgsql/types: every field typed as one node). */
const UNTAGGED = new Map<string, NodeTag>([
  ...of('Alias', ['alias', 'join_using_alias', 'eref']),
  ...of('RangeVar', [
    'rel',
    'relation',
    'identitySequence',
    'pktable',
    'table',
    'constrrel',
    'sequence',
    'typevar',
    'view',
    'name',
  ]),
  ...of('TypeName', [
    'typeName',
    'ofTypename',
    'datatype',
    'storedtype',
    'returnType',
    'argType',
    'sourcetype',
    'targettype',
  ]),
  ...of('TypeName', ['type_name']),
  ...of('RoleSpec', ['authrole', 'newowner', 'grantor', 'owner', 'user', 'role', 'newrole']),
  ...of('ObjectWithArgs', ['func', 'opername', 'fromsql', 'tosql']),
  ...of('SelectStmt', ['larg', 'rarg']),
  ...of('IntoClause', ['intoClause', 'into']),
  ...of('PartitionBoundSpec', ['bound', 'partbound']),
  ...of('JsonBehavior', ['on_empty', 'on_error']),
  ...of('JsonValueExpr', ['context_item', 'value', 'expr', 'val']),
  ['withClause', 'WithClause'],
  ['over', 'WindowDef'],
  ['collClause', 'CollateClause'],
  ['infer', 'InferClause'],
  ['search_clause', 'CTESearchClause'],
  ['cycle_clause', 'CTECycleClause'],
  ['format', 'JsonFormat'],
  ['returning', 'JsonReturning'],
  ['output', 'JsonOutput'],
  ['pathspec', 'JsonTablePathSpec'],
  ['constructor', 'JsonAggConstructor'],
  ['onConflictClause', 'OnConflictClause'],
  ['returningClause', 'ReturningClause'],
  ['action', 'GrantStmt'],
  ['partspec', 'PartitionSpec'],
  ['base', 'CreateStmt'],
  ['setstmt', 'VariableSetStmt'],
  ['funccall', 'FuncCall'],
  ['extname', 'String'],
  ['pubtable', 'PublicationTable'],
]);

/** Fields whose type depends on the node they are in. */
const UNTAGGED_IN = new Map<string, ReadonlyMap<string, NodeTag>>([
  ['CreateOpClassItem', new Map([['name', 'ObjectWithArgs']])],
  ['PLAssignStmt', new Map([['val', 'SelectStmt']])],
  ['JsonObjectAgg', new Map([['arg', 'JsonKeyValue']])],
  ['JsonArrayAgg', new Map([['arg', 'JsonValueExpr']])],
]);

function of(tag: NodeTag, fields: readonly string[]): (readonly [string, NodeTag])[] {
  return fields.map((field) => [field, tag] as const);
}
