import {
  admittingPolicies,
  andList,
  brief,
  clientAccess,
  clientsOf,
  defineRule,
  type EntityId,
  type EntityOf,
  type Fix,
  groupedBy,
  guardedInserts,
  heldBySame,
  heldParents,
  holdingText,
  isDeletedFrom,
  isUsersOwn,
  type KeepingRow,
  keepingRow,
  type OrphanInserts,
  orList,
  orphanInserts,
  passedForGone,
  passedTogether,
  policiesLet,
  quoteIdentifier,
  quoteLiteral,
  type RefusedCascade,
  type RelatedPlace,
  type RowState,
  refusedAlone,
  refusedCascades,
  relatedAt,
  rewrittenActions,
  rewrittenActionsTold,
  rowOf,
  type SchemaGraph,
  sql,
  surelyRefused,
  undoneSetNulls,
  usersText,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'refused-cascade',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A trigger or rule refuses or takes back what a foreign key does when the row it refers to is deleted.',
    why: 'ON DELETE CASCADE deletes the rows below one by one, and their BEFORE DELETE triggers run as for any other DELETE. One that raises an error for the row which each parent has (its default, its owner) makes deleting the parent fail with P0001, for everybody, the service and cascades from above included. A trigger that notes the deleted row in a table with a key to the parent fails as well, with 23503: the cascade comes once the parent is gone. So does an AFTER DELETE trigger whose note refers to the deleted row itself. ON DELETE SET NULL is an UPDATE of the rows below: a trigger that guards the column raises its error for that too, and where it lets only admins by auth.uid() through, a server that deletes with the service key is none. One that keeps the column as it was (NEW.created_by := OLD.created_by) takes the action back: Postgres does not check the key once more, and the row refers to nothing.',
    remedy:
      'Have the trigger look whether the parent is still there, or run only for a DELETE of its own: WHEN (pg_trigger_depth() = 0), as a cascade runs inside a trigger of the foreign key. A trigger that notes the row is to look as well, or what it writes to is to have no key: a log that outlives what it is about keeps the id alone. A guard of a column, or of rows that stay as they are, or a trigger that needs what the row referred to, is to let pass that the column becomes NULL once what it referred to is gone; where that must not be, the key is to say RESTRICT, or not to be.',
    scope: [
      'Not reported: triggers that look at more than the deleted row, and tables that refuse each DELETE whose keys cascade from one that nothing known deletes from: no client, no function of the schema, and not the platform, which deletes users (from the dashboard and by auth.admin.deleteUser()) and what goes with them.',
      'The append-only tables that keep the rows of one table are one finding: either they let what is gone go (or be emptied), or their keys say RESTRICT, or are not to be, and the row stays.',
      'Reported as well: a rule (CREATE RULE … DO INSTEAD) without a condition in the place of each UPDATE or DELETE that a key is to do: the key raises an error then, whether there is such a row or not.',
      'Where a trigger adds a row to such a table for each new row of another whose policies let clients delete, either that policy or the refusal is not meant.',
      'Medium where a table that takes no UPDATE is not to lose what it refers to, and nothing known deletes that.',
    ],
    messages: {
      refused:
        'Deleting {{parents}} fails while it has {{row}} for which {{condition}}: ON DELETE CASCADE is to take that along, and the trigger {{trigger}} raises an error.',
      orphaned:
        'Deleting {{parents}} fails while it has {{row}}: ON DELETE CASCADE takes that along once the first is gone, and the trigger {{trigger}} then adds a row to {{log}} for it, whose {{refer}} to what is no longer there.',
      kept: 'Deleting {{parents}} fails while {{row}} refers to it: ON DELETE SET NULL is to empty {{columns}} there, and the trigger {{trigger}} raises an error {{why}}.',
      holds:
        'Deleting {{parent}} fails while {{row}} refers to it: ON DELETE CASCADE is to delete that, and the trigger {{trigger}} refuses every DELETE.{{users}}',
      hold: 'Deleting {{parent}} fails while rows refer to it that stay as they are: {{actions}}, and {{tables}} refuse that for every row.{{users}}',
      keptInState:
        'Deleting {{parents}} fails while {{row}} {{state}} refers to it: ON DELETE SET NULL is to empty {{columns}} there, and the trigger {{trigger}} raises an error for that.',
      keptFromService:
        'Deleting {{parents}} with the service key fails while {{row}} refers to it: ON DELETE SET NULL is to empty {{columns}} there, and the trigger {{trigger}} raises an error for whoever it does not know, as auth.uid() is NULL then.',
      always:
        '{{policies}} {{clients}} delete {{table}} rows, and that fails: for each new one the trigger {{trigger}} adds a row to {{child}}, which refuses every DELETE{{update}}.',
      rewritten:
        'Deleting {{parents}} always fails (XX000), whether {{row}} refers to it or not: {{does}}, the rule {{rule}} puts {{instead}} in the place of each {{event}}, and a key that finds its own statement gone raises an error.{{users}}',
      undone:
        'Deleting {{parents}} leaves {{row}} that goes on naming it in {{columns}}: ON DELETE SET NULL is to empty that, but the trigger {{trigger}} writes back what was there, and the key is not looked at again. A dump of such rows cannot be restored.',
      ownOrphaned:
        'Deleting {{row}} always fails: the trigger {{trigger}}, which runs once it is gone, adds a row to {{log}} whose {{refer}} to it.',
    },
    restsOn: ['constraints', 'triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
  },
  visit: {
    table(table, { graph, settings, texts, report }) {
      const kept = keepingRow(graph, table.id);
      const access = clientAccess(graph, table, settings.clientRoles).filter(({ commands }) =>
        commands.includes('delete'),
      );
      const admitting = new Set(access.flatMap((each) => admittingPolicies(graph, table, 'delete', each)));
      if (
        kept !== undefined &&
        isSure(graph, kept) &&
        !isByRule(graph, kept) &&
        table.rowSecurity &&
        admitting.size > 0
      ) {
        const policies = [...admitting];
        const [first] = policies;
        const admitted = access.filter((each) => admittingPolicies(graph, table, 'delete', each).length > 0);
        if (first !== undefined)
          report({
            entity: first,
            message: 'always',
            data: {
              policies: policiesLet(policies),
              clients: clientsOf(admitted),
              table: brief(table.name),
              trigger: quoteIdentifier(kept.trigger.name),
              child: nameOf(graph, kept.key.table),
              update: kept.key.onDelete === 'set null' ? ' and UPDATE' : '',
            },
            severity: 'high',
            related: [
              ...placesOf([kept.key]),
              ...relatedAt(kept.trigger, `the trigger ${quoteIdentifier(kept.trigger.name)}`),
            ],
          });
      }
      for (const orphaned of orphanInserts(graph, table)) {
        const { trigger, inserts } = orphaned;
        const parents = inserts.flatMap(({ key }) => (key === null ? [] : [rowOf(nameOf(graph, key.referencedTable))]));
        const columns = inserts.flatMap(({ ownKey }) => ownKey.columns.map((id) => graph.get('column', id).name));
        const names = [...new Set(columns)].map(quoteIdentifier);
        const about = {
          entity: trigger,
          severity: 'high',
          related: placesOf(inserts.map(({ ownKey }) => ownKey)),
        } as const;
        const data = {
          row: rowOf(brief(table.name)),
          trigger: quoteIdentifier(trigger.name),
          log: andList([...new Set(inserts.map(({ ownKey }) => nameOf(graph, ownKey.table)))]),
          refer: `${andList(names)} ${names.length === 1 ? 'refers' : 'refer'}`,
        };
        if (parents.length === 0)
          report({ ...about, message: 'ownOrphaned', data, fix: () => withoutKeys(graph, orphaned) });
        else {
          const fix = () => guardedInserts(graph, orphaned, texts);
          report({ ...about, message: 'orphaned', data: { ...data, parents: orList([...new Set(parents)]) }, fix });
        }
      }
      for (const { parent, rows } of heldParents(graph, table, settings.clientRoles)) {
        const [first] = rows;
        if (first === undefined) continue;
        const related = placesOf(rows.map(({ key }) => key));
        const fix = () => passedTogether(graph, heldBySame(graph, rows, settings.clientRoles), texts);
        const about = {
          entity: first.trigger,
          discriminator: graph.path(parent),
          severity: 'high',
          related,
          fix,
        } as const;
        const data = { parent: rowOf(brief(parent.name)), users: usersText(graph, parent) };
        if (rows.length === 1) {
          const own = { row: rowOf(brief(table.name)), trigger: quoteIdentifier(first.trigger.name) };
          report({ ...about, message: 'holds', data: { ...data, ...own } });
        } else report({ ...about, message: 'hold', data: { ...data, ...holdingText(graph, rows) } });
      }
      for (const [trigger, all] of groupedBy(
        refusedAlone(graph, table, settings.clientRoles),
        (each) => each.trigger,
      )) {
        const ofEach = all.filter(({ state }) => state === null);
        const refused = ofEach.length > 0 ? ofEach : all;
        const parents = refused.map(({ key }) => rowOf(nameOf(graph, key.referencedTable)));
        const data = {
          parents: orList([...new Set(parents)]),
          row: rowOf(brief(table.name)),
          columns: orList([
            ...new Set(refused.flatMap(({ columns }) => columns.map(({ name }) => quoteIdentifier(name)))),
          ]),
          trigger: quoteIdentifier(trigger.name),
        };
        const related = placesOf(refused.map(({ key }) => key));
        const about = { entity: trigger, data, related, fix: () => passedForGone(graph, all, texts) };
        const state = stateText(refused.flatMap((each) => each.state ?? []));
        const weight = isMet(graph, table, refused, settings.clientRoles) ? ({ severity: 'high' } as const) : {};
        if (ofEach.length === 0) report({ ...about, message: 'keptInState', data: { ...data, state } });
        else if (refused.every(({ caller }) => caller === 'anyone'))
          report({ ...about, message: 'kept', data: { ...data, why: whyText(refused) }, ...weight });
        else report({ ...about, message: 'keptFromService' });
      }
      for (const [trigger, undone] of groupedBy(undoneSetNulls(graph, table), (each) => each.trigger))
        report({
          entity: trigger,
          message: 'undone',
          data: {
            parents: orList([...new Set(undone.map(({ key }) => rowOf(nameOf(graph, key.referencedTable))))]),
            row: rowOf(brief(table.name)),
            columns: orList([
              ...new Set(undone.flatMap(({ columns }) => columns.map(({ name }) => quoteIdentifier(name)))),
            ]),
            trigger: quoteIdentifier(trigger.name),
          },
          severity: 'high',
          related: placesOf(undone.map(({ key }) => key)),
          fix: () => passedForGone(graph, undone, texts),
        });
      for (const told of rewrittenActionsTold(graph, table)) report(told);
      for (const refused of refusedCascades(graph, table)) {
        const { trigger, keys, condition } = refused;
        const parents = keys.map((each) => rowOf(nameOf(graph, each.referencedTable)));
        report({
          entity: trigger,
          message: 'refused',
          data: {
            parents: orList([...new Set(parents)]),
            row: rowOf(brief(table.name)),
            condition,
            trigger: quoteIdentifier(trigger.name),
          },
          related: placesOf(keys),
          fix: () => fixFor(table, refused),
        });
      }
    },
  },
});

/** Where the table takes no UPDATE at all, the rows above it may be there to stay as well, unless something that is known deletes them. */
function isMet(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  refused: readonly { readonly key: EntityOf<'foreignKey'> }[],
  clientRoles: readonly string[],
): boolean {
  if (!surelyRefused(graph, table.id).has('update')) return true;
  return refused.some(({ key }) => isDeletedFrom(graph, key.referencedTable, clientRoles));
}

function whyText(refused: readonly { readonly looksForGone: boolean }[]): string {
  return refused.every(({ looksForGone }) => looksForGone)
    ? 'when it does not find that row, which is gone by then'
    : 'for that';
}

/** `with frozen = true`, `with closed_at`, `without it`. */
function stateText(states: readonly RowState[]): string {
  const all = states.map(({ column, kind, value }) => {
    const name = quoteIdentifier(column.name);
    if (kind !== 'value') return `${kind === 'set' ? 'with' : 'without'} ${name}`;
    return `with ${name} = ${typeof value === 'string' ? quoteLiteral(value) : String(value)}`;
  });
  return orList([...new Set(all)]);
}

/** Nothing else may have been done to what keeps the rows. */
function isSure(graph: SchemaGraph, { key, function: called }: KeepingRow): boolean {
  const isDoubtful =
    graph.isDoubtful(key, ['constraints']) ||
    graph.isDoubtful(graph.get('table', key.table), ['triggers']) ||
    graph.isDoubtful(called, ['functions']);
  return isUsersOwn(graph, called) && !isDoubtful;
}

/** What a rule does to the key makes each delete fail, whatever the trigger adds. */
function isByRule(graph: SchemaGraph, { key }: KeepingRow): boolean {
  return rewrittenActions(graph, graph.get('table', key.table)).some(({ keys }) => keys.includes(key));
}

function nameOf(graph: SchemaGraph, table: EntityId): string {
  return brief(graph.get('table', table).name);
}

function placesOf(keys: readonly EntityOf<'foreignKey'>[]): readonly RelatedPlace[] {
  return [...new Set(keys)].flatMap((each) => relatedAt(each, `the key ${quoteIdentifier(each.name)}`));
}

/** A log that tells of what is gone cannot refer to it. */
function withoutKeys(graph: SchemaGraph, { inserts }: OrphanInserts): Fix {
  const keys = [...new Set(inserts.map(({ ownKey }) => ownKey))];
  return {
    title: 'Let the rows outlive what they tell of',
    safety: 'review',
    sql: keys
      .map((key) => sql`alter table ${graph.get('table', key.table).name} drop constraint ${key.name};`)
      .join('\n'),
  };
}

function fixFor(table: EntityOf<'table'>, { trigger, function: called }: RefusedCascade): Fix | undefined {
  if (trigger.events.length > 1 || trigger.arguments.length > 0) return undefined;
  return {
    title: 'Let the row go where something above it is deleted (or another trigger deletes it)',
    safety: 'review',
    sql: sql`create or replace trigger ${trigger.name} before delete on ${table.name}
  for each row when (pg_trigger_depth() = 0) execute function ${called.name}();`,
  };
}
