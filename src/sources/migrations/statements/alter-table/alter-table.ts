import type { AlterTableCmd, AlterTableStmt, ObjectType } from '@pgsql/types';
import type { Relation } from '../../../../graph/entities/index.ts';
import type { SourceLocation } from '../../../../sql/location.ts';
import { fieldsOf } from '../../../../sql/nodes.ts';
import type { ReplayContext } from '../../context.ts';
import { isNot, kindWords } from '../../relation-words.ts';
import { commandPlaces } from '../../relations/element-places.ts';
import { alterCompositeType } from '../alter-composite-type.ts';
import { actionWords } from './action-words.ts';
import { ACTIONS } from './actions.ts';
import { PASSES, type Pass, type Run } from './run.ts';

/** ALTER TABLE, and ALTER INDEX, VIEW, SEQUENCE … where they share its subcommands. */
export function alterTable(node: AlterTableStmt, context: ReplayContext): void {
  if (node.objtype === 'OBJECT_TYPE') {
    alterCompositeType(node, context);
    return;
  }
  const relation = alteredRelation(node, context);
  if (relation === undefined) return;
  const commands = (node.cmds ?? []).flatMap((each) => fieldsOf(each, 'AlterTableCmd') ?? []);
  const places = placesOf(node, commands.length, context);
  const queues = new Map<Pass, (() => void)[]>(PASSES.map((pass) => [pass, []]));
  const later = (pass: Pass, task: () => void): void => void queues.get(pass)?.push(task);
  commands.forEach((command, i) => {
    const place = places?.[i];
    const found = ACTIONS[command.subtype ?? 'AT_AddColumn'];
    if (found === undefined) {
      const what = `${command.subtype} of ALTER TABLE is not modelled.`;
      context.notUnderstood(what, place?.start, { aspects: 'anything', reach: { entities: [relation.id] } });
      return;
    }
    later(found.pass, () => found.run(command, runOf(relation, node, place, later, found.on, command, context)));
  });
  for (const pass of PASSES) {
    const queue = queues.get(pass) ?? [];
    // A task may put off another to the same pass.
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) task();
  }
}

function runOf(
  relation: Relation,
  node: AlterTableStmt,
  place: SourceLocation | undefined,
  later: Run['later'],
  on: readonly Relation['kind'][],
  command: AlterTableCmd,
  context: ReplayContext,
): Run {
  if (!on.includes(relation.kind)) {
    const action = actionWords(command);
    context.refuse(
      `ALTER action ${action} cannot be performed on relation "${relation.name.name}", which is ${kindWords(relation.kind)}`,
      place?.start,
    );
  }
  return {
    context,
    get relation() {
      return context.graph.get(relation.kind, relation.id);
    },
    only: node.relation?.inh !== true,
    origin: context.origin(place?.start, place?.end),
    location: place?.start,
    later,
  };
}

/** What each form of ALTER takes; ALTER TABLE takes all but composite types (RangeVarCallbackForAlterRelation()). */
const KINDS: ReadonlyMap<ObjectType, Relation['kind']> = new Map([
  ['OBJECT_FOREIGN_TABLE', 'foreignTable'],
  ['OBJECT_INDEX', 'index'],
  ['OBJECT_MATVIEW', 'materializedView'],
  ['OBJECT_SEQUENCE', 'sequence'],
  ['OBJECT_TYPE', 'compositeType'],
  ['OBJECT_VIEW', 'view'],
]);

function alteredRelation(node: AlterTableStmt, context: ReplayContext): Relation | undefined {
  const range = node.relation ?? {};
  const type = node.objtype ?? 'OBJECT_TABLE';
  const found = context.lookup(range);
  const wanted = KINDS.get(type);
  if (found) {
    const isWrong = wanted === undefined ? found.kind === 'compositeType' : found.kind !== wanted && !found.isAssumed;
    if (isWrong) context.refuse(isNot(found.name.name, wanted ?? 'table'), range.location);
    return wanted !== undefined && found.kind !== wanted ? undefined : found;
  }
  if (node.missing_ok) return undefined;
  if (wanted === undefined) return context.assumptions.table(range);
  const { schema, name } = { schema: range.schemaname ?? context.names.creationSchema(), name: range.relname ?? '' };
  const objectKind =
    wanted === 'index' || wanted === 'sequence' ? wanted : wanted === 'compositeType' ? 'type' : 'table';
  return context.refuseUnknown(objectKind, context.written(schema, name), range.location);
}

function placesOf(node: AlterTableStmt, count: number, context: ReplayContext): readonly SourceLocation[] | undefined {
  const { statement, text } = context.running;
  const start = node.relation?.location;
  const at = statement?.at;
  if (at === undefined || start === undefined || start < at.start || start >= at.end) return undefined;
  return commandPlaces(text, at, start, count);
}
