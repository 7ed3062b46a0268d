import type { Node } from '@pgsql/types';
import { unlikeSides } from '../../sql/equality.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { nodesOf } from '../../sql/walk.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import { isAlwaysNull, isEmpty, isNeverTrue } from '../binding/questions/never-true.ts';
import { knownOfCaller } from '../caller/known-callers.ts';
import { type AbsenceOfCaller, absencesOfCaller, callsRefusing, knownWithout } from '../caller/unanswered-guards.ts';
import type { EntityOf } from '../entities/index.ts';
import { groupedBy } from '../grouping.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { meaningsOf } from '../query-shapes/certain-run.ts';
import { eachStatement, raisesError } from '../query-shapes/pl-statements.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { settingsOf, type VariableSetting } from '../query-shapes/variable-settings.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { freeToChange, guardingRoutine } from './null-guards.ts';

type Column = EntityOf<'column'>;
type Trigger = EntityOf<'trigger'>;
type Policy = EntityOf<'policy'>;

/** A trigger that is to keep columns as they are but for callers who have a row or a claim, and lets everybody without it change them. */
export interface UnansweredTrigger {
  readonly routine: EntityOf<'function'>;
  readonly columns: readonly Column[];
  readonly absence: AbsenceOfCaller;
  readonly conditions: readonly PlExpression[];
  readonly access: readonly ClientAccess[];
  /** By which they change the rows. */
  readonly policy: Policy;
}

/**
 * `if new.role is distinct from old.role and (auth.jwt() -> 'app_metadata' ->> 'role') <> 'admin' then raise …`: never true for whoever has no such claim, nor
 * `(select rank from members where user_id = auth.uid()) <> 'admin'` for whoever is no member.
 * Undefined where the body does anything else that may refuse or put back what is changed, and where another trigger, a policy or a grant keeps the columns.
 */
export function unansweredTrigger(
  graph: SchemaGraph,
  trigger: Trigger,
  clientRoles: readonly string[],
): UnansweredTrigger | undefined {
  const routine = guardingRoutine(graph, trigger);
  if (routine === undefined) return undefined;
  const shape = routineShape(graph, routine);
  for (const absence of absencesOfCaller(graph, shape)) {
    if (absence.kind === 'row' && absence.table.id === trigger.relation) continue;
    const passed = new PassedWithout(graph, shape, absence).refusals();
    const [first] = passed ?? [];
    if (passed === undefined || first === undefined) continue;
    const columns = [...new Set(passed.flatMap((each) => each.columns))].flatMap(
      (name) => graph.column(trigger.relation, name) ?? [],
    );
    const free = freeToChange(graph, trigger, routine, columns, clientRoles);
    if (free === undefined) continue;
    return { ...free, routine, absence, conditions: passed.map(({ condition }) => condition) };
  }
  return undefined;
}

interface PassedRefusal {
  readonly condition: PlExpression;
  /** What it is to keep. */
  readonly columns: readonly string[];
}

/** What a body for each changed row does for a signed-in caller without it. */
class PassedWithout {
  readonly #block: PlBlock | null;
  readonly #assume: Assumption;
  readonly #usual: Assumption;
  readonly #mayRaise: (expression: PlExpression) => boolean;
  readonly #passed: PassedRefusal[] = [];
  /** Columns that are kept all the same. */
  readonly #kept = new Set<string>();

  constructor(graph: SchemaGraph, shape: RoutineShape, absence: AbsenceOfCaller) {
    this.#block = shape.block;
    const bound = new Map(shape.expressions.map((each) => [each.tree, each]));
    this.#mayRaise = ({ tree }) => {
      const own = bound.get(tree);
      return own === undefined || callsRefusing(graph, own);
    };
    const meanings = meaningsOf(shape.expressions);
    const known = knownOfCaller(graph, shape, 'user', knownWithout(graph, absence, null));
    const usual = knownOfCaller(graph, shape, 'user');
    this.#usual = (node) => usual(node, this.#usual);
    const unset = new Set<string>();
    this.#assume = (node) => {
      const reference = fieldsOf(node, 'ColumnRef');
      const meaning = reference && meanings.meanings.get(reference);
      return meaning?.kind === 'variable' && unset.has(meaning.name) ? null : known(node, this.#assume);
    };
    const statements = shape.block === null ? [] : [...eachStatement([shape.block])];
    const settings = groupedBy(
      statements.flatMap(({ statement }) => settingsOf(statement)),
      ({ variable }) => variable,
    );
    for (const [name, all] of settings) if (all.every((each) => this.#isUnset(each))) unset.add(name);
  }

  #isUnset({ by: { tree }, kind }: VariableSetting): boolean {
    if (kind === 'value') return isAlwaysNull(tree, this.#assume);
    const query = kind === 'query' ? fieldsOf(tree, 'SelectStmt') : undefined;
    return query !== undefined && isEmpty(query, this.#assume);
  }

  /** Undefined where something may refuse the row all the same. */
  refusals(): readonly PassedRefusal[] | undefined {
    if (this.#block === null || this.#block.handlers.length > 0 || !this.#passes(this.#block.body, []))
      return undefined;
    return this.#passed.flatMap(({ condition, columns }) => {
      const open = columns.filter((each) => !this.#kept.has(each));
      return open.length === 0 ? [] : [{ condition, columns: open }];
    });
  }

  #passes(list: readonly PlStatement[], around: readonly string[]): boolean {
    return list.every((each) => this.#passesStatement(each, around));
  }

  #passesStatement(each: PlStatement, around: readonly string[]): boolean {
    switch (each.kind) {
      case 'null':
        return true;
      case 'raise':
        return each.level !== 'exception';
      case 'return':
        return /^\s*new\s*$/i.test(each.value?.text ?? '');
      case 'block':
        return each.handlers.length === 0 && this.#passes(each.body, around);
      case 'sql':
        return isQuery(each) && !this.#mayRaise(each.sql);
      case 'assign': {
        const [row, name] = stringsOf(fieldsOf(each.target.tree, 'ColumnRef')?.fields);
        if (row === 'new' && name === undefined) return false;
        if (row === 'new' && name !== undefined) this.#kept.add(name);
        return !this.#mayRaise(each.value);
      }
      case 'if':
        return (
          each.branches.every(({ condition, body }) => this.#passesBranch(condition, body, around)) &&
          this.#passes(each.else ?? [], around)
        );
      default:
        return false;
    }
  }

  #passesBranch(condition: PlExpression, body: readonly PlStatement[], around: readonly string[]): boolean {
    if (this.#mayRaise(condition)) return false;
    const changed = [...around, ...changedColumns(condition.tree)];
    if (isNeverTrue(condition.tree, this.#assume)) {
      const columns = [...changed, ...keptIn(body)];
      const refuses = [...eachStatement(body)].some(({ statement }) => raisesError(statement));
      if ((refuses || keptIn(body).length > 0) && !isNeverTrue(condition.tree, this.#usual))
        this.#passed.push({ condition, columns });
      return true;
    }
    if (this.#passes(body, changed)) return true;
    // It refuses a change of these, whatever else is changed.
    for (const name of changed) this.#kept.add(name);
    return changed.length > 0;
  }
}

/** The columns that a condition finds changed: `new.c <> old.c`, IS DISTINCT FROM. */
function changedColumns(tree: Node): readonly string[] {
  return nodesOf(tree, 'A_Expr').flatMap((fields) =>
    unlikeSides({ A_Expr: fields }).flatMap((sides) => {
      const [one, other] = sides.map(rowField);
      return one?.row === 'new' && other?.row === 'old' && one.name === other.name ? [one.name] : [];
    }),
  );
}

/** The columns that are put back: `new.c := old.c`. */
function keptIn(body: readonly PlStatement[]): readonly string[] {
  return [...eachStatement(body)].flatMap(({ statement }) => {
    if (statement.kind !== 'assign') return [];
    const [target, value] = [rowField(statement.target.tree), rowField(statement.value.tree)];
    return target?.row === 'new' && value?.row === 'old' && target.name === value.name ? [target.name] : [];
  });
}

/** `select … into v …`, without STRICT. */
function isQuery(statement: Extract<PlStatement, { readonly kind: 'sql' }>): boolean {
  return 'SelectStmt' in statement.sql.tree && statement.into?.strict !== true;
}
