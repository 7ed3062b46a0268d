/** The configuration, an option or an argument is wrong. The message says which, and what to do. Exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** What was to be audited could not be read. The message names the file or the database. Exit code 2. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}

/** A rule threw. Wraps what it threw as `cause` and names the rule. Exit code 2, never a shorter report. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  readonly ruleId: string;

  constructor(ruleId: string, cause: unknown) {
    super(`rule ${ruleId} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.ruleId = ruleId;
  }
}

/** The user ended it (Ctrl-C), or the system did. Exit code 128 + the signal's number, as shells count. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}
