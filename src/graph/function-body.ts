import type { Node } from '@pgsql/types';
import { fieldsOf, qualifiedNameOf, type WrittenName } from '../sql/nodes.ts';
import { readSql } from '../sql/parse.ts';
import { type PlBlock, parsePlpgsqlBody } from '../sql/plpgsql.ts';
import { walk } from '../sql/walk.ts';
import type { EntityOf } from './entities/index.ts';

/** A relation that a body names, as written there. */
export interface UsedRelation extends WrittenName {
  /** The target of an INSERT, UPDATE, DELETE or MERGE; else it is read. */
  readonly isWritten: boolean;
}

/** The relations that the statements of a body name; what its dynamic SQL names is not known. */
export function relationNamesIn(fn: EntityOf<'function'>): readonly UsedRelation[] {
  return queriesOf(fn).flatMap(relationNames);
}

/** The SQL of a body: its statements, and in PL/pgSQL the queries and expressions of the others. */
function queriesOf({ body, language }: EntityOf<'function'>): readonly Node[] {
  if (body === null) return [];
  if (body.atomic !== null) return body.atomic.map((each) => each.tree);
  if (language === 'sql') return readSql(body.text, '').statements.map((each) => each.node);
  return language === 'plpgsql' ? treesIn(blockOf(body.text)) : [];
}

/** The body as the DO block it could be: its places are of no matter here. */
function blockOf(body: string): PlBlock | undefined {
  let tag = '$body$';
  while (body.includes(tag)) tag = `$${tag.slice(1, -1)}_$`;
  const text = `do ${tag}${body}${tag}`;
  const [statement] = readSql(text, '').statements;
  const reading = statement && parsePlpgsqlBody(statement, text);
  return reading?.ok === true ? reading.block : undefined;
}

/** Every SQL tree below a node of the PL/pgSQL tree, whatever statement it stands in. */
function treesIn(value: unknown): readonly Node[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('tree' in value) return [value.tree as Node];
  return Object.values(value).flatMap(treesIn);
}

function relationNames(query: Node): readonly UsedRelation[] {
  const names: UsedRelation[] = [];
  const local = new Set<string>();
  walk(query, (_, node) => {
    const cte = fieldsOf(node, 'CommonTableExpr')?.ctename;
    if (cte !== undefined) local.add(cte);
    return undefined;
  });
  walk(query, (tag, node, parents, field) => {
    const relation = fieldsOf(node, 'RangeVar');
    const above = parents.at(-1)?.tag;
    const isLocal = relation?.schemaname === undefined && local.has(relation?.relname ?? '');
    const isWritten = field === 'relation' && above !== undefined && WRITERS.has(above);
    if (relation !== undefined && !isLocal) names.push({ ...qualifiedNameOf(relation), isWritten });
    return tag === 'IntoClause' ? 'skip' : undefined;
  });
  return names;
}

const WRITERS: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
