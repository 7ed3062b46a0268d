import type { Node } from '@pgsql/types';
import { isDefinition } from '../../sql/definitions.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import { temporaryTable } from '../routines/own-temporary-tables.ts';

/**
 * What a routine's body makes or changes besides rows, each once, by the words of its statements: `CREATE TABLE`, `ALTER POLICY`. Not what is about its
 * own temporary tables.
 */
export function definitionsIn(routine: EntityOf<'function'>): readonly string[] {
  const statements = expressionsOf(bodyTree(routine));
  const temporary = new Set(statements.flatMap(({ tree }) => temporaryTable(tree) ?? []));
  const lasting = statements.filter(({ tree }) => isDefinition(tree) && !isAbout(tree, temporary));
  return [...new Set(lasting.map(({ text }) => wordsOf(text)))];
}

function isAbout(tree: Node, tables: ReadonlySet<string>): boolean {
  if (tables.size === 0) return false;
  const relation = fieldsOf(tree, 'CreateStmt')?.relation ?? fieldsOf(tree, 'IndexStmt')?.relation;
  if (relation !== undefined) return tables.has(relation.relname ?? '');
  return 'DropStmt' in tree && anyNode(tree, (node) => tables.has(fieldsOf(node, 'String')?.sval ?? ''));
}

function wordsOf(text: string): string {
  const [, verb = '', object = ''] = WORDS.exec(text) ?? [];
  return `${verb} ${object}`.toUpperCase();
}

const WORDS = /^\s*(\w+)\s+(?:(?:or\s+replace|unique|unlogged|constraint)\s+)*(\w+)/i;
