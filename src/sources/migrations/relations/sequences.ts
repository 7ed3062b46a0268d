import type { Node } from '@pgsql/types';
import { bindExpression } from '../../../graph/binding/bind.ts';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { Origin } from '../../../graph/origin.ts';
import { display, type QualifiedName } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import type { SequenceFacts } from './sequence-facts.ts';

type Sequence = EntityOf<'sequence'>;

export interface SequenceDraft {
  readonly name: QualifiedName;
  readonly facts: SequenceFacts;
  readonly ownedBy: EntityId | null;
  readonly isIdentity: boolean;
  readonly persistence: Sequence['persistence'];
  readonly owner: EntityId;
  readonly origin: Origin;
}

export function createSequence(context: ReplayContext, draft: SequenceDraft, id?: EntityId): Sequence {
  const { name, facts, origin, ...rest } = draft;
  return context.builder.create(
    { kind: 'sequence', name, ...facts, ...rest, acl: context.initialAcl('sequence', name.schema), origin },
    context.by,
    id,
  );
}

/** The default of a serial column: `nextval('public.t_a_seq'::regclass)`, as pg_get_expr() prints it with an empty search_path. */
export function nextvalOf(context: ReplayContext, sequence: Sequence): BoundExpression {
  const quoted = display(sequence.name);
  const string = (sval: string): Node => ({ String: { sval } });
  const tree: Node = {
    FuncCall: {
      funcname: [string('nextval')],
      args: [
        {
          TypeCast: {
            arg: { A_Const: { sval: { sval: quoted }, location: 8 } },
            typeName: { names: [string('regclass')], typemod: -1, location: 10 + quoted.length },
            location: 8,
          },
        },
      ],
      funcformat: 'COERCE_EXPLICIT_CALL',
      location: 0,
    },
  };
  const text = `nextval('${quoted.replaceAll("'", "''")}'::regclass)`;
  return { tree, text, start: 0, ...bindExpression(tree, {}, context.names) };
}

/** The sequence of an identity column. */
export function identitySequence(context: ReplayContext, column: EntityId): Sequence | undefined {
  return ownedSequences(context, column).find((each) => each.isIdentity);
}

export function ownedSequences(context: ReplayContext, column: EntityId): readonly Sequence[] {
  return context.graph
    .dependents(column)
    .filter((each): each is Sequence => each.kind === 'sequence' && each.ownedBy === column);
}
