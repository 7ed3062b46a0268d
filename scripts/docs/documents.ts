import { json } from '../../reports/json.ts';
import { sarif } from '../../reports/sarif.ts';
import { pretty } from '../../reports/terminal.ts';
import type { ReporterOptions } from '../../src/audit/report.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { AddressedRule } from '../../src/rule/addressed-rule.ts';
import { SNAPSHOT_SCHEMA } from '../../src/sources/snapshot/snapshot-file.ts';
import { ruleIndex } from './rule-index.ts';
import { rulePage } from './rule-page.ts';
import { sampleReport } from './sample-report.ts';

const OPTIONS: ReporterOptions = {
  color: false,
  width: 100,
  all: false,
  level: 'low',
  version: '0.0.0',
  pathPrefix: '',
  anchor: null,
};

/**
 * Every generated file of the repository, by path from its root.
 * @param fixtures the folder fixtures/rules
 */
export function documents(rules: readonly AddressedRule[], fixtures: string): ReadonlyMap<string, string> {
  const pages = rules.map(
    (rule) => [`rules/${rule.rule.meta.category}/${rule.id}.md`, rulePage(rule, fixtures)] as const,
  );
  return new Map([
    ...pages,
    ['rules/README.md', ruleIndex(rules)],
    ['schemas/config.schema.json', `${JSON.stringify(configSchema(rules), null, 2)}\n`],
    ['schemas/snapshot.schema.json', `${JSON.stringify(SNAPSHOT_SCHEMA, null, 2)}\n`],
    ['reports/examples/report.txt', pretty(sampleReport, OPTIONS)],
    ['reports/examples/report.json', json(sampleReport, OPTIONS)],
    ['reports/examples/report.sarif', sarif(sampleReport, OPTIONS)],
  ]);
}
