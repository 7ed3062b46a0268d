import type { TypeName } from '@pgsql/types';
import { quoteIdentifier } from '../../sql/name.ts';
import { stringsOf } from '../../sql/nodes.ts';
import type { PlBlock } from '../../sql/plpgsql.ts';
import type { NameReference } from '../binding/binding.ts';
import { GraphNames, searchPathOf } from '../binding/graph-names.ts';
import type { EntityOf } from '../entities/index.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Routine = EntityOf<'function'>;

/** A name of a body, written without its schema, that another search_path does not find. */
export interface MissingByPath {
  /** As written. */
  readonly name: string;
  /** SQLSTATE. */
  readonly code: string;
}

/** SQLSTATEs (docs, appendix A). */
const CODES = { relation: '42P01', function: '42883', type: '42704' } as const;

/** Does a PL/pgSQL body name everything with its schema, so that it does without a path? */
export function isQualifiedWhole(graph: SchemaGraph, routine: Routine): boolean {
  const { block, isWhole, expressions } = routineShape(graph, routine);
  const none = new GraphNames(graph, []);
  if (block === null || !isWhole || missingType(graph, routine, block, none) !== undefined) return false;
  return expressions.every(({ references, unresolved }) => {
    // 't'::regclass
    const isInText = references.some(({ node }) => 'sval' in node);
    return (
      unresolved.every(({ kind }) => kind === 'column') &&
      !isInText &&
      missingName(graph, references, none) === undefined
    );
  });
}

/** PL/pgSQL looks for the types of all variables before anything of the body is run. */
export function missingType(
  graph: SchemaGraph,
  routine: Routine,
  block: PlBlock,
  names: GraphNames,
): MissingByPath | undefined {
  const usual = new GraphNames(graph, searchPathOf(graph, routine));
  for (const { statement } of eachStatement([block])) {
    if (statement.kind !== 'block') continue;
    for (const each of statement.declarations) {
      if (each.kind !== 'variable' || each.type.name === undefined) continue;
      const { reference } = each.type;
      const written = nameOf(each.type.name, reference === 'type' ? 2 : 1);
      if (written === undefined) continue;
      if (reference === undefined) {
        const isMissing = usual.type(undefined, written) !== undefined && names.type(undefined, written) === undefined;
        if (isMissing) return { name: quoteIdentifier(written), code: CODES.type };
      } else if (usual.relation(undefined, written) !== undefined && names.relation(undefined, written) === undefined)
        return { name: quoteIdentifier(written), code: CODES.relation };
    }
  }
  return undefined;
}

/** The first of that many names. */
function nameOf({ names }: TypeName, count: number): string | undefined {
  const all = stringsOf(names);
  return all.length === count ? all[0] : undefined;
}

/** The first of them. */
export function missingName(
  graph: SchemaGraph,
  references: readonly NameReference[],
  names: GraphNames,
): MissingByPath | undefined {
  for (const each of references) {
    const missing = missingBy(graph, each, names);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

function missingBy(
  graph: SchemaGraph,
  { node, kind, target }: NameReference,
  names: GraphNames,
): MissingByPath | undefined {
  const name = unqualifiedName(node);
  // A table that the body makes for the session is none of the graph.
  if (name === undefined || kind === 'column' || graph.find(target) === undefined) return undefined;
  const isFound = {
    relation: () => names.relation(undefined, name) !== undefined,
    function: () => names.functions(undefined, name).length > 0,
    type: () => names.type(undefined, name) !== undefined,
  }[kind]();
  if (isFound) return undefined;
  const written = quoteIdentifier(name);
  return { name: kind === 'function' ? `${written}()` : written, code: CODES[kind] };
}

/** Of a RangeVar, FuncCall or TypeName. */
function unqualifiedName(node: object): string | undefined {
  if ('relname' in node) return 'schemaname' in node && node.schemaname ? undefined : String(node.relname);
  const list = 'funcname' in node ? node.funcname : 'names' in node ? node.names : undefined;
  const all = Array.isArray(list) ? stringsOf(list) : [];
  return all.length === 1 ? all[0] : undefined;
}
