import type { JsonOutput, Node } from '@pgsql/types';
import { childrenOf } from '../../sql/walk.ts';
import type { TypeRef } from '../types/type-ref.ts';
import type { Analysis } from './analysis.ts';
import { builtin } from './builtin/builtins.ts';
import type { Level } from './level.ts';
import { bindTypeName } from './type-name.ts';

/** Walks a construct (SQL/JSON, XML and whatever else) for the expressions and type names inside it, so that no name is missed. */
export function bindParts(node: Node, analysis: Analysis, level: Level): TypeRef | undefined {
  for (const child of childrenOf(node)) {
    if ('TypeName' in child.node) bindTypeName(child.node.TypeName, analysis);
    else analysis.expression(child.node, level);
  }
  return resultType(node, analysis);
}

function resultType(node: Node, analysis: Analysis): TypeRef | undefined {
  if ('XmlExpr' in node) return builtin(node.XmlExpr.op === 'IS_DOCUMENT' ? 'bool' : 'xml');
  if ('JsonIsPredicate' in node) return builtin('bool');
  if ('JsonObjectConstructor' in node) return jsonType(node.JsonObjectConstructor.output, analysis);
  if ('JsonArrayConstructor' in node) return jsonType(node.JsonArrayConstructor.output, analysis);
  if ('JsonArrayQueryConstructor' in node) return jsonType(node.JsonArrayQueryConstructor.output, analysis);
  if ('JsonParseExpr' in node) return jsonType(node.JsonParseExpr.output, analysis);
  if ('JsonScalarExpr' in node) return jsonType(node.JsonScalarExpr.output, analysis);
  if ('JsonObjectAgg' in node) return aggregateType(node.JsonObjectAgg, analysis);
  if ('JsonArrayAgg' in node) return aggregateType(node.JsonArrayAgg, analysis);
  return undefined;
}

/** SQL/JSON constructors give json, or what RETURNING names. */
function jsonType(output: JsonOutput | undefined, { results }: Analysis): TypeRef | undefined {
  return output?.typeName ? results.typeOf(output.typeName) : builtin('json');
}

function aggregateType(aggregate: object, analysis: Analysis): TypeRef | undefined {
  // Every object has a `constructor`: only the grammar's own field counts.
  const fields = new Map<string, { output?: JsonOutput }>(Object.entries(aggregate));
  return jsonType(fields.get('constructor')?.output, analysis);
}
