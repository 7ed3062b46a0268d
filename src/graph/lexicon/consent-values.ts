import type { EntityOf } from '../entities/index.ts';
import { constantText } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { statusLabels } from '../values/status-labels.ts';
import { isNamed, type NamePatterns } from './pattern.ts';

const WAITING =
  /^(?:pending|requested|invited|proposed|submitted|unconfirmed|waiting|(?:in|under|awaiting|pending)_\w+)$/i;
const AGREED = /^(?:accepted|approved|confirmed|agreed|connected|friends?|verified)$/i;
const AGREED_FLAG = /^(?:is_)?(?:accepted|approved|confirmed|agreed)$/i;
const REFUSED = /^(?:rejected|refused|declined|denied|blocked|banned|disapproved)$/i;

/** Beside these, whoever looked says no by FAILED; beside what a process goes through, it is the row's own lot. */
const VERDICT = /^(?:approved|verified)$/i;
const FAILED = /^(?:failed|invalid)$/i;
const PROCESS = /^(?:processing|in_progress|running|queued|completed?|done)$/i;

/** The value by which somebody else refuses a row that is otherwise one of the agreed. */
export function refusalAmong(labels: Iterable<string>, agreed: readonly string[]): string | undefined {
  const all = [...labels];
  const isJudged = agreed.some((each) => VERDICT.test(each)) && !all.some((each) => PROCESS.test(each));
  return all.find((each) => REFUSED.test(each)) ?? all.find((each) => isJudged && FAILED.test(each));
}

/** The values of a column by which a row waits for the word of somebody and has it. */
export interface ConsentValues {
  /** As rows are by default. */
  readonly waiting: string;
  readonly agreed: string;
  /** None known: nobody says no to it. */
  readonly refused: string | undefined;
}

/** By its default and the values that an enum or CHECK lists (or others that are known of); a flag is called `accepted` and false by default. */
export function consentValues(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  known: readonly string[] = statusLabels(graph, column),
): ConsentValues | undefined {
  const waiting = column.default === null ? null : constantText(column.default.tree);
  if (waiting === null) return undefined;
  if (typeClass(graph, column.type) === 'boolean') {
    const isFlag = waiting === 'false' && AGREED_FLAG.test(column.name);
    return isFlag ? { waiting, agreed: 'true', refused: undefined } : undefined;
  }
  const labels = WAITING.test(waiting) ? known : [];
  const agreed = labels.find((each) => AGREED.test(each));
  return agreed === undefined ? undefined : { waiting, agreed, refused: refusalAmong(labels, [agreed]) };
}

/** The same of a row between two, who may well be `active` or `matched` once they agreed; `agreed` is unknown where nothing lists the values. */
export type MutualConsent = Pick<ConsentValues, 'waiting'> & { readonly agreed: string | undefined };

const MUTUAL = /^(?:accepted|approved|confirmed|agreed|connected|friends?|active|matched|mutual|linked)$/i;

/** @param knownValues the values of a status that neither an enum nor a CHECK lists */
export function mutualConsent(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  knownValues: (column: EntityOf<'column'>) => readonly string[],
): MutualConsent | undefined {
  const made = consentValues(graph, column);
  if (made !== undefined || column.generated !== null || !isStatus(column.name)) return made;
  const listed = statusLabels(graph, column);
  const labels = listed.length > 0 ? listed : knownValues(column);
  const waiting =
    column.default === null ? labels.find((each) => WAITING.test(each)) : constantText(column.default.tree);
  if (waiting === undefined || waiting === null || !WAITING.test(waiting)) return undefined;
  const agreed = labels.find((each) => AGREED.test(each)) ?? labels.find((each) => MUTUAL.test(each));
  return agreed === undefined && listed.length > 0 ? undefined : { waiting, agreed };
}

function isStatus(name: string): boolean {
  return isNamed(name, STATUSES);
}

const STATUSES: NamePatterns = ['*_status', '*_state'];
