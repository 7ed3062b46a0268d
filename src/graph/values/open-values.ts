import { fieldsOf } from '../../sql/nodes.ts';
import { readOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import type { Change, Statement } from '../journal.ts';
import { isSameName } from '../lexicon/noun.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { wordsOf } from '../lexicon/words.ts';
import { remarkAbove } from '../remark-above.ts';
import { remarkBeside } from '../remark-beside.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** Did a migration drop the CHECK on the column alone by its name, which no other has followed? Then more values than it listed were wanted. */
export function isLetOpen(journal: readonly Change[], column: EntityId): boolean {
  return letOpen(journal).has(column);
}

const letOpen = readOnce((journal: readonly Change[]): ReadonlySet<EntityId> => {
  const found = new Set<EntityId>();
  for (const change of journal) {
    if (change.type !== 'dropped' || change.before.kind !== 'checkConstraint') continue;
    const { name, expression } = change.before;
    const columns = new Set(expression.references.flatMap(({ kind, target }) => (kind === 'column' ? [target] : [])));
    const [only, another] = columns;
    if (only !== undefined && another === undefined && dropsByName(change.by, name)) found.add(only);
  }
  return found;
});

/** ALTER TABLE … DROP CONSTRAINT of that name, which adds none in its place. */
function dropsByName({ node }: Statement, name: string): boolean {
  const commands = (fieldsOf(node, 'AlterTableStmt')?.cmds ?? []).flatMap(
    (each) => fieldsOf(each, 'AlterTableCmd') ?? [],
  );
  return commands.some((each) => each.subtype === 'AT_DropConstraint' && each.name === name);
}

/**
 * The table in which users keep the values that the column may have, by the names of both: `task_statuses (user_id, name)` for `tasks.status`, and
 * `task_status_configs` for `task_items.status` where no table is called tasks. Not a list for all, to which a foreign key could refer.
 */
export function tableOfOptions(graph: SchemaGraph, { id, name }: Table, column: Column): Table | undefined {
  const tables = [...graph.ofKind('table')].filter((each) => each.name.schema === name.schema);
  const isWhole = wordsOf(column.name).length > 1;
  const names = [
    ...subjectsOf(name.name, tables).map((subject) => `${subject}_${column.name}`),
    ...(isWhole ? [column.name] : []),
  ].flatMap((each) => [each, ...OPTIONS.map((option) => `${each}_${option}`)]);
  return tables.find((each) => {
    if (each.id === id || !isUsersOwn(graph, each)) return false;
    if (!names.some((one) => isSameName(each.name.name, one))) return false;
    const values = graph
      .columns(each.id)
      .filter((one) => isNamed(one.name, VALUES) && typeClass(graph, one.type) === 'text');
    const keys = graph.ownedBy(each.id, 'foreignKey');
    // What a row lists is for what is in it.
    const isOfRow = keys.some(({ referencedTable }) => referencedTable === id);
    const isOwned = !isOfRow && keys.some(({ columns }) => columns.every((one) => graph.get('column', one).notNull));
    return isOwned && values.length > 0 && !values.some((one) => isUniqueAlone(graph, one));
  });
}

/** What the rows are called, and what they begin with (`task`, of `task_items`) as long as no table is called so. */
function subjectsOf(name: string, tables: readonly Table[]): readonly string[] {
  const words = wordsOf(name);
  const shorter = words.slice(1).map((_, at) => words.slice(0, words.length - 1 - at).join('_'));
  const taken = shorter.findIndex((each) => tables.some((table) => isSameName(table.name.name, each)));
  return [name, ...(taken === -1 ? shorter : shorter.slice(0, taken))];
}

/** How a table of options may be called, behind what they are options of. */
const OPTIONS = ['config', 'option', 'definition'];

const VALUES: NamePatterns = ['name', 'slug', 'key', 'code', 'value', 'label'];

/** Does a comment say that the text is free: COMMENT ON COLUMN, behind the column, or on the lines above it? */
export function isSaidToBeOpen(column: Column, texts: ReadonlyMap<string, string>): boolean {
  const remarks = [column.comment ?? '', remarkBeside(column, texts)?.text ?? '', remarkAbove(column, texts)];
  return remarks.some((each) => OPEN.test(each));
}

/** "Plain text (no CHECK)", "free-form", "text rather than an enum"; not "no CHECK yet" further on in a sentence, which may be a complaint. */
const OPEN =
  /(?:^|[.;(])\s*(?:no|without(?: a| any)?) (?:check|enum)\b|\bfree[\s-]?(?:form|text)\b|\b(?:rather than|instead of|not) (?:an? )?(?:\w+ )?enum\b|\bopen[\s-](?:ended|set|list)\b/i;
