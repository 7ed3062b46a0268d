import type { AnyRule } from './rule.ts';

/** The version of the interface between ddlint and plugins. */
export const PLUGIN_API = 1;

/** A package's default export: rules that people address as `name/rule-id`, and reporters as `name/format`. */
export interface Plugin {
  readonly api: number;
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly rules: readonly AnyRule[];
  /** Each takes an AuditReport and ReporterOptions and gives the text. */
  readonly reporters?: Readonly<Record<string, (report: never, options: never) => string>>;
}

export function definePlugin(plugin: Omit<Plugin, 'api'>): Plugin {
  return { api: PLUGIN_API, ...plugin };
}
