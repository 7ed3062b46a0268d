import type { CommandLine } from './command-line.ts';
import { CONFIG_OPTION, configOf } from './config-option.ts';
import { oneOf } from './values.ts';

export interface ConfigArgument {
  readonly config: string | null | undefined;
}

export const rulesCommand: CommandLine<
  { readonly name: 'rules'; readonly format: 'pretty' | 'json' } & ConfigArgument
> = {
  usage: ['rules'],
  summary: 'List the rules',
  positionals: {},
  options: { format: { type: 'string', default: 'pretty', describe: 'pretty or json' }, ...CONFIG_OPTION },
  examples: [],
  read: (values) => ({
    name: 'rules',
    format: oneOf(values, 'format', ['pretty', 'json']) ?? 'pretty',
    config: configOf(values),
  }),
};

export const explainCommand: CommandLine<{ readonly name: 'explain'; readonly rule: string } & ConfigArgument> = {
  usage: ['explain <rule>'],
  summary: 'Say what a rule looks for, why, and what to do',
  positionals: { rule: { type: 'string', describe: 'A rule id' } },
  options: CONFIG_OPTION,
  examples: [],
  lacking: 'Which rule? ddlint explain RULE; `ddlint rules` lists all.',
  read: (values) => ({ name: 'explain', rule: String(values.rule), config: configOf(values) }),
};
