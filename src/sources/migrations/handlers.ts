import type { Handlers } from './handler.ts';

/** Every statement that changes the schema. Keys are the parser's, files are named for what people write. */
export const handlers: Handlers = {};
