import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Node } from '@pgsql/types';
import { beforeAll, describe, expect, test } from 'vitest';
import { qualifiedNameOf, stringsOf, tagOf, writtenName } from '../../src/sql/nodes.ts';
import { loadParser, readSql } from '../../src/sql/parse.ts';
import { childrenOf, expectWalks, nodesOf, walk, walkBelow } from '../../src/sql/walk.ts';

beforeAll(loadParser);

function treeOf(text: string): Node {
  const [statement] = readSql(text, 'a.sql').statements;
  if (statement === undefined) throw new Error(`not a statement: ${text}`);
  return statement.node;
}

function columns(text: string): string[] {
  const names: string[] = [];
  walk(treeOf(text), (_, node) => {
    if ('ColumnRef' in node) names.push(stringsOf(node.ColumnRef.fields).join('.'));
    return undefined;
  });
  return names;
}

function tagsOf(tree: Node, skipped = ''): string[] {
  const tags: string[] = [];
  walk(tree, (tag) => {
    tags.push(tag);
    return tag === skipped ? 'skip' : undefined;
  });
  return tags;
}

describe('walk', () => {
  test('goes in the order of the source', () => {
    expect(
      columns('with q as (select a) select b, c from t join u on d where e group by f order by g limit h'),
    ).toEqual([...'abcdefgh']);
    expect(columns('select a union (select b except select c) order by d')).toEqual([...'abcd']);
    expect(columns('with q as (select a) update t set x = b from u where c returning d')).toEqual([...'abcd']);
    expect(columns('select case a when b then c else d end, e between f and g, h in (i, j)')).toEqual([
      ...'abcdefghij',
    ]);
    expect(columns('insert into t select a from u on conflict (x) do update set y = b where c returning d')).toEqual([
      ...'abcd',
    ]);
  });

  test('gives tags to nodes that the grammar leaves without', () => {
    const tags: string[] = [];
    walk(treeOf('create table a.t (x int references b.u) partition by hash (x)'), (tag) => {
      tags.push(tag);
      return undefined;
    });
    expect(tags.filter((tag) => tag === 'RangeVar')).toHaveLength(2);
    expect(tags).toEqual(expect.arrayContaining(['TypeName', 'PartitionSpec', 'PartitionElem']));
  });

  test.each([
    'select (select a from b where c = (select d)), e[1], case when f then (g) end',
    'with q as (select a) select b from t join u on c where d in (select e from v) order by f',
    'create table a.t (x int references b.u check (x > 0)) partition by hash (x)',
  ])('goes the same way every time: %s', (text) => {
    const tree = treeOf(text);
    const way = (root: Node, skipped: string): readonly string[] => {
      const steps: string[] = [];
      walkBelow(root, (tag, _, parents, field) => {
        steps.push(`${parents.map((each) => `${each.field}:${each.tag}`).join('/')} ${field}:${tag}`);
        return tag === skipped ? 'skip' : undefined;
      });
      return steps;
    };
    for (const skipped of ['', 'SubLink', 'ColumnRef', 'ResTarget', 'ColumnDef', 'SelectStmt']) {
      const first = way(structuredClone(tree), skipped);
      for (const _ of ['second', 'third', 'fourth', 'fifth']) expect(way(tree, skipped)).toEqual(first);
      const ends = first.map((each) => each.slice(each.lastIndexOf(':') + 1));
      expect(tagsOf(structuredClone(tree), skipped)).toEqual(ends);
      expect(tagsOf(tree, skipped)).toEqual(ends);
    }
  });

  test('goes on where it was after a walk inside it, ended or broken off', () => {
    const tree = () => treeOf('select a, (select b from c where d), e');
    const whole = tagsOf(tree());
    for (const inner of ['through', 'stopped', 'thrown']) {
      const tags: string[] = [];
      walk(tree(), (tag, node) => {
        tags.push(tag);
        try {
          walk(structuredClone(node), () => {
            if (inner === 'thrown') throw new Error('broken off');
            return inner === 'stopped' ? 'stop' : undefined;
          });
        } catch {}
        walk([], () => undefined);
        return undefined;
      });
      expect(tags).toEqual(whole);
    }
  });

  test('finds what stands in the nodes of one kind, of a tree that is listed too', () => {
    const text = 'select a, f(b, (select c from u where d = g(e)))';
    const listed = treeOf(text);
    expectWalks(listed);
    for (const tree of [treeOf(text), listed, listed, listed, listed]) {
      expect(nodesOf(tree, 'ColumnRef').map(({ fields }) => stringsOf(fields).join('.'))).toEqual([...'abcde']);
      expect(nodesOf(tree, 'FuncCall').map(({ funcname }) => writtenName(funcname).name)).toEqual(['f', 'g']);
      expect(nodesOf(tree, 'RangeVar').map(({ relname }) => relname)).toEqual(['u']);
      expect(nodesOf(tree, 'CaseExpr')).toEqual([]);
    }
    expect(nodesOf(undefined, 'ColumnRef')).toEqual([]);
  });

  test('skips, stops, and names the way from the root', () => {
    const tree = treeOf('select (select a from b), c');
    const seen: string[] = [];
    walkBelow(tree, (tag, node, parents, field) => {
      if (tag === 'SubLink') return 'skip';
      if ('ColumnRef' in node) seen.push(`${parents.map((parent) => parent.tag).join('/')}.${field}`);
      return undefined;
    });
    expect(seen).toEqual(['SelectStmt/ResTarget.val']);
    let count = 0;
    walk(tree, () => (++count === 3 ? 'stop' : undefined));
    expect(count).toBe(3);
  });

  test('knows every field that holds a node without a tag', () => {
    const require = createRequire(import.meta.url);
    const types = readFileSync(require.resolve('@pgsql/types').replace(/[^/\\]+$/, 'types.d.ts'), 'utf8');
    const members = new Map(
      [...types.matchAll(/export interface (\w+) \{([^}]*)\}/g)].map(([, name = '', body = '']) => [name, body]),
    );
    // Only the analysed trees of a running server have these; the grammar never makes them.
    const analysed =
      /^(Query|IntoClause\.viewQuery|CallStmt\.funcexpr|OnConflictExpr|JsonTablePathScan|JsonExpr|JsonConstructorExpr|RangeTblEntry|ParseResult|ScanResult|SummaryResult|A_Const|JsonReturning\.format)/;
    let checked = 0;
    for (const [tag, body] of members) {
      for (const [, field = '', type = ''] of body.matchAll(/(\w+)\?: (\w+)(?:\[\])?;/g)) {
        if (!members.has(type) || analysed.test(`${tag}.${field}`)) continue;
        const child = childrenOf({ [tag]: { [field]: { marker: 1 } } } as unknown as Node);
        expect([`${tag}.${field}`, child[0]?.tag]).toEqual([`${tag}.${field}`, type]);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(80);
  });

  test('does not recurse', () => {
    let node: Node = { Integer: {} };
    for (let depth = 0; depth < 100_000; depth++) node = { A_Expr: { lexpr: node } };
    let count = 0;
    walk(node, () => {
      count++;
      return undefined;
    });
    expect(count).toBe(100_001);
  });
});

describe('names', () => {
  test('are read as written', () => {
    const names: unknown[] = [];
    walk(treeOf('create trigger x after insert on "A.b"."C" execute function "f.g".h()'), (_, node) => {
      if ('RangeVar' in node) names.push(qualifiedNameOf(node.RangeVar));
      if ('CreateTrigStmt' in node) names.push(writtenName(node.CreateTrigStmt.funcname));
      return undefined;
    });
    expect(names).toEqual([
      { schema: 'f.g', name: 'h' },
      { schema: 'A.b', name: 'C' },
    ]);
    expect(writtenName([{ String: { sval: 't' } }])).toEqual({ schema: undefined, name: 't' });
    expect(tagOf(treeOf('select 1'))).toBe('SelectStmt');
  });
});
