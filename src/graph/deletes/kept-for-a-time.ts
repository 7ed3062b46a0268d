import { patternOf } from '../../sql/name.ts';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Statement } from '../journal.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { constantText } from '../query-shapes/operand.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isMoment } from '../types/type-class.ts';

type Table = EntityOf<'table'>;

/** Until when a row is kept. */
const UNTIL: NamePatterns = [
  'expires',
  'expires_*',
  '*_expires_at',
  'expiry_*',
  'delete_after',
  'purge_after',
  'retain_until',
];

/**
 * Are the rows only kept for a time: a column says until when, or a routine or a job of pg_cron deletes those that are older than
 * something? What measures is kept so, not what has to prove something.
 */
export function isKeptForATime(graph: SchemaGraph, table: Table, statements: readonly Statement[]): boolean {
  const isUntil = graph.columns(table.id).some((each) => isNamed(each.name, UNTIL) && isMoment(graph, each.type));
  return isUntil || isSwept(graph, table) || isSweptByJob(table, statements);
}

function isSwept(graph: SchemaGraph, table: Table): boolean {
  return writesTo(graph, table.id).some(
    ({ query, write }) =>
      write.kind === 'delete' &&
      query.sources.some(({ relation, tests }) =>
        tests.some(
          ({ column, kind, operator }) =>
            relation === table.id &&
            kind === 'range' &&
            operator.startsWith('<') &&
            isMoment(graph, graph.get('column', column).type),
        ),
      ),
  );
}

/** `select cron.schedule('sweep', '0 3 * * *', $$delete from t where at < …$$)`. */
function isSweptByJob({ name }: Table, statements: readonly Statement[]): boolean {
  const deletes = new RegExp(
    `\\bdelete\\s+from\\s+(?:only\\s+)?(?:"?\\w+"?\\.)?"?${patternOf(name.name)}"?\\s+where\\b[^;]*<`,
    'i',
  );
  return statements.some(({ kind, node }) => {
    let isFound = false;
    if (kind === 'SelectStmt')
      walk(node, (_, each) => {
        const call = fieldsOf(each, 'FuncCall');
        const { schema, name: called } = writtenName(call?.funcname);
        if (schema === 'cron' && called.startsWith('schedule'))
          isFound ||= (call?.args ?? []).some((one) => deletes.test(constantText(one) ?? ''));
        return undefined;
      });
    return isFound;
  });
}
