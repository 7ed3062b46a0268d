// What every command that audits takes: which rules run, what is shown, and how.
import type { Options } from 'yargs';
import { PRESETS, type Preset } from '../../rule/setting.ts';
import { SEVERITIES, type Severity } from '../../rule/severity.ts';
import { FORMATS } from '../reporters.ts';
import { CONFIG_OPTION, configOf } from './config-option.ts';
import { flag, lastText, oneOf, texts, type Values } from './values.ts';

/** The options of an audit, checked one by one but not against each other; undefined = as the configuration says. */
export interface ReportArguments {
  readonly format: string;
  /** FORMAT=FILE. */
  readonly output: readonly string[];
  readonly level: Severity | undefined;
  readonly failOn: Severity | 'never' | undefined;
  readonly preset: Preset | undefined;
  readonly rule: readonly string[];
  /** A file; null for --no-config. */
  readonly config: string | null | undefined;
  readonly color: boolean | undefined;
  readonly quiet: boolean;
  readonly timing: boolean;
  readonly all: boolean;
}

const FAIL_ON = [...SEVERITIES, 'never'] as const;

export const REPORT_OPTIONS = {
  format: { type: 'string', default: 'pretty', describe: `How the report is printed: ${FORMATS.join(', ')}` },
  output: { type: 'string', array: true, describe: 'Also write a report: FORMAT=FILE (repeatable)' },
  level: { type: 'string', describe: `Show findings from this severity on: ${SEVERITIES.join(', ')}` },
  'fail-on': {
    type: 'string',
    describe: `Exit with 1 from this severity on: ${FAIL_ON.join(', ')} (default: high)`,
  },
  preset: { type: 'string', describe: `Which rules run: ${PRESETS.join(', ')}` },
  rule: { type: 'string', array: true, describe: 'Run only this rule (repeatable)' },
  all: { type: 'boolean', default: false, describe: 'Show every finding in full' },
  color: { type: 'boolean', describe: 'Colours, whatever reads the output' },
  quiet: { type: 'boolean', default: false, describe: 'No remarks on stderr' },
  timing: { type: 'boolean', default: false, describe: 'Where the time went, on stderr' },
  ...CONFIG_OPTION,
} as const satisfies Readonly<Record<string, Options>>;

export function reportArguments(values: Values): ReportArguments {
  return {
    format: lastText(values, 'format') ?? 'pretty',
    output: texts(values, 'output'),
    level: oneOf<Severity>(values, 'level', SEVERITIES),
    failOn: oneOf<Severity | 'never'>(values, 'fail-on', FAIL_ON),
    preset: oneOf<Preset>(values, 'preset', PRESETS),
    rule: texts(values, 'rule'),
    config: configOf(values),
    color: flag(values, 'color'),
    quiet: flag(values, 'quiet') ?? false,
    timing: flag(values, 'timing') ?? false,
    all: flag(values, 'all') ?? false,
  };
}
