import { readExpression, readExpressions } from './expression.ts';
import { accept, advance, expect, location, type PlReader, word } from './reader.ts';
import type { PlBranch, PlExpression, PlStatement } from './tree.ts';

/** Reads IF … [ELSIF …] [ELSE …] END IF. */
export function readIf(reader: PlReader, start: number): PlStatement {
  const branches: PlBranch[] = [];
  do {
    advance(reader);
    const from = reader.at;
    const condition = readExpression(reader, { words: ['then'] });
    advance(reader);
    const body = reader.readStatements(reader);
    branches.push({ condition, body, at: location(reader, from, reader.last) });
  } while (word(reader) === 'elsif' || word(reader) === 'elseif');
  const otherwise = accept(reader, 'else') ? reader.readStatements(reader) : undefined;
  expect(reader, 'end', 'if');
  return { kind: 'if', branches, else: otherwise, at: location(reader, start, reader.last) };
}

/** Reads CASE [subject] WHEN … THEN … [ELSE …] END CASE. */
export function readCase(reader: PlReader, start: number): PlStatement {
  advance(reader);
  const subject = word(reader) === 'when' ? undefined : readExpression(reader, { words: ['when'] });
  const branches: { readonly conditions: readonly PlExpression[]; readonly body: readonly PlStatement[] }[] = [];
  while (accept(reader, 'when')) {
    const conditions = readExpressions(reader, { words: ['then'] });
    advance(reader);
    branches.push({ conditions, body: reader.readStatements(reader) });
  }
  const otherwise = accept(reader, 'else') ? reader.readStatements(reader) : undefined;
  expect(reader, 'end', 'case');
  return { kind: 'case', subject, branches, else: otherwise, at: location(reader, start, reader.last) };
}
