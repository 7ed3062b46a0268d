import type { Location, Log } from 'sarif';

/** What GitHub code scanning demands beyond the schema (docs: SARIF support for code scanning); one sentence for each breach. */
export function githubProfileProblems(log: Log): readonly string[] {
  const problems: string[] = [];
  const must = (holds: boolean, sentence: string): void => {
    if (!holds) problems.push(sentence);
  };
  must(log.runs.length === 1, 'one run in a file');
  for (const run of log.runs) {
    const rules = run.tool.driver.rules ?? [];
    must((run.results ?? []).length <= 25_000, 'at most 25,000 results');
    must(run.automationDetails?.id?.endsWith('/') === true, 'the category ends with a slash');
    must(run.invocations?.every((each) => each.executionSuccessful) !== false, 'the run was successful');
    for (const rule of rules) {
      const properties = (rule.properties ?? {}) as Record<string, unknown>;
      must(
        (rule.shortDescription?.text.length ?? 0) > 0 && (rule.shortDescription?.text.length ?? 0) <= 1024,
        `${rule.id}: shortDescription`,
      );
      must(
        (rule.fullDescription?.text.length ?? 0) > 0 && (rule.fullDescription?.text.length ?? 0) <= 1024,
        `${rule.id}: fullDescription`,
      );
      must((rule.help?.text.length ?? 0) > 0, `${rule.id}: help.text`);
      must((rule.name ?? '').length <= 255, `${rule.id}: name`);
      must(((properties.tags as unknown[]) ?? []).length <= 10, `${rule.id}: ten tags are shown`);
      const security = properties['security-severity'];
      const number = Number(security);
      must(
        security === undefined || (typeof security === 'string' && number > 0 && number <= 10),
        `${rule.id}: security-severity`,
      );
      must(
        (security === undefined) !== (properties['problem.severity'] === undefined),
        `${rule.id}: security or problem severity`,
      );
    }
    (run.results ?? []).forEach((result, i) => {
      const name = `result ${i}`;
      must(rules[result.ruleIndex ?? -1]?.id === result.ruleId, `${name}: ruleIndex names its rule`);
      must((result.message.text ?? '') !== '', `${name}: message`);
      must(result.suppressions === undefined, `${name}: suppressed results open alerts`);
      must((result.locations ?? []).length === 1, `${name}: one location`);
      for (const location of [...(result.locations ?? []), ...(result.relatedLocations ?? [])]) {
        for (const problem of locationProblems(location)) problems.push(`${name}: ${problem}`);
      }
      must(Object.keys(result.partialFingerprints ?? {}).includes('ddlint/v1'), `${name}: own fingerprint`);
      const hasRegion = result.locations?.[0]?.physicalLocation?.region !== undefined;
      const lineHash = result.partialFingerprints?.primaryLocationLineHash;
      must(hasRegion === (lineHash !== undefined && /^[0-9a-f]+:\d+$/.test(lineHash)), `${name}: line hash`);
    });
  }
  return problems;
}

function locationProblems(location: Location): readonly string[] {
  const uri = location.physicalLocation?.artifactLocation?.uri;
  const region = location.physicalLocation?.region;
  const problems: string[] = [];
  if (uri === undefined || uri === '') return ['a physical location with a file'];
  if (/^[a-z][a-z0-9+.-]*:|^\/|\\|\s|(^|\/)\.\.?(\/|$)/i.test(uri) || decodeURIComponent(uri) === '')
    problems.push(`a relative, encoded uri: ${uri}`);
  if (region && (region.endLine !== region.startLine || (region.endColumn ?? 0) <= (region.startColumn ?? 0)))
    problems.push('a tight region');
  return problems;
}
