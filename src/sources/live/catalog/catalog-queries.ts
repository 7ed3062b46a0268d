/** The queries of the kinds of objects: a kind comes after those it points at. */
export const OBJECT_QUERIES = [
  ...(['descriptions', 'extension-members', 'roles', 'schemas', 'extensions'] as const),
  ...(['foreign-data-wrappers', 'foreign-servers', 'composite-types', 'tables', 'foreign-tables', 'views'] as const),
  ...(['materialized-views', 'types', 'columns', 'sequences', 'functions', 'operators', 'operator-classes'] as const),
  ...(['casts', 'minor-objects'] as const),
  // Expressions come when everything they may name has its place.
  ...(['indexes', 'primary-keys', 'unique-constraints', 'exclusion-constraints', 'foreign-keys'] as const),
  ...(['check-constraints', 'policies', 'triggers', 'rewrite-rules', 'event-triggers', 'publications'] as const),
  ...(['statistics', 'default-privileges'] as const),
];

/** What the server counted. */
export const COUNTER_QUERIES = ['counters-age', 'table-counters', 'index-counters'] as const;

export type ObjectQuery = (typeof OBJECT_QUERIES)[number];
