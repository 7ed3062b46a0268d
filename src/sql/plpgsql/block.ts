import { readCondition } from './condition.ts';
import { readDeclarations } from './declarations.ts';
import {
  accept,
  acceptMark,
  expect,
  expectMark,
  identifier,
  isAtEnd,
  isMark,
  location,
  type PlReader,
} from './reader.ts';
import type { PlBlock, PlCondition, PlHandler } from './tree.ts';

/** Reads `<<label>>` if there is one. */
export function readLabel(reader: PlReader): string | undefined {
  if (!acceptMark(reader, '<<')) return undefined;
  const label = identifier(reader);
  expectMark(reader, '>>');
  return label;
}

/** Reads [DECLARE …] BEGIN … [EXCEPTION …] END [label]; the current token is one of its first two words. */
export function readBlock(reader: PlReader, start: number, label: string | undefined): PlBlock {
  const cursors = reader.cursors.length;
  const declarations = readDeclarations(reader);
  expect(reader, 'begin');
  const body = reader.readStatements(reader);
  const handlers = accept(reader, 'exception') ? readHandlers(reader) : [];
  expect(reader, 'end');
  if (!isMark(reader, ';') && !isAtEnd(reader)) identifier(reader);
  reader.cursors.length = cursors;
  return { kind: 'block', label, declarations, body, handlers, at: location(reader, start, reader.last) };
}

function readHandlers(reader: PlReader): PlHandler[] {
  const handlers: PlHandler[] = [];
  for (let start = reader.at; accept(reader, 'when'); start = reader.at) {
    const conditions: PlCondition[] = [];
    do conditions.push(readCondition(reader));
    while (accept(reader, 'or'));
    expect(reader, 'then');
    const body = reader.readStatements(reader);
    handlers.push({ conditions, body, at: location(reader, start, reader.last) });
  }
  return handlers;
}
