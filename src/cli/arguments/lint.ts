import type { CommandLine } from './command-line.ts';
import { REPLAY_OPTIONS, type ReplayArguments, replayArguments } from './replay-options.ts';
import { REPORT_OPTIONS, type ReportArguments, reportArguments } from './report-options.ts';
import { lastText, texts } from './values.ts';

export interface LintArguments extends ReportArguments, ReplayArguments {
  readonly paths: readonly string[];
  /** A snapshot of what is there before the first file. */
  readonly base: string | undefined;
}

export const lintCommand: CommandLine<{ readonly name: 'lint'; readonly options: LintArguments }> = {
  usage: ['lint [paths..]', '$0'],
  summary: 'Audit SQL migrations: folders, files, or what is found here',
  positionals: { paths: { array: true, type: 'string', describe: 'Folders or .sql files' } },
  options: {
    ...REPORT_OPTIONS,
    ...REPLAY_OPTIONS,
    base: { type: 'string', describe: 'A snapshot that the first file finds, for what was made elsewhere' },
  },
  examples: [
    ['ddlint', 'audit the migrations of this folder'],
    ['ddlint lint --fail-on medium --output sarif=ddlint.sarif', 'in CI'],
  ],
  read: (values) => ({
    name: 'lint',
    options: {
      paths: texts(values, 'paths'),
      base: lastText(values, 'base'),
      ...reportArguments(values),
      ...replayArguments(values),
    },
  }),
};
