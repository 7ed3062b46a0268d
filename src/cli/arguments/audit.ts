import type { CommandLine } from './command-line.ts';
import { CONNECTION_OPTIONS, type ConnectionArguments, connectionArguments } from './connection-options.ts';
import { PLATFORMS } from './replay-options.ts';
import { REPORT_OPTIONS, type ReportArguments, reportArguments } from './report-options.ts';
import { lastText, oneOf, texts } from './values.ts';

export interface AuditArguments extends ReportArguments, ConnectionArguments {
  /** Folders or files that made the database; empty = none. */
  readonly migrations: readonly string[];
  /** A file in place of a database. */
  readonly snapshot: string | undefined;
  readonly platform: 'supabase' | 'postgres' | 'auto' | undefined;
}

export const auditCommand: CommandLine<{ readonly name: 'audit'; readonly options: AuditArguments }> = {
  usage: ['audit'],
  summary: 'Audit a running database: its catalog is read, nothing is written',
  positionals: {},
  options: {
    ...CONNECTION_OPTIONS,
    snapshot: { type: 'string', describe: 'A file that `ddlint snapshot` wrote, in place of a database' },
    migrations: {
      type: 'string',
      array: true,
      describe: 'The migrations that made it: findings are shown at their lines (repeatable)',
    },
    ...REPORT_OPTIONS,
    platform: { type: 'string', describe: `Whose database it is: ${PLATFORMS.join(', ')}` },
  },
  examples: [
    ['ddlint audit --local', 'the database of `supabase start`'],
    ['ddlint audit --snapshot schema.json', 'without a database'],
    ['ddlint audit --db-url-file .db-url --migrations supabase/migrations', 'with the lines that made it'],
  ],
  read: (values) => ({
    name: 'audit',
    options: {
      ...reportArguments(values),
      ...connectionArguments(values),
      migrations: texts(values, 'migrations'),
      snapshot: lastText(values, 'snapshot'),
      platform: oneOf(values, 'platform', PLATFORMS),
    },
  }),
};
