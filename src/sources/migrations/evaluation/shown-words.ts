import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { patternOf } from '../../../sql/name.ts';
import { nodesOf } from '../../../sql/walk.ts';

/** The words of a text, in lower case. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}

/** A piece between the `%` of a pattern of LIKE, in which an underscore is any character. */
export function likePattern(piece: string, ignoreCase: boolean): RegExp {
  const parts = piece.split(/(\\_|_)/).map((each) => (each === '_' ? '.' : each === '\\_' ? '_' : patternOf(each)));
  return new RegExp(parts.join(''), ignoreCase ? 'is' : 's');
}

/** Keywords, operators as functions, and the types of constants, which the server writes whatever the file says. */
export const SERVERS_WORDS = `check not valid enforced inherit no and or is null true false distinct from unknown any all array row case when then else
  end cast coalesce nullif greatest least between symmetric in like similar to escape collate default pg_catalog at time zone overlaps
  extract position substring overlay trim btrim ltrim rtrim both leading trailing normalize timezone date_part exists
  similar_to_escape like_escape current_date current_time current_timestamp current_user session_user localtime localtimestamp text
  character varying bpchar name integer bigint smallint numeric double precision real boolean date time timestamp with without
  interval uuid json jsonb bytea regclass regtype oid bit`;

/** What the server writes in queries besides. */
export const QUERYS_WORDS = `select as from where join left right full inner cross lateral on using group by having order limit offset union
  intersect except distinct values with recursive materialized filter over partition rows range asc desc nulls first last only`;

/** Types that the server calls by another name. */
export const OTHER_TYPES = 'varchar char dec decimal int float bool timetz timestamptz some cast';

/** What the server writes beside the names of a clause: the types to which it casts, and the relations of columns that are written without. */
export function namesBeside(clause: BoundExpression, graph: SchemaGraph): readonly string[] {
  const relations = nodesOf(clause.tree, 'ColumnRef').flatMap((ref) => {
    const meaning = clause.meanings.get(ref);
    const relation = meaning?.kind === 'column' && meaning.relation !== undefined && graph.find(meaning.relation);
    return relation ? [graph.path(relation)] : [];
  });
  const types = [...clause.types.values(), ...clause.coercions.values()].map((each) => graph.typeName(each));
  return [...relations, ...types, ...typesOf(clause, graph)];
}

/** Its literals that no type writes in another way. */
export function plainLiterals({ tree }: BoundExpression): readonly string[] {
  return nodesOf(tree, 'A_Const')
    .flatMap((each) => (each.sval ? [each.sval.sval ?? ''] : []))
    .filter((text) => /^[a-z]\w*$/i.test(text) && !REWRITTEN.has(text.toLowerCase()));
}

/** Booleans, dates and numbers that are written as words. */
const REWRITTEN: ReadonlySet<string> = new Set(
  't f true false y n yes no on off now today tomorrow yesterday epoch infinity nan inf allballs'.split(' '),
);

/** The types of its columns, to which the constants beside them are cast. */
export function typesOf({ tree, meanings }: BoundExpression, graph: SchemaGraph): readonly string[] {
  return nodesOf(tree, 'ColumnRef').flatMap((ref) => {
    const meaning = meanings.get(ref);
    return meaning?.kind === 'column' && meaning.type !== undefined ? [graph.typeName(meaning.type)] : [];
  });
}
