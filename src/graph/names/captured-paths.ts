import type { A_Expr, ColumnRef, FuncCall, Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode, type Child, nodesOf, walkBelow } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { partOf } from '../policies/alternatives.ts';
import { constantOf, constantText, unwrapped } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isStorageObjects } from '../storage/storage-objects.ts';
import { type Capture, fromNames, relationNamed } from './captured-columns.ts';
import { writtenName as placeOfName } from './written-name.ts';

/**
 * What a policy of storage.objects takes for the path of the object, and is the `name` of a row that its subselect looks for: in
 * `exists (select 1 from clubs where id::text = (storage.foldername(name))[1])` it is that of clubs, as the FROM beside it goes first. Only where
 * `name` is taken apart as a path is, and the subselect does not say besides which object is meant.
 */
export function capturedPaths(
  graph: SchemaGraph,
  expression: BoundExpression,
  objects: EntityOf<'table'>,
): readonly Capture[] {
  const found: Capture[] = [];
  if (!isStorageObjects(objects)) return found;
  walkBelow(expression.tree, (tag, node, parents) => {
    for (const reference of pathsIn(tag, node)) {
      const capture = captureOf(graph, expression, objects, reference, node, parents);
      if (capture !== undefined) found.push(capture);
    }
    return undefined;
  });
  return found;
}

function captureOf(
  graph: SchemaGraph,
  expression: BoundExpression,
  objects: EntityOf<'table'>,
  reference: ColumnRef,
  within: Node,
  parents: readonly Child[],
): Capture | undefined {
  const meaning = expression.meanings.get(reference);
  if (meaning?.kind !== 'column' || meaning.isOuter || meaning.relation === objects.id) return undefined;
  const path = stringsOf(reference.fields);
  const selects = parents.flatMap((each) => fieldsOf(each.node, 'SelectStmt') ?? []);
  const subselect = selects.at(-1);
  const outermost = parents.find((each) => each.tag === 'SubLink');
  // What is called objects there is in the way of the name that was meant.
  const isHidden = selects.some((each) => fromNames(each.fromClause).includes(objects.name.name));
  if (path.at(-1) !== 'name' || subselect === undefined || outermost === undefined || isHidden) return undefined;
  if (namesObject(expression, outermost.node)) return undefined;
  const { start, end } = placeOfName(expression, reference);
  const { text } = partOf(expression, within);
  const failsAs = failingCast(within, parents);
  return {
    kind: 'path',
    name: 'name',
    other: '',
    row: path.at(-2) ?? relationNamed(graph, meaning) ?? fromNames(subselect.fromClause)[0] ?? '',
    relation: meaning.relation ?? null,
    isIdle: false,
    comparison: text.replace(/\s+/g, ' '),
    range: { start, end },
    offset: start,
    length: end - start,
    subselect,
    ...(failsAs === undefined ? {} : { failsAs }),
    node: { ColumnRef: reference },
  };
}

/**
 * What a part of the name is cast to that no ordinary name has there: `split_part(name, '/', 1)::uuid` fails with 22P02 for 'My club'. Of a name without
 * a slash storage.foldername() and what an array has behind its first element are NULL, which every cast takes.
 */
function failingCast(within: Node, parents: readonly Child[]): Capture['failsAs'] {
  const { name } = writtenName(fieldsOf(within, 'FuncCall')?.funcname);
  const taken = parents.at(-1);
  const first = taken?.tag === 'A_Indirection' ? fieldsOf(taken.node, 'A_Indirection')?.indirection : undefined;
  const isFirst = constantText(fieldsOf(first?.[0], 'A_Indices')?.uidx) === '1';
  if (!(ALWAYS_THERE.has(name) || (name === 'string_to_array' && isFirst))) return undefined;
  const cast = parents.at(isFirst ? -2 : -1);
  const type = stringsOf(fieldsOf(cast?.node, 'TypeCast')?.typeName?.names).at(-1) ?? '';
  return type === 'uuid' ? 'uuid' : NUMBERS.has(type) ? 'number' : undefined;
}

const ALWAYS_THERE: ReadonlySet<string> = new Set(['split_part', 'filename']);
const NUMBERS: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'numeric', 'float4', 'float8']);

/** Does it say by key or name which object is meant: `f.name = objects.name and (storage.foldername(f.name))[1] = …`? */
function namesObject({ meanings }: BoundExpression, subselect: Node): boolean {
  return nodesOf(subselect, 'ColumnRef').some((each) => {
    const meaning = meanings.get(each);
    return meaning?.kind === 'row'
      ? meaning.isOuter
      : meaning?.kind === 'column' && meaning.isOuter && (meaning.name === 'name' || meaning.name === 'id');
  });
}

/** The names that a node takes for paths. */
function pathsIn(tag: Child['tag'], node: Node): readonly ColumnRef[] {
  if (tag === 'FuncCall') return calledWith(fieldsOf(node, tag));
  return tag === 'A_Expr' ? comparedWith(fieldsOf(node, tag)) : [];
}

/** `storage.foldername(name)`, `split_part(name, '/', 1)`. */
function calledWith(call: FuncCall | undefined): readonly ColumnRef[] {
  const { schema, name } = writtenName(call?.funcname);
  const [path, separator] = call?.args ?? [];
  const isTakenApart =
    schema === 'storage' ? PATH_FUNCTIONS.has(name) : SPLITTING.has(name) && constantOf(separator) === '/';
  return isTakenApart ? columnOf(path) : [];
}

const PATH_FUNCTIONS: ReadonlySet<string> = new Set(['foldername', 'filename', 'extension']);
const SPLITTING: ReadonlySet<string> = new Set(['split_part', 'string_to_array']);

/** `name like id || '/%'`, `name = id || '/logo.png'`. */
function comparedWith(comparison: A_Expr | undefined): readonly ColumnRef[] {
  const operator = stringsOf(comparison?.name).at(-1) ?? '';
  const { lexpr, rexpr } = comparison ?? {};
  if (!COMPARING.has(operator) || rexpr === undefined) return [];
  const hasSlash = anyNode(rexpr, (each, tag) => tag === 'A_Const' && constantText(each)?.includes('/') === true);
  return hasSlash ? columnOf(lexpr) : [];
}

const COMPARING: ReadonlySet<string> = new Set(['=', '~~', '~~*']);

function columnOf(node: Node | undefined): readonly ColumnRef[] {
  const reference = fieldsOf(unwrapped(node), 'ColumnRef');
  return reference === undefined ? [] : [reference];
}
