import type { AddressedRule } from '../rule/addressed-rule.ts';
import type { RuleOptions } from '../rule/rule.ts';
import { PRESETS } from '../rule/setting.ts';
import { CATEGORIES, SEVERITIES } from '../rule/severity.ts';

/** What a configuration may say, as written. Its JSON Schema is `CONFIG_SCHEMA`. */
export interface ConfigFile {
  readonly $schema?: string;
  readonly preset?: (typeof PRESETS)[number];
  readonly rules?: Readonly<Record<string, WrittenSetting>>;
  readonly ignores?: readonly { readonly rule: string; readonly object: string; readonly reason: string }[];
  readonly paths?: readonly string[];
  readonly platform?: 'supabase' | 'postgres' | 'auto';
  readonly exposure?: 'legacy' | 'explicit-grants' | 'auto';
  readonly exposedSchemas?: readonly string[];
  readonly clientRoles?: readonly string[];
  readonly tenantColumns?: readonly string[];
  readonly plugins?: readonly string[];
  readonly failOn?: (typeof SEVERITIES)[number] | 'never';
  readonly level?: (typeof SEVERITIES)[number];
}

type WrittenLevel = (typeof SEVERITIES)[number] | 'on' | 'off';
export type WrittenSetting = WrittenLevel | readonly [WrittenLevel, RuleOptions];

export const LEVELS: readonly string[] = ['on', 'off', ...SEVERITIES];

const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text };
const level = {
  enum: LEVELS,
  description: 'on: the severities the rule chooses itself; a severity replaces them; off: the rule does not run.',
};
const options = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean', 'array'], items: { type: 'string' } },
};
const setting = {
  anyOf: [level, { type: 'array', items: [level, options], minItems: 2, maxItems: 2, additionalItems: false }],
};

/** JSON Schema (draft 7) of the file, but for which rules there are: `configSchema` adds those, for editors. */
export const CONFIG_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'ddlint configuration',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { type: 'string', description: 'Where this schema is, for editors.' },
    preset: {
      enum: PRESETS,
      description:
        'Which rules run unless `rules` says otherwise. recommended: the sure ones; strict: all; security: that category.',
      default: 'recommended',
    },
    rules: {
      type: 'object',
      description:
        'By rule id or `category/*`: a level, or [level, options]. What names the rule wins over its category.',
      additionalProperties: setting,
    },
    ignores: {
      type: 'array',
      description: 'Findings that are meant to be so, by rule and object.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['rule', 'object', 'reason'],
        properties: {
          rule: { ...text, description: 'A rule id.' },
          object: { ...text, description: 'The object as reports name it; * stands for any text: public.audit_*' },
          reason: { ...text, description: 'Why it is meant to be so.' },
        },
      },
    },
    paths: { ...texts, description: 'What to audit when the command names nothing: folders or files, from this file.' },
    platform: {
      enum: ['supabase', 'postgres', 'auto'],
      default: 'auto',
      description: 'Whose roles, schemas and defaults are there before the first migration.',
    },
    exposure: {
      enum: ['legacy', 'explicit-grants', 'auto'],
      default: 'auto',
      description:
        'Supabase: whether new tables in public are open to the API roles (legacy) or closed until granted; auto: as config.toml says, else by the dates of the migrations (2026-05-30 for new projects, 2026-10-30 for all).',
    },
    exposedSchemas: { ...texts, description: 'Schemas the API serves; overrides supabase/config.toml.' },
    clientRoles: {
      ...texts,
      description: 'Roles that clients act as; `public` is everyone. Default on Supabase: anon, authenticated, public.',
    },
    tenantColumns: {
      ...texts,
      description: 'Columns that name the tenant; without them they are inferred from the policies.',
    },
    plugins: { ...texts, description: 'Packages, or paths inside the project, whose rules are loaded.' },
    failOn: { enum: [...SEVERITIES, 'never'], default: 'high', description: 'Exit code 1 from this severity on.' },
    level: { enum: SEVERITIES, default: 'low', description: 'Show findings from this severity on.' },
  },
} as const;

/** The schema with the rules there are and their options: what schemas/config.schema.json holds. */
export function configSchema(rules: readonly AddressedRule[]): object {
  const known = rules.map(({ id, rule }) => [
    id,
    { description: rule.meta.summary, ...settingOf(rule.defaults, rule.meta.optionDocs ?? {}) },
  ]);
  const categories = CATEGORIES.map((category) => [`${category}/*`, level]);
  return {
    ...CONFIG_SCHEMA,
    properties: {
      ...CONFIG_SCHEMA.properties,
      rules: {
        ...CONFIG_SCHEMA.properties.rules,
        properties: Object.fromEntries([...categories, ...known]),
        patternProperties: { [`^(?!(?:${CATEGORIES.join('|')})/)[a-z][a-z0-9-]*/[a-z][a-z0-9-]*$`]: setting },
        additionalProperties: false,
      },
    },
  };
}

function settingOf(defaults: RuleOptions, docs: Readonly<Record<string, string>>): object {
  const names = Object.keys(defaults);
  if (names.length === 0) return level;
  const properties = names.map((name) => {
    const value = defaults[name];
    const type = Array.isArray(value) ? texts : { type: typeof value };
    return [name, { ...type, default: value, description: docs[name] }];
  });
  const own = { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
  return { anyOf: [level, { type: 'array', items: [level, own], minItems: 2, maxItems: 2, additionalItems: false }] };
}
