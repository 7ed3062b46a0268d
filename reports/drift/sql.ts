import { certainOf, type DriftReport } from '../../src/drift/drift-report.ts';
import { plain } from '../plain-text.ts';
import { kindInWords } from '../words.ts';

/** One script for one side, in an order in which it can be run. What it leaves is named in its comments. */
export function driftScript(report: DriftReport, side: 'left' | 'right'): string {
  const [here, there] = side === 'left' ? [report.left, report.right] : [report.right, report.left];
  const [of, script] =
    side === 'left' ? (['onLeft', report.script.onLeft] as const) : (['onRight', report.script.onRight] as const);
  const certain = certainOf(report);
  const left = certain.filter(({ sql }) => sql[of] === null);
  const doubted = report.drifted.filter((each) => !certain.includes(each));
  const named = (objects: typeof certain): readonly string[] =>
    objects.map(
      ({ kind, name }) => `--   ${kind === 'defaultPrivileges' ? '' : `${kindInWords(kind)} `}${oneLine(name)}`,
    );
  return [
    certain.length === 0 ? '-- No drift.' : `-- To run on ${oneLine(here)}, to make it like ${oneLine(there)}.`,
    ...(left.length === 0
      ? []
      : ['-- No SQL that is sure to run and to keep every row can be written for', ...named(left)]),
    ...(doubted.length === 0
      ? []
      : ['-- Left out, since a statement that was not understood may have made it:', ...named(doubted)]),
    ...(script === null ? [] : ['', script.trimEnd()]),
    '',
  ].join('\n');
}

/** A name with a line break would end the comment. */
function oneLine(text: string): string {
  return plain(text).replace(/\s+/g, ' ');
}
