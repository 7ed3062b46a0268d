import type { Node } from '@pgsql/types';
import { type FieldsOf, type NodeTag, tagOf } from './nodes.ts';
import { EARLY, tagIn } from './tree-fields.ts';

/** A node, and the field of the node above it in which it stands ('' at the root). */
export interface Child {
  readonly tag: NodeTag;
  readonly node: Node;
  readonly field: string;
}

/** Is given each node, from the root down. `'skip'` leaves out what is below it, `'stop'` ends the walk. */
export type Visit = (tag: NodeTag, node: Node) => 'skip' | 'stop' | undefined;

/**
 * Is given besides the nodes above, from the root to the one right above, and the field of that one in which the node stands ('' at
 * the root). `parents` is one array for the whole walk: copy what is to be kept.
 */
export type VisitBelow = (
  tag: NodeTag,
  node: Node,
  parents: readonly Child[],
  field: string,
) => 'skip' | 'stop' | undefined;

type Root = Node | readonly Node[];

/**
 * Visits a tree in the order of its source text, parents before children, without recursion. Nodes that the grammar gives
 * without a tag because their field allows one type only (`relation`, `typeName`, the arms of a UNION…) get their tag here.
 */
export function walk(root: Root | undefined, visit: Visit): void {
  if (root === undefined) return;
  const entries = listOnceWorth(root);
  if (entries === undefined) walkTree(root, visit, undefined);
  else walkEntries(entries, visit);
}

/** Does any node of the tree pass? The walk ends at the first that does. */
export function anyNode(root: Root | undefined, test: (node: Node, tag: NodeTag) => boolean): boolean {
  let found = false;
  walk(root, (tag, node) => {
    found = test(node, tag);
    return found ? 'stop' : undefined;
  });
  return found;
}

/** What stands in the nodes of one kind, in the order of the text: for who asks about no other, it costs a fraction of a walk. */
export function nodesOf<Tag extends NodeTag>(root: Root | undefined, tag: Tag): readonly FieldsOf<Tag>[] {
  if (root === undefined) return [];
  const found: FieldsOf<Tag>[] = [];
  const entries = listOnceWorth(root);
  if (entries === undefined) {
    walkTree(
      root,
      (each, node) => {
        if (each === tag) found.push((node as unknown as Record<Tag, FieldsOf<Tag>>)[tag]);
        return undefined;
      },
      undefined,
    );
  } else {
    for (const entry of entries)
      if (entry.tag === tag) found.push((entry.node as unknown as Record<Tag, FieldsOf<Tag>>)[tag]);
  }
  return found;
}

/** `walk` for those who ask where a node stands: it costs more. */
export function walkBelow(root: Root | undefined, visit: VisitBelow): void {
  if (root === undefined) return;
  const entries = listOnceWorth(root);
  if (entries === undefined) walkTree(root, visit, []);
  else walkList(entries, visit);
}

/** A node of a tree written as a list: where it stands and where the nodes below it end. */
interface Listed extends Child {
  readonly depth: number;
  end: number;
}

/** After so many walks its nodes are listed, which costs about two more. */
const WORTH = 2;

/** How often trees that many will walk were walked, by their roots; then the lists of their nodes. */
const listed = new WeakMap<Root, number | readonly Listed[]>();

/** Says that a tree will be walked often, as a policy's clause is by every rule about policies. Of a constant or `now()` no list is made. */
export function expectWalks(root: Node): void {
  const isSmall = 'A_Const' in root || ('FuncCall' in root && root.FuncCall.args === undefined);
  if (!isSmall && !listed.has(root)) listed.set(root, 0);
}

function listOnceWorth(root: Root): readonly Listed[] | undefined {
  const known = listed.get(root);
  if (typeof known !== 'number') return known;
  const entries = known === WORTH ? listOf(root) : undefined;
  listed.set(root, entries ?? known + 1);
  return entries;
}

function listOf(root: Root): readonly Listed[] {
  const entries: Listed[] = [];
  const open: Listed[] = [];
  walkTree(
    root,
    (tag, node, parents, field) => {
      for (let last = open.at(-1); last !== undefined && last.depth >= parents.length; last = open.at(-1)) {
        last.end = entries.length;
        open.pop();
      }
      const entry = { tag, node, field, depth: parents.length, end: 0 };
      entries.push(entry);
      open.push(entry);
      return undefined;
    },
    [],
  );
  for (const entry of open) entry.end = entries.length;
  return entries;
}

function walkEntries(entries: readonly Listed[], visit: Visit): void {
  for (let at = 0, entry = entries[0]; entry !== undefined; entry = entries[at]) {
    const answer = visit(entry.tag, entry.node);
    if (answer === 'stop') return;
    at = answer === 'skip' ? entry.end : at + 1;
  }
}

function walkList(entries: readonly Listed[], visit: VisitBelow): void {
  const parents: Child[] = [];
  for (let at = 0, entry = entries[0]; entry !== undefined; entry = entries[at]) {
    cutTo(parents, entry.depth);
    const answer = visit(entry.tag, entry.node, parents, entry.field);
    if (answer === 'stop') return;
    if (answer === 'skip') at = entry.end;
    else {
      parents.push(entry);
      at++;
    }
  }
}

/**
 * The nodes still to be visited, the next one last, with what is known of each: kept in arrays side by side that never shrink,
 * because an object for each node costs more than the visit. A walk within a visit goes on above what is left of the other.
 */
let top = 0;
const openNodes: Node[] = [];
const openTags: NodeTag[] = [];
const openFields: string[] = [];
const openDepths: number[] = [];

/** @param parents kept up to date where they are asked for */
function walkTree(root: Root, visit: VisitBelow, parents: Child[] | undefined): void {
  const base = top;
  try {
    eachIn('', '', root, pushOpen);
    turn(base, 0);
    while (top > base) {
      top--;
      const node = openNodes[top] as Node;
      const tag = openTags[top] as NodeTag;
      const field = openFields[top] as string;
      const depth = openDepths[top] as number;
      if (parents !== undefined) cutTo(parents, depth);
      const answer = visit(tag, node, parents ?? NO_PARENTS, field);
      if (answer === 'stop') return;
      if (answer === 'skip') continue;
      const from = top;
      eachBelow(node, pushOpen);
      if (top === from) continue;
      parents?.push({ tag, node, field });
      turn(from, depth + 1);
    }
  } finally {
    top = base;
  }
}

/** To set the length of an array costs more than to take off what is mostly one element. */
function cutTo(parents: Child[], depth: number): void {
  while (parents.length > depth) parents.pop();
}

const NO_PARENTS: readonly Child[] = [];

function pushOpen(tag: NodeTag, node: Node, field: string): void {
  openNodes[top] = node;
  openTags[top] = tag;
  openFields[top] = field;
  top++;
}

/** What was pushed in the order of the text, from there on, is to be popped in it. */
function turn(from: number, depth: number): void {
  for (let at = from; at < top; at++) openDepths[at] = depth;
  for (let low = from, high = top - 1; low < high; low++, high--) {
    swap(openNodes, low, high);
    swap(openTags, low, high);
    swap(openFields, low, high);
  }
}

function swap<T>(list: T[], low: number, high: number): void {
  const kept = list[low] as T;
  list[low] = list[high] as T;
  list[high] = kept;
}

/** Is given the nodes directly below a node, in the order of the source text, and the fields in which they stand. */
export type VisitChild = (tag: NodeTag, node: Node, field: string) => void;

export function eachBelow(node: Node, visit: VisitChild): void {
  const tag = tagOf(node);
  if (tag === undefined || tag === 'A_Const') return;
  const fields = (node as unknown as Record<string, Record<string, unknown>>)[tag] ?? {};
  const early = EARLY.get(tag);
  if (early !== undefined) for (const field of early) eachIn(tag, field, fields[field], visit);
  for (const field in fields) {
    if (early === undefined || !early.includes(field)) eachIn(tag, field, fields[field], visit);
  }
}

/** The nodes directly below a node, in the order of the source text. */
export function childrenOf(node: Node): Child[] {
  const children: Child[] = [];
  eachBelow(node, (tag, child, field) => children.push({ tag, node: child, field }));
  return children;
}

function eachIn(parent: string, field: string, value: unknown, visit: VisitChild): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) eachIn(parent, field, value[at], visit);
    return;
  }
  const tag = tagIn(parent, field, value);
  if (tag !== undefined) visit(tag, tag in value ? (value as Node) : ({ [tag]: value } as unknown as Node), field);
}
