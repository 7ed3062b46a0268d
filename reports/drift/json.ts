import { certainOf, type DriftReport } from '../../src/drift/drift-report.ts';
import { Places } from '../places.ts';

/** Drift as data: schemas/drift.schema.json describes it. */
export function jsonDrift(report: DriftReport, version: string): string {
  const places = new Places(report.texts);
  const certain = certainOf(report);
  const count = (state: string): number => certain.filter((each) => each.state === state).length;
  const document = {
    version: 1,
    tool: { name: 'ddlint', version },
    left: { name: report.left },
    right: { name: report.right },
    summary: {
      compared: report.compared,
      onlyLeft: count('only-left'),
      onlyRight: count('only-right'),
      changed: count('changed'),
      uncertain: report.drifted.length - certain.length,
    },
    differences: report.drifted.map(({ kind, name, state, facts, doubt, at, sql }) => ({
      kind,
      name,
      state,
      facts,
      doubt: doubt && { what: doubt.what, location: places.of(doubt.at) },
      location: at && places.of(at),
      sql,
    })),
    script: report.script,
    notChecked: report.notChecked,
    notes: report.notes,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
