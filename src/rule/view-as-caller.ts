import type { EntityOf } from '../graph/entities/index.ts';
import { isGrantedOnPurpose } from '../graph/history/table-grants.ts';
import type { Statement } from '../graph/journal.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import {
  emptyForCaller,
  type Forbidden,
  forbiddenToCaller,
  meantReaders,
  ownersViewsAbove,
} from '../graph/views/read-as-caller.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { clientsOf } from './client-prose.ts';
import { type Fix, type RelatedPlace, relatedAt } from './finding.ts';
import { andList, brief } from './prose.ts';
import { sql } from './sql.ts';

type View = EntityOf<'view'>;

/** What speaks against reading views as the caller, and how it is done where nothing does. */
export interface AsCaller {
  readonly fix: Fix | undefined;
  /** What the fix is called where it mends other views as well. */
  readonly titleOfSeveral?: string;
  readonly related: readonly RelatedPlace[];
}

/**
 * ALTER VIEW … SET (security_invoker = true) for views that are read with an owner's rights. None where it would break what is read: with 42501 where a client
 * whom the first view is for may not read all that they read, without a row where no policy shows a table to any client, or to one that a GRANT lets read the
 * first view, and where a view above them reads them with its owner's rights and would lose rows.
 * @param views the one that clients read first
 * @param facts what has to be mended first, and what stays open
 */
export function readAsCaller(
  graph: SchemaGraph,
  statements: readonly Statement[],
  views: readonly View[],
  readers: readonly ClientAccess[],
  facts: { readonly isLooping: boolean; readonly around: readonly EntityOf<'function'>[] },
  clientRoles: readonly string[],
): AsCaller {
  const above = ownersViewsAbove(graph, views, clientRoles);
  const related = above.flatMap(({ name, setBy, origin }) => {
    const note = `${brief(name)} reads it with the rights of its owner: were it a security_invoker view, that would show each caller no more than the caller may read`;
    return relatedAt({ origin: setBy.query ?? origin }, note);
  });
  const [view] = views;
  const meant = view === undefined ? readers : meantReaders(statements, view, readers);
  const refused = readers.filter(({ role }) => forbiddenToCaller(graph, views, role) !== undefined);
  if (above.length > 0 || refused.some((each) => meant.includes(each))) return { fix: undefined, related };
  const shown = readers.filter((each) => !refused.includes(each));
  const empty = shown
    .map((reader) => ({ reader, tables: emptyForCaller(graph, views, reader.role) }))
    .filter(({ tables }) => tables.length > 0);
  const isMeant = ({ name }: ClientAccess) =>
    view !== undefined && isGrantedOnPurpose(statements, view.name, name, 'select');
  if (empty.length === shown.length || empty.some(({ reader }) => isMeant(reader))) return { fix: undefined, related };
  const tables = [...new Set(empty.flatMap((each) => each.tables))].map(({ name }) => brief(name));
  const notesOf = (views: string, rowOf: string) => {
    const notes = [
      facts.isLooping ? ' (mend what policy-recursion tells first: until then it would fail with 42P17)' : '',
      empty.length === 0 ? '' : `; no policy shows ${clientsOf(empty.map(({ reader }) => reader))} ${rowOf}`,
      refused.length === 0
        ? ''
        : `; ${clientsOf(refused)}, whom no GRANT gives ${views}, then ${refused.length === 1 ? 'gets' : 'get'} 42501`,
      openText(facts.around),
    ];
    return notes.join('');
  };
  return {
    related,
    titleOfSeveral: `Let each view read as its caller, so that the policies of its tables decide${notesOf('them', 'a row there')}`,
    fix: {
      title: `Let the view read as the caller, so that the policies of its tables decide${notesOf('the view', `a row of ${andList(tables, 3)}`)}`,
      safety: 'review',
      sql: views.map(({ name }) => sql`alter view ${name} set (security_invoker = true);`).join('\n'),
    },
  };
}

function openText(around: readonly EntityOf<'function'>[]): string {
  const names = andList([...new Set(around.map(({ name }) => brief(name)))], 3);
  return names === '' ? '' : `; what ${names} ${around.length === 1 ? 'gives' : 'give'} out of it as owner stays open`;
}

/** `orders itself`, `the column id of orders`. */
export function forbiddenText({ relation, columns }: Forbidden): string {
  const table = brief(relation.name);
  if (columns.length === 0) return `${table} itself`;
  const names = andList(
    columns.map(({ name }) => quoteIdentifier(name)),
    3,
  );
  return `the ${columns.length === 1 ? 'column' : 'columns'} ${names} of ${table}`;
}
