import type { TriggerAgainst } from '../graph/deletes/undone-set-nulls.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { addTo } from '../graph/grouping.ts';
import { isKeyOfAuthor } from '../graph/keys/author-keys.ts';
import { isAuthUsers } from '../graph/lexicon/table-roles.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { type Fix, relatedAt } from './finding.ts';
import { type Hindered, hinderedText } from './hindered-emptying.ts';
import { isKeeping } from './kept-users.ts';
import { andList, brief, rowOf } from './prose.ts';

/** What no-action-foreign-key says of a key. */
interface StampTold {
  readonly entity: EntityOf<'foreignKey'>;
  readonly message: string;
  readonly severity?: 'high' | 'medium' | 'low';
  readonly fix: () => Fix | undefined;
  /** The trigger against which ON DELETE SET NULL would be in vain. */
  readonly against: TriggerAgainst | undefined;
}

/** Three or more keys to one table that say who did something: one cause, where each can be mended, or only a trigger is in the way. */
export function stampsByParent<T extends StampTold>(told: readonly T[], graph: SchemaGraph): readonly (readonly T[])[] {
  const byParent = new Map<EntityId, T[]>();
  for (const each of told) {
    const { referencedTable } = each.entity;
    if (isKeyOfAuthor(graph, each.entity) && each.message !== 'self' && each.message !== 'list')
      addTo(byParent, referencedTable, each);
  }
  return [...byParent.values()]
    .filter(({ length }) => length >= STAMPS)
    .map((stamps) => stamps.filter(({ fix, against }) => against !== undefined || fix() !== undefined))
    .filter(({ length }) => length >= STAMPS);
}

const STAMPS = 3;

/** As no-action-foreign-key reports those of one parent. */
export function tellOfAuthors(stamps: readonly StampTold[], graph: SchemaGraph) {
  const sorted = [...stamps].sort((a, b) => (graph.path(a.entity) < graph.path(b.entity) ? -1 : 1));
  const [first, ...more] = sorted as [StampTold, ...StampTold[]];
  const byTable = new Map<string, string[]>();
  for (const { entity } of sorted)
    addTo(byTable, brief(graph.get('table', entity.table).name), graph.columnsText(entity.columns));
  const parent = graph.get('table', first.entity.referencedTable).name;
  const severities = sorted.map(({ severity }) => severity);
  const hindered = sorted.flatMap(({ entity, against }): Hindered[] =>
    against === undefined ? [] : [{ key: entity, against }],
  );
  const milder = severities.every((each) => each === 'low') ? ({ severity: 'low' } as const) : {};
  return {
    entity: first.entity,
    message: 'authors',
    data: {
      parent: isAuthUsers(parent) ? 'a user' : rowOf(brief(parent)),
      count: sorted.length,
      columns: andList(
        [...byTable].map(([table, columns]) => `${table} (${columns.join(', ')})`),
        AUTHORS_SHOWN,
      ),
      hindered: hinderedText(graph, hindered),
    },
    ...(severities.includes('high') ? ({ severity: 'high' } as const) : milder),
    related: more.flatMap(({ entity }) =>
      relatedAt(entity, `${brief(graph.get('table', entity.table).name)}.${graph.columnsText(entity.columns)}`),
    ),
    // In part it would mend nothing: the DELETE goes on failing.
    fix: () => (hindered.length > 0 ? undefined : actionForEach(sorted, graph)),
  } as const;
}

const AUTHORS_SHOWN = 5;

/** The fixes of several keys as one. */
export function actionForEach(told: readonly Pick<StampTold, 'entity' | 'fix'>[], graph: SchemaGraph): Fix {
  const mended = told.flatMap(({ entity, fix }) => {
    const made = fix();
    return made === undefined ? [] : [{ entity, fix: made }];
  });
  const fixes = mended.map(({ fix }) => fix);
  const freed = mended.filter(({ entity, fix }) => {
    const isRequired = entity.columns.every((id) => graph.get('column', id).notNull);
    return isRequired && /\bon delete set null\b/.test(fix.sql);
  });
  const gone = mended.filter(({ fix }) => /\bon delete cascade\b/.test(fix.sql));
  const names = freed.map((each) => tableAndColumns(each, graph));
  const nullable = names.length === 0 ? '' : `, NULL then being allowed in ${andList(names, AUTHORS_SHOWN)}`;
  const kept = fixes.some(isKeeping) ? '; RESTRICT where it may not' : '';
  const along =
    gone.length === 0
      ? ''
      : `; CASCADE, so that they go along, for the rows of ${andList(
          gone.map((each) => tableAndColumns(each, graph)),
          AUTHORS_SHOWN,
        )}`;
  const title = `Say for each key what becomes of its rows (SET NULL where the column may be emptied${nullable}${kept}${along})`;
  return {
    title: fixes.every(isKeeping) ? 'Say for each key that its rows keep the row they refer to (RESTRICT)' : title,
    safety: fixes.some(({ safety }) => safety === 'destructive') ? 'destructive' : 'review',
    sql: fixes.map((each) => each.sql).join('\n'),
  };
}

/** `payments (booked_by)`. */
function tableAndColumns({ entity }: Pick<StampTold, 'entity'>, graph: SchemaGraph): string {
  return `${brief(graph.get('table', entity.table).name)} (${graph.columnsText(entity.columns)})`;
}
