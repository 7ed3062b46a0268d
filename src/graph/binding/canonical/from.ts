import type { JoinExpr, Node, RangeFunction } from '@pgsql/types';
import { stringsOf } from '../../../sql/nodes.ts';
import { list, quoted } from './key-syntax.ts';
import { writeParts, writeTypeName } from './parts.ts';
import { writeRelation } from './relation.ts';
import { meaningOf, type Writer } from './writer.ts';

/** An item of FROM. Aliases say nothing: what they name is known by its place. LATERAL only lets names be found. */
export function writeFromItem(node: Node, writer: Writer): string {
  if ('RangeVar' in node) return writeRelation(node.RangeVar, writer);
  if ('RangeSubselect' in node) {
    const { subquery } = node.RangeSubselect;
    return list('from-query', subquery && writer.query(subquery, false));
  }
  if ('JoinExpr' in node) return writeJoin(node.JoinExpr, writer);
  if ('RangeTableSample' in node) {
    const { relation, method, args, repeatable } = node.RangeTableSample;
    const values = (args ?? []).map((arg) => writer.text(arg));
    const seed = repeatable && list('repeatable', writer.text(repeatable));
    return list('sample', relation && writeFromItem(relation, writer), ...stringsOf(method).slice(-1), ...values, seed);
  }
  if ('RangeFunction' in node) return writeFunctions(node.RangeFunction, writer);
  return writeParts(node, writer);
}

function writeJoin(outermost: JoinExpr, writer: Writer): string {
  // A chain of joins nests to the left, and may be longer than the call stack is deep.
  const chain: JoinExpr[] = [];
  let left: Node | undefined = { JoinExpr: outermost };
  while (left && 'JoinExpr' in left) {
    chain.push(left.JoinExpr);
    left = left.JoinExpr.larg;
  }
  let text = left ? writeFromItem(left, writer) : '';
  for (const join of chain.toReversed()) text = writeOneJoin(join, text, writer);
  return text;
}

function writeOneJoin(join: JoinExpr, left: string, writer: Writer): string {
  const meaning = meaningOf(writer, join);
  const using = meaning?.kind === 'join' ? meaning.using : stringsOf(join.usingClause);
  const columns = using.length > 0 ? list('using', ...using.map(quoted)) : undefined;
  const right = join.rarg && writeFromItem(join.rarg, writer);
  return list(join.jointype ?? '', left, right, columns, join.quals && writer.text(join.quals));
}

function writeFunctions(range: RangeFunction, writer: Writer): string {
  const calls = (range.functions ?? []).flatMap((node) => ('List' in node ? [node.List.items ?? []] : []));
  const parts = calls.map(([call, definitions]) => {
    const listed = definitions && 'List' in definitions ? (definitions.List.items ?? []) : [];
    return list(
      'function',
      writer.text(call),
      ...[...listed, ...(range.coldeflist ?? [])].map((node) => definition(node, writer)),
    );
  });
  return list('from-function', ...parts, range.ordinality ? 'ordinality' : undefined);
}

function definition(node: Node, writer: Writer): string | undefined {
  if (!('ColumnDef' in node)) return undefined;
  const { colname = '', typeName } = node.ColumnDef;
  return list('define', quoted(colname), typeName && writeTypeName(typeName, writer));
}
