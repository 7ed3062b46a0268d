import type { Node } from '@pgsql/types';
import type { Expression } from './expression.ts';
import type { SourceLocation } from './location.ts';

/** A PL/pgSQL body as a tree: statements with their place in the file and their SQL parsed (Postgres docs, 41). */
export interface PlBlock extends PlBase<'block'> {
  readonly label: string | null;
  readonly declarations: readonly PlDeclaration[];
  readonly body: readonly PlStatement[];
  readonly handlers: readonly PlHandler[];
}

interface PlBase<Kind extends string> {
  readonly kind: Kind;
  /** From the statement's first word to its end (or, for compound ones, to the end of its head). */
  readonly at: SourceLocation;
}

export interface PlDeclaration {
  readonly name: string;
  /** The type as written, `orders%rowtype` and `record` too; null for cursors and aliases. */
  readonly typeText: string | null;
  readonly isConstant: boolean;
  readonly default: Expression | null;
  /** A bound cursor's query. */
  readonly cursorQuery: PlSql | null;
}

export interface PlHandler {
  /** Lower-case condition names: `others`, `duplicate_object`, `unique_violation`; `sqlstate 'P0001'` as `sqlstate P0001`. */
  readonly conditions: readonly string[];
  readonly body: readonly PlStatement[];
  readonly at: SourceLocation;
}

/** A static SQL statement inside a body. */
export interface PlSql {
  readonly text: string;
  readonly at: SourceLocation;
  /** The parser's tag; null when the SQL grammar rejects it. */
  readonly kind: string | null;
  /** Locations are file offsets where the body's text maps one to one (see `FunctionBody.quoting`), else offsets in the body. */
  readonly node: Node | null;
}

export interface PlBranch {
  readonly condition: Expression;
  readonly body: readonly PlStatement[];
}

/** What receives a result: variable names, `r.field` as written. */
export type PlTargets = readonly string[];

export type PlStatement =
  | PlBlock
  | (PlBase<'if'> & { readonly branches: readonly PlBranch[]; readonly otherwise: readonly PlStatement[] | null })
  | (PlBase<'case'> & {
      readonly subject: Expression | null;
      readonly branches: readonly PlBranch[];
      readonly otherwise: readonly PlStatement[] | null;
    })
  | (PlBase<'loop'> & { readonly label: string | null; readonly body: readonly PlStatement[] })
  | (PlBase<'while'> & {
      readonly label: string | null;
      readonly condition: Expression;
      readonly body: readonly PlStatement[];
    })
  | (PlBase<'forInteger'> & {
      readonly label: string | null;
      readonly variable: string;
      readonly from: Expression;
      readonly to: Expression;
      readonly step: Expression | null;
      readonly isReverse: boolean;
      readonly body: readonly PlStatement[];
    })
  /** FOR r IN query, FOR r IN EXECUTE, FOR r IN cursor. */
  | (PlBase<'forQuery'> & {
      readonly label: string | null;
      readonly targets: PlTargets;
      readonly query: PlSql | null;
      readonly dynamicQuery: Expression | null;
      readonly cursor: string | null;
      readonly body: readonly PlStatement[];
    })
  | (PlBase<'forEach'> & {
      readonly label: string | null;
      readonly targets: PlTargets;
      readonly slice: number;
      readonly array: Expression;
      readonly body: readonly PlStatement[];
    })
  | (PlBase<'exit'> & {
      readonly isExit: boolean;
      readonly label: string | null;
      readonly condition: Expression | null;
    })
  | (PlBase<'return'> & { readonly value: Expression | null })
  | (PlBase<'returnNext'> & { readonly value: Expression | null })
  | (PlBase<'returnQuery'> & { readonly query: PlSql | null; readonly dynamicQuery: Expression | null })
  | (PlBase<'raise'> & {
      readonly level: 'debug' | 'log' | 'info' | 'notice' | 'warning' | 'exception';
      /** Condition name or SQLSTATE, where it names one. */
      readonly condition: string | null;
      readonly message: string | null;
      readonly parameters: readonly Expression[];
      readonly options: readonly { readonly name: string; readonly value: Expression }[];
      /** RAISE; alone, in a handler: the same error again. */
      readonly isReraise: boolean;
    })
  | (PlBase<'assert'> & { readonly condition: Expression; readonly message: Expression | null })
  | (PlBase<'sql'> & { readonly sql: PlSql; readonly into: PlTargets; readonly isStrict: boolean })
  | (PlBase<'perform'> & { readonly sql: PlSql })
  | (PlBase<'execute'> & {
      readonly query: Expression;
      readonly into: PlTargets;
      readonly isStrict: boolean;
      readonly using: readonly Expression[];
    })
  | (PlBase<'assign'> & { readonly target: string; readonly value: Expression })
  | (PlBase<'call'> & { readonly sql: PlSql })
  | (PlBase<'getDiagnostics'> & {
      readonly isStacked: boolean;
      readonly targets: readonly { readonly variable: string; readonly item: string }[];
    })
  | (PlBase<'open'> & {
      readonly cursor: string;
      readonly query: PlSql | null;
      readonly dynamicQuery: Expression | null;
    })
  | (PlBase<'fetch'> & { readonly cursor: string; readonly into: PlTargets; readonly isMove: boolean })
  | (PlBase<'close'> & { readonly cursor: string })
  | (PlBase<'commit'> & { readonly isRollback: boolean })
  | PlBase<'null'>;

export type PlStatementKind = PlStatement['kind'];
