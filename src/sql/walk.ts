import type { Node } from '@pgsql/types';
import { type NodeTag, tagOf } from './nodes.ts';

/** A node, and the field of the node above it in which it stands ('' at the root). */
export interface Child {
  readonly tag: NodeTag;
  readonly node: Node;
  readonly field: string;
}

/**
 * Is given each node, from the root down, and the field of the node above in which it stands ('' at the root).
 * `'skip'` leaves out what is below it, `'stop'` ends the walk.
 */
export type Visit = (tag: NodeTag, node: Node, parents: readonly Child[], field: string) => 'skip' | 'stop' | undefined;

/**
 * Visits a tree in the order of its source text, parents before children, without recursion. Nodes that the grammar gives
 * without a tag because their field allows one type only (`relation`, `typeName`, the arms of a UNION…) get their tag here.
 * `parents` starts at the root and ends with the node right above; it is one array for the whole walk: copy what is to be kept.
 */
export function walk(root: Node | readonly Node[] | undefined, visit: Visit): void {
  if (root === undefined) return;
  const known = listed.get(root);
  if (known === undefined) {
    listed.set(root, WALKED);
    walkTree(root, visit);
    return;
  }
  const entries = known === WALKED ? listOf(root) : known;
  if (known === WALKED) listed.set(root, entries);
  walkList(entries, visit);
}

/** A node of a tree written as a list: where it stands and where the nodes below it end. */
interface Listed extends Child {
  readonly depth: number;
  end: number;
}

/** Stands for the list of a tree that was walked once. */
const WALKED: readonly Listed[] = [];

/**
 * The nodes of trees that were walked before, by their roots: the second walk lists them, all later ones go through the list.
 * A statement is walked once, a policy's clause by every rule about policies.
 */
const listed = new WeakMap<Node | readonly Node[], readonly Listed[]>();

function listOf(root: Node | readonly Node[]): readonly Listed[] {
  const entries: Listed[] = [];
  const open: Listed[] = [];
  walkTree(root, (tag, node, parents, field) => {
    for (let last = open.at(-1); last !== undefined && last.depth >= parents.length; last = open.at(-1)) {
      last.end = entries.length;
      open.pop();
    }
    const entry = { tag, node, field, depth: parents.length, end: 0 };
    entries.push(entry);
    open.push(entry);
    return undefined;
  });
  for (const entry of open) entry.end = entries.length;
  return entries;
}

function walkList(entries: readonly Listed[], visit: Visit): void {
  const parents: Child[] = [];
  for (let at = 0, entry = entries[0]; entry !== undefined; entry = entries[at]) {
    parents.length = entry.depth;
    const answer = visit(entry.tag, entry.node, parents, entry.field);
    if (answer === 'stop') return;
    if (answer === 'skip') at = entry.end;
    else {
      parents.push(entry);
      at++;
    }
  }
}

function walkTree(root: Node | readonly Node[], visit: Visit): void {
  const parents: Child[] = [];
  const top: Child[] = [];
  push(top, '', '', root);
  const open: { readonly children: readonly Child[]; next: number }[] = [{ children: top, next: 0 }];
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    const child = frame.children[frame.next++];
    if (child === undefined) {
      open.pop();
      parents.pop();
      continue;
    }
    const answer = visit(child.tag, child.node, parents, child.field);
    if (answer === 'stop') return;
    if (answer === 'skip') continue;
    parents.push(child);
    open.push({ children: childrenOf(child.node), next: 0 });
  }
}

/** The nodes directly below a node, in the order of the source text. */
export function childrenOf(node: Node): Child[] {
  const children: Child[] = [];
  const tag = tagOf(node);
  if (tag === undefined || tag === 'A_Const') return children;
  const fields = (node as unknown as Record<string, Record<string, unknown>>)[tag] ?? {};
  const early = EARLY.get(tag);
  for (const field of early ?? []) push(children, tag, field, fields[field]);
  for (const field in fields) {
    if (early?.includes(field) !== true) push(children, tag, field, fields[field]);
  }
  return children;
}

function push(children: Child[], parent: string, field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const element of value) push(children, parent, field, element);
    return;
  }
  for (const key in value) {
    const code = key.charCodeAt(0);
    if (code >= 65 && code <= 90) children.push({ tag: key as NodeTag, node: value as Node, field });
    else {
      const tag = UNTAGGED_IN.get(parent)?.get(field) ?? UNTAGGED.get(field);
      if (tag === undefined) throw new Error(`The parse tree has an unknown field ${parent}.${field}`);
      children.push({ tag, node: { [tag]: value } as unknown as Node, field });
    }
    return;
  }
}

/** Fields that come before the others in the source text, though after them in the tree. */
const EARLY = new Map<string, readonly string[]>([
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
