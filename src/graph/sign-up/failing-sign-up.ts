import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { type Failure, failuresOf } from '../failures/failures.ts';
import { certainRun, type Known, meaningsOf } from '../query-shapes/certain-run.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { startsFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isOfUsers } from './sign-up-triggers.ts';

type Routine = EntityOf<'function'>;
type Trigger = EntityOf<'trigger'>;

/** What every sign-up ends with, of someone whom these columns do not know yet. */
export interface FailingSignUp {
  readonly trigger: Trigger;
  readonly failure: Failure;
  /** The columns that the body looks for the newcomer by, but for those of the new id, which is in no row. */
  readonly lookedFor: readonly EntityId[];
}

/** The first statement that fails for each newcomer, in the function of a trigger on auth.users. */
export function failingSignUp(graph: SchemaGraph, routine: Routine): FailingSignUp | undefined {
  const users = graph.relation({ schema: 'auth', name: 'users' });
  const failures = failuresOf(graph, routine).filter((each) => !each.isCaught && !each.mayBeThere);
  if (users?.kind !== 'table' || failures.length === 0) return undefined;
  const trigger = graph
    .dependentsOfKind(routine.id, 'trigger')
    .find((each) => isOfUsers(graph, each) && each.events.includes('insert') && each.when === null);
  if (trigger === undefined || graph.isDoubtful(trigger, ['triggers'])) return undefined;
  const always = failures.find((each) => each.isAlwaysReached);
  if (always !== undefined) return { trigger, failure: always, lookedFor: [] };
  const shape = routineShape(graph, routine);
  const binding = meaningsOf(shape.expressions);
  const lookedFor = new Set<EntityId>();
  const starts = startsFor('insert');
  const isNew = (node: Node): boolean =>
    equalSides(node).some(([own, other]) => {
      const field = newcomersField(other);
      const column = field === undefined ? undefined : columnOf(own, binding);
      if (field === undefined || column === undefined || mayBeKnown(graph, column, routine, users.id)) return false;
      if (field !== 'id') lookedFor.add(column);
      return true;
    });
  const known: Known = (node) => (isNew(node) ? false : starts(node));
  const reached = new Set(certainRun(shape, known).reached.map(({ statement }) => statement));
  const failure = failures.find(({ statement }) => statement !== null && reached.has(statement));
  return failure === undefined ? undefined : { trigger, failure, lookedFor: [...lookedFor] };
}

/** `email`, `lower(email)`. */
function columnOf(node: Node | undefined, { meanings }: Pick<Binding, 'meanings'>): EntityId | undefined {
  const reference = fieldsOf(withoutCall(node), 'ColumnRef');
  const meaning = reference && meanings.get(reference);
  return meaning?.kind === 'column' ? meaning.column : undefined;
}

function withoutCall(node: Node | undefined): Node | undefined {
  const inner = unwrapped(node);
  const [only, ...more] = fieldsOf(inner, 'FuncCall')?.args ?? [];
  return only === undefined || more.length > 0 ? inner : unwrapped(only);
}

/** `new.email`, `lower(new.email)`. */
function newcomersField(node: Node | undefined): string | undefined {
  const field = rowField(withoutCall(node));
  return field?.row === 'new' && NEWCOMERS.has(field.name) ? field.name : undefined;
}

const NEWCOMERS: ReadonlySet<string> = new Set(['id', 'email', 'phone']);

/** auth.users has the row itself, and what another trigger there fills may have one as well. */
function mayBeKnown(graph: SchemaGraph, column: EntityId, routine: Routine, users: EntityId): boolean {
  const { relation } = graph.get('column', column);
  return (
    relation === users ||
    writesTo(graph, relation).some(({ holder }) => {
      if (holder.kind !== 'function' || holder.id === routine.id) return false;
      return graph.dependentsOfKind(holder.id, 'trigger').some((each) => each.relation === users);
    })
  );
}
