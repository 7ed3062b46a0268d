import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnUnder, valueUnder } from '../query-shapes/column-under.ts';
import { columnMeaning, constantOf, variableOf } from '../query-shapes/operand.ts';
import type { ColumnTest, Query, QuerySource } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { type PutValue, variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { calledFunction } from './called-function.ts';

type Routine = EntityOf<'function'>;

const KINDS: ReadonlySet<ColumnTest['kind']> = new Set(['equal', 'in', 'range']);

/** What of the values in a routine's body its caller decides by the arguments. */
export class CallerChoice {
  readonly #graph: SchemaGraph;
  readonly #arguments: ReadonlySet<string>;
  readonly #variables: ReadonlyMap<string, readonly PutValue[]>;
  readonly #queries: readonly Query[];
  readonly #named = new Map<string, boolean>();
  readonly #decided = new Map<string, boolean>();

  constructor(graph: SchemaGraph, routine: Routine) {
    this.#graph = graph;
    this.#arguments = new Set(routine.parameters.flatMap((each) => (isInput(each) ? (each.name ?? []) : [])));
    this.#variables = variableSources(graph, routine);
    this.#queries = routineShape(graph, routine).queries;
  }

  /** Is an argument anywhere in it? Beside a table whose columns are not known a bare name may be one. */
  holdsArgument(node: Node | undefined, binding: Binding): boolean {
    return anyNode(node, (each) => {
      const reference = fieldsOf(each, 'ColumnRef');
      const isOpen = reference !== undefined && binding.meanings.get(reference) === undefined;
      return this.isArgument(isOpen ? stringsOf(reference.fields).join('.') : variableOf(each, binding));
    });
  }

  isArgument(name: string | null): boolean {
    return name !== null && (this.#arguments.has(name) || name.startsWith('$'));
  }

  /**
   * Does the caller name it: an argument, perhaps trimmed or in lower case, a variable that is never anything else, or the column of a row that is
   * looked up by nothing but such a value (`select * into v from orders where id = p_id`: v.id)?
   */
  names(node: Node | undefined, binding: Binding): boolean {
    const { value } = valueUnder(node);
    const meaning = columnMeaning(value, binding);
    if (meaning !== undefined)
      return meaning.level === 0 && meaning.column !== undefined && this.#isLookedUp(meaning.column, binding);
    return this.#isNamed(variableOf(value, binding));
  }

  /** The columns of a query's source by which it is limited to rows that the caller names. */
  keysOf({ node, binding }: Query, { tests, relation }: QuerySource): readonly EntityId[] {
    const keys = tests.flatMap(({ column, kind, variable }) => {
      return KINDS.has(kind) && this.#isNamed(variable) ? [column] : [];
    });
    const statement = fieldsOf(node, 'SelectStmt') ?? fieldsOf(node, 'UpdateStmt') ?? fieldsOf(node, 'DeleteStmt');
    for (const [own, other] of conjuncts(statement?.whereClause).flatMap(equalSides)) {
      const { level, column } = columnUnder(own, binding)?.meaning ?? {};
      if (level !== 0 || column === undefined || keys.includes(column)) continue;
      if (this.#graph.get('column', column).relation === relation && this.names(other, binding)) keys.push(column);
    }
    return keys;
  }

  /**
   * Does the call decide what is written: a value it is given, or one constant? What is counted, looked up or worked out anew is the same for
   * every caller.
   */
  decides(node: Node | undefined, binding: Binding): boolean {
    if (constantOf(node) !== null) return true;
    let isDecided = false;
    walk(node, (tag, each) => {
      const called = calledFunction(this.#graph, each, binding);
      // What an extension makes of an argument, `crypt(p_password, …)`, is the caller's still.
      if (tag === 'SubLink' || (called !== undefined && called.extension === undefined)) return 'skip';
      if ('ColumnRef' in each || 'ParamRef' in each) isDecided ||= this.#isDecided(variableOf(each, binding));
      return isDecided ? 'stop' : undefined;
    });
    return isDecided;
  }

  #isNamed(name: string | null): boolean {
    return (
      this.isArgument(name) ||
      this.#isEach(this.#named, name, (value) => {
        return 'column' in value
          ? this.#isLookedUp(value.column, value.binding)
          : this.names(value.node, value.binding);
      })
    );
  }

  #isDecided(name: string | null): boolean {
    return (
      this.isArgument(name) ||
      this.#isEach(this.#decided, name, (value) => 'node' in value && this.decides(value.node, value.binding))
    );
  }

  /** Is the variable set, and each time to such a value? What it is while it is being looked through adds nothing. */
  #isEach(known: Map<string, boolean>, name: string | null, holds: (value: PutValue) => boolean): boolean {
    if (name === null) return false;
    const before = known.get(name);
    if (before !== undefined) return before;
    known.set(name, false);
    const values = this.#variables.get(name) ?? [];
    const answer = values.length > 0 && values.every(holds);
    known.set(name, answer);
    return answer;
  }

  /** Does the query find its one row by nothing but what the caller names, and constants? */
  #isLookedUp(column: EntityId, binding: Binding): boolean {
    const query = this.#queries.find((each) => each.binding === binding && each.parent === null);
    const [source, another] = query?.sources ?? [];
    if (query?.kind !== 'select' || source === undefined || another !== undefined) return false;
    if (query.groups || query.otherConditions.length > 0) return false;
    if (this.#graph.get('column', column).relation !== source.relation) return false;
    const keys = this.keysOf(query, source);
    const isPlain = ({ column: tested, kind, constants }: ColumnTest) =>
      kind === 'isNull' || kind === 'isNotNull' || constants.length > 0 || (kind !== 'range' && keys.includes(tested));
    return keys.length > 0 && source.tests.every(isPlain);
  }
}

export const callerChoice = askedOnce((graph: SchemaGraph, routine: Routine) => new CallerChoice(graph, routine));
