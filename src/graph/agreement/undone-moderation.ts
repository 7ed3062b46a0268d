import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import { excludesValue } from '../policies/excluded-value.ts';
import { constantText } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { statusLabels } from '../values/status-labels.ts';
import { deciderOf } from './awaited-decision.ts';
import { type AuthorWrites, alternativesFor, authorWrites } from './self-approval.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** A column by which others take a row down, so that nobody but its author sees it, and by which the author puts it up again. */
export interface UndoneModeration {
  readonly column: Column;
  /** A value with which others see the row: the default, where they do. */
  readonly shown: string;
  /** The values by which a row is taken down. */
  readonly taken: readonly string[];
  /** Shows rows that are not taken down. */
  readonly reader: Policy;
  /** By which those change rows who take them down. None where no policy lets others change rows, and the values alone say that it is done. */
  readonly decider: Policy | undefined;
  readonly writes: AuthorWrites['writes'];
}

/** Nobody does this to a row of their own. */
const TAKEN = /^(?:flagged|moderated|blocked|rejected|suspended|banned|spam|taken_down|quarantined|reported)$/i;
const TAKEN_FLAG = /^(?:is_)?(?:flagged|moderated|blocked|suspended|banned|spam|taken_down|quarantined)$/i;
/** Nobody but whoever runs the place does. */
const REFUSED = /^(?:rejected|disapproved|suspended|banned|spam|taken_down|quarantined)$/i;
/** Authors do so as well, but where the table keeps what moderators say. */
const PERHAPS_TAKEN = /^(?:hidden|removed)$/i;
const PERHAPS_FLAG = /^(?:is_)?(?:hidden|removed)$/i;
const MODERATED = /moderat|flagged|reported|pending_review|under_review/i;

/** Not where the author no longer sees the row, or may not change one that was taken down. */
export function undoneModeration(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): readonly UndoneModeration[] {
  return graph.columns(table.id).flatMap((column): readonly UndoneModeration[] => {
    const taken = takenBy(graph, table, column);
    if (taken.length === 0) return [];
    const reading = alternativesFor(graph, table, 'select', clientRoles);
    const isAbout = ({ conditions }: (typeof reading)[number]) =>
      conditions.some((each) => callerComparisons(graph, each).length > 0);
    const reader = reading.find(
      (each) => !isAbout(each) && taken.every((value) => excludesValue(each.conditions, column, value)),
    );
    const shown = reader === undefined ? undefined : shownBy(graph, column, reader.conditions);
    if (reader === undefined || shown === undefined) return [];
    const found = authorWrites(graph, table, column, clientRoles);
    const isOwn = ({ conditions }: (typeof reading)[number]) =>
      conditions.some((each) => callerComparisons(graph, each).some((one) => found.authors.has(one.column)));
    const left = ({ conditions }: (typeof reading)[number]) =>
      taken.some((each) => !excludesValue(conditions, column, each));
    const changing = alternativesFor(graph, table, 'update', clientRoles);
    const writes = found.writes.filter(
      ({ policy, write }) =>
        write.command === 'update' && changing.some((each) => each.policy === policy && isOwn(each) && left(each)),
    );
    const decider = deciderOf(graph, table, found, clientRoles);
    if (decider?.kind === 'other' || writes.length === 0) return [];
    if (decider === undefined && (!taken.every((each) => REFUSED.test(each)) || !changing.every(isOwn))) return [];
    if (!reading.some((each) => isOwn(each) && left(each))) return [];
    return [{ column, shown, taken, reader: reader.policy, decider: decider?.policy, writes }];
  });
}

/** The default, where others see rows with it, or else the first of the listed values with which they do. */
function shownBy(graph: SchemaGraph, column: Column, way: Parameters<typeof excludesValue>[0]): string | undefined {
  const start = column.default === null ? null : constantText(column.default.tree);
  const values = [...(start === null ? [] : [start]), ...statusLabels(graph, column)];
  return values.find((each) => !excludesValue(way, column, each));
}

function takenBy(graph: SchemaGraph, table: Table, column: Column): readonly string[] {
  const labels = statusLabels(graph, column);
  const isModerated = () =>
    labels.some((each) => MODERATED.test(each)) || graph.columns(table.id).some(({ name }) => MODERATED.test(name));
  if (typeClass(graph, column.type) === 'boolean')
    return TAKEN_FLAG.test(column.name) || (PERHAPS_FLAG.test(column.name) && isModerated()) ? ['true'] : [];
  return labels.filter((each) => TAKEN.test(each) || (PERHAPS_TAKEN.test(each) && isModerated()));
}
