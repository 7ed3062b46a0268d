import type { AlterTableCmd, Constraint } from '@pgsql/types';
import type { EntityOf } from '../../../../graph/entities/index.ts';
import { fieldsOf, stringsOf } from '../../../../sql/nodes.ts';
import { addCheck, checkFacts } from '../../relations/checks.ts';
import { partitionsOf } from '../../relations/children.ts';
import { addForeignKey } from '../../relations/foreign-keys.ts';
import { createConstraint, defineIndex, type IndexPlan, planKey } from '../../relations/keys.ts';
import { setNotNull } from '../../relations/not-null.ts';
import type { Run } from './run.ts';

type Owner = EntityOf<'table' | 'foreignTable'>;
type AddRun = Run<Owner['kind']>;

/** ADD [CONSTRAINT name] …: each kind has its pass. */
export function addConstraint(command: AlterTableCmd, run: AddRun): void {
  const { context, later, origin, only } = run;
  const node = fieldsOf(command.def, 'Constraint') ?? {};
  switch (node.contype) {
    case 'CONSTR_CHECK':
      later('otherConstraint', () => {
        const isValidated = node.skip_validation !== true;
        addCheck(context, run.relation, checkFacts(context, run.relation, node, { origin, isValidated }), only);
      });
      return;
    case 'CONSTR_NOTNULL':
      later('columnAttributes', () => addNotNull(node, run));
      return;
    case 'CONSTR_FOREIGN':
      later('otherConstraint', () => {
        const table = tableOf(run, node);
        if (only && partitionsOf(context.graph, table.id).length > 0)
          context.refuse(`cannot use ONLY for foreign key on partitioned table "${table.name.name}"`, run.location);
        addForeignKey(context, table, node, { origin, isValidated: node.skip_validation !== true });
      });
      return;
    case 'CONSTR_PRIMARY':
    case 'CONSTR_UNIQUE':
    case 'CONSTR_EXCLUSION':
      later('indexConstraint', () => addKey(node, run));
      return;
    default:
      context.notUnderstood(`ADD CONSTRAINT with ${node.contype} is not modelled.`, run.location, {
        aspects: ['constraints'],
        reach: { entities: [run.relation.id] },
      });
  }
}

function tableOf({ relation, context, location }: AddRun, node: Constraint): EntityOf<'table'> {
  if (relation.kind === 'table') return relation;
  return context.refuse(
    'primary key, unique, exclusion and foreign key constraints are not supported on foreign tables',
    node.location ?? location,
  );
}

function addNotNull(node: Constraint, { context, relation, origin, only }: AddRun): void {
  for (const name of stringsOf(node.keys)) {
    const column = context.column(relation, name, node.location);
    setNotNull(context, relation, column, { name: node.conname, noInherit: node.is_no_inherit === true, only, origin });
  }
}

function addKey(node: Constraint, run: AddRun): void {
  const { context, origin, only } = run;
  const table = tableOf(run, node);
  const plan = node.indexname === undefined ? planKey(node, table, origin, context) : undefined;
  const columns =
    plan === undefined ? takeOverIndex(node, table, run) : plan.shape.keys.flatMap((key) => key.column ?? []);
  if (node.contype === 'CONSTR_PRIMARY') {
    for (const id of columns) setNotNull(context, table, context.graph.get('column', id), { origin, only: false });
  }
  if (plan) defineIndex(context, table, plan, { only });
}

/** USING INDEX: the constraint takes the index, which takes its name (ATExecAddIndexConstraint()). */
function takeOverIndex(node: Constraint, table: EntityOf<'table'>, run: AddRun): readonly EntityOf<'column'>['id'][] {
  const { context, origin } = run;
  const { graph, builder, by } = context;
  const { schema } = table.name;
  const indexName = node.indexname ?? '';
  const index = graph.relation({ schema, name: indexName });
  if (index?.kind !== 'index') {
    if (table.isAssumed) return [];
    return context.refuseUnknown('index', context.written(schema, indexName), node.location);
  }
  if (index.constraint !== null)
    context.refuse(`index "${indexName}" is already associated with a constraint`, node.location);
  if (index.relation !== table.id)
    context.refuse(`index "${indexName}" does not belong to table "${table.name.name}"`, node.location);
  if (!index.isUnique) context.refuse(`"${indexName}" is not a unique index`, node.location);
  if (index.predicate !== null) context.refuse(`"${indexName}" is a partial index`, node.location);
  if (index.keys.some((key) => key.column === null))
    context.refuse(`index "${indexName}" contains expressions`, node.location);
  const name = node.conname ?? indexName;
  const plan: IndexPlan = {
    shape: index,
    role: node.contype === 'CONSTR_PRIMARY' ? 'primary' : 'unique',
    name,
    isDeferrable: node.deferrable === true,
    isInitiallyDeferred: node.initdeferred === true,
    operators: [],
    origin,
  };
  if (plan.role === 'primary' && graph.primaryKey(table.id))
    context.refuse(`multiple primary keys for table "${table.name.name}" are not allowed`, node.location);
  const taken = graph.constraint(table.id, name) ?? (name === indexName ? undefined : graph.relation({ schema, name }));
  if (taken) context.refuseDuplicate(taken, node.location);
  const constraint = createConstraint(context, table.id, plan, name, index.id);
  const renamed = name === indexName ? {} : { name: { schema, name } };
  builder.alter(index, { constraint, ...renamed }, by, origin);
  return index.keys.flatMap((key) => key.column ?? []);
}
