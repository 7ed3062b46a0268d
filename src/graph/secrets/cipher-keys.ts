import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { constantText } from '../query-shapes/operand.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { variableSources } from '../query-shapes/variable-sources.ts';
import { bodyExpressions } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Routine = EntityOf<'function'>;

/** A key that a routine's own body holds, with which it seals or opens data. */
export interface CipherKey {
  readonly routine: Routine;
  readonly key: string;
  readonly seals: boolean;
  /** A variable holds it, which may have got another one. */
  readonly isOneOfSeveral: boolean;
}

/** pgcrypto's, whose second argument is the key (docs, F.26.3). */
const CIPHERS = /^pgp_sym_(?<verb>en|de)crypt(?:_bytea)?$/;

/** The first such call of each routine. */
export const cipherKeys = askedOnce((graph): readonly CipherKey[] =>
  userRoutines(graph).flatMap((routine) => cipherKeyOf(graph, routine) ?? []),
);

function cipherKeyOf(graph: SchemaGraph, routine: Routine): CipherKey | undefined {
  for (const { tree } of bodyExpressions(routine)) {
    for (const { funcname, args = [] } of nodesOf(tree, 'FuncCall')) {
      const verb = CIPHERS.exec(writtenName(funcname).name)?.groups?.verb;
      const values = verb === undefined ? [] : valuesOf(graph, args[1], routine);
      const key = values.find((each) => each !== null && each !== '');
      if (key == null) continue;
      const isOneOfSeveral = values.length > 1 || values.includes(null);
      return { routine, key, seals: verb === 'en', isOneOfSeveral };
    }
  }
  return undefined;
}

/** The constants that an argument may be; null for whatever else it may be. */
function valuesOf(graph: SchemaGraph, argument: Node | undefined, routine: Routine): readonly (string | null)[] {
  const constant = constantText(argument);
  const [variable, ...more] = stringsOf(fieldsOf(argument, 'ColumnRef')?.fields);
  if (constant !== null || variable === undefined || more.length > 0) return [constant];
  return (variableSources(graph, routine).get(variable) ?? []).map((each) =>
    'node' in each ? constantText(each.node) : null,
  );
}
