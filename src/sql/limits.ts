/** How much SQL is read. What is over a limit is passed over and reported, never cut short in silence. */
export interface SqlLimits {
  /** Bytes of UTF-8 of one statement. */
  readonly statementBytes: number;
  /** Brackets, CASEs and sub-selects around one token; an operator in a chain such as `1 + 1 + 1` counts half. */
  readonly nesting: number;
  /** UTF-16 units handed to the grammar at once; its answer is JSON about twenty times as long. */
  readonly batchLength: number;
}

/**
 * A statement of 4 MB of VALUES becomes about 400 MB of tree. Bracketed sub-selects exhaust the WASM stack somewhere above
 * 2,000 levels, operator chains above 5,000; half of that leaves room for callers that are deep in a stack themselves.
 */
export const DEFAULT_LIMITS: SqlLimits = { statementBytes: 4 << 20, nesting: 1_000, batchLength: 1 << 20 };

/** Bytes of one SQL file; whoever reads files holds to it. */
export const MAX_FILE_BYTES = 64 << 20;
