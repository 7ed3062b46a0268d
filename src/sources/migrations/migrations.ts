import { dirname } from 'node:path';
import { saidServedSchemas } from '../../graph/binding/api-path.ts';
import { lateBeginning } from '../../graph/history/late-beginning.ts';
import type { Migration } from '../../graph/journal.ts';
import { SchemaBuilder } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import type { Platform } from '../../platform/platform.ts';
import { decodeSql } from '../../sql/decode.ts';
import { loadParser, readSql, type SqlLimits } from '../../sql/parse.ts';
import type { NotUnderstood, Reading, Source } from '../source.ts';
import { type Base, prepareOn, withoutPlace } from './base.ts';
import { bindPoliciesAgain } from './bind-again.ts';
import type { ReplayContext } from './context.ts';
import { type Discovered, discover, shownPath } from './discovery/discover.ts';
import { extensionsBeside } from './discovery/extensions-beside.ts';
import { schemaBeside } from './discovery/schema-beside.ts';
import { Doubtful } from './do-block/doubtful.ts';
import { type FilePart, partsOf } from './included-parts.ts';
import { laterFiles } from './later-files.ts';
import { withOrderOfEvents } from './order-of-events.ts';
import { partlyJudged } from './partly-judged.ts';
import { closeNewTables, prepare } from './prepare.ts';
import { doubtWhatProgramChanges } from './programs.ts';
import { tableMadeIn } from './rejected-table.ts';
import { replayPart } from './replay.ts';
import { restore } from './session.ts';
import { type TemplateStatement, withoutDirectives, withoutTemplates } from './templates.ts';
import { dropTemporary } from './temporary.ts';

export interface MigrationsOptions {
  /** Folders, files or project roots, as the user wrote them; empty = look in `cwd`. */
  readonly paths: readonly string[];
  readonly cwd: string;
  readonly platform: 'supabase' | 'postgres' | 'auto';
  readonly exposure: 'legacy' | 'explicit-grants' | 'auto';
  /** Overrides what supabase/config.toml says. */
  readonly exposedSchemas?: readonly string[];
  readonly limits?: Partial<SqlLimits>;
  /** What is there before the first file, in place of an empty project: a history whose first tables were made elsewhere. */
  readonly base?: () => Promise<Base>;
}

/** A migration history, a folder of SQL files, single files or a dump, replayed into a graph. */
export function migrations(options: MigrationsOptions): Source {
  return {
    name: options.paths.length === 0 ? 'migrations' : options.paths.join(', '),
    read: () => readMigrations(options),
  };
}

async function readMigrations(options: MigrationsOptions): Promise<Reading> {
  const found = discover(options);
  await loadParser();
  const replayed = await replayDiscovered(found, options);
  const reading = { ...replayed, installedBeside: installedBeside(replayed, found, options) };
  return options.base === undefined
    ? { ...reading, notes: [...reading.notes, ...besideNotes(reading, found, options)] }
    : reading;
}

/** Where the first tables were made elsewhere: the file that makes them, if it lies beside the migrations. */
function besideNotes(
  { graph, journal }: Reading,
  { files }: Discovered,
  { paths, cwd }: MigrationsOptions,
): readonly string[] {
  const unmade = lateBeginning(graph, journal)?.objects.filter(({ kind }) => kind === 'table') ?? [];
  const tables = new Set(unmade.map(({ name }) => name.slice(name.lastIndexOf('.') + 1).replaceAll('"', '')));
  const found = schemaBeside(files, tables, cwd);
  const [first] = files;
  if (found === undefined || first === undefined) return [];
  const file = shownPath(found.path, cwd);
  const read = paths.length > 0 ? paths : [dirname(first.file)];
  const command = ['ddlint', 'lint', ...[file, ...read].map(shellWord)].join(' ');
  const made =
    found.tables === tables.size ? `the ${tables.size} tables` : `${found.tables} of the ${tables.size} tables`;
  return [`${file} makes ${made} that no file read here makes: ${command} replays it first.`];
}

/** The extensions that no migration installs before it needs them, and the files beside the migrations that do. A project of Supabase is built from its migrations alone. */
function installedBeside(
  { journal, platform }: Reading,
  { files }: Discovered,
  { cwd }: MigrationsOptions,
): ReadonlyMap<string, string> {
  const missing = journal.flatMap((change) =>
    change.type === 'failed' && change.problem.type === 'missingExtension' ? change.problem.extension : [],
  );
  if (platform === 'supabase') return new Map();
  const found = extensionsBeside(files, [...new Set(missing)], cwd);
  return new Map([...found].map(([extension, path]) => [extension, shownPath(path, cwd)]));
}

/** As it is written on the command line of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Folds what was found. Separate from discovery so that texts can come from elsewhere (tests, an editor). */
export async function replayDiscovered(
  found: Discovered,
  options: Pick<MigrationsOptions, 'limits' | 'base'>,
): Promise<Reading> {
  const builder = new SchemaBuilder();
  const base = await options.base?.();
  const { context, platform } = base ? prepareOn(base, builder) : prepare(builder, found);
  if (base) context.filled.open();
  builder.servedWith(found.extraSearchPath ?? base?.extraSearchPath);
  context.assumptions.later = laterFiles(found.files);
  const texts = new Map<string, string>();
  const counts = { files: 0, statements: 0, rejected: 0, passedOver: 0 };
  const notUnderstood: NotUnderstood[] = [];
  const history: Migration[] = [];
  const refusal = sentCommand(found.tool);
  /** What of a part is no statement to replay. */
  const tellUnread = ({ file, text, reading }: FilePart, migration: Migration): void => {
    if (!texts.has(file)) {
      counts.files++;
      texts.set(file, text);
    }
    counts.statements += reading.statements.length;
    counts.rejected += reading.rejected.length;
    counts.passedOver += reading.passedOver.length;
    for (const each of reading.rejected) {
      builder.rejected({ migration, at: each.at, errorAt: each.errorAt, message: each.message });
      // It is plain what was to be made, and told that it is not: what needs it fails for that reason alone.
      const table = tableMadeIn(text.slice(each.at.start, each.at.end));
      if (table !== undefined) context.assumptions.rejected(table);
    }
    for (const { what, message, at } of reading.passedOver) {
      // What a template may change is said with its reach.
      if (what !== 'template') notUnderstood.push({ what: message, at });
    }
  };
  const counter = { next: 0 };
  for (const file of found.files) {
    const decoded = file.bytes === null ? { ok: true as const, text: '' } : decodeSql(file.bytes, file.file);
    const text = decoded.ok ? decoded.text : '';
    const run = file.blank(text);
    const applied = file.isFilledIn ? withoutDirectives(run) : run;
    const migration: Migration = {
      ...file.migration,
      hasDown: file.migration.hasDown || run !== text,
      at: { file: file.file, start: 0, end: lineEnd(text) },
    };
    history.push(migration);
    if (found.closedFrom === migration.index) {
      startFile(context, platform);
      closeNewTables(context);
    }
    if (file.program !== undefined) doubtWhatProgramChanges(file.program, migration, context);
    if (migration.skipped !== null) {
      if (file.program === undefined) context.filled.open();
      continue;
    }
    counts.files++;
    texts.set(file.file, text);
    if (!decoded.ok) {
      const at = { file: file.file, start: 0, end: 0 };
      builder.rejected({ migration, at, errorAt: at, message: decoded.message });
      counts.rejected++;
      continue;
    }
    const read = readSql(applied, file.file, options.limits);
    const { reading, templates } = file.isFilledIn ? withoutTemplates(read, applied) : { reading: read, templates: [] };
    const parts = partsOf(file.file, applied, reading, file.includes, { refusal, ...options });
    for (const part of parts) tellUnread(part, migration);
    startFile(context, platform);
    const begun = builder.mark();
    // What they make may be needed by the statements between them, which make what they are about.
    doubtful(templates, context);
    for (const part of parts) replayPart(part, migration, context, counter);
    doubtful(templates, context).say();
    dropTemporary(builder, begun);
  }
  startFile(context, platform);
  bindPoliciesAgain(context);
  const { graph, journal } = builder.build();
  return {
    graph,
    journal: withOrderOfEvents(journal, graph),
    migrations: history,
    statements: context.statements,
    provides: new Set(['history', 'privileges']),
    texts,
    notUnderstood: [...(base?.notUnderstood ?? []).map(withoutPlace), ...notUnderstood, ...context.notes],
    doubts: graph.doubts,
    counts,
    notes: found.notes,
    notChecked: partlyJudged(graph),
    platform: platform.name,
    exposedSchemas: servedSchemas(graph, found, base),
    isSignUpOff: found.isSignUpOff,
    signsUpWithoutEmail: found.signsUpWithoutEmail,
    migrationTool: found.tool,
  };
}

/** Tools that send the text of a file to the server, as people call them: no psql reads its commands out of it. */
const SENDING: ReadonlyMap<string, string> = new Map([
  ['supabase', 'the Supabase CLI'],
  ['prisma', 'prisma'],
  ['drizzle', 'drizzle'],
  ['diesel or Hasura', 'diesel or Hasura'],
]);

/** The server's words for a command of psql, and why it gets to see one. */
function sentCommand(tool: string): string | undefined {
  const name = SENDING.get(tool);
  if (name === undefined) return undefined;
  return `syntax error at or near "\\": it is a command of psql, and ${name} sends files to the server without psql`;
}

/** What was asked for, else what the database's own setting says in the end: it wins over config.toml. */
function servedSchemas(graph: SchemaGraph, found: Discovered, base: Base | undefined): readonly string[] {
  const said = found.isExposureAsked ? undefined : saidServedSchemas(graph);
  if (said !== undefined) return said;
  return base && base.platform !== found.platform ? base.exposedSchemas : found.exposedSchemas;
}

function doubtful(templates: readonly TemplateStatement[], context: ReplayContext): Doubtful {
  const found = new Doubtful(context, 'This template');
  for (const each of templates) found.dynamic([each.text], each.at);
  return found;
}

/** Tools run each file as a session of its own: what a file SETs ends with it, and an open transaction is committed by the tool. */
function startFile(context: ReplayContext, platform: Platform): void {
  const { session } = context;
  const role = context.graph.global('role', platform.sessionRole)?.id ?? session.role;
  session.transaction = null;
  session.defaults = { searchPath: platform.searchPath, user: role };
  restore(session, { ...session.defaults, role, settings: new Map() });
}

function lineEnd(text: string): number {
  const end = text.search(/[\r\n]/);
  return end === -1 ? text.length : end;
}
