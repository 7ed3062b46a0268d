/** What only some sources can know. A rule that `needs` one is listed as skipped where the source lacks it. */
export type Capability = 'history' | 'statistics' | 'privileges';
