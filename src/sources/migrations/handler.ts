import type { Node } from '@pgsql/types';
import type { ReplayContext } from './context.ts';

type KeysOfUnion<T> = T extends T ? keyof T : never;
type Inner<K> = Node extends infer U ? (U extends { readonly [P in K & string]: infer V } ? V : never) : never;

/** The parser's own tag of a statement: CreateStmt, AlterTableStmt … */
export type StatementKind = KeysOfUnion<Node>;
export type NodeOf<K extends StatementKind> = Inner<K>;

/**
 * Folds one statement into the graph: reads the node, asks the context, and calls create, alter or drop on the builder.
 * Throws a Refusal (through `context.refuse`) where Postgres would raise an error; says what it does not know through
 * `context.notUnderstood`; never reports a finding.
 */
export type Handler<K extends StatementKind> = (node: NodeOf<K>, context: ReplayContext) => void;

export type Handlers = { readonly [K in StatementKind]?: Handler<K> };
