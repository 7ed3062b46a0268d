import type { Node } from '@pgsql/types';
import type { Variables } from '../../../graph/binding/analysis.ts';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { FunctionBody, FunctionEntity, Parameter } from '../../../graph/entities/function-entity.ts';
import { isInput } from '../../../graph/entities/function-entity.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { Catalog, ExplodedAcl } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';
import { settings } from './settings.ts';

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly routine: string;
  readonly owner: string;
  /** Of all parameters. */
  readonly types: readonly string[];
  /** Null when all are IN. */
  readonly modes: readonly string[] | null;
  readonly names: readonly string[] | null;
  /** One for each parameter, null for those without; null when no parameter has one. */
  readonly defaults: readonly (string | null)[] | null;
  readonly returns: string;
  readonly returns_set: boolean;
  readonly language: string;
  readonly is_definer: boolean;
  readonly volatility: string;
  readonly is_strict: boolean;
  readonly is_leakproof: boolean;
  readonly parallel: string;
  readonly config: readonly string[] | null;
  readonly source: string;
  readonly sql_body: string | null;
  readonly acl: ExplodedAcl;
}

const ROUTINES: ReadonlyMap<string, FunctionEntity['routine']> = new Map([
  ['f', 'function'],
  ['p', 'procedure'],
  ['a', 'aggregate'],
  ['w', 'window'],
]);
const VOLATILITIES: ReadonlyMap<string, FunctionEntity['volatility']> = new Map([
  ['i', 'immutable'],
  ['s', 'stable'],
  ['v', 'volatile'],
]);
const PARALLEL: ReadonlyMap<string, FunctionEntity['parallel']> = new Map([
  ['s', 'safe'],
  ['r', 'restricted'],
  ['u', 'unsafe'],
]);
const MODES: ReadonlyMap<string, Parameter['mode']> = new Map([
  ['i', 'in'],
  ['o', 'out'],
  ['b', 'inout'],
  ['v', 'variadic'],
  ['t', 'table'],
]);

export const functions: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) createFunction(row, catalog);
  },
};

function createFunction(row: Row, catalog: Catalog): void {
  const made = catalog.create(
    { class: 'pg_proc', oid: row.oid },
    {
      kind: 'function',
      name: { schema: row.schema, name: row.name },
      routine: ROUTINES.get(row.routine) ?? 'function',
      parameters: row.types.map((type, index) => ({
        name: row.names?.[index] || null,
        mode: MODES.get(row.modes?.[index] ?? 'i') ?? 'in',
        type: catalog.type(type),
        default: parameterDefault(row.defaults?.[index] ?? null, catalog),
      })),
      returns: row.routine === 'p' ? null : catalog.type(row.returns),
      returnsSet: row.returns_set,
      language: row.language,
      security: row.is_definer ? 'definer' : 'invoker',
      volatility: VOLATILITIES.get(row.volatility) ?? 'volatile',
      isStrict: row.is_strict,
      isLeakproof: row.is_leakproof,
      parallel: PARALLEL.get(row.parallel) ?? 'unsafe',
      config: settings(row.config),
      body: body(row),
      owner: catalog.role(row.owner),
      acl: catalog.acl(row.acl),
    },
  );
  if (row.sql_body !== null) bindLater(made, row.sql_body, catalog);
  if (row.defaults !== null) {
    catalog.afterAll(() => {
      const parameters = made.parameters.map((each) =>
        each.default === null ? each : { ...each, default: catalog.bound(each.default.tree, each.default.text) },
      );
      catalog.alter(made, { parameters });
    });
  }
}

function parameterDefault(text: string | null, catalog: Catalog): BoundExpression | null {
  return text === null ? null : catalog.unbound(catalog.parseExpression(text), text);
}

function body(row: Row): FunctionBody | null {
  if (row.routine === 'a' || row.language === 'c' || row.language === 'internal') return null;
  if (row.sql_body !== null) return { text: row.sql_body, quoting: 'none', atomic: [] };
  return { text: row.source, quoting: 'dollar', atomic: null };
}

/** A body may name anything: it is bound when everything is there. */
function bindLater(made: EntityOf<'function'>, text: string, catalog: Catalog): void {
  catalog.afterAll(() => {
    const fn = catalog.graph.get('function', made.id);
    const variables: Variables = {
      list: inputParameters(fn).map((each) => ({ name: each.name ?? undefined, type: each.type })),
      qualifiers: [fn.name.name],
      conflict: 'column',
    };
    const atomic = sqlBody(text, catalog).map((statement) => {
      const expression = fieldsOf(statement, 'ReturnStmt')?.returnval;
      return expression === undefined
        ? catalog.query(statement, text, { variables })
        : catalog.bound(expression, text, { variables });
    });
    catalog.alter(fn, { body: { text, quoting: 'none', atomic } });
  });
}

function inputParameters(fn: EntityOf<'function'>): readonly Parameter[] {
  return fn.parameters.filter(isInput);
}

/** `BEGIN ATOMIC …; END` or `RETURN …`, as pg_get_function_sqlbody prints it. */
function sqlBody(text: string, catalog: Catalog): readonly Node[] {
  const stmt = fieldsOf(catalog.parse('CREATE FUNCTION f() RETURNS void LANGUAGE sql ', text), 'CreateFunctionStmt');
  const list = fieldsOf(stmt?.sql_body, 'List');
  if (list === undefined) return stmt?.sql_body === undefined ? [] : [stmt.sql_body];
  return (list.items ?? []).flatMap((item) => fieldsOf(item, 'List')?.items ?? [item]);
}
