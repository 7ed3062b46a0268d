// Long because what a row may grant is told by whether its values or its place decide, of the one row or of one more, and at sign-up; what no policy decides by is src/rule/own-row-beliefs.ts.
import {
  addText,
  andList,
  believedOfOwnRows,
  brief,
  chosenStandings,
  claimedOrEarned,
  claimedText,
  clientsOf,
  closedToOwner,
  computedText,
  constantAtSignUp,
  decidesAlone,
  defineRule,
  ENTITLEMENT_NAMES,
  type EntityOf,
  enoughByDefault,
  failsToday,
  foundByAddress,
  freeEntitlements,
  freeReputation,
  freeStandings,
  freeWeight,
  gatesOwnRowsAlone,
  groupEntitlements,
  helpedStandings,
  isReachedOverApi,
  isSaidToBeTheirs,
  isUniqueAlone,
  knownKeysText,
  likely,
  linksAccounts,
  namedStandings,
  namesOfColumns,
  type OwnRowWrite,
  openStandings,
  ownedStandings,
  ownRowWrites,
  policyOf,
  quoteIdentifier,
  quoteLiteral,
  relatedAt,
  relationName,
  rowOf,
  type SchemaGraph,
  type Standing,
  signUpChoices,
  signUpClaims,
  standingsBeside,
  toldOfMemberRows,
  unclaimedKey,
  voidColumnGrants,
  weighedText,
  withoutTheirs,
  workingDeciders,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'self-granted-access',
    category: 'security',
    severity: 'critical',
    summary:
      'Users may write, in a row of their own, what policies decide by or what they should pay for, or choose it when they sign up.',
    why: 'A policy such as user_id = auth.uid() says whose row it is, not what may stand in it. Where other policies look into that row for a role, a plan or a team, everybody can write there what they ask for: one UPDATE through the API makes an administrator, one INSERT a member of any team. The same goes for a trigger on auth.users that copies it from raw_user_meta_data: that holds what the client gave signUp() as options.data, so { "role": "admin" } signs up an administrator.',
    remedy:
      "Let clients write only the other columns (REVOKE the privilege on the table, GRANT it on the columns), keep the role in a table that only the server writes, or say in WITH CHECK what may be written. Who joins a team needs an invitation that the policy looks for, or a function that adds the row. A trigger on auth.users gives a constant, or reads raw_app_meta_data, which only the server writes, or an invitation. Where a policy shows a row by any row that names it (exists (… where posts.item_id = items.id and posts.is_public)), ask there that its author is the owner of what it names. Whom something is addressed to the token says (auth.jwt() ->> 'email'), not an address that users write into their own row. Where everybody may join whatever they know the key of, this is meant: ignore it with the reason.",
    scope: [
      'What is named like something paid for or granted (credits, plan, is_verified; the option entitlements) in the one row that a user has, or an organisation, a shop or another group of users, is reported also where no policy decides by it, for servers and apps do: high; of other rows of a group that everybody sees (listings, events), what puts them before those of others (promotion_tier, boosted_until).',
      'Reported as well: a quota there (max_files, with a default), where a function raises an error for what is more than the caller’s own row says.',
      'Reported as well: the rating, the number of reviews or orders, or the points in the row of an account, a shop or a seller that others see, where rows of another table that others write are what it stands for, or a SECURITY DEFINER function reckons it.',
      'Reported as well: points, stamps, visits or what was spent in a user’s row with a shop, a club or another group, where a function compares them with what others set there.',
      'Reported as well: the rank (admin, owner, moderator) in a table with one row for each user and group, where the row starts at less.',
      'Reported as well: the key by which members put a row of their group (a space) under another row (a tenant) whose policies let in the members of what stands under it, and, medium, the rank of owner where administrators too change the rows that say who is which (without groups that of super administrator).',
      'Reported as well: the plan in rows of a user’s own in a table that is named after what is paid for (subscriptions, licenses), where a CHECK or an enum lists what is sold, or a key goes to it: let only the server add such rows.',
      'Reported as well: what a function takes from a row of the user’s own, an invitation found by the e-mail or named for them, into what policies decide by or the members of a group: let clients change only the answer.',
      'Reported as well: the weight of one’s own vote, where a function or view adds the weights up: let a trigger set it.',
      'Not reported: tables that no request gets at, as the API does not serve their schema ([api].schemas of config.toml, pgrst.db_schemas), nor a view or function of its schemas does it for them.',
      'Not reported: columns that WITH CHECK or a restrictive policy names, or that a trigger on the table names and may refuse or set; what a comment in the file of the policy or the column says users are meant to set (“is_seller is deliberately self-settable”); what those set in rows of a group who have a right to it by a table of rights that no client writes; at sign-up also what is one of a list that leaves out what policies ask for (IN, a CHECK, an enum), what everybody gets who sends nothing, what a condition about something else decides, and nothing where config.toml has enable_signup = false.',
      'Where a function has to agree to the row (may_join(room_id, auth.uid())), what policies decide by is reported where they ask for nothing that the function is given.',
      'The same goes for rows that are the user’s by the key of a row of theirs (deck_id in (select id from decks where owner_id = auth.uid())), and what these name beside it.',
      'Reported as well: what an INSERT that asks nothing of who calls leaves to whoever adds the row (a public form), where policies decide by such rows for whom they name.',
      'Reported as well, medium: a key of one’s own row that users choose (a friend code), where policies find by it rows that others add with any such key, also one that nobody has yet.',
      'Reported as well, high: the e-mail in one’s own row, which no unique key keeps to one, where a function finds by it whom it gives a row that policies let in.',
      'Reported as well: a trigger on auth.users that copies from raw_user_meta_data into raw_app_meta_data what policies decide by, and, high, what is called role, plan or the like there. Let it give a constant, and the server write the rest.',
      'A generated column is written through what it is computed from.',
      'Low where a flag that says what a person is (is_seller, is_host) only lets them add or change rows of their own.',
    ],
    messages: {
      update:
        'By the policy {{policy}} {{clients}} may set {{columns}} of their own {{table}} row to any value, and {{deciders}} {{decide}} by it{{beside}}: {{user}} only has to write there what is asked for.{{also}}{{today}}',
      insert:
        'By the policy {{policy}} {{clients}} may add {{row}} for themselves with any {{columns}}, and {{deciders}} {{decide}} by such rows{{beside}}: {{user}} only has to {{add}}.{{alone}}{{also}}{{today}}',
      joins:
        'By the policy {{policy}} {{clients}} may add {{row}} for themselves with any {{columns}}, and {{deciders}} {{decide}} by such rows{{beside}}: {{whoever}} knows a value of {{columns}} gets at what it stands for.{{shown}}{{also}}{{today}}',
      follows:
        'By the policy {{policy}} {{clients}} may add {{row}} for themselves with any {{columns}}, and {{deciders}} {{decide}} by such rows{{beside}}: {{whoever}} {{follows}} a user {{reads}} that user’s {{theirs}}; nobody has to accept.{{also}}{{today}}',
      publishes:
        'By the policy {{policy}} {{clients}} may {{write}}, and {{decider}} lets see whichever {{parent}} row such a row names{{tested}}: whoever knows the {{key}} of somebody else’s {{parent}} row reads it{{others}}.{{today}}',
      moves:
        'By the policy {{policy}} {{clients}} may set {{columns}} of their own {{table}} row to any value, and {{deciders}} {{decide}} by it{{beside}}: {{whoever}} knows a value of {{columns}} gets at what it stands for.{{shown}}{{also}}{{today}}',
      entitled:
        'By the policy {{policy}} {{clients}} may set {{columns}} of their own {{table}} row to any value: one UPDATE through the API, and whatever goes by {{them}} believes what the user wrote.{{added}}{{today}}',
      added:
        'By the policy {{policy}} {{clients}} may add their own {{table}} row with any {{columns}}, although UPDATE is granted on other columns alone: a user only has to {{add}}, and whatever goes by {{them}} believes what the user wrote.{{first}}{{today}}',
      earned:
        'By the policy {{policy}} {{clients}} may set {{columns}} of their own {{table}} row to any value, and others see it: {{made}}, but one UPDATE through the API makes of that what the user likes.{{added}}{{today}}',
      measured:
        'By the policy {{policy}} {{clients}} may set {{columns}} of their own {{table}} rows to any value, and {{measures}}, which is not theirs to write: one UPDATE through the API, and the function believes what the user wrote.{{added}}{{today}}',
      group:
        'By the policy {{policy}} {{clients}} may set {{columns}} to any value in {{table}} rows that they own or belong to: one UPDATE through the API, and whatever goes by {{them}} believes what they wrote.{{added}}{{today}}',
      regrouped:
        'By the policy {{policy}} {{clients}} may set {{column}} to any value in {{table}} rows that they are members of, and {{deciders}} {{admit}} whoever is a member of a row under theirs: whoever knows the key of somebody else’s {{parent}} row puts one of their own {{table}} rows under it, and is let in.{{today}}',
      raised:
        'By the policy {{policy}} {{clients}} who are {{lower}}{{where}} may set {{column}} of {{its}}{{table}} rows to any value, of their own too, and {{deciders}} {{admit}} {{higher}} alone: one UPDATE makes them that.{{today}}',
      ranked:
        'By the policy {{policy}} {{clients}} may {{write}}, {{value}} too: whatever goes by {{column}} believes what the user wrote.{{today}}',
      planned:
        'By the policy {{policy}} {{clients}} may {{write}}{{value}}: whatever goes by such rows believes what the user wrote, paid for or not.{{today}}',
      carried:
        'By the policy {{policy}} {{clients}} may {{write}}, and {{carries}}{{decided}}: {{steps}}, and the user has what was written there.{{today}}',
      weighed:
        'By the policy {{policy}} {{clients}} may {{write}}, and {{sums}}: a vote counts as much as whoever casts it writes.{{today}}',
      claims:
        'By the policy {{policy}} {{clients}} may {{write}} that no other row has, and {{deciders}} {{decide}} by it. {{named}} need not be anybody’s yet: whoever writes it there first gets at what waits under it.{{today}}',
      addressed:
        'By the policy {{policy}} {{clients}} may write any {{column}} into their own {{table}} row, and {{function}} finds by it whom to give a {{into}} row, by which {{deciders}} {{decide}}: whoever has written somebody else’s address there may get what was meant for them, and surely does as long as they have no account.{{today}}',
      signUp:
        'Whoever signs up chooses {{columns}}: {{function}}, run for each {{event}} of auth.users, takes {{it}} from raw_user_meta_data ->> {{keys}}, which the client sends, and policies of {{tables}} decide by {{it}}.',
      claimed:
        'Whoever signs up chooses {{keys}} of their app_metadata: {{function}}, run for each {{event}} of auth.users, takes {{it}} from raw_user_meta_data, which the client sends, and {{decided}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns'],
    optionDocs: { entitlements: 'Names of columns that say what somebody has paid for or been granted.' },
    references: [
      'https://supabase.com/docs/guides/database/postgres/column-level-security',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  defaults: { entitlements: ENTITLEMENT_NAMES },
  visit: {
    policy(policy, { graph, settings, options, statements, texts, report }) {
      const table = graph.get('table', policy.table);
      if (settings.platform === 'supabase' && !isReachedOverApi(graph, table, settings.exposedSchemas)) return;
      const standings = standingsBeside(graph, policy, settings.clientRoles);
      const todayOf = ({ access, command }: Pick<OwnRowWrite, 'access' | 'command'>): string => {
        const statements = access.map((each) => ({ ...each, commands: [command] }));
        return failsToday(graph, table, statements, settings.clientRoles);
      };
      const weighed = freeWeight(graph, table, settings.clientRoles);
      if (weighed?.policy === policy) {
        const { column, write } = weighed;
        const today = todayOf(write);
        report({
          entity: policy,
          message: 'weighed',
          discriminator: column.name,
          data: weighedText(graph, weighed, today),
          ...likely(today),
          related: weighed.others.flatMap((each) => relatedAt(each, `so by ${quoteIdentifier(each.name)}`)),
        });
      }
      const writes = ownRowWrites(graph, policy, settings.clientRoles).map((each) =>
        withoutTheirs(each, policy, texts),
      );
      tellClaimed();
      tellAddressed();
      const isTheirs = (column: Standing['column']) => isSaidToBeTheirs(graph.get('column', column), policy, texts);
      const ofMembers = toldOfMemberRows({ graph, policy, clientRoles: settings.clientRoles, todayOf }).filter(
        ({ column }) => !isTheirs(column),
      );
      for (const { told } of ofMembers) report({ entity: policy, ...told });
      const own = writes.map((write) => ({
        write,
        helper: null,
        free: freeStandings(graph, table, write, standings, settings.clientRoles),
      }));
      const helped = own.length > 0 ? [] : helpedStandings(graph, policy, standings, settings.clientRoles);
      const owned = ownedStandings(graph, policy, settings.clientRoles).map((each) => ({ ...each, helper: null }));
      const moved = namedStandings(graph, policy, settings.clientRoles).map(({ write, free }) => ({
        write,
        free: free.filter((each) => !ofMembers.some(({ column }) => column === each.column)),
        helper: null,
      }));
      const open = openStandings(graph, policy, standings, settings.clientRoles).map((each) => ({
        ...each,
        helper: null,
      }));
      const told = [...own, ...helped, ...owned, ...moved, ...open]
        .map((each) => ({ ...each, free: each.free.filter(({ column }) => !isTheirs(column)) }))
        .sort((a, b) => weight(b.free) - weight(a.free) || rank(graph, a) - rank(graph, b));
      const [first] = told;
      if (first === undefined || first.free.length === 0) {
        const { clientRoles } = settings;
        const { entitlements } = options;
        const believed = believedOfOwnRows({
          graph,
          policy,
          table,
          writes,
          clientRoles,
          entitlements,
          todayOf,
          withClosed,
        });
        if (believed !== undefined) report({ entity: policy, ...believed });
        return;
      }
      const { write, helper, free } = first;
      const byValue = free.filter(({ by }) => by === 'value');
      const decisive = byValue.length > 0 ? byValue : free;
      const columns = [...new Set(free.map(({ column }) => column))].map((id) => graph.get('column', id));
      const earned = freeReputation(graph, table, write, settings.clientRoles).map((each) => each.column);
      const { entitlements } = options;
      const granted = writes.flatMap((each) => freeEntitlements(graph, table, each, entitlements));
      const more = [...new Set([...granted, ...ofGroup(), ...earned])].filter((each) => !columns.includes(each));
      const all = [...new Set(decisive.map((each) => each.policy))];
      const { working, idle } = workingDeciders(graph, all, settings.clientRoles);
      const found = working.length > 0 ? working : all;
      const sure = found.filter((each) => decidesAlone(graph, each, free));
      // What it opens of others first.
      const named = [...(sure.length > 0 ? sure : found)].sort(
        (a, b) => Number(a.table === policy.table) - Number(b.table === policy.table),
      );
      const isMild = more.length === 0 && gatesOwnRowsAlone(graph, decisive);
      const today = `${todayOf(write) || idle}${isMild ? OWN_ROWS_ALONE : ''}`;
      const row = rowOf(brief(table.name));
      const { add, first: before } = addText(graph, table, write);
      const data = {
        policy: quoteIdentifier(policy.name),
        clients: clientsOf(write.access),
        columns: namesOfColumns(columns),
        also: more.length === 0 ? '' : ` ${namesOfColumns(more)} they may set as well.`,
        row,
        add,
        table: brief(table.name),
        today,
        deciders: andList(
          named.map((each) => policyOf(graph, each)),
          2,
        ),
        decide: named.length === 1 ? 'decides' : 'decide',
        ...besideText(sure.length > 0 ? ALONE : BESIDE, helper, computedText(graph, decisive, standings)),
        alone: '',
        shown: `${knownKeysText(graph, columns, write)}${before}`,
      };
      const given = write.command === 'insert' ? enoughByDefault(graph, write, byValue, standings) : [];
      const shared = {
        entity: policy,
        related: named.slice(0, 3).flatMap((each) => relatedAt(each, `the policy ${quoteIdentifier(each.name)}`)),
        // Where a row that names none of the columns is enough, it does not help to close them.
        fix: () => (given === null || given.length > 0 ? undefined : closed(write, withClosed(write, columns))),
      };
      if (byValue.length === 0) {
        const mild = likely(today);
        if (write.command === 'insert' && linksAccounts(graph, [...write.tied, ...columns.map(({ id }) => id)])) {
          const theirs = [...new Set(named.map((each) => brief(graph.get('table', each.table).name)))];
          const about = {
            follows: /follow/i.test(table.name.name) ? 'follows' : 'adds one about',
            reads: named.every((each) => each.command === 'select') ? 'reads' : 'gets at',
            theirs: andList(theirs, 4),
          };
          return report({ ...shared, message: 'follows', data: { ...data, ...about }, ...mild });
        }
        if (write.command === 'insert') return report({ ...shared, message: 'joins', data, ...mild });
        return report({ ...shared, message: 'moves', data, ...mild });
      }
      const severity = isMild ? 'low' : today === '' && sure.length > 0 ? 'critical' : 'high';
      if (write.command === 'update') return report({ ...shared, message: 'update', data, severity });
      const alone =
        given === null || given.length === 0
          ? ''
          : ` The row alone is enough, as its default for ${namesOfColumns(given)} is that.`;
      return report({ ...shared, message: 'insert', data: { ...data, alone }, severity });

      function tellClaimed(): void {
        const [claimed] = writes.flatMap((write) => {
          const key = unclaimedKey(graph, write, standings, settings.clientRoles);
          return key === undefined || write.command !== 'update' ? [] : [{ write, key }];
        });
        if (claimed === undefined) return;
        const { write, key } = claimed;
        report({
          entity: policy,
          message: 'claims',
          discriminator: key.column.name,
          data: claimedText(graph, policy, write, key, todayOf(write)),
          severity: 'medium',
          confidence: 'likely',
          fix: () => closed(write, withClosed(write, [key.column])),
        });
      }

      function tellAddressed(): void {
        for (const write of writes) {
          const found = foundByAddress(graph, table, write);
          if (found === undefined) continue;
          const today = todayOf(write);
          report({
            entity: policy,
            message: 'addressed',
            discriminator: found.column.name,
            data: {
              policy: quoteIdentifier(policy.name),
              clients: clientsOf(write.access),
              column: quoteIdentifier(found.column.name),
              table: brief(table.name),
              function: `${brief(found.routine.name)}()`,
              into: brief(found.into.name),
              deciders: andList(
                found.policies.map((each) => policyOf(graph, each)),
                2,
              ),
              decide: found.policies.length === 1 ? 'decides' : 'decide',
              today,
            },
            ...likely(today),
            related: relatedAt(found.routine, `${brief(found.routine.name)}()`),
            fix: () => closed(write, withClosed(write, [found.column])),
          });
          return;
        }
      }

      /** Nor is what void-column-grant tells of granted by name. */
      function closed(write: OwnRowWrite, columns: readonly EntityOf<'column'>[]) {
        const { clientRoles } = settings;
        const left = voidColumnGrants(graph, table, statements, clientRoles)
          .filter(
            ({ command, access }) =>
              command === write.command && write.access.some((each) => each.role === access.role),
          )
          .flatMap((each) => each.left);
        return closedToOwner(graph, policy, write, columns, clientRoles, left);
      }

      /** With what else this rule tells of the same write: the fix of the one would grant it again that of the other took away. */
      function withClosed(write: OwnRowWrite, columns: readonly EntityOf<'column'>[]): readonly EntityOf<'column'>[] {
        const others = claimedOrEarned(graph, table, write, standings, settings.clientRoles, options.entitlements);
        const addressed = foundByAddress(graph, table, write);
        const ofAddress = addressed === undefined ? [] : [addressed.column];
        return [...new Set([...columns, ...others, ...ofAddress, ...(write.command === 'update' ? ofGroup() : [])])];
      }

      function ofGroup(): readonly EntityOf<'column'>[] {
        return groupEntitlements(graph, policy, options.entitlements, settings.clientRoles)?.columns ?? [];
      }
    },
    function(routine, { graph, settings, texts, report }) {
      if (settings.isSignUpOff) return;
      tellClaims();
      const choices = signUpChoices(graph, routine).flatMap((choice) => {
        const chosen = chosenStandings(graph, choice, settings.clientRoles);
        return chosen.length === 0 ? [] : [{ choice, chosen }];
      });
      const [first] = choices;
      if (first === undefined) return;
      const places = choices.flatMap(({ choice }) => choice.at ?? []);
      const all = choices.flatMap(({ chosen }) => chosen);
      const columns = choices.map(({ choice: { column } }) => {
        return `${relationName(graph, column.relation)}.${quoteIdentifier(column.name)}`;
      });
      const named = [...new Set(columns)];
      const tables = [...new Set(all.map(({ policy }) => brief(graph.get('table', policy.table).name)))];
      const isByValue = all.some(({ by }) => by === 'value');
      report({
        entity: routine,
        message: 'signUp',
        data: {
          columns: andList(named, 4),
          function: `${brief(routine.name)}()`,
          event: first.choice.trigger.events.includes('insert') ? 'new row' : 'changed row',
          it: named.length === 1 ? 'it' : 'them',
          keys: andList([...new Set(choices.flatMap(({ choice }) => choice.keys.map(quoteLiteral)))], 4),
          tables: andList(tables, 4),
        },
        ...(places[0] === undefined ? {} : { origin: { from: 'statement', at: places[0] } as const }),
        related: places.slice(1).map((at) => ({ note: 'here too', at })),
        ...(isByValue ? {} : { severity: 'high', confidence: 'likely' }),
        fix: () =>
          constantAtSignUp(
            graph,
            routine,
            choices.map(({ choice }) => choice),
            texts,
          ),
      });

      function tellClaims(): void {
        const found = signUpClaims(graph, routine, settings.clientRoles);
        if (found === undefined) return;
        const { trigger, claims, at } = found;
        const policies = [...new Set(claims.flatMap((each) => each.policies))];
        const tables = [...new Set(policies.map((each) => brief(graph.get('table', each.table).name)))];
        report({
          entity: routine,
          message: 'claimed',
          discriminator: 'app_metadata',
          ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
          data: {
            keys: andList(
              claims.map(({ key }) => key),
              4,
            ),
            function: `${brief(routine.name)}()`,
            event: trigger.events.includes('insert') ? 'new row' : 'changed row',
            it: claims.length === 1 ? 'it' : 'them',
            decided:
              tables.length === 0
                ? 'whatever goes by app_metadata takes it for what only the server writes'
                : `policies of ${andList(tables, 4)} decide by it`,
          },
          ...(tables.length === 0 ? { severity: 'high', confidence: 'likely' } : {}),
          related: policies.slice(0, 3).flatMap((each) => relatedAt(each, `the policy ${quoteIdentifier(each.name)}`)),
        });
      }
    },
  },
});

/** Where a flag says only what a person is: who sells, hosts or performs. */
const OWN_ROWS_ALONE = ' It lets them at rows of their own alone, which is why this is low.';

/** What the policies ask is all that they ask of the caller, or not. */
const ALONE = { beside: '', user: 'to be let in, a user', whoever: 'whoever' };
const BESIDE = {
  beside: ', among other conditions',
  user: 'whoever meets those',
  whoever: 'whoever meets those and',
};

/** With what is computed from the columns, and the function that has to agree to the row and is not given what they decide by. */
function besideText<Texts extends Record<'beside' | 'user' | 'whoever', string>>(
  texts: Texts,
  helper: EntityOf<'function'> | null,
  computed: string,
): Texts {
  if (helper === null) return { ...texts, beside: `${computed}${texts.beside}` };
  const name = `${brief(helper.name)}()`;
  return {
    ...texts,
    beside: `${computed}${texts.beside}, at which ${name} does not look`,
    ...(texts.beside === '' ? { user: `whoever passes ${name}`, whoever: `whoever passes ${name} and` } : {}),
  };
}

/** What decides by value is changed in the row that is there; so is the one row that a user has. Of a membership another is added. */
function rank(
  graph: SchemaGraph,
  { write, free }: { readonly write: OwnRowWrite; readonly free: readonly Standing[] },
): number {
  const isOnly = write.tied.some((id) => isUniqueAlone(graph, graph.get('column', id)));
  const isMembership = weight(free) === 1 && free.every(({ by }) => by === 'row') && !isOnly;
  return (write.command === 'insert') === isMembership ? 0 : 1;
}

function weight(free: readonly Standing[]): number {
  return free.some(({ by }) => by === 'value') ? 2 : Math.min(free.length, 1);
}
