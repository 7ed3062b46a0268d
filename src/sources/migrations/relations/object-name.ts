import { MAX_IDENTIFIER_BYTES, truncateIdentifier } from '../../../sql/name.ts';
import { utf8Length } from '../../../sql/utf8.ts';
import type { ReplayContext } from '../context.ts';

/** makeObjectName() (src/backend/commands/indexcmds.c): `name1_name2_label`, the longer of both names cut until 63 bytes hold it. */
export function makeObjectName(name1: string, name2: string | null, label: string): string {
  const overhead = (name2 === null ? 0 : 1) + label.length + 1;
  const available = MAX_IDENTIFIER_BYTES - overhead;
  let first = utf8Length(name1);
  let second = name2 === null ? 0 : utf8Length(name2);
  while (first + second > available) {
    if (first > second) first--;
    else second--;
  }
  const middle = name2 === null ? '' : `_${truncateIdentifier(name2, second)}`;
  return `${truncateIdentifier(name1, first)}${middle}_${label}`;
}

/** ChooseRelationName(): the first of t_a_idx, t_a_idx1, t_a_idx2 … that no relation (and, for a constraint, no constraint) of the schema has. */
export function chooseRelationName(
  context: ReplayContext,
  schema: string,
  [name1, name2, label]: readonly [string, string | null, string],
  isConstraint = false,
): string {
  const { graph } = context;
  return firstFree(
    name1,
    name2,
    label,
    (name) =>
      graph.relation({ schema, name }) !== undefined || (isConstraint && graph.hasConstraintNamed(schema, name)),
  );
}

/** ChooseConstraintName(): as for relations, among the constraints of the schema and `others`, chosen for the same statement. */
export function chooseConstraintName(
  context: ReplayContext,
  schema: string,
  [name1, name2, label]: readonly [string, string | null, string],
  others: ReadonlySet<string> = new Set(),
): string {
  const { graph } = context;
  return firstFree(name1, name2, label, (name) => others.has(name) || graph.hasConstraintNamed(schema, name));
}

function firstFree(name1: string, name2: string | null, label: string, isTaken: (name: string) => boolean): string {
  for (let pass = 0; ; pass++) {
    const name = makeObjectName(name1, name2, pass === 0 ? label : `${label}${pass}`);
    if (!isTaken(name)) return name;
  }
}

/** ChooseIndexNameAddition() and its likes for foreign keys and statistics: the columns joined by `_`, as far as needed. */
export function joinedColumnNames(names: readonly string[]): string {
  let joined = '';
  for (const name of names) {
    joined += joined === '' ? name : `_${name}`;
    if (utf8Length(joined) > MAX_IDENTIFIER_BYTES) break;
  }
  return joined;
}

/** ChooseIndexColumnNames(): the attribute names of an index; one that comes again gets a number. */
export function indexColumnNames(names: readonly string[]): readonly string[] {
  const chosen: string[] = [];
  for (const name of names) {
    let current = name;
    for (let i = 1; chosen.includes(current); i++) {
      current = `${truncateIdentifier(name, MAX_IDENTIFIER_BYTES - String(i).length)}${i}`;
    }
    chosen.push(current);
  }
  return chosen;
}
