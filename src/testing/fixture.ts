import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../errors.ts';
import type { RuleOptions } from '../rule/rule.ts';

/** What a fixture may set, in a `config.json` beside its SQL. */
export interface FixtureConfig {
  readonly platform?: 'supabase' | 'postgres';
  readonly exposure?: 'legacy' | 'explicit-grants';
  readonly exposedSchemas?: readonly string[];
  readonly clientRoles?: readonly string[];
  readonly tenantColumns?: readonly string[];
  readonly options?: RuleOptions;
  /** Further rules that run with it: for rules about other rules. */
  readonly rules?: readonly string[];
}

/** One example of a rule: a file, or a folder of migrations. */
export interface Fixture {
  /** `bad.sql`, `good-partial-index.sql`, `bad-two-files`. */
  readonly name: string;
  /** Must the rule find something here? */
  readonly isBad: boolean;
  readonly folder: string;
  /** Files in the order in which they run, relative to `folder`. */
  readonly files: readonly string[];
  /** Whether `folder` as a whole is the history; else it is just these files. */
  readonly isFolder: boolean;
  readonly config: FixtureConfig;
}

const NAME = /^(bad|good)([-_.].*)?$/;

/**
 * The fixtures of one rule: `bad*.sql`, `good*.sql` and folders of the same names.
 * @throws ConfigError for a config.json that is no JSON object
 */
export function readFixtures(folder: string): readonly Fixture[] {
  if (!existsSync(folder)) return [];
  const shared = readConfig(folder);
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): readonly Fixture[] => {
      const [, kind] = NAME.exec(entry.name) ?? [];
      if (kind === undefined) return [];
      const isBad = kind === 'bad';
      if (entry.isFile()) {
        if (!entry.name.endsWith('.sql')) return [];
        return [{ name: entry.name, isBad, folder, files: [entry.name], isFolder: false, config: shared }];
      }
      const inside = join(folder, entry.name);
      const files = readdirSync(inside, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.sql'))
        .sort();
      const config = { ...shared, ...readConfig(inside) };
      return [{ name: entry.name, isBad, folder: inside, files, isFolder: true, config }];
    });
}

function readConfig(folder: string): FixtureConfig {
  const file = join(folder, 'config.json');
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as FixtureConfig;
  } catch (error) {
    throw new ConfigError(`${file} is not valid JSON`, { cause: error });
  }
}
