import type { PartitionBoundSpec } from '@pgsql/types';
import { bracketEnd, nextToken } from '../../../sql/cursor.ts';
import { tokenEnd } from '../../../sql/token.ts';
import type { ReplayContext } from '../context.ts';

/** `FOR VALUES …` or `DEFAULT`: the values as written. */
export function boundText(node: PartitionBoundSpec, { running: { text } }: ReplayContext): string {
  if (node.is_default) return 'DEFAULT';
  // The grammar's place is that of IN, FROM or WITH.
  const keyword = node.location ?? 0;
  const first = brackets(text, tokenEnd(text, keyword));
  if (node.strategy === 'l') return `FOR VALUES IN ${first.text}`;
  if (node.strategy === 'h') return `FOR VALUES WITH ${first.text}`;
  const second = brackets(text, tokenEnd(text, nextToken(text, first.end)));
  return `FOR VALUES FROM ${first.text} TO ${second.text}`;
}

function brackets(text: string, from: number): { readonly text: string; readonly end: number } {
  const start = nextToken(text, from);
  const end = bracketEnd(text, start);
  return { text: text.slice(start, end), end };
}
