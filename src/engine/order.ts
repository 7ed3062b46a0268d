import type { Finding } from '../rule/finding.ts';
import { type Category, SEVERITIES } from '../rule/severity.ts';

/** By code units, never by locale: the same input gives the same order on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Comparable = Omit<Finding, 'fingerprint' | 'fix'>;

/** Of what is as bad, first what strangers can do, then what goes wrong, then what is slow. */
const BY_CATEGORY: readonly Category[] = ['security', 'integrity', 'migration', 'operations', 'performance', 'design'];

/** Worst first, then category, rule, object and place. */
export function compareFindings(a: Comparable, b: Comparable): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    BY_CATEGORY.indexOf(a.category) - BY_CATEGORY.indexOf(b.category) ||
    compareText(a.ruleId, b.ruleId) ||
    compareText(a.object.name, b.object.name) ||
    compareText(a.object.kind, b.object.kind) ||
    comparePlaces(a, b) ||
    compareText(a.messageId, b.messageId) ||
    compareText(a.message, b.message)
  );
}

function comparePlaces(a: Comparable, b: Comparable): number {
  if (a.origin.from !== 'statement' || b.origin.from !== 'statement') return compareText(a.origin.from, b.origin.from);
  const left = a.origin.at;
  const right = b.origin.at;
  return compareText(left.file, right.file) || left.start - right.start || left.end - right.end;
}
