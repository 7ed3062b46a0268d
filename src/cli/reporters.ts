import type { Reporter } from '../audit/report.ts';
import { ConfigError } from '../errors.ts';
import { didYouMean } from '../rule/nearest.ts';

export const FORMATS = ['pretty', 'json', 'sarif'] as const;

/** Loads the one reporter asked for. @throws ConfigError for a format there is not */
export async function reporterFor(format: string, ofPlugins: ReadonlyMap<string, Reporter>): Promise<Reporter> {
  switch (format) {
    case 'pretty':
      return (await import('../../reports/terminal.ts')).pretty;
    case 'json':
      return (await import('../../reports/json.ts')).json;
    case 'sarif':
      return (await import('../../reports/sarif.ts')).sarif;
  }
  const reporter = ofPlugins.get(format);
  if (reporter) return reporter;
  const known = [...FORMATS, ...ofPlugins.keys()];
  throw new ConfigError(
    `unknown format ${JSON.stringify(format)}; there are ${known.join(', ')}.${didYouMean(format, known)}`,
  );
}
