import { realpathSync, statSync } from 'node:fs';
import { basename, posix, relative, sep } from 'node:path';
import { SourceError } from '../../../errors.ts';
import { groupedBy } from '../../../graph/grouping.ts';
import type { Migration } from '../../../graph/journal.ts';
import { withoutComments } from './comments.ts';
import { undoneFiles } from './down-files.ts';
import { exposureOf } from './exposure.ts';
import { placesOf, usualPlace } from './find-places.ts';
import { type ListedFile, listFolder, readBytes } from './list-files.ts';
import { listPrograms } from './programs.ts';
import { filesOf, type Includes, includesOf } from './psql-includes.ts';
import { readSupabaseConfig, type SupabaseConfig } from './supabase-config.ts';
import type { Tool } from './tool.ts';
import { toolOf } from './tools.ts';

export interface DiscoveryOptions {
  readonly paths: readonly string[];
  readonly cwd: string;
  readonly platform: 'supabase' | 'postgres' | 'auto';
  readonly exposure: 'legacy' | 'explicit-grants' | 'auto';
  readonly exposedSchemas?: readonly string[];
}

export interface DiscoveredFile {
  /** As shown to people: relative to the working directory, forward slashes. */
  readonly file: string;
  /** Null for a file that is listed but not read (`migration.skipped` says why). */
  readonly bytes: Uint8Array | null;
  readonly migration: Omit<Migration, 'at'>;
  /** The text of a migration that is a program: only what it speaks of is known. */
  readonly program?: string;
  /** The text with what the tool does not run (down sections) turned into blanks, so that offsets stay. */
  readonly blank: (text: string) => string;
  /** May the text be a template, which the tool fills in before Postgres gets it? */
  readonly isFilledIn: boolean;
  /** What its commands of psql include. */
  readonly includes: Includes;
}

export interface Discovered {
  readonly files: readonly DiscoveredFile[];
  readonly platform: 'supabase' | 'postgres';
  readonly exposure: 'legacy' | 'explicit-grants';
  /** The index of the first file that ran when new tables were closed to the API roles, though the exposure was legacy before. */
  readonly closedFrom: number | null;
  readonly exposedSchemas: readonly string[];
  /** Were they asked for, so that nothing else says it better? */
  readonly isExposureAsked: boolean;
  /** Where the API looks for names besides the schema of a request, as config.toml says; undefined where it does not. */
  readonly extraSearchPath: readonly string[] | undefined;
  /** Only the server makes users, as the project's config.toml says. */
  readonly isSignUpOff: boolean;
  /** Users come without an e-mail address, as config.toml says; null where it does not. */
  readonly signsUpWithoutEmail: boolean | null;
  readonly tool: string;
  readonly notes: readonly string[];
}

/**
 * What of the SQL text says that a plain folder belongs to a Supabase project. A reference to auth.users does not: projects
 * that run Supabase's auth server on their own have that table too, and no API that serves the others. A trigger there does: it makes
 * the row that the project's own tables have of a user, as Supabase's guide has it.
 */
const SUPABASE_SIGNS =
  /\btrigger\b[^;]{0,300}?\son\s+"?auth"?\s*\.\s*"?users\b|\bauth\s*\.\s*(?:uid|jwt|role)\b|\bto\s+(?:anon|authenticated|service_role)\b|\bstorage\s*\.\s*(?:buckets|objects)\b/i;

interface FoundFile {
  readonly listed: ListedFile;
  readonly tool: Tool;
  readonly hasDown: boolean;
}

/** Finds what to replay. @throws SourceError when there is nothing, or it cannot be read. */
export function discover(options: DiscoveryOptions): Discovered {
  const places =
    options.paths.length === 0
      ? [usualPlace(options.cwd)]
      : options.paths.flatMap((path) => placesOf(path, options.cwd));
  const notes: string[] = [];
  const files: FoundFile[] = [];
  let config: SupabaseConfig | null = null;
  const tools = new Set<string>();
  for (const place of places) {
    const isFolder = statSync(place).isDirectory();
    const sql = isFolder ? listFolder(place) : [{ path: place, name: basename(place), link: null }];
    const programs = isFolder ? listPrograms(place, sql) : [];
    const tool = toolOf(place, sql, programs);
    const listed = tool.name === 'plain' ? [...sql, ...programs] : sql;
    tools.add(tool.name);
    if (tool.note !== null) notes.push(`${shownPath(place, options.cwd)}: ${tool.note}`);
    config ??= readSupabaseConfig(place);
    const ordered = tool.order(listed);
    if (sql.length === 0 || ordered.length === 0)
      throw new SourceError(`No .sql files in ${shownPath(place, options.cwd)}.`);
    const undone = undoneFiles(listed);
    files.push(...ordered.map((each) => ({ listed: each, tool, hasDown: undone.has(each) })));
  }
  const { discovered, included } = withoutIncluded(files, options.cwd);
  notes.push(...included, ...notRead(discovered));
  const platform =
    options.platform !== 'auto'
      ? options.platform
      : config !== null || tools.has('supabase') || looksLikeSupabase(discovered)
        ? 'supabase'
        : 'postgres';
  const tool = tools.size === 1 ? ([...tools][0] ?? 'plain') : 'plain';
  const { exposure, closedFrom, assumed } = exposureOf(
    options.exposure,
    config?.autoExposeNewTables ?? null,
    discovered,
  );
  const withTables = platform === 'supabase' && assumed !== null ? ` with ${assumed}` : '';
  const read = discovered.filter((each) => each.bytes !== null).length;
  notes.unshift(
    `Read ${places.map((each) => shownPath(each, options.cwd)).join(', ')}: ${read} ${read === 1 ? 'file' : 'files'}, ${describe(tool)}, platform ${platform}${withTables}.`,
  );
  return {
    files: discovered,
    platform,
    exposure,
    closedFrom: platform === 'supabase' ? closedFrom : null,
    exposedSchemas:
      options.exposedSchemas ?? config?.schemas ?? (platform === 'supabase' ? ['public', 'graphql_public'] : []),
    isExposureAsked: options.exposedSchemas !== undefined,
    extraSearchPath: config?.extraSearchPath ?? undefined,
    isSignUpOff: config?.isSignUpOff === true,
    signsUpWithoutEmail: config?.signsUpWithoutEmail ?? null,
    tool,
    notes,
  };
}

/** Files that another one includes are run there, and not by themselves: a sentence for each that does. */
function withoutIncluded(
  found: readonly FoundFile[],
  cwd: string,
): { readonly discovered: readonly DiscoveredFile[]; readonly included: readonly string[] } {
  const files = found.map((each, index) => ({ ...each, discovered: discoveredFile(each, index, cwd) }));
  const paths = new Set(files.flatMap((each) => includedPaths(each.discovered)));
  const alone = files.filter(({ listed, tool }) => {
    const runsEach = tool.name !== 'plain' && tool.name !== 'files';
    return paths.size === 0 || runsEach || !paths.has(realpathSync(listed.path));
  });
  const discovered = alone.map((each, index) => ({
    ...each.discovered,
    migration: { ...each.discovered.migration, index },
  }));
  const included = discovered.flatMap((each) => {
    const { size } = new Set(includedPaths(each));
    if (size === 0) return [];
    return [
      `${each.file} includes ${size === 1 ? 'a file, which is' : `${size} files, which are`} read where it does.`,
    ];
  });
  return { discovered, included };
}

function includedPaths({ includes }: DiscoveredFile): readonly string[] {
  return [...filesOf(includes)].map(({ path }) => path);
}

/** A sentence for the files of one folder that are left out for one reason. */
function notRead(files: readonly DiscoveredFile[]): readonly string[] {
  const left = files.flatMap(({ file, migration: { skipped } }) =>
    skipped === null ? [] : [{ file, reason: skipped }],
  );
  const groups = groupedBy(left, ({ file, reason }) => `${posix.dirname(file)}\0${reason}`);
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    if (others.length === 0) return [`${first.file} was not read: ${first.reason}.`];
    const names = others.map(({ file }) => posix.basename(file));
    const shownNames = [first.file, ...names.slice(0, SHOWN)].join(', ');
    const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
    return [
      `${others.length + 1} files were not read (${shownNames}${more}): ${first.reason.replace(/^it /, 'each ')}.`,
    ];
  });
}

/** How many more files of one reason are named. */
const SHOWN = 4;

function describe(tool: string): string {
  if (tool === 'plain') return 'in the order of their names';
  return tool === 'files' ? 'in the order given' : `as ${tool} runs them`;
}

function discoveredFile({ listed, tool, hasDown }: FoundFile, index: number, cwd: string): DiscoveredFile {
  const { version, name, skipped, misnamed, overtakenBy } = tool.identify(listed);
  const isProgram = listed.isProgram === true && skipped === null;
  const unread = isProgram ? 'it is a program, and what it changes is not known' : skipped;
  const why = listed.link === null ? unread : `it is a symbolic link to ${listed.link}`;
  const file = shownPath(listed.path, cwd);
  const bytes = why === null ? readBytes(listed.path, file) : null;
  return {
    file,
    ...(isProgram ? { program: new TextDecoder().decode(readBytes(listed.path, file)) } : {}),
    bytes,
    migration: {
      ...{ index, file, version, name, skipped: why, misnamed, hasDown },
      ...(overtakenBy === undefined ? {} : { overtakenBy }),
    },
    blank: tool.blank,
    isFilledIn: tool.fillsIn,
    includes: bytes === null ? new Map() : includesOf(listed.path, bytes, cwd),
  };
}

function looksLikeSupabase(files: readonly DiscoveredFile[]): boolean {
  const decoder = new TextDecoder('utf-8');
  const texts = files.flatMap(({ bytes, includes }) =>
    [bytes ?? new Uint8Array(), ...[...filesOf(includes)].map((each) => each.bytes)].map((each) =>
      decoder.decode(each),
    ),
  );
  const isSign = (text: string) => SUPABASE_SIGNS.test(text) && SUPABASE_SIGNS.test(withoutComments(text));
  return texts.some(isSign) && !texts.some(makesItsClientRoles);
}

/** CREATE ROLE fails where the role is there; in a DO block it is asked first, so that the file runs on Supabase as well. */
function makesItsClientRoles(text: string): boolean {
  return OWN_CLIENT_ROLE.test(text.replace(DOLLAR_QUOTED, ''));
}

const DOLLAR_QUOTED = /\$(\w*)\$[\s\S]*?\$\1\$/g;

/** A Supabase database has these from its start: who makes them has a server of another kind, with look-alikes. */
const OWN_CLIENT_ROLE = /^\s*create\s+(?:role|user)\s+"?(?:anon|authenticated|service_role)\b/im;

/** As people write it: relative to the working directory, forward slashes. */
export function shownPath(path: string, cwd: string): string {
  return relative(cwd, path).split(sep).join('/') || '.';
}
