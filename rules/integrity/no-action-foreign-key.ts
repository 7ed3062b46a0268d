// Long because a key without an action is told in eleven ways, by what else happens on a DELETE of the row.
import {
  type AuditSettings,
  actionForEach,
  addTo,
  admittedClients,
  andList,
  blockedDelete,
  brief,
  CHAIN_LENGTH,
  childTables,
  clearedFirst,
  counted,
  defineRule,
  deleteAction,
  type EntityId,
  type EntityOf,
  type Fix,
  goesWithItsUser,
  type Habit,
  habitsOf,
  hinderedText,
  isAuthUsers,
  isHabit,
  isKeeping,
  isLink,
  isMeantNoAction,
  isRecordOf,
  isShippedList,
  isShown,
  keptFromTheFirstDay,
  keptFurtherDown,
  leftByClearing,
  markInPlaceOfDelete,
  namedElsewhere,
  obstacleToEmptying,
  orList,
  othersBelow,
  ownerElsewhere,
  owningKeys,
  quoteIdentifier,
  type RelatedPlace,
  relatedAt,
  restrictingKeys,
  rowOf,
  type SchemaGraph,
  type Statement,
  stampsByParent,
  surelyRefused,
  sweptPlaces,
  sweptRows,
  sweptText,
  type TriggerAgainst,
  tellOfAuthors,
  twinKey,
  twinsOf,
  unlessKeeping,
  wouldBeginChain,
  writesTo,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;

export default defineRule({
  meta: {
    id: 'no-action-foreign-key',
    category: 'integrity',
    severity: 'medium',
    summary:
      'A foreign key is left at NO ACTION, the default: it has no other answer to what becomes of its rows when the row they refer to is deleted.',
    why: 'NO ACTION, the default, makes the delete of a referenced row fail. Where other keys to the same table cascade, that is hardly meant: the delete stops half-way through and nothing is deleted.',
    remedy:
      'Say what is meant: CASCADE where the rows belong to the other row, SET NULL where they outlive it, RESTRICT where they are there to keep it.',
    scope: [
      'RESTRICT and DEFERRABLE keys are taken as meant and not reported, nor where ON DELETE NO ACTION is written out (beside ON UPDATE NO ACTION it says nothing: drizzle, TypeORM and Atlas write both for every key) or a comment at the table says NO ACTION and names the column or what it refers to, nor are keys to a list that the migrations fill and nobody deletes from, or to a table whose trigger refuses every DELETE.',
      'A key that another says once more has its fix when one of the two is gone (duplicate-foreign-key).',
      'Where another key to the same table says RESTRICT, or NO ACTION on purpose, deleting is hardly meant: the finding is low (medium for users, who leave all the same, and for profiles that go with them), and so it is where rows that would go along are kept that way.',
      'Where a column like deleted_at marks the rows that are deleted there, and they go with nothing that is deleted, a DELETE is the exception: medium at most, low where nothing else goes with the row. Low as well where the mend is RESTRICT for that reason.',
      'High where a trigger deletes rows to which clients may add what refers to them, as what runs it fails then, where most other keys to the table cascade, where the rows link two others and go with one of them, and where one DELETE takes both sides along but the row referred to goes first, which no order of keys mends: there DEFERRABLE INITIALLY DEFERRED waits until both are gone.',
      'Where a function deletes or empties the rows of a user in two tables or more, its keys are one finding, low, and none where a trigger does so before each DELETE of a user.',
      'RESTRICT is told of as well where a trigger makes such a row for each new user: no user can be deleted then.',
      'Three or more keys to one table from columns that say who did something (created_by, approved_by) are one finding.',
      'Where most keys of a schema are left so, or many refer to rows that are marked and not deleted, one finding stands for them; `"habit": 0` shows each, with its fix.',
    ],
    messages: {
      user: 'Deleting a user fails while {{child}} rows refer to it: the delete action of the foreign key on ({{columns}}) is NO ACTION, the default.{{chain}}',
      siblings: 'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}; {{others}}.{{held}}',
      blocked:
        'Deleting {{root}} fails while {{child}} rows refer to {{target}} by {{columns}}: both go with it, but the {{target}} rows go first.{{alone}}{{held}}',
      order:
        'Deleting {{root}} takes {{target}} and {{child}} rows along, and fails or not by {{order}}: {{child}} rows refer to {{target}} by {{columns}}, and the delete action of that key is NO ACTION, the default.{{apart}}{{alone}}',
      others:
        'Deleting {{root}} fails while {{child}} rows of another {{target}} row refer to its {{target}} row by {{columns}}. With {{child}} rows of its own that do, it fails or not by the order in which the keys were made, which a restored dump changes.{{alone}}{{held}}',
      mixed:
        'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}, although these rows, which link the two, are deleted with their {{owner}} row.{{held}}',
      self: 'Deleting {{row}} fails while other rows of the table refer to it by {{columns}}.',
      list: 'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}. The migrations fill this list, so that may well be meant; then RESTRICT says so.',
      plain:
        'Deleting {{parent}} fails while {{child}} rows refer to it by {{columns}}: the delete action of that key is NO ACTION, the default.{{held}}',
      swept:
        'The trigger {{trigger}} has {{routine}} delete {{target}} rows, and {{clients}} may add {{child}} rows that refer to any of them by {{columns}}: with one of those the {{events}} of {{table}} that runs it fails (23503), as the delete action of the key is NO ACTION, the default.',
      authors:
        'Deleting {{parent}} fails while rows say what they did: {{count}} foreign keys of such columns are left at NO ACTION, the default, those of {{columns}}.{{hindered}}',
      cleared:
        'Deleting a user fails while {{tables}} rows refer to it, whose foreign keys are left at NO ACTION, the default. {{function}} deletes or empties them first: what fails is a DELETE without it, in the Dashboard or by auth.admin.deleteUser() alone.',
      signUp:
        'No user can be deleted: {{function}} makes {{row}} for each who signs up, and its foreign key on ({{column}}) refuses to delete the user as long as it is there (RESTRICT).',
      marked:
        'Deleting a row that others refer to fails by {{count}} foreign keys that are left at NO ACTION, the default, {{parents}}. These rows are marked by {{marks}} and not deleted, which is why this is low.',
      habit:
        'Deleting a row that others refer to fails: {{count}} of the {{all}} foreign keys are left at NO ACTION, the default, {{parents}}.',
    },
    restsOn: ['constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
    optionDocs: {
      habit:
        'So many keys of which no more is to be said, if they are three quarters of all, are one finding, and so many to rows that are marked as deleted; 0 tells of each by itself, also of columns like created_by, with its fix.',
    },
  },
  defaults: { habit: 20 },
  visit: {
    graph(graph, { options, settings, statements, texts, isApart, report }) {
      const keys = graph.ofKind('foreignKey').filter((each) => isAnswered(each, graph));
      const meant = new Set(keys.filter((each) => isMeantNoAction(graph, each, texts)));
      const unsaid = keys.filter((each) => !meant.has(each));
      const cleared = clearedFirst(graph, unsaid.filter(isWithoutAction));
      const told = agreed(
        unsaid.flatMap((each) =>
          cleared.keys.has(each) ? [] : (tell(each, graph, settings, statements, meant) ?? []),
        ),
        graph,
      );
      for (const each of cleared.findings) report(each);
      for (const each of keys.flatMap((key) => keptFromTheFirstDay(graph, key, settings) ?? [])) report(each);
      const plain = told.filter(({ entity, message }) => message === 'plain' && !isApart(entity));
      // What another key keeps on purpose is no habit.
      const usual = plain.filter(({ isKept }) => isKept !== true).length;
      const isOne = isHabit(options.habit, usual, keys.length);
      const others = told.filter((each) => !isOne || !plain.includes(each));
      const ofAuthors = options.habit > 0 ? stampsByParent(others, graph) : [];
      const merged = new Set(ofAuthors.flat());
      const { alone, habits } = habitsOf(
        others.filter((each) => !merged.has(each)),
        options.habit,
        ({ entity, mark }) => (mark === undefined || isApart(entity) ? undefined : 'marked'),
      );
      for (const each of alone) report(each);
      for (const all of habits) report(tellOfMarked(all, graph));
      for (const stamps of ofAuthors) report(tellOfAuthors(stamps, graph));
      // By name: files and a catalog know them in different orders.
      const byName = plain.map(({ entity }) => entity).sort((a, b) => (graph.path(a) < graph.path(b) ? -1 : 1));
      const [first, ...more] = byName;
      if (!isOne || first === undefined) return;
      report({
        entity: first,
        message: 'habit',
        data: { count: plain.length, all: keys.length, parents: mostReferred([first, ...more], graph) },
        ...(plain.every(({ severity }) => severity === 'low') ? { severity: 'low' } : {}),
        related: more.flatMap((each) => relatedAt(each, 'another')),
      });
    },
  },
});

type Referring = { readonly child: string; readonly columns: string; readonly parent: string };

/** The row that takes along both what is referred to, `target`, and what refers to it; and what is to be said of a DELETE of the target alone. */
type Above = { readonly root: string; readonly target: string; readonly alone: string };

/** What keeps the row anyway; empty where nothing does. */
type Held = { readonly held: string };

type Swept = ReturnType<typeof sweptText>;

/** What is to be said of one key. */
type Told = {
  readonly entity: ForeignKey;
  readonly fix: () => Fix | undefined;
  readonly severity?: 'high' | 'medium' | 'low';
  readonly related?: readonly RelatedPlace[];
  /** The trigger against which ON DELETE SET NULL would be in vain. */
  readonly against: TriggerAgainst | undefined;
  /** The column by which rows of the table referred to are marked in place of a DELETE, where it is low for that. */
  readonly mark?: EntityOf<'column'> | undefined;
  /** Another key to the table refuses the DELETE on purpose. */
  readonly isKept?: boolean;
} & (
  | { readonly message: 'user'; readonly data: Omit<Referring, 'parent'> & { readonly chain: string } }
  | { readonly message: 'swept'; readonly data: Omit<Referring, 'parent'> & { readonly target: string } & Swept }
  | { readonly message: 'self'; readonly data: { readonly row: string; readonly columns: string } }
  | { readonly message: 'list'; readonly data: Referring }
  | { readonly message: 'plain'; readonly data: Referring & Held }
  | { readonly message: 'siblings'; readonly data: Referring & { readonly others: string } & Held }
  | { readonly message: 'mixed'; readonly data: Referring & { readonly owner: string } & Held }
  | { readonly message: 'blocked'; readonly data: Omit<Referring, 'parent'> & Above & Held }
  | { readonly message: 'others'; readonly data: Omit<Referring, 'parent'> & Above & Held }
  | {
      readonly message: 'order';
      readonly data: Omit<Referring, 'parent'> & Above & { readonly order: string; readonly apart: string };
    }
);

function isAnswered(key: ForeignKey, graph: SchemaGraph): boolean {
  return key.parent === null && key.isEnforced && isShown(key, graph);
}

function isWithoutAction({ onDelete, isDeferrable }: ForeignKey): boolean {
  return onDelete === 'no action' && !isDeferrable;
}

/** No fix that keeps a user whom those of the other keys let go: a DELETE would fail all the same. But for rows on which rows of other users hang. */
function agreed(told: readonly Told[], graph: SchemaGraph): readonly Told[] {
  const ofUsers = told.filter(({ message }) => message === 'user');
  const isLetGo = ofUsers.some(({ fix }) => unlessKeeping(fix()) !== undefined);
  return told.map((each) => {
    if (each.message !== 'user' || !isLetGo || !isKeeping(each.fix())) return each;
    if (othersBelow(graph, each.entity).length > 0) return each;
    return { ...each, data: { ...each.data, chain: `${each.data.chain}${RECORDS}` }, fix: () => undefined };
  });
}

const RECORDS =
  ' RESTRICT would go on keeping users that the other keys are to let go: say whether these rows go too, or make the column nullable and empty it.';

function tell(
  key: ForeignKey,
  graph: SchemaGraph,
  settings: AuditSettings,
  statements: readonly Statement[],
  meant: ReadonlySet<ForeignKey>,
): Told | undefined {
  if (!isWithoutAction(key)) return undefined;
  const table = graph.get('table', key.table);
  const parent = graph.get('table', key.referencedTable);
  if (surelyRefused(graph, parent.id).has('delete') || twinKey(graph, key) !== undefined) return undefined;
  const child = brief(table.name);
  const columns = graph.columnsText(key.columns);
  const isList = isShippedList(graph, key, settings.tenantColumns, statements);
  const restricting = [
    ...restrictingKeys(graph, parent.id).filter((each) => each !== key),
    ...graph.referencedBy(parent.id).filter((each) => meant.has(each)),
  ];
  const isKept = restricting.length > 0;
  const isUser = isAuthUsers(parent.name);
  const others = cascadingSiblings(key, graph);
  const blocked = isKept ? undefined : blockedDelete(graph, key);
  const ground = {
    isList,
    // Where most others cascade, waiting is not all that is wanted: the row alone is to be deleted too.
    // Nor does it help where the rows stay that refer to it.
    isBlocked: blocked !== undefined && blocked.refusal !== 'others' && others === undefined,
    isUsual: others !== undefined,
    restricting: isUser ? [] : restricting,
  };
  // Which table it is to refer to is asked first: a fix of this one would undo that of misleading-foreign-key.
  // A key that says the same once more would go on refusing: which of the two stays is duplicate-foreign-key's.
  const isSettled = namedElsewhere(graph, key) === undefined && twinsOf(graph, key).length === 0;
  const fix = () => (isSettled ? deleteAction(key, graph, settings, ground) : undefined);
  const obstacle = obstacleToEmptying(graph, key, settings);
  const against = obstacle?.kind === 'hindered' ? obstacle.by : undefined;
  const about = { entity: key, fix, against };
  if (parent.id === table.id) return { ...about, message: 'self', data: { row: rowOf(child), columns } };
  if (isUser) {
    // cascade-chain would tell of the fix.
    const isUnanswered = wouldBeginChain(graph, table.id, parent.id) && fix() === undefined;
    const hindered = hinderedText(graph, against === undefined ? [] : [{ key, against }]);
    const chain = `${isUnanswered ? CHAIN : ''}${leftByClearing(graph)}${hindered}`;
    return { ...about, message: 'user', data: { child, columns, chain }, ...(isKept ? {} : { severity: 'high' }) };
  }
  const swept = sweptRows(graph, key, settings.clientRoles);
  if (swept !== undefined) {
    const of = { ...sweptText(graph, swept), child, columns, target: brief(parent.name) };
    const related = sweptPlaces(swept);
    return {
      entity: key,
      fix: () => unlessKeeping(fix()),
      against,
      message: 'swept',
      data: of,
      severity: 'high',
      related,
    };
  }
  const isUsers = goesWithItsUser(graph, parent);
  const data = { child, columns, parent: `${rowOf(brief(parent.name))}${isUsers ? ', and so its user,' : ''}` };
  if (isList)
    return isDeletedByItself(parent, graph, settings)
      ? { ...about, message: 'list', data, severity: 'low' }
      : undefined;
  // A document's current version: both go with the document, and only the current one cannot be deleted by itself.
  const isMutual = graph
    .ownedBy(parent.id, 'foreignKey')
    .some((each) => isCascading(each) && each.referencedTable === table.id);
  if (isMutual) return { ...about, message: 'plain', data: { ...data, held: '' } };
  if (isKept) {
    const purpose = `on purpose (${waysOf(restricting)})`;
    const keeping = `Rows of ${tablesOf(restricting, graph)} refuse that`;
    const held = isUsers ? ` ${keeping} too, ${purpose}.` : ` ${keeping} ${purpose}${WHY_LOW}`;
    const mark = isUsers ? undefined : markInPlaceOfDelete(graph, parent.id);
    return { ...about, message: 'plain', data: { ...data, held }, isKept, mark, ...(isUsers ? {} : LOW) };
  }
  const usual = others === undefined ? undefined : weightOfUsual(key, graph);
  if (blocked !== undefined) {
    const root = graph.get('table', blocked.table).name;
    const target = brief(parent.name);
    const alone = others === undefined ? '' : ` Deleting ${rowOf(target)} by itself fails too; ${others}.`;
    const of = { child, columns, root: isAuthUsers(root) ? 'a user' : rowOf(brief(root)), target, alone };
    const { held, severity } = weightOf(blocked.table, graph);
    switch (blocked.refusal) {
      case 'always':
        return { ...about, message: 'blocked', data: { ...of, held }, severity };
      case 'others':
        return { ...about, message: 'others', data: { ...of, held }, ...usual?.severity };
      default: {
        const order = blocked.refusal === 'keys' ? KEYS_ORDER : `the order in which its ${target} rows go`;
        // Of two such keys (who referred, and who was referred) one is somebody else's.
        const isOneOfTwo = graph
          .ownedBy(table.id, 'foreignKey')
          .some((each) => each !== key && each.referencedTable === parent.id);
        const apart = isOneOfTwo
          ? ` While ${rowOf(child)} that does not go along refers to the ${target} row, it fails in any order.`
          : '';
        return { ...about, message: 'order', data: { ...of, order, apart }, ...usual?.severity };
      }
    }
  }
  const mark = markInPlaceOfDelete(graph, parent.id);
  if (others !== undefined && usual !== undefined) {
    // All that is to be said then is that it is meant.
    const isMeant = mark !== undefined && isKeeping(fix());
    const held = isMeant && usual.held === '' ? markedText(parent, mark) : usual.held;
    const weight = isMeant ? { ...LOW, mark } : usual.severity;
    return { ...about, message: 'siblings', data: { ...data, others, held }, ...weight };
  }
  const owner = owningKeys(graph, key).find((each) => isLink(graph, key, each));
  if (owner !== undefined) {
    const ownerName = brief(graph.get('table', owner.referencedTable).name);
    const { held, severity } = weightOf(parent.id, graph);
    return { ...about, message: 'mixed', data: { ...data, owner: ownerName, held }, severity };
  }
  return {
    ...about,
    message: 'plain',
    data: { ...data, held: mark === undefined ? '' : markedText(parent, mark) },
    ...(mark === undefined ? {} : { ...LOW, mark }),
  };
}

/** Of many rows that are marked and not deleted. */
function tellOfMarked(all: Habit<Told>, graph: SchemaGraph) {
  // By name: files and a catalog know them in different orders.
  const sorted = [...all].sort((a, b) => (graph.path(a.entity) < graph.path(b.entity) ? -1 : 1));
  const [first, ...others] = sorted as [Told, ...Told[]];
  const nameOf = ({ entity }: Told) =>
    `${brief(graph.get('table', entity.table).name)} (${graph.columnsText(entity.columns)})`;
  const marks = [...new Set(all.flatMap(({ mark }) => (mark === undefined ? [] : quoteIdentifier(mark.name))))];
  const keys = sorted.map(({ entity }) => entity);
  return {
    entity: first.entity,
    message: 'marked',
    data: { count: all.length, parents: mostReferred(keys, graph), marks: orList(marks) },
    severity: 'low',
    related: others.flatMap((each) => relatedAt(each.entity, nameOf(each))),
    fix: () => {
      const mended = sorted.filter(({ fix }) => fix() !== undefined);
      return mended.length === 0 ? undefined : actionForEach(mended, graph);
    },
  } as const;
}

function markedText({ name }: EntityOf<'table'>, mark: EntityOf<'column'>): string {
  return ` ${brief(name)} rows are marked by ${quoteIdentifier(mark.name)} and not deleted${WHY_LOW}`;
}

function tablesOf(keys: readonly ForeignKey[], graph: SchemaGraph): string {
  const tables = new Set(keys.map(({ table }) => brief(graph.get('table', table).name)));
  return andList([...tables], 2);
}

/** What the keys say that keep a row on purpose. */
function waysOf(keys: readonly ForeignKey[]): string {
  const said = [...new Set(keys.map(({ onDelete }) => onDelete.toUpperCase()))];
  return orList(said.sort().reverse());
}

const LOW = { severity: 'low' } as const;

const WHY_LOW = ', which is why this is low.';

const CHAIN = ` ON DELETE CASCADE would let the delete through, and take rows along that are ${CHAIN_LENGTH} keys away: which of those are to outlive a user is to be said first, by their own keys.`;

const KEYS_ORDER = 'the order in which the keys were made, which a restored dump changes';

/** Of a key where most others cascade. What the rows of something else name outlives it, however many of its own parts go with it. */
function weightOfUsual(key: ForeignKey, graph: SchemaGraph) {
  const [table, parent] = [graph.get('table', key.table), graph.get('table', key.referencedTable)];
  const outlives = ownerElsewhere(graph, key) !== undefined || isRecordOf(graph, table, parent);
  const { held, severity } = weightOf(parent.id, graph);
  return { held, severity: outlives && severity === 'high' ? {} : { severity } };
}

/** Of a DELETE that is an exception, or comes to a row which is kept on purpose, this key is not all that stands in its way. */
function weightOf(
  root: EntityId,
  graph: SchemaGraph,
): { readonly severity: 'high' | 'medium' | 'low'; readonly held: string } {
  const kept = keptFurtherDown(graph, root);
  if (kept?.isSure !== true)
    return { severity: (kept ?? markInPlaceOfDelete(graph, root)) ? 'medium' : 'high', held: '' };
  const holding = brief(graph.get('table', kept.key.table).name);
  const below = brief(graph.get('table', kept.key.referencedTable).name);
  const held = ` It fails anyway where there are ${holding} rows, which keep the ${below} rows that would go along on purpose (RESTRICT).`;
  return { severity: 'low', held };
}

/** `102 that refer to organizations, 31 to customers and 188 to 40 other tables`: where a delete most likely fails. */
function mostReferred(keys: readonly ForeignKey[], graph: SchemaGraph): string {
  const byParent = new Map<EntityId, ForeignKey[]>();
  for (const key of keys) addTo(byParent, key.referencedTable, key);
  const parents = [...byParent].sort(([, one], [, other]) => other.length - one.length);
  const shown = parents.slice(0, MOST_SHOWN).map(([id, { length }], index) => {
    const name = brief(graph.get('table', id).name);
    return index === 0 ? `${length} that refer to ${name}` : `${length} to ${name}`;
  });
  const rest = parents.slice(MOST_SHOWN);
  const referring = rest.reduce((sum, [, { length }]) => sum + length, 0);
  return andList(rest.length === 0 ? shown : [...shown, `${referring} to ${counted(rest.length, 'other table')}`]);
}

const MOST_SHOWN = 3;

/** By a function of the schema, or by clients whom a policy admits. */
function isDeletedByItself(table: EntityOf<'table'>, graph: SchemaGraph, { clientRoles }: AuditSettings): boolean {
  if (writesTo(graph, table.id).some(({ write }) => write.kind === 'delete')) return true;
  return table.rowSecurity && admittedClients(graph, table, clientRoles, ['delete']).length > 0;
}

/** What becomes of the parent's other children, where most of them cascade; else NO ACTION may be the schema's habit. */
function cascadingSiblings(key: ForeignKey, graph: SchemaGraph): string | undefined {
  const { all, cascading } = childTables(graph, key.referencedTable);
  const siblings = all.size - (all.has(key.table) ? 1 : 0);
  const going = cascading.size - (cascading.has(key.table) ? 1 : 0);
  if (going * 2 <= siblings) return undefined;
  // Of a table that the files do not make they do not show all children.
  const isAssumed = graph.get('table', key.referencedTable).isAssumed === true;
  const noun = `other children${isAssumed ? ' in these files' : ''}`;
  if (going < siblings) return `${going} of its ${siblings} ${noun} cascade`;
  if (going > 3) return `its ${going} ${noun} cascade`;
  const names = [...cascading].filter((id) => id !== key.table).map((id) => brief(graph.get('table', id).name));
  return `${andList(names)} ${names.length === 1 ? 'cascades' : 'cascade'}`;
}

function isCascading(key: ForeignKey): boolean {
  return key.onDelete === 'cascade' && key.parent === null;
}
