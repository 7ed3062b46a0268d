// Long because what a table shows, and whom a policy says it is for, are weighed against each other.
import {
  type AuditSettings,
  addressesText,
  admittingPolicies,
  althoughText,
  andList,
  asksCaller,
  brief,
  bucketsText,
  type ClientAccess,
  type ClosedBefore,
  clientsOf,
  closedBefore,
  defineRule,
  type EntityOf,
  failsToday,
  fileName,
  givenToServiceRole,
  groupedBy,
  isAlwaysTrue,
  isHabit,
  isNamed,
  isStampOfAuthor,
  type NamePatterns,
  type OpenPolicy,
  openPolicy,
  openPrivateBucket,
  ownerEvidence,
  ownObjectsOnly,
  POLICY_NAMES,
  placesOfAddresses,
  policiesLet,
  quoteIdentifier,
  relatedAt,
  remarkAbove,
  type SchemaGraph,
  seesEveryRow,
  shownAddresses,
  shownContacts,
  shownFlags,
  shownSecrets,
  shownWhereabouts,
  showsCredential,
  TABLE_NAMES,
  tenantScopes,
  type VisibilityFlags,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'read-policy-always-true',
    category: 'security',
    severity: 'medium',
    summary: 'A permissive policy lets client roles read every row.',
    why: 'Permissive policies are joined by OR: one that is always true makes all others for reading pointless. Whoever the policy is for, those with the public key of the app or those with an account, can then list the whole table, also what the app itself never shows.',
    remedy:
      'Say whose rows may be read, by a comparison with the caller. Where everybody is meant to read everything (countries, plans, published posts) it is right: ignore the finding there, with that reason.',
    scope: [
      'It is high where the table keeps tenants apart, holds secrets, or tells anybody who pays what or how to reach each person without signing in (also by an e-mail address that sign-up wrote into a name), critical where it lets the signed-out read what is named like a credential and nothing shows to be hashed or encrypted, and low where nothing in it belongs to anybody and no policy beside it asks who calls, nor one that a later file took away, or the name of the policy, or a comment right above it, says that everybody is meant.',
      'Several for the same roles are one finding, as none has an effect without the others; so are four tables of a schema or more in which nothing belongs to anybody (`"habit": 0` shows each).',
      'Policies that let clients write every row are reported by write-policy-always-true.',
      'A policy that shows all of a private bucket of Storage is reported where its name says that it is for what is each one’s own, or clients add objects of their own alone there, or any to a bucket that is named after what people hand in (resumes, submissions): high where two of these speak for it or its name does.',
      'What only administrators or the server add is for all, and not reported.',
    ],
    messages: {
      tenant:
        '{{policies}} {{roles}} read every row of {{table}}, whatever its {{column}}: {{clause}}.{{before}}{{today}}',
      listed:
        '{{policies}} {{roles}} read every row of {{table}}, whatever its {{column}}: {{clause}}. They may read all that it refers to as well, which is why this is medium.{{before}}{{today}}',
      secret: '{{policies}} {{roles}} read {{columns}} of every {{table}} row: {{clause}}.{{before}}{{today}}',
      contacts:
        '{{policies}} {{roles}} read {{columns}} of every {{table}} row: {{clause}}. One request without an account lists how to reach all of these people.{{before}}{{today}}',
      addresses:
        '{{policies}} {{roles}} read every row of {{table}}, and with it e-mail addresses: {{clause}}, and the trigger {{trigger}} of auth.users writes new.email into {{columns}}{{fallback}}. {{reach}}.{{before}}{{today}}',
      members:
        '{{policies}} {{roles}} read {{columns}} of every {{table}} row: {{clause}}. Whoever has an account can list how to reach all of these people, which is why this is medium.{{before}}{{today}}',
      owned:
        '{{policies}} {{roles}} read every row of {{table}}, although {{evidence}}: {{clause}}.{{before}}{{today}}',
      flagged:
        '{{policies}} {{roles}} read every row of {{table}}, {{whatever}}: {{clause}}. What hides rows of them or parts of one is the app alone: a request to the API gets all.{{before}}{{today}}',
      whereabouts:
        '{{policies}} {{roles}} read {{columns}} of every {{table}} row: {{clause}}. One request without an account lists where all of these people are.{{before}}{{today}}',
      plain: '{{policies}} {{roles}} read every row of {{table}}: {{clause}}.{{before}}{{today}}',
      lists: '{{roles}} may read every row of {{count}} tables: {{names}}. The USING of each policy {{holds}}.',
      bucket:
        'The policy {{policy}} lets {{roles}} list and download every object of the private {{buckets}}, whoever added it: it asks for the bucket alone, {{although}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['pgrls:SEC008', 'supabase-rls-guard:RLS006'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
    optionDocs: {
      habit:
        'So many tables of a schema in which nothing belongs to anybody and that the same roles may read are one finding; 0 tells of each by itself.',
      openNames: 'Names of policies that say that everybody is meant to read, by whole words: reported as low.',
      moneyTables: 'Names of tables whose rows tell who pays or is owed what, by whole words.',
      peopleTables:
        'Names of tables that have a row for each person, beside those of accounts, by whole words: their e-mail addresses and phone numbers count.',
    },
  },
  defaults: {
    habit: 4,
    openNames: POLICY_NAMES.open,
    moneyTables: TABLE_NAMES.money,
    peopleTables: TABLE_NAMES.people,
  },
  visit: {
    graph(graph, { journal, options, settings, texts, shown, isApart, report }) {
      const lists: OpenList[] = [];
      for (const policy of shown('policy')) tell(policy);
      tellOfLists();

      function tell(policy: Policy): void {
        const open = openPrivateBucket(graph, policy, settings.clientRoles);
        if (open !== undefined) {
          const { adding } = open;
          report({
            entity: policy,
            message: 'bucket',
            data: {
              policy: quoteIdentifier(policy.name),
              roles: clientsOf(open.access),
              buckets: bucketsText(open.buckets),
              although: althoughText(open),
            },
            severity: open.isNamedOwn || (open.isPersonal && adding !== undefined) ? 'high' : 'medium',
            confidence: 'likely',
            related: adding === undefined ? [] : relatedAt(adding, 'by this policy each adds objects of their own'),
            fix: () => ownObjectsOnly(graph, policy),
          });
          return;
        }
        const opening = openReading(graph, policy, settings);
        if (opening === undefined) return;
        const { access } = opening;
        const table = graph.get('table', policy.table);
        // By itself, neither of several has any effect.
        const alike = graph
          .ownedBy(table.id, 'policy')
          .filter((each) => clientsOf(openReading(graph, each, settings)?.access ?? []) === clientsOf(access))
          .sort((a, b) => a.id - b.id);
        if (alike[0] !== policy) return;
        const today = failsToday(
          graph,
          table,
          access.map((each) => ({ ...each, commands: ['select'] })),
          settings.clientRoles,
        );
        // What fails is no open door yet.
        const high = today === '' ? 'high' : 'medium';
        const before = closedBefore(graph, journal, table, access, settings.clientRoles);
        const data = {
          policies: policiesLet(alike),
          roles: clientsOf(access),
          table: brief(table.name),
          clause: clauseOf(alike.flatMap((each) => openReading(graph, each, settings) ?? [])),
          before: before === undefined ? '' : beforeText(before),
          today,
        };
        const serviceFix = givenToServiceRole(alike, table, settings);
        const narrower = outvoted(graph, policy, access);
        const related = [
          ...alike.slice(1).flatMap((each) => relatedAt(each, 'lets them read every row as well')),
          ...narrower.flatMap((each) =>
            relatedAt(each, `what the policy ${quoteIdentifier(each.name)} asks for counts for nothing beside it`),
          ),
          ...(before === undefined ? [] : relatedAt(before.policy, 'what was asked for until then')),
        ];
        const origin = policy.setBy.using ?? policy.origin;
        const about = { entity: policy, origin, related, ...(serviceFix === undefined ? {} : { fix: serviceFix }) };
        const tenants = tenantScopes(graph, settings.tenantColumns).flatMap(
          ({ name }) => graph.column(table.id, name) ?? [],
        );
        const tenant = tenants.find((each) => !refersToOpen(graph, each, access)) ?? tenants[0];
        const secrets = shownSecrets(graph, table, access);
        const contacts = shownContacts(graph, table, access, options.peopleTables);
        const addresses = shownAddresses(graph, table, access);
        const told = addressesText(addresses);
        const whereabouts = shownWhereabouts(graph, table, access);
        const flags = flagsText(shownFlags(graph, table, access));
        const isPublic = access.some(({ name }) => name === 'anon');
        const evidence = ownerEvidence(graph, table) ?? protectionIn(graph, narrower, settings);
        const isForAll = alike.some(isForEverybody);
        if (secrets.length > 0)
          report({
            ...about,
            message: 'secret',
            data: { ...data, columns: andList([...secrets, ...contacts], 4) },
            severity: today === '' && isPublic && showsCredential(graph, table, access, texts) ? 'critical' : high,
          });
        else if (contacts.length > 0 && isPublic)
          report({
            ...about,
            message: 'contacts',
            data: { ...data, columns: andList(contacts, 3) },
            severity: high,
          });
        else if (told !== undefined && isPublic)
          report({
            ...about,
            message: 'addresses',
            data: { ...data, ...told, reach: 'One request without an account lists them' },
            related: [...related, ...placesOfAddresses(addresses)],
            severity: high,
          });
        else if (whereabouts.length > 0 && isPublic)
          report({ ...about, message: 'whereabouts', data: { ...data, columns: andList(whereabouts, 3) } });
        else if (
          flags !== undefined &&
          told === undefined &&
          (isForAll || (tenant === undefined && contacts.length === 0))
        )
          report({
            ...about,
            message: 'flagged',
            data: { ...data, whatever: flags },
            severity: evidence === undefined ? 'low' : 'medium',
          });
        else if (told === undefined && isForAll) tellOpen();
        else if (tenant !== undefined && !refersToOpen(graph, tenant, access)) {
          const column = quoteIdentifier(tenant.name);
          report({ ...about, message: 'tenant', data: { ...data, column }, severity: high });
        } else if (isNamed(table.name.name, options.moneyTables))
          report({
            ...about,
            message: 'owned',
            data: { ...data, evidence: 'its rows tell who pays or is owed what' },
            severity: isPublic ? high : 'medium',
          });
        else if (contacts.length > 0)
          report({ ...about, message: 'members', data: { ...data, columns: andList(contacts, 3) } });
        else if (told !== undefined)
          report({
            ...about,
            message: 'addresses',
            data: { ...data, ...told, reach: 'Whoever has an account can list them, which is why this is medium' },
            related: [...related, ...placesOfAddresses(addresses)],
          });
        else if (tenant !== undefined)
          report({ ...about, message: 'listed', data: { ...data, column: quoteIdentifier(tenant.name) } });
        else if (evidence !== undefined) report({ ...about, message: 'owned', data: { ...data, evidence } });
        else if (isOpenedTo(graph, table, before)) report({ ...about, message: 'plain', data });
        else tellOpen();

        /** What nothing says more of may be one of many such lists. */
        function tellOpen(): void {
          const isPlain = before === undefined && today === '' && serviceFix === undefined && related.length === 0;
          const isNobodys = evidence === undefined && tenant === undefined;
          const isSure = !isApart(policy, origin);
          if (isPlain && isNobodys && isSure)
            lists.push({ policy, table, access, origin, holds: opening?.holds ?? '', data });
          else report({ ...about, message: 'plain', data, severity: 'low' });
        }

        /** By its name, or by a comment right above it. */
        function isForEverybody(each: Policy): boolean {
          if (isNamed(each.name, options.openNames)) return true;
          return isNamed(remarkAbove(each, texts), POLICY_NAMES.saidOpen) && !isNamed(table.name.name, KEPT_PRIVATE);
        }
      }

      /** Of those that are one habit once, of the others each. */
      function tellOfLists(): void {
        const alike = groupedBy(lists, ({ table, access, holds }) =>
          [table.name.schema, clientsOf(access), holds].join('\0'),
        );
        for (const group of alike.values()) {
          // By name: files and a catalog know them in different orders.
          const all = [...group].sort((x, y) => (graph.path(x.table) < graph.path(y.table) ? -1 : 1));
          const [first, ...others] = all;
          if (first === undefined) continue;
          if (isHabit(options.habit, all.length)) tellOfHabit([first, ...others]);
          else for (const each of group) tellOfList(each);
        }
      }

      function tellOfList({ policy, origin, data }: OpenList): void {
        report({ entity: policy, origin, message: 'plain', data, severity: 'low' });
      }

      function tellOfHabit(all: readonly [OpenList, ...OpenList[]]): void {
        const [first, ...others] = all;
        const names = all.map(({ table }) => brief(table.name));
        report({
          entity: first.policy,
          origin: first.origin,
          message: 'lists',
          data: {
            roles: clientsOf(first.access).replace(/^e/, 'E'),
            count: all.length,
            names: andList(names, MOST_SHOWN),
            holds: first.holds,
          },
          severity: 'low',
          related: others.flatMap((each) => relatedAt(each, `${brief(each.table.name)} as well`)),
          discriminator: names.join(),
        });
      }
    },
  },
});

/** A table that everybody may read all of, which is low. */
interface OpenList {
  readonly policy: Policy;
  readonly table: Table;
  readonly access: readonly ClientAccess[];
  readonly origin: Policy['origin'];
  readonly holds: string;
  readonly data: {
    readonly policies: string;
    readonly roles: string;
    readonly table: string;
    readonly clause: string;
    readonly before: string;
    readonly today: string;
  };
}

const MOST_SHOWN = 6;

function beforeText({ policy, columns, asksCaller, by }: ClosedBefore): string {
  const names = andList(
    columns.map(({ name }) => quoteIdentifier(name)),
    3,
  );
  const until = `Until ${fileName(by.at)} reading asked`;
  return asksCaller
    ? ` ${until} who calls: the policy ${quoteIdentifier(policy.name)} compared ${names} with the caller.`
    : ` ${until} for more: the policy ${quoteIdentifier(policy.name)} looked at ${names}.`;
}

/** Did rows belong to somebody for whom alone they were, and does nothing in them say which are for all? */
function isOpenedTo(graph: SchemaGraph, table: Table, before: ClosedBefore | undefined): boolean {
  if (before === undefined || !before.asksCaller) return false;
  const isSomebodys = before.columns.some(({ name }) => !isStampOfAuthor(name));
  return isSomebodys && !graph.columns(table.id).some(({ name }) => isNamed(name, FOR_ALL));
}

/** `whatever their is_private says`, `region too where hide_region says otherwise`; undefined where nothing in them says who is to see them. */
function flagsText({ ofRows, ofParts }: VisibilityFlags): string | undefined {
  const names = (columns: readonly EntityOf<'column'>[]) =>
    andList(
      columns.map(({ name }) => quoteIdentifier(name)),
      3,
    );
  if (ofRows.length > 0) return `whatever its ${names(ofRows)} ${ofRows.length === 1 ? 'says' : 'say'}`;
  if (ofParts.length === 0) return undefined;
  const flags = ofParts.map(({ flag }) => flag);
  const parts = [...new Set(ofParts.map(({ part }) => part))];
  return `also ${names(parts)} of those whose ${names(flags)} ${flags.length === 1 ? 'says' : 'say'} that others are not to see it`;
}

/** Which rows are for everybody. */
const FOR_ALL: NamePatterns = [
  ...['is_public', 'public', 'is_published', 'published', 'published_at', 'is_visible', 'visible', 'visibility'],
  ...['is_listed', 'is_shared', 'is_discoverable', 'is_open'],
];

/** Whatever a comment says of a policy, the table says that it is not for everybody. */
const KEPT_PRIVATE: NamePatterns = ['*_private_*', '*_personal_*', '*_secret_*', '*_confidential_*'];

/** Whom the policy lets read every row, where that is all it lets them do: who may change every row may read it too, and write-policy-always-true says both. */
function openReading(graph: SchemaGraph, policy: Policy, settings: AuditSettings): OpenPolicy | undefined {
  const { access: open = [], holds = '' } = openPolicy(graph, policy, settings) ?? {};
  if (open.some(({ commands }) => commands.includes('update') || commands.includes('delete'))) return undefined;
  const access = open.filter(({ commands }) => commands.includes('select'));
  return access.length === 0 ? undefined : { access, holds };
}

function clauseOf([first, ...others]: readonly OpenPolicy[]): string {
  if (others.length === 0) return `its USING ${first?.holds}`;
  return `the USING of each ${others.every(({ holds }) => holds === first?.holds) ? first?.holds : 'is true for them'}`;
}

/** Does the column refer to a table of which all that is known to those who may read these rows? Then it tells them nothing apart. */
function refersToOpen(
  graph: SchemaGraph,
  { relation, id }: EntityOf<'column'>,
  access: readonly ClientAccess[],
): boolean {
  return graph.ownedBy(relation, 'foreignKey').some(({ columns, referencedTable }) => {
    if (columns.length !== 1 || columns[0] !== id) return false;
    const target = graph.get('table', referencedTable);
    return access.every((each) => seesEveryRow(graph, each, target) === true);
  });
}

/** A policy beside it that asks who calls, as not everybody is to see the rows. */
function protectionIn(graph: SchemaGraph, narrower: readonly Policy[], settings: AuditSettings): string | undefined {
  const asking = narrower.find(
    (each) =>
      each.using !== null &&
      asksCaller(graph, each.using.tree, each.using) &&
      openPolicy(graph, each, settings) === undefined,
  );
  return asking === undefined ? undefined : `the policy ${quoteIdentifier(asking.name)} beside it asks who calls`;
}

/** Policies for reading alone that ask for something, while this one lets the same roles have every row. */
function outvoted(graph: SchemaGraph, policy: Policy, access: readonly ClientAccess[]): readonly Policy[] {
  const table = graph.get('table', policy.table);
  const beside = access.map((each) => new Set(admittingPolicies(graph, table, 'select', each)));
  return graph.ownedBy(table.id, 'policy').filter((each) => {
    const isAsking = each !== policy && each.command === 'select' && !isAlwaysTrue(each, 'select');
    return isAsking && beside.some((policies) => policies.has(each));
  });
}
