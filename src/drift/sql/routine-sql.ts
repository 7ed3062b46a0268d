import type { Parameter } from '../../graph/entities/function-entity.ts';
import type { EntityOf } from '../../graph/entities/index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { display, quoteIdentifier, quoteLiteral } from '../../sql/name.ts';
import { NotWritable, open, written } from './expression-sql.ts';

/** Settings that are lists of names, which proconfig holds as SET takes them. */
const LISTS: ReadonlySet<string> = new Set(['search_path', 'temp_tablespaces', 'session_preload_libraries']);

/** An empty name, also among others, is written as a literal: "" is none to the grammar. */
function listed(value: string): string {
  if (value === '') return "''";
  return value.replace(/"(?:[^"]|"")*"/g, (quoted) => (quoted === '""' ? "''" : quoted));
}

/** CREATE OR REPLACE FUNCTION, whole. @throws NotWritable */
export function createRoutine(fn: EntityOf<'function'>, graph: SchemaGraph): readonly string[] {
  const { body } = fn;
  if (body === null || fn.routine === 'aggregate' || fn.routine === 'window') throw new NotWritable();
  if (body.atomic !== null) for (const statement of body.atomic) written(statement, graph);
  const text = open(body.text);
  const tableColumns = fn.parameters.filter(({ mode }) => mode === 'table');
  const inputs = fn.parameters.filter(({ mode }) => mode !== 'table').map((each) => parameter(each, graph));
  const lines = [
    `create or replace ${fn.routine} ${display(fn.name)}(${inputs.join(', ')})`,
    ...(fn.returns === null ? [] : [`returns ${returned(fn, tableColumns, graph)}`]),
    `language ${quoteIdentifier(fn.language)}`,
    ...(fn.routine === 'procedure' ? [] : [attributes(fn)].filter((each) => each !== '')),
    ...(fn.security === 'definer' ? ['security definer'] : []),
    ...fn.config.map(
      ({ name, value }) => `set ${name} to ${LISTS.has(name) ? listed(value) : quoteLiteral(open(value))}`,
    ),
    body.atomic === null ? `as ${dollarQuoted(text)}` : text,
  ];
  return [`${lines.join('\n')};`];
}

function attributes(fn: EntityOf<'function'>): string {
  return [
    ...(fn.volatility === 'volatile' ? [] : [fn.volatility]),
    ...(fn.isStrict ? ['strict'] : []),
    ...(fn.isLeakproof ? ['leakproof'] : []),
    ...(fn.parallel === 'unsafe' ? [] : [`parallel ${fn.parallel}`]),
  ].join(' ');
}

function returned(fn: EntityOf<'function'>, columns: readonly Parameter[], graph: SchemaGraph): string {
  if (columns.length > 0) {
    const written = columns.map(({ name, type }) => `${quoteIdentifier(name ?? '')} ${graph.typeName(type)}`);
    return `table (${written.join(', ')})`;
  }
  return `${fn.returnsSet ? 'setof ' : ''}${fn.returns === null ? 'void' : graph.typeName(fn.returns)}`;
}

function parameter({ name, mode, type, default: value }: Parameter, graph: SchemaGraph): string {
  return [
    ...(mode === 'in' ? [] : [mode]),
    ...(name === null ? [] : [quoteIdentifier(name)]),
    graph.typeName(type),
    ...(value === null ? [] : [`default ${written(value, graph)}`]),
  ].join(' ');
}

function dollarQuoted(text: string): string {
  let tag = '$$';
  for (let number = 0; text.includes(tag); number++) tag = `$body${number === 0 ? '' : number}$`;
  // A body that ends like the quote would run into it.
  return `${tag}${text}${text.endsWith('$') ? ' ' : ''}${tag}`;
}

/** @throws NotWritable */
export function createTrigger(trigger: EntityOf<'trigger'>, graph: SchemaGraph): readonly string[] {
  const relation = graph.find(trigger.relation);
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (relation === undefined || called?.kind !== 'function') throw new NotWritable();
  const columns = graph.columnNames(trigger.updateColumns).map(quoteIdentifier).join(', ');
  const events = trigger.events.map((each) => (each === 'update' && columns !== '' ? `update of ${columns}` : each));
  const timing = { before: 'before', after: 'after', insteadOf: 'instead of' }[trigger.timing];
  const tables = [
    ...(trigger.oldTable === null ? [] : [`old table as ${quoteIdentifier(trigger.oldTable)}`]),
    ...(trigger.newTable === null ? [] : [`new table as ${quoteIdentifier(trigger.newTable)}`]),
  ];
  const lines = [
    `create ${trigger.isConstraint ? 'constraint ' : ''}trigger ${quoteIdentifier(trigger.name)} ${timing} ${events.join(' or ')} on ${graph.path(relation)}`,
    ...(trigger.isDeferrable ? [`deferrable${trigger.isInitiallyDeferred ? ' initially deferred' : ''}`] : []),
    ...(tables.length === 0 ? [] : [`referencing ${tables.join(' ')}`]),
    `for each ${trigger.level}`,
    ...(trigger.when === null ? [] : [`when (${written(trigger.when, graph)})`]),
    `execute function ${display(called.name)}(${trigger.arguments.map((each) => quoteLiteral(open(each))).join(', ')})`,
  ];
  return [`${lines.join('\n  ')};`, ...(trigger.enabled === 'origin' ? [] : [enableTrigger(trigger, graph)])];
}

export function enableTrigger(trigger: EntityOf<'trigger'>, graph: SchemaGraph): string {
  const how = { origin: 'enable', disabled: 'disable', replica: 'enable replica', always: 'enable always' };
  const relation = graph.find(trigger.relation);
  return `alter table ${relation ? graph.path(relation) : ''} ${how[trigger.enabled]} trigger ${quoteIdentifier(trigger.name)};`;
}

/** @throws NotWritable */
export function createPolicy(policy: EntityOf<'policy'>, graph: SchemaGraph): readonly string[] {
  const roles = policy.roles.map((each) => (each === 'public' ? 'public' : graph.path(graph.get('role', each))));
  const lines = [
    `create policy ${quoteIdentifier(policy.name)} on ${graph.path(graph.get('table', policy.table))}`,
    ...(policy.isPermissive ? [] : ['as restrictive']),
    `for ${policy.command} to ${roles.join(', ')}`,
    ...(policy.using === null ? [] : [`using (${written(policy.using, graph)})`]),
    ...(policy.check === null ? [] : [`with check (${written(policy.check, graph)})`]),
  ];
  return [`${lines.join('\n  ')};`];
}
