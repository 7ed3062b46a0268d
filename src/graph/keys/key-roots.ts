import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { fieldsOfStatement, type Statement } from '../journal.ts';
import { insertedValues } from '../query-shapes/inserted-values.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { NULL } from '../query-shapes/query.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenRelation } from '../written-relation.ts';

type Column = EntityOf<'column'>;

/**
 * The column whose values a column holds: its foreign keys followed to the end, which is a primary key of one column. Undefined where
 * they end elsewhere, or in several.
 */
export const keyRoot = askedOnce((graph: SchemaGraph, id: EntityId): Column | undefined => {
  const seen = new Set<EntityId>();
  let current = id;
  while (!seen.has(current)) {
    seen.add(current);
    const column = graph.find(current);
    const keys = column?.kind === 'column' ? graph.foreignKeysOf(column) : [];
    const [key, ...others] = keys.filter((each) => each.parent === null);
    if (key === undefined) return ownKey(graph, current);
    const [target] = key.referencedColumns;
    if (others.length > 0 || key.columns.length > 1 || target === undefined) return undefined;
    if (graph.isDoubtful(key, ['constraints'])) return undefined;
    current = target;
  }
  return undefined;
});

function ownKey(graph: SchemaGraph, id: EntityId): Column | undefined {
  const column = graph.find(id);
  const table = column?.kind === 'column' ? graph.find(column.relation) : undefined;
  if (column?.kind !== 'column' || table?.kind !== 'table' || table.isAssumed === true) return undefined;
  if (graph.isDoubtful(table, ['columns', 'constraints'])) return undefined;
  const key = graph.primaryKey(table.id)?.columns;
  return key?.length === 1 && key[0] === id ? column : undefined;
}

/** How a key gets values that no other table has: `random` a uuid, `counted` a sequence of its own. Undefined where they may come from elsewhere. */
export type OwnValues = 'random' | 'counted';

/**
 * Where do the values of a primary key come from? Not where a trigger, a routine or a statement of the history gives them otherwise than
 * by a constant that the other key has not been given.
 */
export function ownValues(
  graph: SchemaGraph,
  statements: readonly Statement[],
  key: Column,
  other: Column,
): OwnValues | undefined {
  const made = generatorOf(key.default?.tree);
  const kind = key.identity === null ? made : 'counted';
  if (kind === undefined) return undefined;
  const { sets, unknown } = columnsSetByTriggers(graph, key.relation, 'insert');
  if (unknown.length > 0 || sets.some(({ column }) => column === key.id)) return undefined;
  const written = writesTo(graph, key.relation).flatMap(({ write }) => write.sets);
  if (written.some((set) => set.column === key.id && set.from !== 'default' && generatorOf(set.value) === undefined))
    return undefined;
  const given = givenInHistory(graph, statements, key);
  if (given === undefined) return undefined;
  const others = given.size === 0 ? undefined : givenInHistory(graph, statements, other);
  return given.size === 0 || (others !== undefined && [...given].every((each) => !others.has(each))) ? kind : undefined;
}

const RANDOM: ReadonlySet<string> = new Set(['gen_random_uuid', 'uuid_generate_v4', 'uuid_generate_v7', 'uuidv7']);

function generatorOf(node: Node | null | undefined): OwnValues | undefined {
  const name = stringsOf(fieldsOf(node ?? undefined, 'FuncCall')?.funcname).at(-1);
  if (name === undefined) return undefined;
  if (name === 'nextval') return 'counted';
  return RANDOM.has(name) ? 'random' : undefined;
}

/** The constants that statements of the history gave the key; undefined where they gave it what is none. */
function givenInHistory(
  graph: SchemaGraph,
  statements: readonly Statement[],
  key: Column,
): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  const columns = graph.columns(key.relation);
  for (const statement of statements) {
    const insert = fieldsOfStatement(statement, 'InsertStmt');
    if (insert === undefined || writtenRelation(graph, insert.relation)?.id !== key.relation) continue;
    const values = insertedValues(insert, columns);
    const given = values.get(key.name);
    if (given === undefined) continue;
    const select = fieldsOf(insert.selectStmt, 'SelectStmt');
    const at = [...values.keys()].indexOf(key.name);
    const nodes = select?.valuesLists === undefined ? [fieldsOf(select?.targetList?.[at], 'ResTarget')?.val] : given;
    for (const node of nodes) {
      const constant = constantOf(node);
      if (typeof constant === 'string') found.add(constant.toLowerCase());
      else if (
        constant !== NULL &&
        (node === undefined || (!('SetToDefault' in node) && generatorOf(node) === undefined))
      )
        return undefined;
    }
  }
  return found;
}
