/** How bad it is, worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How sure: provable from the schema, or resting on a name or on intent. */
export type Confidence = 'certain' | 'likely';

export const CATEGORIES = ['security', 'performance', 'integrity', 'migration', 'design', 'operations'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Is `severity` at least as bad as `threshold`? */
export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}
