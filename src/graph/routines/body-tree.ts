import type { Expression } from '../../sql/expression.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { readSql } from '../../sql/parse.ts';
import { expressionsWithin } from '../../sql/plpgsql/expressions-within.ts';
import { type NameConflict, type PlBlock, type PlExpression, readPlpgsql } from '../../sql/plpgsql.ts';
import { relocate } from '../../sql/relocate.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';

type Routine = EntityOf<'function'>;

/** A part of a body that could not be read; null where its text is not in a file. */
export interface UnreadPart {
  readonly what: string;
  readonly at: Expression['at'] | null;
}

/** What a routine does, as a tree. Places are file offsets, or offsets in the body's text where it comes from a catalog. */
export type BodyTree =
  /** Bound when the function was made. */
  | { readonly language: 'standard'; readonly statements: readonly BoundExpression[] }
  | { readonly language: 'sql'; readonly statements: readonly Expression[]; readonly unread: readonly UnreadPart[] }
  | { readonly language: 'plpgsql'; readonly block: PlBlock; readonly nameConflict: NameConflict }
  /** Another language, no body, or text that is not what its language says. */
  | { readonly language: 'unread'; readonly unread: UnreadPart };

const trees = new WeakMap<NonNullable<Routine['body']>, BodyTree>();

/** The tree of a routine's body: read when it is first asked for, and kept as long as the routine has that body. */
export function bodyTree({ body, language }: Pick<Routine, 'body' | 'language'>): BodyTree {
  if (body === null) return { language: 'unread', unread: { what: 'It has no body that can be read.', at: null } };
  const known = trees.get(body);
  if (known !== undefined) return known;
  const made = read(body, language);
  trees.set(body, made);
  return made;
}

function read(body: NonNullable<Routine['body']>, language: string): BodyTree {
  if (body.atomic !== null) return { language: 'standard', statements: body.atomic };
  const { file, place } = placing(body);
  if (language === 'plpgsql') {
    const reading = readPlpgsql(body.text, place, file);
    if (reading.ok) return { language: 'plpgsql', block: reading.block, nameConflict: reading.nameConflict };
    return { language: 'unread', unread: { what: reading.message, at: file === '' ? null : reading.at } };
  }
  if (language !== 'sql')
    return { language: 'unread', unread: { what: `Bodies in ${language} are not read.`, at: body.at ?? null } };
  const { statements, rejected, passedOver } = readSql(` ${body.text}`, file);
  return {
    language: 'sql',
    statements: statements.map(({ node, at }): Expression => {
      const [start, end] = [place(at.start - 1), place(at.end - 2) + 1];
      relocate(node, (offset) => place(offset - 1));
      const text = body.text.slice(at.start - 1, at.end - 1);
      return { tree: node, text, start, at: { file, start, end: Math.max(start, end) } };
    }),
    unread: [...rejected, ...passedOver].map(({ message, at }) => ({
      what: message,
      at: file === '' ? null : { file, start: place(at.start - 1), end: place(at.end - 1) },
    })),
  };
}

/** Where the nth unit of a body stands: exact, or where its quotes are doubled the body's start. */
function placing({ text, at, quoting }: NonNullable<Routine['body']>): {
  readonly file: string;
  readonly place: (offset: number) => number;
} {
  if (at === undefined) return { file: '', place: (offset) => offset };
  const isOneToOne = quoting !== 'single' || text.length === at.end - at.start;
  return { file: at.file, place: isOneToOne ? (offset) => at.start + offset : () => at.start };
}

/** Every SQL tree of a body: statements and, in PL/pgSQL, the expressions of all other statements; none of what it EXECUTEs. */
export function expressionsOf(tree: BodyTree): readonly Expression[] {
  switch (tree.language) {
    case 'standard':
    case 'sql':
      return tree.statements;
    case 'plpgsql':
      return expressionsWithin(tree.block);
    case 'unread':
      return [];
  }
}

/** Those of a routine's own body. */
export function bodyExpressions(routine: Routine): readonly Expression[] {
  return expressionsOf(bodyTree(routine));
}

/** The statements of a routine's body, with what PL/pgSQL EXECUTEs where it is written out as one constant. */
export function bodyStatements(routine: Routine): readonly Pick<Expression, 'tree' | 'at'>[] {
  const tree = bodyTree(routine);
  if (tree.language !== 'plpgsql') return expressionsOf(tree);
  const executed = executedIn(tree.block).flatMap((query) => {
    const text = fieldsOf(query.tree, 'A_Const')?.sval?.sval;
    if (text === undefined) return [];
    return readSql(text, query.at.file).statements.map(({ node }) => ({ tree: node, at: query.at }));
  });
  return [...expressionsOf(tree), ...executed];
}

function executedIn(value: unknown): readonly PlExpression[] {
  if (typeof value !== 'object' || value === null || 'tree' in value) return [];
  const own = 'kind' in value && value.kind === 'execute' && 'query' in value ? [value.query as PlExpression] : [];
  return [...own, ...Object.values(value).flatMap(executedIn)];
}
