import type { Node } from '@pgsql/types';
import { expect, it } from 'vitest';
import { type BoundExpression, boundPart } from '../../src/graph/bound-expression.ts';

const [left, right]: readonly Node[] = [{ A_Const: { isnull: true } }, { A_Const: { isnull: true } }];

it('gives the same part each time, and the whole for all of it', () => {
  const tree: Node = { BoolExpr: { boolop: 'AND_EXPR', args: [left as Node, right as Node] } };
  const whole = { tree, text: 'null and null', meanings: new Map() } as unknown as BoundExpression;
  const part = boundPart(whole, left as Node);
  expect(part).toMatchObject({ tree: left, text: 'null and null' });
  expect(part.meanings).toBe(whole.meanings);
  expect(boundPart(whole, left as Node)).toBe(part);
  expect(boundPart(whole, right as Node)).not.toBe(part);
  expect(boundPart({ ...whole }, left as Node)).not.toBe(part);
  expect(boundPart(whole, tree)).toBe(whole);
});
