import { audit } from '../audit/audit.ts';
import { SchemaBuilder } from '../graph/schema-builder.ts';
import type { AddressedRule } from '../rule/addressed-rule.ts';
import type { Reading } from '../sources/source.ts';

/**
 * What all rules say of a schema that needs neither its history and the tool that runs it, nor what a server counted, nor the configuration of its project: the same
 * for every source of it.
 * Comments that silence findings are left out too: only files have them. What a message quotes is spelt as its source spells it.
 */
export async function timelessFindings(reading: Reading, rules: readonly AddressedRule[]): Promise<readonly string[]> {
  const builder = new SchemaBuilder();
  const entities = [...reading.graph.all()];
  const lastId = entities.reduce((last, { id }) => Math.max(last, id), 0);
  builder.adopt({ entities, lastId }, reading.doubts);
  const bare: Reading = {
    ...reading,
    graph: builder.graph,
    journal: [],
    statements: [],
    migrations: [],
    texts: new Map(),
    provides: new Set(['privileges']),
    migrationTool: 'none',
    isSignUpOff: false,
    signsUpWithoutEmail: null,
  };
  const { report } = await audit(
    { name: '', read: async () => bare },
    { rules, selection: { preset: 'strict', settings: new Map(), only: [] } },
  );
  const found = report.findings.map(
    ({ ruleId, messageId, severity, object }) => `${severity} ${ruleId} (${messageId}) ${object.kind} ${object.name}`,
  );
  return found.sort();
}
