import { expect, it } from 'vitest';
import { askedOnce } from '../../src/graph/asked-once.ts';
import { SchemaBuilder } from '../../src/graph/schema-builder.ts';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';

function schema(builder: SchemaBuilder, name: string) {
  return builder.create({ kind: 'schema', name, owner: builder.reserve(), acl: [] }, 'catalog');
}

it('asks once for each subject, undefined answers too, and anew after any change of the graph', () => {
  const builder = new SchemaBuilder();
  const app = schema(builder, 'app');
  const asked: string[] = [];
  const commentOf = askedOnce((graph: SchemaGraph, name: string) => {
    asked.push(name);
    return graph.global('schema', name)?.comment;
  });
  const answers = () => ['app', 'app', 'none', 'none'].map((name) => commentOf(builder.graph, name));
  expect(answers()).toEqual([null, null, undefined, undefined]);
  expect(asked).toEqual(['app', 'none']);

  builder.alter(app, { comment: 'ours' }, 'catalog');
  expect(answers()).toEqual(['ours', 'ours', undefined, undefined]);
  schema(builder, 'none');
  expect(commentOf(builder.graph, 'none')).toBeNull();
  builder.drop(app, 'catalog');
  expect(commentOf(builder.graph, 'app')).toBeUndefined();
});

it('keeps graphs apart', () => {
  const [one, two] = [new SchemaBuilder(), new SchemaBuilder()];
  schema(one, 'app');
  schema(two, 'other');
  const names = askedOnce((graph) => graph.ofKind('schema').map((each) => each.name));
  expect([names(one.graph), names(two.graph), names(one.graph)]).toEqual([['app'], ['other'], ['app']]);
});
