import type { Node } from '@pgsql/types';
import type { Expression } from '../../sql/expression.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, innerOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { walkBelow } from '../../sql/walk.ts';
import { callsOf } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { placeOf } from '../place.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { asksCaller, functionAsksCaller } from './caller-source.ts';
import { decidingParameters, givesCaller } from './metadata-by-parameter.ts';

type Routine = EntityOf<'function'>;

/** A place where what users write into their own account is read. */
export interface UserMetadataUse {
  /** The claim `user_metadata`, or the column behind it. */
  readonly what: 'user_metadata' | 'raw_user_meta_data';
  /** Where in the expression; null from a catalog. */
  readonly at: SourceLocation | null;
  /** The function called there whose body reads it; null where the expression does so itself. */
  readonly through: Routine | null;
  /** Where the name stands in the expression's text; null where it is a function's. */
  readonly offset: number | null;
  /** The field that is taken from it; null where that is not written beside it, or it is a function's. */
  readonly key: string | null;
}

/** Where an expression reads the metadata that users may change themselves, also by functions it calls. */
export function userMetadataUses(graph: SchemaGraph, expression: BoundExpression): readonly UserMetadataUse[] {
  const own = namesIn(expression).filter(
    ({ what, around }) => what !== 'user_metadata' || asksCaller(graph, around, expression),
  );
  const uses = own.map(({ what, node, location }): UserMetadataUse => {
    const offset = location - expression.start;
    return {
      what,
      at: placeOf(expression, node),
      through: null,
      offset,
      key: keyBehind(expression.text, offset, what),
    };
  });
  const called = callsOf(expression).flatMap(({ call, function: fn }): readonly UserMetadataUse[] => {
    const routine = fn?.id === undefined ? undefined : graph.find(fn.id);
    if (routine?.kind !== 'function') return [];
    const read = metadataReads(graph, routine).find(
      ({ parameter }) => parameter === null || givesCaller(graph, routine, parameter, call, expression),
    );
    if (read === undefined) return [];
    const { what } = read;
    return [{ what, at: placeOf(expression, { FuncCall: call }), through: routine, offset: null, key: null }];
  });
  return [...uses, ...called];
}

/** A place in a body where it is read. */
export interface MetadataRead {
  readonly what: UserMetadataUse['what'];
  /** In the file; null from a catalog. */
  readonly at: SourceLocation | null;
  /** Where the name stands in the file, or in the body's text where that comes from a catalog. */
  readonly offset: number;
  /** The field that is taken from it; null where that is not written beside it. */
  readonly key: string | null;
  /** The parameter that says whose it is, by its place among all; null where the function itself asks who calls. */
  readonly parameter: number | null;
}

const reading = new WeakMap<Routine, readonly MetadataRead[]>();

/** What a function that asks who calls, or decides by the user it is given, reads of what users may write themselves. */
export function metadataReads(graph: SchemaGraph, routine: Routine): readonly MetadataRead[] {
  const known = reading.get(routine);
  if (known !== undefined) return known;
  const isOwn = isUsersOwn(graph, routine);
  const isAsking = isOwn && functionAsksCaller(graph, routine) === true;
  const read = (isOwn ? expressionsOf(bodyTree(routine)) : []).flatMap((expression) =>
    namesIn(expression).map(({ what, node, location }) => {
      const key = keyBehind(expression.text, location - expression.start, what);
      return { what, node, at: placeOf(expression, node), offset: location, key };
    }),
  );
  const given = isAsking || read.length === 0 ? undefined : decidingParameters(graph, routine);
  const made = read.flatMap(({ node, ...rest }): readonly MetadataRead[] => {
    if (isAsking) return [{ ...rest, parameter: null }];
    const parameter = given?.get(innerOf(node));
    return parameter === undefined || MERE_NAMES.has(rest.key ?? '') ? [] : [{ ...rest, parameter }];
  });
  reading.set(routine, made);
  return made;
}

/** Fields that say what people are called and look like: whoever is given another user's may show them. */
const MERE_NAMES: ReadonlySet<string> = new Set([
  ...['name', 'full_name', 'display_name', 'first_name', 'last_name', 'nickname', 'username', 'user_name'],
  ...['avatar_url', 'picture', 'locale', 'language'],
]);

/** `role` of `'user_metadata' ->> 'role'` and `'{user_metadata,role}'`. */
function keyBehind(text: string, offset: number, what: string): string | null {
  const at = text.indexOf(what, offset);
  const found = at === -1 ? null : KEY.exec(text.slice(at + what.length));
  return found?.[1] ?? found?.[2] ?? null;
}

const KEY = /^(?:["']?(?:::text)?\)?\s*->>?\s*'([^'{}]+)'|"?\s*,\s*"?([^'"{},]+)"?\s*\}')/;

interface Name {
  readonly what: UserMetadataUse['what'];
  readonly node: Node;
  readonly location: number;
  /** The step into JSON that it is part of. */
  readonly around: Node;
}

const PATH = /^\{\s*"?user_metadata"?\s*[,}]/;
const STEPS = new Set(['->', '->>', '#>', '#>>', '?']);

function namesIn({ tree }: Expression): readonly Name[] {
  const names: Name[] = [];
  walkBelow(tree, (tag, node, parents) => {
    if (tag !== 'A_Const' && tag !== 'ColumnRef') return undefined;
    const constant = fieldsOf(node, 'A_Const');
    const text = constant?.sval?.sval ?? '';
    if (constant !== undefined && (text === 'user_metadata' || PATH.test(text))) {
      const around = parents.findLast((each) => isStep(each.node))?.node;
      if (around !== undefined) names.push({ what: 'user_metadata', node, location: constant.location ?? 0, around });
    }
    const reference = fieldsOf(node, 'ColumnRef');
    if (reference !== undefined && stringsOf(reference.fields).at(-1) === 'raw_user_meta_data')
      names.push({ what: 'raw_user_meta_data', node, location: reference.location ?? 0, around: node });
    return undefined;
  });
  return names;
}

function isStep(node: Node): boolean {
  if ('A_Indirection' in node) return true;
  const call = fieldsOf(node, 'FuncCall');
  if (call !== undefined) return /^jsonb?_extract_path(?:_text)?$/.test(writtenName(call.funcname).name);
  const expression = fieldsOf(node, 'A_Expr');
  return expression?.kind === 'AEXPR_OP' && STEPS.has(stringsOf(expression.name).at(-1) ?? '');
}
