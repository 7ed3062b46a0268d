import type { Node, RangeVar, SelectStmt } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { type ClientAccess, clientAccess } from '../privileges/client-access.ts';
import { mayExecute } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type View = EntityOf<'view' | 'materializedView'>;
type Routine = EntityOf<'function'>;

/** What client roles may do with the rows of a view by its grants, without those for whom whatever they ask of it fails. */
export function viewAccess(graph: SchemaGraph, view: View, clientRoles: readonly string[]): readonly ClientAccess[] {
  return clientAccess(graph, view, clientRoles).filter(({ role }) => !isRefusedByCalls(graph, role, view));
}

/**
 * Does each query of the view fail for the role with 42501, as it may not EXECUTE a function there? That is asked of whoever runs the query, and not of
 * the view's owner (docs, 39.5), also where the function stands in another view below. A materialized view calls nothing when it is read.
 */
function isRefusedByCalls(graph: SchemaGraph, role: Grantee, view: View): boolean {
  return surelyCalled(graph, view).some(
    (each) => graph.isKnown(each, 'acl') && !graph.isDoubtful(each, ['privileges']) && !mayExecute(graph, role, each),
  );
}

/** The functions that whatever is asked of the view calls: in FROM and in conditions. Of output columns only those are worked out that are asked for. */
const surelyCalled = askedOnce((graph: SchemaGraph, view: View): readonly Routine[] => {
  if (view.kind === 'materializedView') return [];
  const reader = new Reader(graph, view.query, new Set([view]));
  reader.query(view.query.tree, new Map());
  return [...reader.called];
});

/** WITH queries by their names. */
type Named = ReadonlyMap<string, Node | undefined>;

class Reader {
  readonly called: Set<Routine>;
  readonly #graph: SchemaGraph;
  readonly #query: BoundExpression;
  readonly #views: ReadonlySet<View>;

  constructor(graph: SchemaGraph, query: BoundExpression, views: ReadonlySet<View>, called = new Set<Routine>()) {
    this.#graph = graph;
    this.#query = query;
    this.#views = views;
    this.called = called;
  }

  query(node: Node | undefined, around: Named): void {
    const select = fieldsOf(node, 'SelectStmt');
    if (select !== undefined) this.#select(select, around);
  }

  #select({ withClause, fromClause, whereClause, havingClause, larg, rarg }: SelectStmt, around: Named): void {
    const named = new Map(around);
    for (const each of withClause?.ctes ?? []) {
      const { ctename = '', ctequery } = fieldsOf(each, 'CommonTableExpr') ?? {};
      // What a recursive one says of itself is not followed.
      named.set(ctename, withClause?.recursive === true ? undefined : ctequery);
    }
    for (const arm of [larg, rarg]) if (arm !== undefined) this.#select(arm, named);
    // Where the planner knows the outcome, nothing is run.
    const tests = [...conjuncts(whereClause), ...conjuncts(havingClause)];
    if (tests.some((each) => foldBoolean(each, () => undefined) !== undefined)) return;
    for (const each of fromClause ?? []) this.#from(each, named);
    for (const each of tests) this.#calls(each, named);
  }

  #from(item: Node, named: Named): void {
    const join = fieldsOf(item, 'JoinExpr');
    if (join !== undefined) {
      // What an outer join adds, it can leave out where nothing of it is asked for.
      const { jointype, larg, rarg, quals } = join;
      const isInner = jointype === 'JOIN_INNER';
      if (larg !== undefined && jointype !== 'JOIN_RIGHT') this.#from(larg, named);
      if (rarg !== undefined && (isInner || jointype === 'JOIN_RIGHT')) this.#from(rarg, named);
      if (quals !== undefined && isInner) this.#calls(quals, named);
    }
    for (const each of fieldsOf(item, 'RangeFunction')?.functions ?? []) this.#calls(each, named);
    this.query(fieldsOf(item, 'RangeSubselect')?.subquery, named);
    const range = fieldsOf(item, 'RangeVar');
    if (range !== undefined) this.#relation(range, named);
  }

  #relation(range: RangeVar, named: Named): void {
    const meaning = this.#query.meanings.get(range);
    if (meaning?.kind !== 'source') return;
    const { relname = '' } = range;
    if (meaning.isCte) {
      const within = new Map(named);
      within.delete(relname);
      this.query(named.get(relname), within);
      return;
    }
    const view = meaning.relation === undefined ? undefined : this.#graph.find(meaning.relation);
    if (view?.kind !== 'view' || this.#views.has(view)) return;
    new Reader(this.#graph, view.query, new Set([...this.#views, view]), this.called).query(view.query.tree, new Map());
  }

  #calls(node: Node, named: Named): void {
    walk(node, (tag, each) => {
      const called = calledFunction(this.#graph, each, this.#query);
      if (called !== undefined) this.called.add(called);
      if (tag !== 'SubLink') return undefined;
      const { subselect, testexpr } = fieldsOf(each, tag) ?? {};
      this.query(subselect, named);
      if (testexpr !== undefined) this.#calls(testexpr, named);
      return 'skip';
    });
  }
}
