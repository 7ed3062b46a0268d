import type { Node } from '@pgsql/types';
import type { Migration, Statement } from '../../graph/journal.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { type ParsedStatement, readSql } from '../../sql/parse.ts';
import { relocate } from '../../sql/relocate.ts';

/** Statements that rules look at again, one by one: to read these a second time would cost more than to keep them. */
const KEPT: ReadonlySet<string> = new Set([
  ...['AlterTableStmt', 'DropStmt', 'GrantStmt', 'IndexStmt', 'InsertStmt', 'ReindexStmt', 'UpdateStmt'],
]);

/** A statement of a file. Its tree is let go once it has run, and read again for whoever asks: all of a history's are half of its memory. */
export class HistoryStatement implements Statement {
  readonly index: number;
  readonly migration: Migration;
  readonly kind: string;
  readonly at: SourceLocation;
  readonly within = null;
  readonly inTransactionBlock: boolean;
  readonly #text: string;
  #node: Node | undefined;

  /** @param text what the places of the tree count in */
  constructor(
    { kind, node, at }: ParsedStatement,
    text: string,
    { index, migration, inTransactionBlock }: Pick<Statement, 'index' | 'migration' | 'inTransactionBlock'>,
  ) {
    this.index = index;
    this.migration = migration;
    this.kind = kind;
    this.at = at;
    this.inTransactionBlock = inTransactionBlock;
    this.#text = text;
    this.#node = node;
  }

  get node(): Node {
    this.#node ??= this.#readAgain();
    return this.#node;
  }

  release(): void {
    if (!KEPT.has(this.kind)) this.#node = undefined;
  }

  #readAgain(): Node {
    const { file, start, end } = this.at;
    // The grammar leaves out places that are zero: nothing stands at the start.
    const [statement] = readSql(` ${this.#text.slice(start, end)}`, file).statements;
    if (statement === undefined) throw new Error(`${file}:${start} was read once, and cannot be read again`);
    relocate(statement.node, (place) => place - 1 + start);
    return statement.node;
  }
}
