import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import fastGlob from 'fast-glob';
import { beforeAll, expect, test } from 'vitest';
import { dependenciesOf, parentOf } from '../../src/graph/entities/index.ts';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';
import { loadParser, readSql } from '../../src/sql/parse.ts';
import { replaySql } from './replay-sql.ts';

// Histories are not perfect: whatever statements come, in whatever order, they are folded into a graph that holds together.

const statements: string[] = [];

beforeAll(async () => {
  await loadParser();
  for (const file of fastGlob.sync('fixtures/replay/**/*.sql').sort()) {
    const text = readFileSync(file, 'utf8');
    for (const { kind, at } of readSql(text, file).statements)
      if (kind !== 'TransactionStmt') statements.push(text.slice(at.start, at.end));
  }
});

/** Some of the statements: a stretch of one or two files with gaps, or any, in an order of their own. */
const histories = fc
  .tuple(fc.nat(), fc.integer({ min: 20, max: 80 }), fc.boolean(), fc.infiniteStream(fc.nat()))
  .map(([start, length, isStretch, numbers]) => {
    const next = (below: number): number => Number(numbers.next().value ?? 0) % below;
    const first = start % statements.length;
    const pool = isStretch ? statements.slice(first, first + length) : statements;
    return Array.from({ length: Math.min(length, pool.length) }, () => pool[next(pool.length)] ?? '');
  });

function broken(graph: SchemaGraph): readonly string[] {
  const problems: string[] = [];
  for (const entity of graph.all()) {
    const parent = parentOf(entity);
    if (parent !== undefined && graph.find(parent) === undefined) problems.push(`${entity.kind} without its parent`);
    // What Postgres keeps as text (a function's body) may name what is gone; what it keeps as a dependency may not.
    for (const { on } of dependenciesOf(entity))
      if (graph.find(on) === undefined) problems.push(`${graph.path(entity)} depends on something that is gone`);
    graph.columns(entity.id).forEach((column, i) => {
      if (column.position !== i + 1) problems.push(`${graph.path(column)} is not column ${i + 1}`);
    });
  }
  return problems;
}

test('any statements in any order leave a graph in which everything resolves', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const { graph } = await replaySql(`${history.join(';\n')};`);
      expect(broken(graph)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

/** All facts of the entities up to an id, without the trees. */
function facts(graph: SchemaGraph, ids: ReadonlySet<number>): readonly string[] {
  return [...graph.all()]
    .filter(({ id }) => ids.has(id))
    .sort((a, b) => a.id - b.id)
    .map((entity) => JSON.stringify(entity, (_key, value) => (value instanceof Map ? [...value].length : value)));
}

test('what is rolled back leaves no trace', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(histories, histories, async (before, within) => {
      const kept = `${before.join(';\n')};`;
      // A column that a later text may add is assumed where it is missing, so that both histories have to speak of the same ones.
      const { graph } = await replaySql([kept, `-- ${within.join('; ').replace(/\s+/g, ' ')}`]);
      const undone = await replaySql([kept, `begin;\n${within.join(';\n')};\nrollback;`]);
      const ids = new Set([...graph.all()].map(({ id }) => id));
      expect([...undone.graph.all()].filter(({ id }) => !ids.has(id))).toEqual([]);
      expect(facts(undone.graph, ids)).toEqual(facts(graph, ids));
    }),
    { numRuns: 40 },
  );
});
