// The shared questions get the same answers from a replayed graph and from a catalog, whose expressions Postgres has printed.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isAuditTable, isMembershipTable, isReferenceList, queueTable } from '../../src/graph/lexicon/table-roles.ts';
import { policyComparisons, tenantColumns, tenantNames } from '../../src/graph/policies/tenant-columns.ts';
import { routineShape } from '../../src/graph/query-shapes/routine-shape.ts';
import { queriesInSchema, rowTests, userRoutines } from '../../src/graph/query-shapes/schema-queries.ts';
import { columnsSetByTriggers } from '../../src/graph/query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';
import { loadPlatform } from '../../src/platform/platform.ts';
import { discover } from '../../src/sources/migrations/discovery/discover.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { type Parity, parityOf } from '../../src/testing/compare-graphs.ts';
import { startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { describeQuery, describeTest } from './describe-shapes.ts';

beforeAll(loadParser);

const { isPlatformSchema } = loadPlatform('supabase');

async function bothGraphs(project: string): Promise<Parity> {
  const found = discover({ paths: [], cwd: join('fixtures', 'projects', project), platform: 'auto', exposure: 'auto' });
  const database = await startEmbeddedPostgres(found);
  try {
    return await parityOf(database, found);
  } finally {
    await database.close();
  }
}

function userTables(graph: SchemaGraph) {
  return graph.ofKind('table').filter((each) => !/^(?:auth|storage|realtime|vault|pg_)/.test(each.name.schema));
}

/** Every answer in a line, sorted: ids and places differ between the sources, nothing else may. */
function answers(graph: SchemaGraph): readonly string[] {
  const column = (id: Parameters<typeof graph.find>[0]) => graph.path(graph.get('column', id));
  const lines = [
    ...queriesInSchema(graph).map(({ holder, query }) => `${graph.path(holder)}: ${describeQuery(graph, query)}`),
    ...graph
      .ofKind('policy')
      .flatMap((policy) => [
        ...policyComparisons(graph, policy).map(
          ({ column: id, via, sources, isOwnValue, isCorrelated }) =>
            `${graph.path(policy)} compares ${column(id)} ${via} ${sources.join()} ${isOwnValue} ${isCorrelated}`,
        ),
        ...[policy.using, policy.check].flatMap((clause) =>
          clause === null
            ? []
            : rowTests(clause).map((test) => `${graph.path(policy)} tests ${describeTest(graph, test)}`),
        ),
      ]),
    ...tenantNames(graph, []).map(({ name, kind }) => `tenant ${name} ${kind}`),
    ...[...tenantColumns(graph, [])].map((id) => `tenant column ${column(id)}`),
    ...userTables(graph).flatMap((table) => [
      ...(isAuditTable(graph, table) ? [`audit ${graph.path(table)}`] : []),
      ...(queueTable(graph, table) ? [`queue ${graph.path(table)}`] : []),
      ...(isReferenceList(graph, table) ? [`list ${graph.path(table)}`] : []),
      ...(isMembershipTable(graph, table) ? [`membership ${graph.path(table)}`] : []),
      ...columnsSetByTriggers(graph, table.id, 'update').sets.map((each) => `sets ${column(each.column)}`),
    ]),
    ...userRoutines(graph).flatMap((routine) => {
      const shape = routineShape(graph, routine);
      const path = graph.path(routine);
      return [
        `${path} whole ${shape.isWhole} calls ${shape.calls.map((id) => graph.path(graph.get('function', id))).join()}`,
        ...shape.checksThenInserts.map(
          (each) => `${path} check ${each.form} ${graph.path(graph.get('table', each.relation))}`,
        ),
        ...shape.handlers.map((each) => `${path} handler ${each.conditions.join()} ${each.records} ${each.usesError}`),
        ...shape.assignments.map(
          (each) => `${path} sets ${each.target.join('.')} ${String(each.constant ?? each.from)}`,
        ),
      ];
    }),
  ];
  // A catalog does not say what the platform made, a replay does.
  return lines.filter((line) => !isPlatformSchema(/(?:^| )(\w+)\./.exec(line)?.[1] ?? '')).sort();
}

describe.each(['omnichat', 'clean', 'plain'])('%s', (project) => {
  it('answers the same from both sources', async () => {
    const { replayed, catalog } = await bothGraphs(project);
    const [fromReplay, fromServer] = [answers(replayed.graph), answers(catalog.graph)];
    expect(fromReplay.length).toBeGreaterThan(10);
    expect(fromServer).toEqual(fromReplay);
  });
});
