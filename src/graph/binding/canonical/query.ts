import type { CommonTableExpr, Node, ResTarget, SelectStmt } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import { innerNode } from '../analysis.ts';
import { figureColumnName } from '../output-name.ts';
import { writeSortKey, writeWindow } from './call.ts';
import { writeColumn, writeField } from './expression.ts';
import { print } from './form.ts';
import { writeFromItem } from './from.ts';
import { list, quoted } from './key-syntax.ts';
import { writeParts } from './parts.ts';
import { meaningOf, type Writer } from './writer.ts';

/** A query. `isNamed` where its output names are seen from outside: a view's own query. */
export function writeQuery(node: Node, isNamed: boolean, writer: Writer): string {
  if ('SelectStmt' in node) return writeSelect(node.SelectStmt, isNamed, writer);
  if (!('InsertStmt' in node) || node.InsertStmt.cols) return writeParts(node, writer);
  // Without a list of columns all are meant, and the deparser names them.
  const meaning = meaningOf(writer, node.InsertStmt);
  if (meaning?.kind !== 'star' || !meaning.isComplete) return writeParts(node, writer);
  const columns = meaning.columns.map((column) => list('set', print(writeColumn(column, writer), writer)));
  return list(
    'InsertStmt',
    list('cols', list('', ...columns)),
    writeParts(node, writer).slice('(InsertStmt '.length, -1),
  );
}

interface Output {
  readonly name: string;
  readonly text: string;
}

function writeSelect(select: SelectStmt, isNamed: boolean, writer: Writer): string {
  const { larg, rarg, withClause } = select;
  const ctes = (withClause?.ctes ?? []).flatMap((node) =>
    'CommonTableExpr' in node ? [writeCte(node.CommonTableExpr, writer)] : [],
  );
  const before = withClause && list('with', withClause.recursive ? 'recursive' : undefined, ...ctes);
  if (larg && rarg) {
    const arms = [writeSelect(larg, isNamed, writer), writeSelect(rarg, false, writer)];
    return list(select.op ?? '', select.all ? 'all' : undefined, before, ...arms, ...writeTail(select, [], writer));
  }
  const wrapped = wrappedValues(select);
  if (wrapped) return writeSelect(wrapped, false, writer);
  if (select.valuesLists) {
    const rows = select.valuesLists.map((row) => listOf('row', 'List' in row ? row.List.items : [], writer));
    return list('values', before, ...rows, ...writeTail(select, [], writer));
  }
  const outputs = (select.targetList ?? []).flatMap((target) => writeTarget(target, writer));
  const targets = outputs.map(({ name, text }) => (isNamed ? list('as', quoted(name), text) : text));
  return list(
    'select',
    before,
    writeDistinct(select, outputs, writer),
    list('targets', ...targets),
    select.fromClause && list('from', ...select.fromClause.map((item) => writeFromItem(item, writer))),
    select.whereClause && list('where', writer.text(select.whereClause)),
    select.groupClause &&
      list(
        'group',
        select.groupDistinct ? 'distinct' : undefined,
        ...select.groupClause.map((node) => writeGrouping(node, outputs, writer)),
      ),
    select.havingClause && list('having', writer.text(select.havingClause)),
    ...(select.windowClause ?? []).flatMap((node) =>
      'WindowDef' in node ? [writeWindow(node.WindowDef, writer)] : [],
    ),
    ...writeTail(select, outputs, writer),
  );
}

/** A view over VALUES that names its columns is printed as a SELECT of all columns of them. */
function wrappedValues(select: SelectStmt): SelectStmt | undefined {
  const { targetList = [], fromClause = [], whereClause, sortClause, limitCount, withClause } = select;
  const inner = fieldsOf(fieldsOf(fromClause[0], 'RangeSubselect')?.subquery, 'SelectStmt');
  if (!inner?.valuesLists || fromClause.length > 1 || whereClause || sortClause || limitCount || withClause)
    return undefined;
  const columns = targetList.map((target) =>
    stringsOf(fieldsOf(fieldsOf(target, 'ResTarget')?.val, 'ColumnRef')?.fields).at(-1),
  );
  const width = fieldsOf(inner.valuesLists[0], 'List')?.items?.length;
  return columns.length === width && columns.every((name, at) => name === `column${at + 1}`) ? inner : undefined;
}

function listOf(tag: string, nodes: readonly Node[] | undefined, writer: Writer): string {
  return list(tag, ...(nodes ?? []).map((node) => writer.text(node)));
}

function writeCte(cte: CommonTableExpr, writer: Writer): string {
  const { ctename = '', ctequery, ctematerialized, search_clause, cycle_clause } = cte;
  const how = ctematerialized === 'CTEMaterializeDefault' ? undefined : ctematerialized;
  const extra = [search_clause && { CTESearchClause: search_clause }, cycle_clause && { CTECycleClause: cycle_clause }];
  const clauses = extra.flatMap((clause) => (clause ? [writeParts(clause, writer)] : []));
  return list('cte', quoted(ctename), how, ctequery && writer.query(ctequery, false), ...clauses);
}

/** One output column, or all that a star stood for when the query was bound. */
function writeTarget(node: Node, writer: Writer): readonly Output[] {
  const target: ResTarget = 'ResTarget' in node ? node.ResTarget : { val: node };
  const { val } = target;
  if (!val) return [];
  const inner = innerNode(val);
  const meaning = inner && meaningOf(writer, inner);
  if (meaning?.kind === 'star') {
    const columns = meaning.columns.map((column) => ({
      name: column.name,
      text: print(writeColumn(column, writer), writer),
    }));
    return meaning.isComplete ? columns : [...columns, { name: '*', text: '*' }];
  }
  if (meaning?.kind === 'fields' && 'A_Indirection' in val)
    return meaning.names.map((name) => ({ name, text: writeField(val.A_Indirection, name, writer) }));
  return [{ name: target.name ?? figureColumnName(val), text: writer.text(val) }];
}

/** A sort or group key that names an output column is that column's expression. */
function outputOr(node: Node | undefined, outputs: readonly Output[], writer: Writer): string {
  const inner = innerNode(node);
  const meaning = inner && meaningOf(writer, inner);
  if (meaning?.kind !== 'output') return writer.text(node);
  return outputs[meaning.index]?.text ?? list('output', String(meaning.index));
}

function writeDistinct(select: SelectStmt, outputs: readonly Output[], writer: Writer): string | undefined {
  const keys = (select.distinctClause ?? []).filter((node) => Object.keys(node).length > 0);
  return select.distinctClause && list('distinct', ...keys.map((node) => outputOr(node, outputs, writer)));
}

function writeGrouping(node: Node, outputs: readonly Output[], writer: Writer): string {
  if (!('GroupingSet' in node)) return outputOr(node, outputs, writer);
  const { kind = '', content = [] } = node.GroupingSet;
  return list(kind, ...content.map((each) => writeGrouping(each, outputs, writer)));
}

/** ORDER BY, LIMIT, OFFSET, FOR UPDATE. LIMIT ALL and LIMIT NULL are no limit. */
function writeTail(select: SelectStmt, outputs: readonly Output[], writer: Writer): readonly (string | undefined)[] {
  const { sortClause, limitCount, limitOffset, limitOption, lockingClause } = select;
  const keyText = (node: Node | undefined) => outputOr(node, outputs, writer);
  const isAll = limitCount && 'A_Const' in limitCount && limitCount.A_Const.isnull;
  return [
    sortClause && list('order', ...sortClause.map((node) => writeSortKey(node, writer, keyText))),
    limitCount && !isAll ? list(limitOption ?? 'limit', writer.text(limitCount)) : undefined,
    limitOffset && list('offset', writer.text(limitOffset)),
    ...(lockingClause ?? []).map((node) => writeParts(node, writer)),
  ];
}
