import type { Node } from '@pgsql/types';
import type { Expression } from '../../sql/expression.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { expressionRange } from '../../sql/range.ts';
import { nodesOf } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import type { Insertion } from '../routines/redefinition.ts';
import type { MetadataRead, UserMetadataUse } from './user-metadata.ts';

/** What holds the same, and only the server writes. */
const SERVERS_OWN = { user_metadata: 'app_metadata', raw_user_meta_data: 'raw_app_meta_data' } as const;

/** The text with the metadata that only the server writes in place of the user's. */
export function withAppMetadata({ tree, text, start }: Expression, uses: readonly UserMetadataUse[]): string {
  const padded = ' '.repeat(start) + text;
  const names = uses.flatMap(({ offset, what }) => (offset === null ? [] : [{ offset: offset + start, what }]));
  return written(padded, replacements(padded, names, [tree])).slice(start);
}

/** What makes a body ask for the metadata that only the server writes. Undefined where it takes several fields, one of which may be a mere name. */
export function askingAppMetadata(
  routine: EntityOf<'function'>,
  reads: readonly MetadataRead[],
  texts: ReadonlyMap<string, string>,
): readonly Insertion[] | undefined {
  const [first] = reads;
  const text = texts.get(first?.at?.file ?? '');
  if (text === undefined || reads.some(({ key }) => key === null || key !== first?.key)) return undefined;
  const trees = expressionsOf(bodyTree(routine)).map(({ tree }) => tree);
  const made = replacements(text, reads, trees);
  return reads.every(({ what, offset }) => text.includes(what, offset)) ? made : undefined;
}

interface Name {
  readonly what: UserMetadataUse['what'];
  /** In the text. */
  readonly offset: number;
}

type Replacement = Required<Insertion>;

function replacements(text: string, names: readonly Name[], trees: readonly Node[]): readonly Replacement[] {
  const renamed = names.flatMap(({ what, offset }) => {
    const at = text.indexOf(what, offset);
    return at === -1 ? [] : [{ at, end: at + what.length, text: SERVERS_OWN[what] }];
  });
  const joined = trees.flatMap((tree) =>
    nodesOf(tree, 'CoalesceExpr').flatMap((fields) => withoutTwins({ CoalesceExpr: fields }, text, renamed)),
  );
  const all = [...renamed, ...joined];
  const isInside = (each: Replacement) =>
    joined.some((other) => other !== each && other.at <= each.at && each.end <= other.end);
  return all.filter((each) => !isInside(each));
}

/** `coalesce(app_metadata, user_metadata)`, of which both become one: once is enough. */
function withoutTwins(node: Node, text: string, renamed: readonly Replacement[]): readonly Replacement[] {
  const { start, end } = expressionRange(node, text);
  // A comment would be lost.
  if (/--|\/\*/.test(text.slice(start, end)) || !renamed.some(({ at }) => start < at && at < end)) return [];
  const args = (fieldsOf(node, 'CoalesceExpr')?.args ?? []).map((tree) => ({
    tree,
    text: partOf(tree, text, renamed),
  }));
  const kept = args.filter((each, index) => args.findIndex((other) => isSame(other.text, each.text)) === index);
  const [only, another] = kept;
  if (only === undefined || kept.length === args.length) return [];
  const alone = standsAlone(only.tree) ? only.text : `(${only.text})`;
  const all = `coalesce(${kept.map((each) => each.text).join(', ')})`;
  return [{ at: start, end, text: another === undefined ? alone : all }];
}

function partOf(tree: Node, text: string, renamed: readonly Replacement[]): string {
  const { start, end } = expressionRange(tree, text);
  const inside = renamed.filter(({ at }) => start <= at && at < end);
  return written(text.slice(0, end), inside).slice(start);
}

function isSame(one: string, other: string): boolean {
  return withoutBlanks(one) === withoutBlanks(other);
}

function withoutBlanks(text: string): string {
  return text.replace(/('(?:[^']|'')*')|\s+/g, (_, quoted: string | undefined) => quoted ?? '');
}

/** Does it need no brackets, whatever is beside it? */
function standsAlone(tree: Node): boolean {
  return 'FuncCall' in tree || 'TypeCast' in tree || fieldsOf(tree, 'A_Expr')?.kind === 'AEXPR_NULLIF';
}

/** The text with all of them, from the last one on. */
function written(text: string, replaced: readonly Replacement[]): string {
  return [...replaced]
    .sort((a, b) => b.at - a.at)
    .reduce((made, each) => made.slice(0, each.at) + each.text + made.slice(each.end), text);
}
