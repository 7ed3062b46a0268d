import {
  andList,
  apiCallers,
  askedTexts,
  brief,
  callerTests,
  chosenRows,
  clientGrantees,
  deedsOf,
  defineRule,
  disclosedRows,
  doneTo,
  type EntityOf,
  type Fix,
  givesVaultSecret,
  isCalledAsCaller,
  isIdle,
  isLeftToPolicies,
  isNamed,
  isShownAnyway,
  letsIn,
  type NamePatterns,
  namedGrants,
  neverTakesEffect,
  orList,
  otherwise,
  quoteIdentifier,
  type RowsOfOthers,
  raw,
  recordedPayment,
  routineDeeds,
  rowsOfOthers,
  type SchemaGraph,
  sql,
  statedActor,
  withBodyPlace,
  writesText,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

/** Whom its name says a function is for; not what administrators are, or have. */
const FOR_ADMINS: NamePatterns = [
  ...['admin_*', 'superadmin_*', 'super_admin_*', 'get_admin_*', 'list_admin_*', 'get_super_admin_*'],
  ...['get_superadmin_*', '*_for_admin', '*_for_admins', '!*_admin_email', '!*_admin_emails', '!*_admin_id'],
  ...['!*_admin_ids', '!*_admin_user', '!*_admin_users', '!*_admin_user_id', '!*_admin_user_ids', '!*_admin_name'],
  ...['!*_admin_names', '!*_admin_phone', '!*_admin_contact', '!*_admin_contacts', '!*_admin_count', '!*_exists'],
  ...['!*_admin_role', '!*_admin_roles', '!*_admin_invite_*', '!*_admin_invitation_*'],
];

export default defineRule({
  meta: {
    id: 'definer-function-callable-by-authenticated',
    category: 'security',
    severity: 'low',
    summary: 'A SECURITY DEFINER function that does not ask who calls can be called by every signed-in user.',
    why: "The API serves each function of an exposed schema under /rpc. What a SECURITY DEFINER function does, it does with its owner's rights, and past row security unless policies hold that owner; where its body never asks who calls, it does so for whoever has an account.",
    remedy:
      'Let the body compare with auth.uid() or a claim, or revoke EXECUTE from authenticated, or move the function to a schema that the API does not serve.',
    scope: [
      'Functions that anon may call as well are reported by definer-function-callable-by-anon only; those whose body asks who calls are taken as meant for signed-in users.',
      'High where it writes that something was paid by the id of a payment that it is given: that is for the server that the payment service tells.',
      'Medium where its name says that it is for administrators (get_admin_stats).',
      'High where the body asks whether an argument that says who acts (p_actor_id) may do so: anybody sends the id of an administrator.',
      'Reported all the same: where all that it asks is whether an organisation, a space or another group that it is given is the caller’s, and it writes rows of whichever user another argument names, any member does that to the rows of the others, or to their own what is not theirs to do: compare that argument with auth.uid() too, or ask for the rank that the policies ask for.',
    ],
    messages: {
      open: 'Every signed-in user may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}: {{asked}}.',
      named:
        'Every signed-in user may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}: {{asked}}, though its name says that it is for administrators, which is why this is medium.',
      paid: 'Every signed-in user may call {{function}} through the API, and it writes into {{table}} that something was paid, by the {{reference}} that they send, with the rights of {{owner}}: {{asked}}, and nothing here shows that there was such a payment, which is why this is high.',
      stated:
        'Every signed-in user may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}: {{asked}}, which is why this is high.',
      vault:
        'Every signed-in user may call {{function}} through the API, and it gives them a secret of Vault, decrypted, with the rights of {{owner}}: {{asked}}, which is why this is critical.',
      disclosed:
        'Every signed-in user may call {{function}} through the API, and it gives them {{columns}} of {{table}} rows with the rights of {{owner}}: {{asked}}, while the policies of {{table}} let each user read some of its rows only, which is why this is medium.',
      chosen:
        'Every signed-in user may call {{function}} through the API, and it {{changes}}, with the rights of {{owner}}: {{asked}}, and {{otherwise}}{{weight}}.',
      others:
        'Every signed-in user may call {{function}} through the API, and it {{does}} for whichever {{argument}} they send, with the rights of {{owner}}: all that its body asks of them is that {{groups}} {{is}} theirs, and no policy of {{tables}} lets each of those whose it is do that, which is why this is high.',
    },
    restsOn: ['functions', 'privileges', 'policies', 'rowSecurity'],
    equivalents: ['splinter:0029'],
    references: ['https://supabase.com/docs/guides/database/functions#security-definer-vs-invoker'],
  },
  visit: {
    function(routine, { graph, settings, statements, journal, report }) {
      if (routine.security !== 'definer') return;
      const callers = apiCallers(graph, routine, settings);
      const others = rowsOfOthers(graph, routine, callers);
      if (others.length > 0 && !neverTakesEffect(graph, routine))
        return report({
          ...withBodyPlace(routine),
          message: 'others',
          data: othersText(graph, routine, others),
          severity: 'high',
        });
      if (callers.length === 0 || callers.some(({ name }) => name !== 'authenticated')) return;
      const { asks, sent } = callerTests(graph, routine);
      if (asks !== false) return;
      // Whatever it does ends in an error: broken-function.
      if (neverTakesEffect(graph, routine) || isIdle(graph, routine)) return;
      // The policies for its owner ask in its place.
      if (isLeftToPolicies(graph, routine) || isShownAnyway(graph, routine, callers)) return;
      const actor = statedActor(graph, routine);
      const data = {
        function: brief(routine.name),
        owner: graph.get('role', routine.owner).name,
        asked: askedTexts(sent, actor).asked,
      };
      const told = {
        ...withBodyPlace(routine),
        // Whoever grants it to them by name means them.
        fix: () => {
          const { granted, grantedBefore, revoked } = namedGrants({ statements, journal }, routine);
          const isMeant = granted.has('authenticated') || grantedBefore.has('authenticated');
          return isMeant && !revoked.has('authenticated') ? undefined : fixFor(routine, graph, settings.clientRoles);
        },
      };
      if (givesVaultSecret(graph, routine)) return report({ ...told, message: 'vault', data, severity: 'critical' });
      const chosen = chosenRows(graph, routine, callers, settings.exposedSchemas);
      if (chosen === undefined) {
        const disclosed = disclosedRows(graph, routine, callers);
        const deeds = deedsOf(graph, routine);
        if (actor !== undefined && routineDeeds(graph, routine).writes.length > 0)
          return report({ ...told, message: 'stated', data: { ...data, deeds }, severity: 'high' });
        const paid = recordedPayment(graph, routine);
        if (paid !== undefined) {
          const [table, reference] = [brief(paid.table.name), quoteIdentifier(paid.reference.name)];
          // Granted by name or not, whoever signs in is not who tells of payments.
          const fix = () => fixFor(routine, graph, settings.clientRoles);
          return report({ ...told, fix, message: 'paid', data: { ...data, table, reference }, severity: 'high' });
        }
        if (disclosed === undefined) {
          const isForAdmins = sent.size === 0 && isNamed(routine.name.name, FOR_ADMINS);
          if (!isForAdmins) return report({ ...told, message: 'open', data: { ...data, deeds } });
          return report({ ...told, message: 'named', data: { ...data, deeds }, severity: 'medium' });
        }
        const columns = andList(
          disclosed.columns.map(({ name }) => quoteIdentifier(name)),
          4,
        );
        const given = { ...data, columns, table: brief(disclosed.table.name) };
        return report({ ...told, message: 'disclosed', data: given, severity: 'medium' });
      }
      const isCritical = chosen.secrets.length > 0;
      report({
        ...told,
        message: 'chosen',
        data: {
          ...data,
          otherwise: otherwise(chosen),
          changes: doneTo(graph, chosen),
          weight: `${letsIn(chosen)}, which is why this is ${isCritical ? 'critical' : 'high'}`,
        },
        severity: isCritical ? 'critical' : 'high',
      });
    },
  },
});

/** What it writes of the rows of others, by the argument that is met first. */
function othersText(graph: SchemaGraph, routine: Routine, others: readonly RowsOfOthers[]) {
  const [first] = others;
  const same = others.filter(({ argument }) => argument === first?.argument);
  const writes = same.map(({ table, command }) => ({ relation: table.id, kind: command }));
  const groups = (first?.groups ?? []).map(quoteIdentifier);
  return {
    function: brief(routine.name),
    owner: graph.get('role', routine.owner).name,
    does: writesText(graph, writes),
    argument: quoteIdentifier(first?.argument ?? ''),
    groups: andList(groups),
    is: groups.length === 1 ? 'is' : 'are',
    tables: orList([...new Set(same.map(({ table }) => brief(table.name)))]),
  };
}

/** None where something evaluated with the caller's rights calls it: a policy, a view, a function. */
function fixFor(routine: Routine, graph: SchemaGraph, clientRoles: readonly string[]): Fix | undefined {
  const grantees = clientGrantees(graph, routine.acl, clientRoles);
  if (isCalledAsCaller(graph, routine) || grantees.some((each) => !clientRoles.includes(each))) return undefined;
  return {
    title: 'Let no client call it (where the app does: let the body ask who calls instead)',
    safety: 'review',
    sql: sql`revoke execute on function ${raw(graph.path(routine))} from ${grantees};`,
  };
}
