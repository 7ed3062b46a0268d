import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { Entity, EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { quoteIdentifier, quoteLiteral } from '../../../sql/name.ts';
import { nodesOf } from '../../../sql/walk.ts';
import type { ReplayContext } from '../context.ts';
import { shownObject } from './shown.ts';
import { likePattern, plainLiterals, SERVERS_WORDS, typesOf, wordsOf } from './shown-words.ts';
import { PartialText, type Truth, UNKNOWN, type Value } from './value.ts';

/** What pg_get_constraintdef() gives (pg_get_constraintdef_worker(), src/backend/utils/adt/ruleutils.c); UNKNOWN for what is no constraint. */
export function shownConstraint(constraint: Entity, context: ReplayContext): Value {
  const { graph } = context;
  switch (constraint.kind) {
    case 'foreignKey':
      return foreignKey(constraint, context);
    case 'primaryKey':
      return `PRIMARY KEY (${columnList(constraint.columns, graph)})${key(constraint, graph)}`;
    case 'uniqueConstraint': {
      const nulls = constraint.nullsNotDistinct ? ' NULLS NOT DISTINCT' : '';
      return `UNIQUE${nulls} (${columnList(constraint.columns, graph)})${key(constraint, graph)}`;
    }
    case 'checkConstraint':
      return ShownCheck.of(constraint, graph);
    default:
      return UNKNOWN;
  }
}

function columnList(columns: readonly EntityId[], graph: SchemaGraph): string {
  return columns.map((each) => quoteIdentifier(graph.get('column', each).name)).join(', ');
}

function foreignKey(constraint: EntityOf<'foreignKey'>, context: ReplayContext): Value {
  const { graph } = context;
  const target = graph.find(constraint.referencedTable);
  if (target === undefined || target.isAssumed === true || constraint.referencedColumns.length === 0) return UNKNOWN;
  const referenced = `${shownObject('regclass', target, context)}(${columnList(constraint.referencedColumns, graph)})`;
  const parts = [
    `FOREIGN KEY (${columnList(constraint.columns, graph)}) REFERENCES ${referenced}`,
    constraint.match === 'full' ? ' MATCH FULL' : '',
    constraint.onUpdate === 'no action' ? '' : ` ON UPDATE ${constraint.onUpdate.toUpperCase()}`,
    constraint.onDelete === 'no action' ? '' : ` ON DELETE ${constraint.onDelete.toUpperCase()}`,
    constraint.setColumns.length === 0 ? '' : ` (${columnList(constraint.setColumns, graph)})`,
    deferred(constraint),
    validity(constraint),
  ];
  return parts.join('');
}

function key(constraint: EntityOf<'primaryKey' | 'uniqueConstraint'>, graph: SchemaGraph): string {
  const { include } = graph.get('index', constraint.index);
  return `${include.length === 0 ? '' : ` INCLUDE (${columnList(include, graph)})`}${deferred(constraint)}`;
}

interface Deferrable {
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
}

function deferred({ isDeferrable, isInitiallyDeferred }: Deferrable): string {
  return `${isDeferrable ? ' DEFERRABLE' : ''}${isInitiallyDeferred ? ' INITIALLY DEFERRED' : ''}`;
}

function validity({ isEnforced, isValidated }: EntityOf<'foreignKey' | 'checkConstraint'>): string {
  if (!isEnforced) return ' NOT ENFORCED';
  return isValidated ? '' : ' NOT VALID';
}

/**
 * A CHECK as the server writes it. Its expression is not spelled here; known are pieces that stand in it to the letter, and the
 * words that may.
 */
export class ShownCheck extends PartialText {
  readonly #pieces: ReadonlySet<string>;
  readonly #words: ReadonlySet<string>;

  private constructor(behind: string, pieces: ReadonlySet<string>, words: ReadonlySet<string>) {
    super(['CHECK (', `)${behind}`]);
    this.#pieces = pieces;
    this.#words = words;
  }

  static of(check: EntityOf<'checkConstraint'>, graph: SchemaGraph): ShownCheck {
    const behind = `${check.noInherit ? ' NO INHERIT' : ''}${validity(check)}`;
    const pieces = piecesOf(check.expression, graph);
    const texts = [SERVERS_WORDS, behind, check.expression.text, ...pieces, ...typesOf(check.expression, graph)];
    return new ShownCheck(behind, pieces, new Set(texts.flatMap(wordsOf)));
  }

  /** LIKE and ILIKE: sure where one piece that is asked for stands in it, or a word of it nowhere. */
  matches(pattern: string, ignoreCase: boolean): Truth {
    const [first, ...rest] = pattern.split('%');
    const last = rest.pop();
    if (first !== '' || last !== '' || pattern.replaceAll('\\_', '').includes('\\')) return UNKNOWN;
    const asked = rest.filter((each) => each !== '');
    if (asked.some((each) => !this.#mayHold(each))) return false;
    const [only, ...more] = asked;
    return only !== undefined && more.length === 0 && this.#holds(only, ignoreCase) ? true : UNKNOWN;
  }

  /** position(): the number is right in so far as it is more than zero. */
  positionOf(piece: string): Value {
    const asked = piece.replaceAll('_', '\\_');
    if (!this.#mayHold(asked)) return 0;
    return this.#holds(asked, false) ? 1 : UNKNOWN;
  }

  #holds(piece: string, ignoreCase: boolean): boolean {
    const pattern = likePattern(piece, ignoreCase);
    return [...this.#pieces].some((each) => pattern.test(each));
  }

  /** In LIKE an underscore is any character, so that the words on both sides of it count. Numbers may be spelled in another way. */
  #mayHold(piece: string): boolean {
    return piece
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .every((asked) => /^\d*$/.test(asked) || [...this.#words].some((each) => each.includes(asked)));
  }
}

/** The names of columns and of called functions, and literals that no type writes in another way. */
function piecesOf(expression: BoundExpression, graph: SchemaGraph): ReadonlySet<string> {
  const { tree, meanings } = expression;
  const called = nodesOf(tree, 'FuncCall').flatMap((call) => {
    const meaning = call.funcformat === 'COERCE_EXPLICIT_CALL' ? meanings.get(call) : undefined;
    return meaning?.kind === 'call' ? [meaning.function.name.name] : [];
  });
  const columns = nodesOf(tree, 'ColumnRef').flatMap((ref) => {
    const meaning = meanings.get(ref);
    const column = meaning?.kind === 'column' && meaning.column !== undefined ? graph.find(meaning.column) : undefined;
    return column?.kind === 'column' ? [column.name] : [];
  });
  return new Set([...[...called, ...columns].map(quoteIdentifier), ...plainLiterals(expression).map(quoteLiteral)]);
}
