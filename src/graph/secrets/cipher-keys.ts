import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { PlBlock } from '../../sql/plpgsql.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { constantText } from '../query-shapes/operand.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { bodyExpressions, bodyTree } from '../routines/body-tree.ts';

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
  userRoutines(graph).flatMap((routine) => cipherKeyOf(routine) ?? []),
);

function cipherKeyOf(routine: Routine): CipherKey | undefined {
  for (const { tree } of bodyExpressions(routine)) {
    for (const { funcname, args = [] } of nodesOf(tree, 'FuncCall')) {
      const verb = CIPHERS.exec(writtenName(funcname).name)?.groups?.verb;
      const values = verb === undefined ? [] : valuesOf(args[1], routine);
      const key = values.find((each) => each !== null && each !== '');
      if (key == null) continue;
      const isOneOfSeveral = values.length > 1 || values.includes(null);
      return { routine, key, seals: verb === 'en', isOneOfSeveral };
    }
  }
  return undefined;
}

/** The constants that an argument may be; null for whatever else it may be. */
function valuesOf(argument: Node | undefined, routine: Routine): readonly (string | null)[] {
  const constant = constantText(argument);
  const [variable, ...more] = stringsOf(fieldsOf(argument, 'ColumnRef')?.fields);
  if (constant !== null || variable === undefined || more.length > 0) return [constant];
  const tree = bodyTree(routine);
  return tree.language === 'plpgsql' ? valuesGiven(tree.block, variable) : [];
}

function valuesGiven(block: PlBlock, variable: string): readonly (string | null)[] {
  return [...eachStatement([block])].flatMap(({ statement }): readonly (string | null)[] => {
    if (statement.kind === 'block') {
      const declared = statement.declarations.filter((each) => each.kind === 'variable' && each.name === variable);
      return declared.flatMap((each) =>
        each.kind === 'variable' && each.default !== undefined ? [constantText(each.default.tree)] : [],
      );
    }
    if (statement.kind === 'sql') return statement.into?.targets.some(({ name }) => name[0] === variable) ? [null] : [];
    if (statement.kind !== 'assign') return [];
    const [target, ...more] = stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields);
    return target === variable && more.length === 0 ? [constantText(statement.value.tree)] : [];
  });
}
