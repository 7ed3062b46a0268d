import type { TypeName } from '@pgsql/types';
import type { Expression } from '../expression.ts';
import type { SourceLocation } from '../location.ts';

/**
 * PL/pgSQL as a tree (Postgres docs, chapter 41; src/pl/plpgsql/src/pl_gram.y). Every SQL expression is an `Expression` whose
 * places are file offsets; where more than a plain expression is written (`x := count(*) FROM t`), its tree is a SelectStmt.
 * Syntax only: whether a name is a variable or a column is not known here.
 */
export interface PlExpression extends Expression {
  readonly at: SourceLocation;
}

export interface PlBlock extends PlNode {
  readonly kind: 'block';
  readonly label: string | undefined;
  readonly declarations: readonly PlDeclaration[];
  readonly body: readonly PlStatement[];
  /** The WHEN branches of EXCEPTION. */
  readonly handlers: readonly PlHandler[];
}

interface PlNode {
  /** From the first token (a label, if it has one) to the last, without the semicolon. */
  readonly at: SourceLocation;
}

/** A variable as written: `x`, `rec.field`; names folded as Postgres does. */
export interface PlTarget extends PlNode {
  readonly name: readonly string[];
}

/** INTO [STRICT] targets. */
export interface PlInto extends PlNode {
  readonly strict: boolean;
  readonly targets: readonly PlTarget[];
}

export type PlDeclaration =
  | (PlNode & {
      readonly kind: 'variable';
      readonly name: string;
      readonly constant: boolean;
      readonly type: PlType;
      readonly notNull: boolean;
      readonly default: PlExpression | undefined;
    })
  | (PlNode & { readonly kind: 'alias'; readonly name: string; readonly of: string })
  | (PlNode & {
      readonly kind: 'cursor';
      readonly name: string;
      readonly parameters: readonly { readonly name: string; readonly type: PlType }[];
      readonly query: PlExpression;
    });

export interface PlType extends PlNode {
  readonly text: string;
  /** Undefined for what is no type, though it reads like one. For `t.c%TYPE` and `t%ROWTYPE` the name before the percent sign. */
  readonly name: TypeName | undefined;
  readonly reference: 'type' | 'rowtype' | undefined;
}

export interface PlHandler extends PlNode {
  readonly conditions: readonly PlCondition[];
  readonly body: readonly PlStatement[];
}

/** A condition name such as `unique_violation` or `others`, lower case; or a SQLSTATE, its five characters. */
export interface PlCondition {
  readonly kind: 'name' | 'sqlstate';
  readonly value: string;
}

export interface PlBranch extends PlNode {
  readonly condition: PlExpression;
  readonly body: readonly PlStatement[];
}

/** What stands between a loop's label and its body. */
export type PlLoopHead =
  | { readonly kind: 'loop' }
  | { readonly kind: 'while'; readonly condition: PlExpression }
  | {
      readonly kind: 'for-range';
      readonly variable: PlTarget;
      readonly reverse: boolean;
      readonly from: PlExpression;
      readonly to: PlExpression;
      readonly step: PlExpression | undefined;
    }
  | { readonly kind: 'for-query'; readonly targets: readonly PlTarget[]; readonly query: PlExpression }
  | {
      readonly kind: 'for-execute';
      readonly targets: readonly PlTarget[];
      readonly query: PlExpression;
      readonly using: readonly PlExpression[];
    }
  | {
      readonly kind: 'for-cursor';
      readonly targets: readonly PlTarget[];
      readonly cursor: PlTarget;
      readonly arguments: readonly PlExpression[];
    }
  | {
      readonly kind: 'foreach';
      readonly targets: readonly PlTarget[];
      readonly slice: number;
      readonly array: PlExpression;
    };

export type PlLoop = PlNode & {
  readonly label: string | undefined;
  readonly body: readonly PlStatement[];
} & PlLoopHead;

export type RaiseLevel = 'debug' | 'log' | 'info' | 'notice' | 'warning' | 'exception';

/** A statement that holds no statements, without its place. */
export type PlSimple =
  | { readonly kind: 'assign'; readonly target: PlExpression; readonly value: PlExpression }
  /** An SQL statement as it stands; `sql.tree` is its tagged node, without the INTO of PL/pgSQL. */
  | { readonly kind: 'sql'; readonly sql: PlExpression; readonly into: PlInto | undefined }
  /** `query.tree` is a SelectStmt. */
  | { readonly kind: 'perform'; readonly query: PlExpression }
  /** CALL or DO. */
  | { readonly kind: 'call'; readonly sql: PlExpression }
  | {
      readonly kind: 'execute';
      readonly query: PlExpression;
      readonly into: PlInto | undefined;
      readonly using: readonly PlExpression[];
    }
  | { readonly kind: 'return'; readonly value: PlExpression | undefined }
  | { readonly kind: 'return-next'; readonly value: PlExpression | undefined }
  | { readonly kind: 'return-query'; readonly query: PlExpression }
  | { readonly kind: 'return-execute'; readonly query: PlExpression; readonly using: readonly PlExpression[] }
  | {
      readonly kind: 'raise';
      readonly level: RaiseLevel;
      /** The format with its % marks; undefined for a bare RAISE, a condition name or options only. */
      readonly message: string | undefined;
      readonly params: readonly PlExpression[];
      readonly condition: PlCondition | undefined;
      /** Names in lower case: message, detail, hint, errcode, column, constraint, datatype, table, schema. */
      readonly options: readonly { readonly name: string; readonly value: PlExpression }[];
    }
  | { readonly kind: 'assert'; readonly condition: PlExpression; readonly message: PlExpression | undefined }
  | {
      readonly kind: 'exit' | 'continue';
      readonly label: string | undefined;
      readonly when: PlExpression | undefined;
    }
  | {
      readonly kind: 'diagnostics';
      readonly stacked: boolean;
      readonly items: readonly { readonly target: PlTarget; readonly item: string }[];
    }
  | {
      readonly kind: 'open';
      readonly cursor: PlTarget;
      readonly query: PlExpression | undefined;
      readonly execute: PlExpression | undefined;
      readonly using: readonly PlExpression[];
      readonly arguments: readonly PlExpression[];
    }
  | { readonly kind: 'fetch'; readonly cursor: PlTarget; readonly into: PlInto }
  | { readonly kind: 'move' | 'close'; readonly cursor: PlTarget }
  | { readonly kind: 'commit' | 'rollback'; readonly chain: boolean }
  | { readonly kind: 'null' };

export type PlStatement =
  | PlBlock
  | PlLoop
  | (PlNode & {
      readonly kind: 'if';
      readonly branches: readonly PlBranch[];
      readonly else: readonly PlStatement[] | undefined;
    })
  | (PlNode & {
      readonly kind: 'case';
      readonly subject: PlExpression | undefined;
      readonly branches: readonly {
        readonly conditions: readonly PlExpression[];
        readonly body: readonly PlStatement[];
      }[];
      readonly else: readonly PlStatement[] | undefined;
    })
  | (PlNode & PlSimple);
