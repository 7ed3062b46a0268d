import type { A_Expr, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isNamed } from '../lexicon/pattern.ts';
import { columnMeaning, variableOf } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { callerChoice } from '../routines/caller-choice.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** What only those know who were told: whoever has it was let in. */
const SECRETS = [
  ...['*_token_*', '*_code_*', '*_secret_*', '*_hash_*', '*_nonce_*', '*_signature_*', '*_key_*', '*_session_*'],
  ...['*_pin_*', '*_otp_*', '*_password_*', '*_passcode_*', '*_codigo_*', '*_código_*', '*_senha_*', '*_chave_*'],
  ...['*_clave_*', '*_kennwort_*', '*_passwort_*'],
  // What everybody knows.
  ...['!*_country_code', '!*_currency_code', '!*_language_code', '!*_locale_code', '!*_postal_code', '!*_zip_code'],
];

/** By which a call that comes again is known: whoever makes one thinks of one, and it lets nobody in. */
const REPEATED_CALLS = ['*_idempotency_*', '*_idempotent_*', '*_dedupe_*', '*_dedup_*', '*_deduplication_*'];

/** Is the column called like such a one? */
export function isSecret(graph: SchemaGraph, column: EntityId): boolean {
  return isNamed(graph.get('column', column).name, SECRETS);
}

/**
 * The secrets that a body compares an argument with: whoever has an invitation may do what it is for. Null for a column that nothing is known of,
 * and for the field of a row that is compared under the first IF of all.
 */
export const askedSecrets = askedOnce(
  (graph: SchemaGraph, routine: EntityOf<'function'>): readonly (EntityId | null)[] => {
    const { block, expressions } = routineShape(graph, routine);
    const asked = new Set(
      (block?.body ?? []).flatMap((each) => (each.kind === 'if' ? each.branches.slice(0, 1) : [])).map(treeOf),
    );
    const choice = callerChoice(graph, routine);
    const found: (EntityId | null)[] = [];
    for (const bound of expressions)
      walk(bound.tree, (_, node) => {
        const { kind, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
        if (kind === undefined || !COMPARING.has(kind)) return undefined;
        for (const [own, other] of [[lexpr, rexpr] as const, [rexpr, lexpr] as const])
          if (choice.holdsArgument(other, bound))
            found.push(...secretColumns(graph, own, bound, asked.has(bound.tree)));
        return undefined;
      });
    return found;
  },
);

const COMPARING: ReadonlySet<A_Expr['kind']> = new Set(['AEXPR_OP', 'AEXPR_DISTINCT', 'AEXPR_NOT_DISTINCT']);

function treeOf({ condition }: { readonly condition: PlExpression }): Node {
  return condition.tree;
}

function secretColumns(
  graph: SchemaGraph,
  node: Node | undefined,
  binding: Binding,
  alsoVariables: boolean,
): readonly (EntityId | null)[] {
  const found: (EntityId | null)[] = [];
  walk(node, (tag, each) => {
    if (tag === 'SubLink') return 'skip';
    const reference = fieldsOf(each, 'ColumnRef');
    if (reference === undefined) return undefined;
    const name = stringsOf(reference.fields).at(-1) ?? '';
    if (isNamed(name, REPEATED_CALLS)) return undefined;
    const column = columnMeaning(each, binding)?.column;
    const isVariable = variableOf(each, binding) !== null;
    const isKept = column === undefined && isNamed(name, SECRETS);
    if (column !== undefined && isSecret(graph, column)) found.push(column);
    else if (isKept && (alsoVariables || !isVariable)) found.push(null);
    return undefined;
  });
  return found;
}
