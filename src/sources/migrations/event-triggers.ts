import type { Node } from '@pgsql/types';
import type { Entity, EntityKind, EntityOf } from '../../graph/entities/index.ts';
import { firesInOrigin } from '../../graph/entities/trigger.ts';
import type { Mark } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { readPlpgsql } from '../../sql/plpgsql.ts';
import { insideRoutine } from './called-routines.ts';
import type { ReplayContext } from './context.ts';
import { Interpreter } from './do-block/interpreter.ts';
import { UNKNOWN, type Value } from './evaluation/value.ts';

/**
 * Runs the functions of the files' own event triggers for ddl_command_end, after a statement: a project may have one that
 * turns row security on for every new table. Those that a platform brings only grant and notify.
 */
export function fireEventTriggers(node: Node, mark: Mark, context: ReplayContext): void {
  const triggers = context.graph.ofKind('eventTrigger').filter(isFiring);
  if (triggers.length === 0) return;
  const tag = commandTag(node);
  if (tag === undefined) return;
  const commands = commandsSince(mark, tag, context);
  // They fire in the order of their names (docs, CREATE EVENT TRIGGER).
  for (const trigger of triggers.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (trigger.tags.length === 0 || trigger.tags.some((each) => each.toUpperCase() === tag))
      fire(trigger, tag, commands, context);
  }
}

function isFiring(trigger: EntityOf<'eventTrigger'>): boolean {
  return firesInOrigin(trigger) && trigger.event === 'ddl_command_end' && trigger.origin.from === 'statement';
}

type Row = ReadonlyMap<string, Value>;

function fire(trigger: EntityOf<'eventTrigger'>, tag: string, commands: readonly Row[], context: ReplayContext): void {
  const routine = trigger.function === null ? undefined : context.graph.find(trigger.function);
  if (routine?.kind !== 'function' || routine.language !== 'plpgsql' || context.calls.has(routine.id)) return;
  const before = context.ddlCommands;
  context.calls.add(routine.id);
  context.ddlCommands = commands;
  try {
    insideRoutine(routine, context.at(undefined), context, () => {
      const reading = readPlpgsql(routine.body?.text ?? '', (offset) => offset, context.running.file);
      if (!reading.ok) return;
      const variables = new Map<string, Value>([
        ['tg_tag', tag],
        ['tg_event', trigger.event],
      ]);
      new Interpreter(context, `Event trigger ${context.graph.path(trigger)}`).run(reading.block, variables);
    });
  } finally {
    context.ddlCommands = before;
    context.calls.delete(routine.id);
  }
}

/** The tags of statements that make or change what an event trigger may look at (docs 38.2). */
const TAGS: ReadonlyMap<string, string> = new Map([
  ['CreateStmt', 'CREATE TABLE'],
  ['IndexStmt', 'CREATE INDEX'],
  ['ViewStmt', 'CREATE VIEW'],
  ['CreateFunctionStmt', 'CREATE FUNCTION'],
  ['CreateSchemaStmt', 'CREATE SCHEMA'],
  ['CreateSeqStmt', 'CREATE SEQUENCE'],
  ['CreateEnumStmt', 'CREATE TYPE'],
  ['CompositeTypeStmt', 'CREATE TYPE'],
  ['CreateRangeStmt', 'CREATE TYPE'],
  ['CreateDomainStmt', 'CREATE DOMAIN'],
  ['CreateTrigStmt', 'CREATE TRIGGER'],
  ['CreatePolicyStmt', 'CREATE POLICY'],
  ['CreateForeignTableStmt', 'CREATE FOREIGN TABLE'],
  ['CreateExtensionStmt', 'CREATE EXTENSION'],
]);

function commandTag(node: Node): string | undefined {
  const [kind = ''] = Object.keys(node);
  const made = fieldsOf(node, 'CreateTableAsStmt');
  if (made?.objtype === 'OBJECT_MATVIEW') return 'CREATE MATERIALIZED VIEW';
  if (made) return made.is_select_into ? 'SELECT INTO' : 'CREATE TABLE AS';
  if (fieldsOf(node, 'SelectStmt')?.intoClause) return 'SELECT INTO';
  if (fieldsOf(node, 'CreateFunctionStmt')?.is_procedure) return 'CREATE PROCEDURE';
  const altered = fieldsOf(node, 'AlterTableStmt')?.objtype;
  if (altered !== undefined) return altered === 'OBJECT_TABLE' ? 'ALTER TABLE' : undefined;
  return TAGS.get(kind);
}

/** What pg_event_trigger_ddl_commands() calls a kind, and the tag of the command that makes one. */
const OBJECTS: ReadonlyMap<EntityKind, readonly [type: string, tag: string]> = new Map([
  ['table', ['table', 'CREATE TABLE']],
  ['foreignTable', ['foreign table', 'CREATE FOREIGN TABLE']],
  ['view', ['view', 'CREATE VIEW']],
  ['materializedView', ['materialized view', 'CREATE MATERIALIZED VIEW']],
  ['sequence', ['sequence', 'CREATE SEQUENCE']],
  ['index', ['index', 'CREATE INDEX']],
  ['function', ['function', 'CREATE FUNCTION']],
  ['schema', ['schema', 'CREATE SCHEMA']],
  ['enumType', ['type', 'CREATE TYPE']],
  ['compositeType', ['type', 'CREATE TYPE']],
  ['rangeType', ['type', 'CREATE TYPE']],
  ['domain', ['type', 'CREATE DOMAIN']],
  ['extension', ['extension', 'CREATE EXTENSION']],
]);

/** The rows of pg_event_trigger_ddl_commands() (docs 9.30.1). */
function commandsSince(mark: Mark, tag: string, { builder, graph }: ReplayContext): readonly Row[] {
  const rows = new Map<Entity['id'], Row>();
  for (const change of builder.since(mark)) {
    if (change.type === 'created') {
      const [type, ownTag] = OBJECTS.get(change.after.kind) ?? [];
      if (type === undefined || ownTag === undefined) continue;
      const isMain = change.after.kind === 'table' || change.after.kind === 'function';
      rows.set(change.after.id, command(graph, change.after, type, isMain && tag !== 'CREATE SCHEMA' ? tag : ownTag));
    } else if (change.type === 'altered' && tag === 'ALTER TABLE' && change.after.kind === 'table')
      rows.set(change.after.id, command(graph, change.after, 'table', tag));
  }
  return [...rows.values()];
}

function command(graph: SchemaGraph, entity: Entity, type: string, tag: string): Row {
  return new Map<string, Value>([
    ['classid', UNKNOWN],
    ['objid', entity.id],
    ['objsubid', 0],
    ['command_tag', tag],
    ['object_type', type],
    ['schema_name', entity.kind === 'schema' ? null : (graph.schemaOf(entity) ?? null)],
    ['object_identity', graph.path(graph.find(entity.id) ?? entity)],
    ['in_extension', entity.extension !== undefined],
    ['command', UNKNOWN],
  ]);
}
