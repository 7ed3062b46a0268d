import type { Node } from '@pgsql/types';
import type { Expression } from '../../sql/expression.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { walkBelow } from '../../sql/walk.ts';
import { callsOf } from '../binding/questions/calls.ts';
import { bodyTree, expressionsOf } from '../body-tree.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { placeOf } from '../place.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { asksCaller, functionAsksCaller } from './caller-source.ts';

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
}

/** Where an expression reads the metadata that users may change themselves, also by functions it calls. */
export function userMetadataUses(graph: SchemaGraph, expression: BoundExpression): readonly UserMetadataUse[] {
  const own = namesIn(expression).filter(
    ({ what, around }) => what !== 'user_metadata' || asksCaller(graph, around, expression),
  );
  const uses = own.map(({ what, node, location }): UserMetadataUse => {
    return { what, at: placeOf(expression, node), through: null, offset: location - expression.start };
  });
  const called = callsOf(expression).flatMap(({ call, function: fn }): readonly UserMetadataUse[] => {
    const routine = fn?.id === undefined ? undefined : graph.find(fn.id);
    const what = routine?.kind === 'function' && isUsersOwn(graph, routine) ? readBy(graph, routine) : undefined;
    if (what === undefined || routine?.kind !== 'function') return [];
    return [{ what, at: placeOf(expression, { FuncCall: call }), through: routine, offset: null }];
  });
  return [...uses, ...called];
}

/** The text with the metadata that only the server writes in place of the user's. */
export function withAppMetadata({ text }: Expression, uses: readonly UserMetadataUse[]): string {
  const offsets = uses.flatMap(({ offset, what }) => (offset === null ? [] : [{ offset, what }]));
  return offsets
    .sort((a, b) => b.offset - a.offset)
    .reduce((written, { offset, what }) => {
      const name = what === 'user_metadata' ? 'app_metadata' : 'raw_app_meta_data';
      const at = written.indexOf(what, offset);
      return at === -1 ? written : written.slice(0, at) + name + written.slice(at + what.length);
    }, text);
}

const reading = new WeakMap<Routine, UserMetadataUse['what'] | undefined>();

/** What a function that asks who calls reads of it. */
function readBy(graph: SchemaGraph, routine: Routine): UserMetadataUse['what'] | undefined {
  if (reading.has(routine)) return reading.get(routine);
  const isAsking = functionAsksCaller(graph, routine) === true;
  const [name] = isAsking ? expressionsOf(bodyTree(routine)).flatMap(namesIn) : [];
  reading.set(routine, name?.what);
  return name?.what;
}

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
  walkBelow(tree, (_, node, parents) => {
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
