import type { CommandLine } from './command-line.ts';
import { REPLAY_OPTIONS, type ReplayArguments, replayArguments } from './replay-options.ts';
import { REPORT_OPTIONS, type ReportArguments, reportArguments } from './report-options.ts';
import { texts } from './values.ts';

export interface LintArguments extends ReportArguments, ReplayArguments {
  readonly paths: readonly string[];
}

export const lintCommand: CommandLine<{ readonly name: 'lint'; readonly options: LintArguments }> = {
  usage: ['lint [paths..]', '$0'],
  summary: 'Audit SQL migrations: folders, files, or what is found here',
  positionals: { paths: { array: true, type: 'string', describe: 'Folders or .sql files' } },
  options: { ...REPORT_OPTIONS, ...REPLAY_OPTIONS },
  examples: [
    ['ddlint', 'audit the migrations of this folder'],
    ['ddlint lint --fail-on medium --output sarif=ddlint.sarif', 'in CI'],
  ],
  read: (values) => ({
    name: 'lint',
    options: { paths: texts(values, 'paths'), ...reportArguments(values), ...replayArguments(values) },
  }),
};
