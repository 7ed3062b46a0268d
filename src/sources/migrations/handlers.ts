import type { Handlers } from './handler.ts';
import { createTable } from './statements/create-table.ts';

/** Every statement that changes the schema. Keys are the parser's, files are named for what people write. */
export const handlers: Handlers = {
  CreateStmt: createTable,
};
