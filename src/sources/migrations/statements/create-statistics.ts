import type { CreateStatsStmt } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { joinedColumnNames, makeObjectName } from '../relations/object-name.ts';

const KINDS = ['ndistinct', 'dependencies', 'mcv'];

/** CREATE STATISTICS (CreateStatistics(), src/backend/commands/statscmds.c). */
export function createStatistics(stmt: CreateStatsStmt, context: ReplayContext): void {
  const range = fieldsOf(stmt.relations?.[0], 'RangeVar');
  if (range === undefined) context.refuse('only a single relation is allowed in CREATE STATISTICS');
  const relation = context.relation(range, 'table', 'materializedView', 'foreignTable');
  const elements = (stmt.exprs ?? []).flatMap((each) => fieldsOf(each, 'StatsElem') ?? []);
  const columns = elements.flatMap((each) => (each.name === undefined ? [] : [context.column(relation, each.name)]));
  const expressions = elements.flatMap((each) =>
    each.expr === undefined ? [] : [context.expression(each.expr, { relation })],
  );
  const isSingle = columns.length === 0 && expressions.length === 1;
  if (!isSingle && elements.length < 2) context.refuse('extended statistics require at least 2 columns');
  const parts = elements.map((each) => each.name ?? 'expr');
  const written = stmt.defnames === undefined ? undefined : context.nameOf(stmt.defnames);
  const name =
    written === undefined
      ? { schema: relation.name.schema, name: freeName(relation.name, joinedColumnNames(parts), context) }
      : context.newNameIn(written.schema, written.name);
  const [existing] = context.graph.schemaObject('statistics', name);
  if (existing && stmt.if_not_exists === true) {
    context.skipped(existing);
    return;
  }
  if (existing) context.refuseDuplicate(existing);
  const named = stringsOf(stmt.stat_types);
  const wanted = named.length === 0 ? KINDS : KINDS.filter((each) => named.includes(each));
  context.builder.create(
    {
      kind: 'statistics',
      relation: relation.id,
      name,
      kinds: isSingle ? [] : wanted,
      columns: [...columns].sort((a, b) => a.position - b.position).map((each) => each.id),
      expressions,
    },
    context.by,
  );
}

/** ChooseExtendedStatisticName(). */
function freeName(
  relation: { readonly schema: string; readonly name: string },
  parts: string,
  context: ReplayContext,
): string {
  for (let pass = 0; ; pass++) {
    const name = makeObjectName(relation.name, parts, pass === 0 ? 'stat' : `stat${pass}`);
    if (context.graph.schemaObject('statistics', { schema: relation.schema, name }).length === 0) return name;
  }
}
