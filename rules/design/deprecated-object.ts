import {
  andList,
  defineRule,
  type EntityOf,
  isNamed,
  isUsersOwn,
  queriesInSchema,
  type SchemaGraph,
  TABLE_NAMES,
} from '../../src/rule/index.ts';

const KINDS = ['table', 'view', 'materializedView', 'column', 'function'] as const;
type Named = EntityOf<(typeof KINDS)[number]>;

export default defineRule({
  meta: {
    id: 'deprecated-object',
    category: 'design',
    severity: 'low',
    confidence: 'likely',
    recommended: true,
    summary: 'A table, view, column or function is called deprecated by its comment or its name, and is still there.',
    why: 'What nobody looks after any more still has grants, takes part in backups and migrations, and is found by the next developer, who builds on it. While keys, policies or functions use it, it cannot go either.',
    remedy:
      'Move what still uses it to its successor, keep a copy of the rows that are wanted, and drop it in a migration of its own. If it is to stay, say in the comment what for, without calling it deprecated.',
    messages: {
      comment: '{{object}} is marked as deprecated by its comment ({{comment}}) and is still there.',
      name: '{{object}} is named as a thing of the past and is still there.',
      commentUsed: '{{object}} is marked as deprecated by its comment ({{comment}}), and {{users}} still {{use}} it.',
      nameUsed: '{{object}} is named as a thing of the past, and {{users}} still {{use}} it.',
    },
    restsOn: ['existence'],
    references: ['https://www.postgresql.org/docs/current/sql-comment.html'],
    optionDocs: {
      names: 'Names of tables and views that say so, by whole words: *_old ends with the word, old_* begins with it.',
    },
  },
  defaults: { names: TABLE_NAMES.deprecated },
  visit: {
    graph(graph, { options, report }) {
      for (const kind of KINDS) {
        for (const object of graph.ofKind(kind)) {
          if (object.isAssumed || !isUsersOwn(graph, object)) continue;
          const says = marked(object);
          if (says === undefined && !isNamedSo(object, options.names)) continue;
          const users = usersOf(object, graph, (each) => isNamedSo(each, options.names) || marked(each) !== undefined);
          const told =
            users.length === 0 ? undefined : { users: andList(users, SHOWN), use: users.length === 1 ? 'uses' : 'use' };
          const name = `${WORDS[object.kind]} ${graph.path(object)}`;
          const commented = {
            entity: object,
            ...(object.setBy.comment === undefined ? {} : { origin: object.setBy.comment }),
          };
          if (says !== undefined && told)
            report({
              ...commented,
              severity: 'medium',
              message: 'commentUsed',
              data: { object: name, comment: says, ...told },
            });
          else if (says !== undefined)
            report({ ...commented, message: 'comment', data: { object: name, comment: says } });
          else if (told)
            report({ entity: object, severity: 'medium', message: 'nameUsed', data: { object: name, ...told } });
          else report({ entity: object, message: 'name', data: { object: name } });
        }
      }
    },
  },
});

const SHOWN = 4;

const WORDS: Readonly<Record<Named['kind'], string>> = {
  table: 'The table',
  view: 'The view',
  materializedView: 'The materialized view',
  column: 'The column',
  function: 'The function',
};

/**
 * `DEPRECATED: use x`, `This table is deprecated`, `Do not use`, `(legacy, replaced by orders)`; not `replaces the deprecated table`,
 * `legacy ids`, `Legacy columns (a, b) removed`, nor `legacy` alone, as what is kept compatible with it is called too.
 */
const MARK =
  /(?:^|[.;:([\]!]\s*|[–—-]\s+|\b(?:is|are|now|been|marked as|considered)\s+)(?:deprecated|obsolete|legacy(?!-\w)(?=[\s)\]:.,;–—-]*(?:(?:table|column|view|function)\b|[)\]:.,;–—-]))(?=.*\b(?:(?:superseded|replaced) by|(?:migrated|moved) to|instead|unused|to be (?:dropped|removed))\b))\b([^.;]*)|\b(?:do not|don't|no longer|not) (?:be )?used?\b(?! (?:for|to|as|with|when|if|by|in|on|without)\b)/gis;

/** Its parts, and not the object: several, or one that is gone. */
const PARTS =
  /^\s+(?:[\w-]+\s+){0,2}(?:columns|fields|values|keys|indexes|policies|triggers|constraints|parameters|arguments|options|statuses|(column|field|value|key|index|policy|trigger|constraint|parameter|argument|option|status)\b.*\b(?:removed|dropped|replaced)\b)/is;

/** The beginning of a comment that says so. */
function marked({ kind, comment }: Named): string | undefined {
  const marks = comment === null ? [] : [...comment.matchAll(MARK)];
  const isMeant = marks.some(([, after = '']) => {
    const parts = PARTS.exec(after);
    return parts === null || parts[1]?.toLowerCase() === kind;
  });
  if (comment === null || !isMeant) return undefined;
  const line = comment.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** Only relations: a column old_value holds what was before, and is no thing of the past. */
function isNamedSo(object: Named, names: readonly string[]): boolean {
  return object.kind !== 'column' && object.kind !== 'function' && isNamed(object.name.name, names);
}

/** Who would break without it, other than things that are to go as well. */
function usersOf(object: Named, graph: SchemaGraph, isGoing: (other: Named) => boolean): readonly string[] {
  const users = new Set<string>();
  if (object.kind === 'table') {
    for (const key of graph.referencedBy(object.id)) {
      const from = graph.get('table', key.table);
      if (from.id !== object.id && key.parent === null && !isGoing(from))
        users.add(`the foreign key ${graph.path(from)} (${graph.columnNames(key.columns).join(', ')})`);
    }
  }
  for (const each of graph.dependents(object.id)) {
    if (each.kind === 'view' || each.kind === 'materializedView') {
      if (!isGoing(each)) users.add(`the view ${graph.path(each)}`);
    } else if (each.kind === 'policy' && (object.kind !== 'table' || each.table !== object.id)) {
      const table = graph.get('table', each.table);
      if (!isGoing(table)) users.add(`the policy ${graph.path(each)}`);
    } else if (each.kind === 'trigger' && object.kind === 'function') users.add(`the trigger ${graph.path(each)}`);
  }
  if (object.kind !== 'column' && object.kind !== 'function') {
    for (const { holder, query } of queriesInSchema(graph)) {
      if (holder.kind !== 'function' || isGoing(holder)) continue;
      if ([...query.sources, ...query.writes].some((each) => each.relation === object.id))
        users.add(`the function ${graph.path(holder)}`);
    }
  }
  return [...users];
}
