import type { ListedFile } from './list-files.ts';

export interface Identity {
  readonly version: string | null;
  readonly name: string;
  /** Why it is not replayed: a phrase. */
  readonly skipped: string | null;
  readonly misnamed: string | null;
  /** The file before it by whose time a database passes it over: see Migration. */
  readonly overtakenBy?: string;
}

/** What a migration tool does with the files of a folder. */
export interface Tool {
  readonly name: string;
  readonly order: (files: readonly ListedFile[]) => readonly ListedFile[];
  readonly identify: (file: ListedFile) => Identity;
  /** The text with what the tool does not run as blanks, so that offsets stay. */
  readonly blank: (text: string) => string;
  /** May something fill in the files before Postgres gets them: `{{ .schema }}`, `${schema}`? */
  readonly fillsIn: boolean;
  /** What its user should know of the folder as a whole: a sentence. */
  readonly note: string | null;
}

/** The version is the number in front of the name. */
export function identify(name: string, skipped: string | null = null, misnamed: string | null = null): Identity {
  const stem = name.replace(/\.sql$/i, '').replace(/\.up$/i, '');
  const match = /^(\d+)[_.-]?(.*)$/.exec(stem);
  return { version: match?.[1] ?? null, name: match?.[2] || stem, skipped, misnamed };
}
