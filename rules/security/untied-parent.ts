import {
  andList,
  brief,
  clientsOf,
  deedOnParent,
  defineRule,
  type EntityOf,
  type Fix,
  harmsOfUntied,
  isAuthUsers,
  isHabit,
  isTouch,
  orList,
  policyOf,
  quoteIdentifier,
  relatedAt,
  remakeForeignKey,
  type SchemaGraph,
  type Severity,
  sameType,
  sql,
  typeClass,
  type UntiedHarm,
  type UntiedParent,
  untiedParent,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'untied-parent',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary:
      'Rows that are asked only whose they are may refer to somebody else’s parent row, which is the worse for it.',
    why: 'A WITH CHECK of organization_id in (my organizations) says whose the row is, not whose the project is that it names, and a foreign key accepts any project there is, also one that the writer cannot see. What then goes by the project meets a row of strangers: a trigger counts it, readers of the project see it, a unique key has no place for another, and ON DELETE NO ACTION or RESTRICT keeps the project for as long as a row is there that its owner can neither see nor delete.',
    remedy:
      'Refer to both columns: unique (id, organization_id) on the parent, and foreign key (project_id, organization_id) to it. Or ask in WITH CHECK that the parent is theirs too.',
    scope: [
      'Reported only where something follows in this schema, and where nothing else ties the two: no policy, trigger or grant that names the column, no key over several columns.',
      'Not reported: parents that others may read as well, nor where all reading goes by the parent (insert-policy-weaker-than-select) or such rows are what policies decide by (self-granted-access).',
      'Where nobody guesses the keys of the parent, it is medium if all that follows is that a row is refused or counted, and low if all is that the parent stays (three or more such keys are one finding; `"habit": 0` shows each).',
    ],
    messages: {
      untied:
        '{{table}} rows may name {{parent}} rows of another {{owner}} in {{column}}: {{policy}} asks {{clients}} only that {{own}} is theirs, and nothing ties the two.{{harms}}',
      habit:
        '{{count}} foreign keys let rows name what belongs to another {{owners}}, as policies ask only whose the new row itself is: {{columns}}. Whoever knows the key of such a row keeps it from being deleted by a row that its owner can neither see nor delete.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns', 'constraints', 'indexes'],
    references: [
      'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
    optionDocs: {
      habit:
        'So many keys by which all that follows is that the parent stays are one finding, with the fixes of all; 0 tells of each.',
    },
  },
  defaults: { habit: 3 },
  visit: {
    graph(graph, { options, settings, isApart, report }) {
      const all = graph.ofKind('foreignKey').flatMap((key): readonly Told[] => {
        const untied = untiedParent(graph, key, settings.clientRoles);
        const harms = untied === undefined ? [] : harmsOfUntied(graph, key, untied, settings.clientRoles);
        return untied === undefined || harms.length === 0
          ? []
          : [{ key, untied, harms, severity: weigh(graph, key, harms) }];
      });
      const slight = all.filter(({ key, severity }) => severity === 'low' && !isApart(key));
      const isOne = isHabit(options.habit, slight.length);
      for (const each of all) if (!isOne || !slight.includes(each)) tell(each);
      const [first, ...others] = slight;
      if (!isOne || first === undefined) return;
      report({
        entity: first.key,
        message: 'habit',
        severity: 'low',
        data: {
          count: String(slight.length),
          columns: andList(
            slight.map(({ untied: { table, column } }) => `${brief(table.name)}.${quoteIdentifier(column.name)}`),
            6,
          ),
          owners: orList([...new Set(slight.map(({ untied }) => quoteIdentifier(untied.parentOwner.name)))]),
        },
        related: others.flatMap(({ key }) => relatedAt(key, 'may name another’s as well')),
        fix: () => fixFor(graph, slight),
      });

      function tell({ key, untied, harms, severity }: Told): void {
        const { table, column, parent, owner, parentOwner, policy, access } = untied;
        report({
          entity: key,
          message: 'untied',
          severity,
          data: {
            table: brief(table.name),
            column: quoteIdentifier(column.name),
            parent: brief(parent.name),
            owner: quoteIdentifier(parentOwner.name),
            own: quoteIdentifier(owner.name),
            policy: `the policy ${quoteIdentifier(policy.name)}`,
            clients: clientsOf(access),
            harms: harms.map((each) => ` ${harmText(graph, untied, each)}`).join(''),
          },
          related: relatedAt(policy, 'asks nothing of it'),
          fix: () => fixFor(graph, [{ key, untied }]),
        });
      }
    },
  },
});

interface Told {
  readonly key: ForeignKey;
  readonly untied: UntiedParent;
  readonly harms: readonly UntiedHarm[];
  readonly severity: Severity;
}

/** High where something is told or changed, or whoever has one key has the next; low where a row stays that was to be deleted. */
function weigh(graph: SchemaGraph, key: ForeignKey, harms: readonly UntiedHarm[]): Severity {
  if (isCounted(graph, key) || !harms.every((each) => isLight(graph, each))) return 'high';
  return harms.every(({ kind }) => kind === 'kept') ? 'low' : 'medium';
}

/** Is a row refused or counted by it, and nothing told or changed? */
function isLight(graph: SchemaGraph, harm: UntiedHarm): boolean {
  return harm.kind === 'taken' || harm.kind === 'kept' || (harm.kind === 'written' && isTouch(graph, harm.write));
}

/** Whoever has one key has the next. */
function isCounted(graph: SchemaGraph, { referencedColumns }: ForeignKey): boolean {
  return referencedColumns.every((id) => typeClass(graph, graph.get('column', id).type) === 'integer');
}

function harmText(graph: SchemaGraph, { table, parent, column }: UntiedParent, harm: UntiedHarm): string {
  const name = brief(parent.name);
  switch (harm.kind) {
    case 'opened':
      return `By ${policyOf(graph, harm.policy)}, whoever has a row that names it is let in there.`;
    case 'written': {
      const { trigger, function: called } = harm.write;
      return `The trigger ${quoteIdentifier(trigger.name)} then ${deedOnParent(harm.write)} that row with the rights of the owner of ${brief(called.name)}().`;
    }
    case 'shown':
      return `By ${policyOf(graph, harm.policy)}, whoever reads that ${name} row reads the stranger’s among their own.`;
    case 'taken':
      return `The owner of that ${name} row can add no ${brief(table.name)} row for it then (23505): ${quoteIdentifier(column.name)} is unique.`;
    case 'kept':
      return `${keptText(parent, harm.tables)}${harm.isRestricted ? '' : ' (23503)'}, as the row that keeps it is not theirs to delete.`;
  }
}

/** That the parent stays, and what it goes with. */
function keptText(parent: Table, tables: readonly Table[]): string {
  const above = tables.filter((each) => each !== parent);
  const other = above.find((each) => isAuthUsers(each.name)) ?? above[0];
  const name = other && (isAuthUsers(other.name) ? 'account' : `${brief(other.name)} row`);
  if (!tables.includes(parent))
    return `The ${name} that the ${brief(parent.name)} row goes with can no longer be deleted`;
  return `The owner of that ${brief(parent.name)} row can no longer delete it${name === undefined ? '' : `, nor the ${name} that it goes with`}`;
}

/** The keys over both columns, by the names they have: queries of the API may say them. */
function fixFor(graph: SchemaGraph, all: readonly Pick<Told, 'key' | 'untied'>[]): Fix | undefined {
  const steps = all.map(({ key, untied }) => tiedKey(graph, key, untied));
  const uniques = steps.flatMap((each) => each?.unique ?? []);
  const keys = steps.flatMap((each) => each?.key ?? []);
  const owners = [...new Set(all.map(({ untied }) => quoteIdentifier(untied.parentOwner.name)))];
  if (keys.length < all.length) return undefined;
  return {
    title: `Refer to ${andList(owners)} too, so that both rows have one`,
    safety: 'review',
    sql: [...new Set(uniques), ...keys].join('\n'),
  };
}

function tiedKey(
  graph: SchemaGraph,
  key: ForeignKey,
  { owner, parent, parentOwner }: UntiedParent,
): { readonly unique: readonly string[]; readonly key: string } | undefined {
  const [referred] = key.referencedColumns;
  const isAlike = owner.type !== null && parentOwner.type !== null && sameType(owner.type, parentOwner.type);
  if (referred === undefined || !isAlike || key.match === 'full') return undefined;
  const columns = [referred, parentOwner.id];
  const isThere = graph.ownedBy(parent.id, 'index').some(({ isUnique, isValid, predicate, keys }) => {
    const held = keys.map(({ column }) => column);
    return (
      isUnique && isValid && predicate === null && held.length === 2 && columns.every((each) => held.includes(each))
    );
  });
  const name = `${parent.name.name}_${graph.columnNames(columns).join('_')}_key`.slice(0, 63);
  const unique = sql`alter table ${parent.name}\n  add constraint ${name} unique (${graph.columnNames(columns)});`;
  return {
    unique: isThere ? [] : [unique],
    key: remakeForeignKey(graph, key, {
      columns: [...key.columns, owner.id],
      referencedColumns: columns,
      ...(key.onDelete === 'set null' || key.onDelete === 'set default' ? { setColumns: key.columns } : {}),
    }),
  };
}
