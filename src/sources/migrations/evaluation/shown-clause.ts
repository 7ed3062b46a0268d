import type { ColumnRef } from '@pgsql/types';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { commentsOf } from '../../../sql/comments.ts';
import { display, type QualifiedName, quoteIdentifier } from '../../../sql/name.ts';
import { qualifiedNameOf, stringsOf, writtenName } from '../../../sql/nodes.ts';
import { replacedText } from '../../../sql/replaced-text.ts';
import { nodesOf } from '../../../sql/walk.ts';
import { serverPattern } from './server-pattern.ts';
import {
  likePattern,
  namesBeside,
  OTHER_TYPES,
  plainLiterals,
  QUERYS_WORDS,
  SERVERS_WORDS,
  wordsOf,
} from './shown-words.ts';
import { both, either, PartialText, SOME_TEXT, type Truth, UNKNOWN, type Value } from './value.ts';

/** How names of schemas are shown. */
export interface SchemaNames {
  /** Does the search_path of the session have it, so that names in it are shown by themselves? */
  readonly isVisible: (schema: string) => boolean;
  /** Is there such a schema? */
  readonly isThere: (name: string) => boolean;
}

/**
 * A policy's USING or WITH CHECK as pg_policies and pg_get_expr() show it. The server's own spelling is not known here (blanks, brackets and casts
 * are its own), but it is known which calls without arguments stand in it, and where: in `sql`, which says the same and spells calls as
 * get_func_expr() does (src/backend/utils/adt/ruleutils.c). Migrations look for such calls, replace them and give the policy the new text.
 */
export class ShownClause extends PartialText {
  readonly #read: () => Spelling;
  readonly #first: ShownClause;
  readonly #schemas: SchemaNames;
  #spelling: Spelling | undefined;

  private constructor(read: () => Spelling, schemas: SchemaNames, first?: ShownClause) {
    super(['', '']);
    this.#schemas = schemas;
    this.#read = read;
    this.#first = first ?? this;
  }

  static of(clause: BoundExpression, graph: SchemaGraph, schemas: SchemaNames): ShownClause {
    return new ShownClause(() => spelled(clause, graph, schemas), schemas);
  }

  override get sql(): string {
    return this.#spelled().sql;
  }

  #spelled(): Spelling {
    this.#spelling ??= this.#read();
    return this.#spelling;
  }

  /** LIKE and ILIKE. */
  matches(pattern: string, ignoreCase: boolean): Truth {
    const [first, ...rest] = pattern.split('%');
    const last = rest.pop();
    if (first !== '' || last !== '' || pattern.replaceAll('\\_', '').includes('\\')) return UNKNOWN;
    const pieces = rest.filter((each) => each !== '');
    const found = pieces.map((each) => this.#holdsLike(each, ignoreCase)).reduce(both, true);
    // That they come one after another is another question.
    return found === true && pieces.length > 1 ? UNKNOWN : found;
  }

  /** `~` and `~*`. */
  matchesRegex(pattern: string, ignoreCase: boolean): Truth {
    const pieces = alternatives(pattern);
    if (pieces !== undefined) return pieces.map((each) => this.#holds(each, ignoreCase)).reduce(either, false);
    const asked = serverPattern(pattern, ignoreCase ? 'i' : '');
    const truth = asked === undefined ? UNKNOWN : this.#holds(asked.text, ignoreCase);
    return truth === true && asked !== undefined ? asked.regex.test(this.sql) : truth;
  }

  /** position(): the number is right in so far as it is more than zero. */
  positionOf(piece: string): Value {
    const truth = this.#holds(piece, false);
    return truth === UNKNOWN ? UNKNOWN : Number(truth === true);
  }

  /** replace() */
  replaced(piece: string, by: string): Value {
    const truth = this.#holds(piece, false);
    if (truth === UNKNOWN) return SOME_TEXT;
    return truth === true ? this.#changed(replacedText(this.sql, piece, by), by) : this;
  }

  /** regexp_replace() */
  replacedBy(pattern: string, by: string, flags: string): Value {
    if (isQuotedInVain(pattern.replaceAll('\\', '').replace(/^\(\^\|\[[^)]*\)/, '')) && !this.#spelled().hasQuotes)
      return this;
    const asked = /^[gi]*$/.test(flags) ? serverPattern(pattern, flags) : undefined;
    if (asked === undefined || this.#holds(asked.text, flags.includes('i')) === UNKNOWN) return SOME_TEXT;
    const sql = this.sql.replace(asked.regex, (...found: readonly unknown[]) =>
      by.replace(/\\([\d&])/g, (_, group: string) => String(found[group === '&' ? 0 : Number(group)] ?? '')),
    );
    return sql === this.sql ? this : this.#changed(sql, by);
  }

  /** `=`: whether what was made of a clause is still what it was. */
  equals(other: Value): Truth {
    if (other instanceof ShownClause) return other.#first === this.#first ? other.sql === this.sql : UNKNOWN;
    return other === '' ? false : UNKNOWN;
  }

  #changed(sql: string, by: string): ShownClause {
    const before = this.#spelled();
    const spelling = { ...before, sql, hasQuotes: before.hasQuotes || by.includes('"') };
    return new ShownClause(() => spelling, this.#schemas, this.#first);
  }

  /** In LIKE an underscore is any character, so that something else may stand there. */
  #holdsLike(piece: string, ignoreCase: boolean): Truth {
    const truth = this.#holds(piece.replaceAll('\\_', '_'), ignoreCase);
    if (truth !== false || !/(?<!\\)_/.test(piece)) return truth;
    const { sql, words } = this.#spelled();
    const loose = likePattern(piece, true);
    return [sql, ...words].some((each) => loose.test(each)) ? UNKNOWN : false;
  }

  #holds(piece: string, ignoreCase: boolean): Truth {
    const { sql, words, hasQuotes, isSpelledElse } = this.#spelled();
    if (isSpelledElse) return UNKNOWN;
    const isThere = ignoreCase ? sql.toLowerCase().includes(piece.toLowerCase()) : sql.includes(piece);
    const [, schema] = /^(\w+)\.$/.exec(piece) ?? [];
    if (schema !== undefined && this.#schemas.isThere(schema))
      return isThere || (words.has(schema) && !this.#schemas.isVisible(schema) ? UNKNOWN : false);
    const [, called] = CALL.exec(piece) ?? [];
    if (called !== undefined) return isOfGrammar(called) ? UNKNOWN : isThere;
    if (WRAPPED.test(piece)) return isThere || (/ AS /i.test(piece) && OTHER_SELECT.test(sql) ? UNKNOWN : false);
    if (isQuotedInVain(piece) && !hasQuotes) return false;
    return /^\w+$/.test(piece) ? this.#holdsWord(piece) : UNKNOWN;
  }

  /** Sure of a function that is called, and of what stands nowhere. */
  #holdsWord(word: string): Truth {
    const { sql, words, literals } = this.#spelled();
    const asked = word.toLowerCase();
    const isCalled = [...sql.matchAll(/(\w+)\(/g)].some(([, name = '']) => name.includes(word) && !isOfGrammar(name));
    if (isCalled || literals.some((each) => each.includes(word))) return true;
    const isSomewhere = sql.toLowerCase().includes(asked) || [...words].some((each) => each.includes(asked));
    return isSomewhere ? UNKNOWN : false;
  }
}

interface Spelling {
  readonly sql: string;
  /** Double quotes stand in its constants. */
  readonly hasQuotes: boolean;
  /** Constants are written with escapes, which the server does not write, or have a word in them that is written anew elsewhere. */
  readonly isSpelledElse: boolean;
  /** All that may stand in it, besides what is in `sql`. */
  readonly words: ReadonlySet<string>;
  /** Constants that stand in it to the letter. */
  readonly literals: readonly string[];
}

/** `auth.uid()`, `is_admin(` */
const CALL = /^(?:\w+\.)?(\w+)\(\)?$/;

/** Words that are followed by a bracket and call nothing, or are spelled by the server in a way of its own. */
function isOfGrammar(word: string): boolean {
  return GRAMMAR.has(word.toLowerCase());
}

const GRAMMAR: ReadonlySet<string> = new Set(wordsOf(`${SERVERS_WORDS} ${QUERYS_WORDS} ${OTHER_TYPES}`));

/** A call that is chosen by a longer query, where the server writes a name behind it, too. */
const OTHER_SELECT = /SELECT (?:\w+\.)?\w+\(\)(?! AS \w+\))/;

/** `( SELECT auth.uid() AS uid)` and its beginnings. */
const WRAPPED = /^(?:\( )?SELECT (?:\w+\.)?\w+\(\)?(?: AS \w+\)?)?$/i;

/** Names in quotes that they do not need, which the server does not write. */
function isQuotedInVain(piece: string): boolean {
  if (!/^["\w.(]+\)?$/.test(piece)) return false;
  return [...piece.matchAll(/"(\w+)"/g)].some(([whole, name = '']) => quoteIdentifier(name) !== whole);
}

/** The pieces of `(auth\.uid|auth\.jwt)\(\)`; undefined for what asks more than that one of some texts is there. */
function alternatives(pattern: string): readonly string[] | undefined {
  const [, before = '', inner, after = ''] = /^([^()|]*)\(([^()]*)\)((?:\\[()]|[^()|])*)$/.exec(pattern) ?? [];
  const texts = inner === undefined ? [pattern] : inner.split('|').map((each) => `${before}${each}${after}`);
  const isPlain = texts.every((each) => /^(?:[\w ]|\\[.()])+$/.test(each));
  return isPlain ? texts.map((each) => each.replace(/\\(.)/g, '$1')) : undefined;
}

/** As it was written, but for comments, the names of functions, relations and types, and how SELECT and its calls are written. */
function spelled(clause: BoundExpression, graph: SchemaGraph, { isVisible }: SchemaNames): Spelling {
  const { tree, start, meanings } = clause;
  const text = withoutComments(clause.text);
  const shown = (schema: string | undefined, name: string) =>
    schema === undefined || schema === 'pg_catalog' || isVisible(schema)
      ? quoteIdentifier(name)
      : display({ schema, name });
  const calls = nodesOf(tree, 'FuncCall').flatMap((call) => {
    const meaning = meanings.get(call);
    const { schema, name } = meaning?.kind === 'call' ? meaning.function.name : writtenName(call.funcname);
    const isPlain = call.funcformat === 'COERCE_EXPLICIT_CALL';
    return isPlain ? [{ at: (call.location ?? 0) - start, by: shown(schema, name) }] : [];
  });
  const relations = nodesOf(tree, 'RangeVar').map((range) => {
    const meaning = meanings.get(range);
    const { schema, name } =
      (meaning?.kind === 'source' ? currentName(meaning.relation, graph) : undefined) ?? qualifiedNameOf(range);
    return { at: (range.location ?? 0) - start, by: shown(schema, name) };
  });
  // Those that are written with their schema, which a type of the grammar's own is not.
  const types = nodesOf(tree, 'TypeName').flatMap(({ names, location = 0 }) => {
    const { schema, name } = writtenName(names);
    const at = location - start;
    return (NAME.exec(text.slice(at))?.[0] ?? '').includes('.') ? [{ at, by: shown(schema, name) }] : [];
  });
  const places = [...calls, ...relations, ...types, ...renamedColumns(clause, graph)].sort((a, b) => b.at - a.at);
  const named = places.reduce((sql, { at, by }) => {
    const [old = ''] = NAME.exec(sql.slice(at)) ?? [];
    const rest = sql.slice(at + old.length);
    return `${sql.slice(0, at)}${by}${rest.replace(/^\s*\(\s*(?=\))|^\s*\(/, '(')}`;
  }, text);
  const words = new Set([SERVERS_WORDS, QUERYS_WORDS, ...namesBeside(clause, graph)].flatMap(wordsOf));
  const literals = nodesOf(tree, 'A_Const').flatMap(({ sval }) => sval?.sval ?? []);
  const isSpelledElse = literals.some((each) => /\bselect\b/i.test(each) || !text.includes(each.replaceAll("'", "''")));
  return {
    sql: isSpelledElse ? named : withServersSelect(named),
    words,
    hasQuotes: literals.some((each) => each.includes('"')),
    isSpelledElse,
    literals: plainLiterals(clause),
  };
}

/** Columns that were renamed since, or whose table was. */
function renamedColumns({ references, start }: BoundExpression, graph: SchemaGraph) {
  return references.flatMap(({ kind, node, target, relation, field, qualifier }) => {
    const column = kind === 'column' && field >= 0 ? graph.find(target) : undefined;
    const { fields = [], location = 0 } = node as ColumnRef;
    const written = stringsOf(fields);
    if (column?.kind !== 'column' || written.length !== fields.length) return [];
    const owner = currentName(relation, graph);
    const names = written.map((name, at) =>
      at === field ? column.name : at === qualifier ? (owner?.name ?? name) : name,
    );
    const isSame = names.every((name, at) => name === written[at]);
    return isSame ? [] : [{ at: location - start, by: names.map(quoteIdentifier).join('.') }];
  });
}

function currentName(id: EntityId | undefined, graph: SchemaGraph): QualifiedName | undefined {
  const entity = id === undefined ? undefined : graph.find(id);
  return entity !== undefined && 'name' in entity && typeof entity.name === 'object' ? entity.name : undefined;
}

const NAME = /^(?:"(?:[^"]|"")*"|[\p{L}\p{N}_$]+)(?:\s*\.\s*(?:"(?:[^"]|"")*"|[\p{L}\p{N}_$]+))*/u;

/** With blanks in the place of its comments, so that places stay. */
function withoutComments(text: string): string {
  return commentsOf(text).reduceRight(
    (rest, { start, end }) => `${rest.slice(0, start)}${' '.repeat(end - start)}${rest.slice(end)}`,
    text,
  );
}

function withServersSelect(text: string): string {
  return text
    .replace(/(\()?\s*\bselect\b\s+/gi, (_, bracket: string | undefined) => (bracket ? '( SELECT ' : ' SELECT '))
    .replace(BRACKETS, 'SELECT $1')
    .replace(SUBSELECT, (_, call: string, name: string, as?: string) => `( SELECT ${call} AS ${as ?? name})`);
}

/** A call in brackets of its own. */
const BRACKETS = /SELECT \(\s*((?:\w+\.)?\w+\(\))\s*\)/g;

const SUBSELECT = /\( SELECT ((?:\w+\.)?(\w+)\(\))(?:\s+as\s+(\w+))?\s*\)/gi;
