import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { isWord, wordPattern, wordsIn } from '../../sql/name.ts';
import { fieldsOf, qualifiedNameOf, type WrittenName } from '../../sql/nodes.ts';
import { walk, walkBelow } from '../../sql/walk.ts';
import { readOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { bodyTree, expressionsOf } from './body-tree.ts';

/** A relation that a body names, as written there. */
export interface UsedRelation extends WrittenName {
  /** The target of an INSERT, UPDATE, DELETE or MERGE; else it is read. */
  readonly isWritten: boolean;
}

export interface NamedRelations {
  readonly relations: readonly UsedRelation[];
  /** False where the body could not be read as a whole, or runs SQL that it puts together itself. */
  readonly isComplete: boolean;
}

/** The relations that the statements of a body name. */
export function relationsNamedIn(fn: EntityOf<'function'>): NamedRelations {
  const tree = bodyTree(fn);
  const relations = expressionsOf(tree).flatMap((each) => relationNames(each.tree));
  const isRead = tree.language !== 'unread' && (tree.language !== 'sql' || tree.unread.length === 0);
  return { relations, isComplete: isRead && !(tree.language === 'plpgsql' && runsDynamicSql(tree.block)) };
}

const DYNAMIC: ReadonlySet<unknown> = new Set(['execute', 'return-execute', 'for-execute']);

/** EXECUTE in any of its forms, in whatever statement. */
function runsDynamicSql(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || 'tree' in value) return false;
  if ('kind' in value && (DYNAMIC.has(value.kind) || ('execute' in value && value.execute !== undefined))) return true;
  return Object.values(value).some(runsDynamicSql);
}

function relationNames(query: Node): readonly UsedRelation[] {
  const names: UsedRelation[] = [];
  const local = new Set<string>();
  walk(query, (_, node) => {
    const cte = fieldsOf(node, 'CommonTableExpr')?.ctename;
    if (cte !== undefined) local.add(cte);
    return undefined;
  });
  walkBelow(query, (tag, node, parents, field) => {
    const relation = fieldsOf(node, 'RangeVar');
    const above = parents.at(-1)?.tag;
    const isLocal = relation?.schemaname === undefined && local.has(relation?.relname ?? '');
    const isWritten = field === 'relation' && above !== undefined && WRITERS.has(above);
    if (relation !== undefined && !isLocal) names.push({ ...qualifiedNameOf(relation), isWritten });
    // FOR UPDATE OF names what FROM has already, by its alias.
    return tag === 'IntoClause' || tag === 'LockingClause' ? 'skip' : undefined;
  });
  return names;
}

const WRITERS: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** The SET search_path that a PL/pgSQL body begins with, so that what follows is found by that, and the caller's session keeps it. */
export function pathSetFirst(fn: EntityOf<'function'>): SourceLocation | undefined {
  const tree = bodyTree(fn);
  const [first] = tree.language === 'plpgsql' ? tree.block.body : [];
  const set = first?.kind === 'sql' ? fieldsOf(first.sql.tree, 'VariableSetStmt') : undefined;
  const isPath = set?.kind === 'VAR_SET_VALUE' && set.name === 'search_path' && set.is_local !== true;
  return isPath && first?.kind === 'sql' ? first.sql.at : undefined;
}

/** Is the name written anywhere in the body? */
export function isNamedInBody({ body }: EntityOf<'function'>, name: string): boolean {
  if (body === null) return false;
  return isWord(name) ? namesWritten(body).has(name.toLowerCase()) : wordPattern(name).test(body.text);
}

/** In lower case: a trigger function is asked for each column of each table it is on. */
const namesWritten = readOnce(
  ({ text }: NonNullable<EntityOf<'function'>['body']>): ReadonlySet<string> => new Set(wordsIn(text.toLowerCase())),
);
