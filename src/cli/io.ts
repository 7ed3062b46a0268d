/** What a command may do to the world; only cli.ts has the real one. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Is the report read by a person at a terminal? */
  readonly isTerminal: boolean;
  /** Columns of the terminal; undefined when there is none. */
  readonly columns: number | undefined;
  /** Milliseconds since the process started. */
  now(): number;
  /** The report, to stdout. */
  print(text: string): void;
  /** Everything else, to stderr, a line at a time. */
  note(line: string): void;
  /** @throws ConfigError when the file cannot be written */
  write(file: string, text: string): void;
  /** Runs what must end in good order: Ctrl-C and SIGTERM abort the signal meanwhile, a second one ends the process. */
  interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** How wide a report for people is: as the terminal, but a line of prose is not read well beyond 120 columns. */
export function reportWidth(io: Io): number {
  return Math.min(Math.max(io.columns ?? 100, 40), 120);
}

/** --color or --no-color, then NO_COLOR, then FORCE_COLOR, then whether a terminal reads. */
export function wantsColor(io: Io, asked: boolean | undefined): boolean {
  if (asked !== undefined) return asked;
  if (io.env.NO_COLOR) return false;
  const forced = io.env.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced !== '0';
  return io.isTerminal && io.env.TERM !== 'dumb';
}
