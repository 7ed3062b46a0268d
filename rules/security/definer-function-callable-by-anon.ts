// Long because such a function is told of in twenty ways, by what it does, whom its body asks, and to whom the history gives it by name.
import {
  type ApiCaller,
  alwaysFails,
  andList,
  anotherAt,
  apiCallers,
  areNewOnesKept,
  askedTexts,
  brief,
  callerTests,
  chosenRows,
  clientsOf,
  deedsOf,
  defineRule,
  definitionsIn,
  doneTo,
  type EntityId,
  type EntityOf,
  EVERYONE,
  fileName,
  foundBySecret,
  gatedBySecret,
  givesVaultSecret,
  isAuthUsers,
  isForEveryone,
  isHeldAsOwner,
  isIdle,
  isLeftToPolicies,
  isNamed,
  isQuiet,
  isShownAnyway,
  isTimedUpkeep,
  isTurnedAway,
  type KeptBy,
  letsIn,
  letterOf,
  mayAllRead,
  mayTable,
  type NamedGrants,
  namedGrants,
  neverTakesEffect,
  otherwise,
  quoteIdentifier,
  type RelatedPlace,
  readsOnlyShownRows,
  refreshedBy,
  refusesAllButServiceRole,
  refusesSignedOut,
  resultKind,
  revokedFromAnon,
  routineDeeds,
  routineShape,
  type SchemaGraph,
  type SecretGate,
  settingsSet,
  statedActor,
  type TurnedAway,
  turnedAway,
  typeClass,
  unknownCalls,
  type VoidExecuteRevoke,
  voidExecuteRevoke,
  withBodyPlace,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

export default defineRule({
  meta: {
    id: 'definer-function-callable-by-anon',
    category: 'security',
    severity: 'high',
    summary: 'A SECURITY DEFINER function can be called through the API without signing in.',
    why: "PUBLIC may execute every new function unless that is revoked, and the API serves each function of an exposed schema under /rpc. What a SECURITY DEFINER function does, it does with its owner's rights, and past row security unless policies hold that owner, for whoever has the public key of the app.",
    remedy:
      'Revoke EXECUTE from PUBLIC and anon, and grant it to the roles that need it. Functions that policies call must stay executable for the roles the policies are for: move those to a schema that the API does not serve (policies and views follow, bodies that name the function do not).',
    scope: ['Trigger functions cannot be called and are not reported.'],
    messages: {
      open: '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}.{{sent}}{{today}}',
      chosen:
        '{{roles}} may call {{function}} through the API, and it {{changes}}, with the rights of {{owner}}: {{asked}}, and {{otherwise}}{{weight}}.{{today}}',
      vault:
        '{{roles}} may call {{function}} through the API, and it gives them a secret of Vault, decrypted, with the rights of {{owner}}: {{asked}}, which is why this is critical.',
      asking:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}. Its body asks who calls, so all rests on that, which is why this is medium.',
      turnedAway:
        'Whoever has not signed in may call {{functions}} through the API with the rights of {{owner}}, and gets no further than {{checks}} of who calls: each such call ends in an error. All rests on {{those}}, which is why this is low.{{defaults}}',
      held: '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}. Its body does not ask who calls, but policies hold {{owner}} there, and they do: all rests on those, which is why this is low.',
      own: '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}. It takes and changes nothing, and gives one value that depends on who calls, which is why this is low.',
      evaded:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. Its body refuses if {{condition}}: for a caller who is not signed in that is {{worth}}, and nothing is refused{{rows}}.',
      spared:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. Its body asks who calls, but not if {{condition}}, which is so for a caller who is not signed in: that branch goes by nothing that such a caller could not send.',
      sparedElse:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. Its body asks who calls only if {{condition}}, which is not so for a caller who is not signed in: what it does for them goes by nothing that such a caller could not send.',
      refusing:
        '{{roles}} may call {{function}} through the API with the rights of {{owner}}, to be refused by its body, which lets only service_role on: all rests on that line, which is why this is low.',
      job: '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. It takes nothing from the caller and touches only rows whose time has come, so that they can only bring that forward, which is why this is medium.',
      secret:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. It finds its rows by the random {{secret}} that it is given: whoever has one may call it, as a link in an invitation needs, which is why this is low.',
      gated:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. A call comes to nothing unless a row has the random {{secret}} that it gives: {{meant}}whoever has one may call it, as a link in an invitation needs, which is why this is {{severity}}.',
      answer:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. It changes nothing and gives no more than yes or no, which is why this is medium.',
      unread:
        '{{roles}} may call {{function}} through the API with the rights of {{owner}}. {{unknown}}, which is why this is medium.',
      granted:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}.{{sent}} A migration grants that to {{named}} by name, which is why this is medium.',
      grantedAsking:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. {{taken}} to {{named}} by name, and its body asks who calls, which is why this is low: whoever has not signed in gets what it gives without that.',
      grantedToRead:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. {{taken}} to {{named}} by name, and it changes nothing, which is why this is low.',
      grantedBefore:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. A migration granted that to {{named}} by name before the function was dropped and made again, which is why this is medium.',
      helper:
        '{{roles}} may call {{function}} through the API, and it {{deeds}} with the rights of {{owner}}{{past}}. Policies call it too, so that the right cannot just be revoked; it changes nothing, which is why this is medium.',
      same: '{{roles}} may call {{function}} through the API with the rights of {{owner}}, and it {{deeds}}; today they may read every row there anyway, which is why this is low.',
      shown:
        '{{roles}} may call {{function}} through the API with the rights of {{owner}}, and it {{deeds}}; it changes nothing and gives only rows that policies show them anyway, which is why this is low.',
      unsecured:
        '{{roles}} may call {{function}} through the API with the rights of {{owner}}, and it {{deeds}}; today they may do that anyway, as no row security is on there, which is why this is low.',
    },
    restsOn: ['functions', 'privileges'],
    equivalents: ['splinter:0028'],
    references: [
      'https://supabase.com/docs/guides/database/functions#security-definer-vs-invoker',
      'https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY',
    ],
  },
  visit: {
    // What every such function has in common is told once.
    graph(graph, { settings, statements, journal, report }) {
      for (const each of turnedAway(graph, settings, { statements, journal })) {
        const { first, others, fix, byDefault } = each;
        report({
          ...withBodyPlace(first),
          message: 'turnedAway',
          data: turnedAwayTexts(graph, each),
          severity: 'low',
          ...(fix === undefined ? {} : { fix }),
          related: [
            ...(byDefault === undefined ? [] : [{ note: 'gives them each new function', at: byDefault.at }]),
            ...others.flatMap(({ setBy, origin }) => {
              const at = setBy.body ?? origin;
              return anotherAt({ origin: at }, 'another');
            }),
          ],
        });
      }
    },
    function(routine, { graph, settings, statements, journal, report }) {
      if (routine.security !== 'definer') return;
      const callers = apiCallers(graph, routine, settings);
      if (callers.every(({ name }) => name === 'authenticated') || isTurnedAway(graph, routine)) return;
      const told = {
        roles: clientsOf(callers, true),
        function: brief(routine.name),
        deeds: deedsOf(graph, routine, (id) => !mayAllRead(graph, callers, id)),
        owner: graph.get('role', routine.owner).name,
      };
      const { asks, evaded: evadedBy, isSparing, sparedBy, sent } = callerTests(graph, routine);
      const history = { statements, journal };
      const grants = namedGrants(history, routine);
      const isGrantedNow = EVERYONE.some((each) => grants.granted.has(each));
      const fix = () => revokedFromAnon(graph, routine, settings.clientRoles, keptBy(), { grants, history });
      const voided = voidExecuteRevoke(graph, routine, history, settings);
      const related = [...leftByRevoke(routine, callers, grants), ...leftByPublic(voided)];
      const about = { ...withBodyPlace(routine), fix, related };
      const { writes, writesUnknown, reads } = routineDeeds(graph, routine);
      // A dump and a habit grant anon every function; who takes it from PUBLIC first means this one. What it gives of users' accounts is another thing.
      const givesAccounts = isNamed(routine.name.name, REACHING) || reads.some((id) => isUsersAccounts(graph, id));
      const isKept =
        !routine.acl.some(({ grantee }) => grantee === 'public') &&
        areNewOnesKept(
          graph,
          routine,
          callers.flatMap(({ name, role }) => (name === 'authenticated' ? [] : role)),
        );
      const isMeant = isGrantedNow && (grants.fromPublic !== undefined || isKept) && !givesAccounts;
      const taken =
        grants.fromPublic !== undefined
          ? 'A migration takes that from PUBLIC and grants it'
          : 'No client may call a new function here, and a migration grants this one';
      const { isWhole, calls, writes: ownWrites } = routineShape(graph, routine);
      const isWriting = ownWrites.length > 0;
      if (isIdle(graph, routine)) return;
      const isAlone = isWhole && calls.every((id) => isQuiet(graph, id)) && writesUnknown.length === 0;
      const defined = definitionsIn(routine);
      const changesNothing = isAlone && writes.length === 0 && defined.length === 0;
      const isOpen = isAlone && [...writes, ...reads].every((id) => isUnsecured(graph, id));
      const touched = [...writes, ...reads];
      const isHeld = isAlone && touched.length > 0 && touched.every((id) => isHeldAsOwner(graph, routine, id));
      /** For whom among the clients the body is meant, as far as it tells. */
      const keptBy = (): KeptBy | undefined => {
        if (asks !== false) return 'asked';
        const signedIn = graph.global('role', 'authenticated');
        const isShown =
          signedIn !== undefined && isShownAnyway(graph, routine, [{ name: signedIn.name, role: signedIn.id }]);
        // A secret of Vault is nobody's but the server's, whoever they say they are.
        return isShown ? 'shown' : sent.size > 0 && !givesVaultSecret(graph, routine) ? 'named' : undefined;
      };
      const isBroken = neverTakesEffect(graph, routine);
      const today = isBroken ? todayOf(graph, routine) : '';
      const data = {
        ...told,
        past: isOpen || isHeld ? '' : ', past row security',
        today,
        ...askedTexts(sent, statedActor(graph, routine)),
      };
      /** Does it give rows that they do not see by themselves, although a migration takes it from PUBLIC? */
      const givesAway = (): boolean =>
        grants.fromPublic !== undefined &&
        !isYesOrNo(routine) &&
        !reads.every((id) => mayAllRead(graph, callers, id)) &&
        !readsOnlyShownRows(graph, routine, callers);
      const [evaded] = evadedBy;
      const chosen =
        asks === undefined || (asks && evaded === undefined)
          ? undefined
          : chosenRows(graph, routine, callers, settings.exposedSchemas);
      // What ends in an error whenever it does something is broken-function's, unless mending it lets everybody read or change what they name.
      if (isBroken) {
        if (asks !== false) return;
        if (chosen === undefined) {
          const isShown = reads.every((id) => mayAllRead(graph, callers, id));
          if (!isAlone || isOpen || isShown || isForEveryone(grants) || isYesOrNo(routine)) return;
          const isForPolicies = graph.dependentsOfKind(routine.id, 'policy').length > 0;
          const isMild = isTimedUpkeep(graph, routine) || foundBySecret(graph, routine) !== undefined;
          if (!isForPolicies && !isMild) report({ ...about, message: 'open', data, severity: 'medium' });
          return;
        }
        const changed = { changes: doneTo(graph, chosen), otherwise: otherwise(chosen), weight: '' };
        report({ ...about, message: 'chosen', data: { ...data, ...changed }, severity: 'high' });
      } else if (evaded !== undefined) {
        const refusal = evaded.at.file === '' ? [] : [{ note: 'does not refuse them', at: evaded.at }];
        const related = [...refusal, ...about.related];
        const condition = evaded.text.replace(/\s+/g, ' ');
        const worth = isSparing ? 'false' : 'NULL, not true';
        const evading = { ...about, message: 'evaded', related } as const;
        if (chosen !== undefined) {
          const rows = `: it ${doneTo(graph, chosen, 'such a caller')}, which is why this is critical`;
          report({ ...evading, data: { ...data, condition, worth, rows }, severity: 'critical' });
        } else if (isSparing && isForEveryone(grants)) {
          const named = namedIn(isGrantedNow ? grants.granted : grants.grantedBefore);
          const rows = `; a migration grants the call to ${named} by name, which is why this is medium`;
          report({ ...evading, data: { ...data, condition, worth, rows }, severity: 'medium' });
        } else report({ ...evading, data: { ...data, condition, worth, rows: '' } });
      } else if (sparedBy !== undefined && (writes.length > 0 || givesAway()) && !isOpen && !isForEveryone(grants)) {
        const { at, text } = sparedBy.condition;
        const spares = at.file === '' ? [] : [{ note: 'spares them what it asks of others', at }];
        const condition = text.replace(/\s+/g, ' ');
        const sparing = { ...about, data: { ...data, condition }, related: [...spares, ...about.related] };
        if (sparedBy.isMet) report({ ...sparing, message: 'spared' });
        else report({ ...sparing, message: 'sparedElse' });
      } else if (asks === undefined)
        report({
          ...about,
          message: 'unread',
          data: { ...data, unknown: unknownText(graph, routine) },
          severity: 'medium',
        });
      else if (changesNothing && reads.length > 0 && reads.every((id) => mayAllRead(graph, callers, id)))
        // What everybody may read is asked for before signing in as well: nobody is to lose the right, but where a migration took it.
        report({
          ...(grants.fromPublic === undefined ? { ...withBodyPlace(routine), related } : about),
          message: 'same',
          data,
          severity: 'low',
        });
      else if (changesNothing && !asks && readsOnlyShownRows(graph, routine, callers))
        // Who may see the rows may as well search them: nobody is to lose the right.
        report({ ...withBodyPlace(routine), message: 'shown', data, severity: 'low' });
      else if (writes.length > 0 && isOpen && mayAllDo(graph, callers, routine))
        report({ ...about, message: 'unsecured', data, severity: 'low' });
      else if (refusesAllButServiceRole(graph, routine))
        report({ ...about, message: 'refusing', data, severity: 'low' });
      else if (asks && changesNothing && givesOneWord(graph, routine))
        report({ ...about, message: 'own', data, severity: 'low' });
      else if (!asks && isAlone && isLeftToPolicies(graph, routine))
        report({ ...about, message: 'held', data, severity: 'low' });
      else if (asks && isMeant && !isWriting && !refusesSignedOut(graph, routine))
        report({
          ...about,
          message: 'grantedAsking',
          data: { ...data, taken, named: namedIn(grants.granted) },
          severity: 'low',
        });
      else if (asks) report({ ...about, message: 'asking', data, severity: 'medium' });
      else if (givesVaultSecret(graph, routine)) report({ ...about, message: 'vault', data, severity: 'critical' });
      else if (changesNothing && graph.dependentsOfKind(routine.id, 'policy').length > 0)
        report({ ...about, message: 'helper', data, severity: 'medium' });
      else if (isForEveryone(grants)) {
        const named = namedIn(isGrantedNow ? grants.granted : grants.grantedBefore);
        const gate = gatedBySecret(graph, routine);
        if (gate?.isForOthers === false) return report({ ...about, ...gatedText(data, gate, named), severity: 'low' });
        const granting = { ...about, data: { ...data, named, taken }, severity: 'medium' } as const;
        if (isMeant && changesNothing) report({ ...granting, message: 'grantedToRead', severity: 'low' });
        else if (isGrantedNow) report({ ...granting, message: 'granted' });
        else report({ ...granting, message: 'grantedBefore' });
      } else if (changesNothing && isYesOrNo(routine))
        report({ ...about, message: 'answer', data, severity: 'medium' });
      else if (isTimedUpkeep(graph, routine)) report({ ...about, message: 'job', data, severity: 'medium' });
      else {
        if (chosen === undefined) {
          const key = isAlone ? foundBySecret(graph, routine) : undefined;
          const milder = milderOf(graph, routine);
          const gate = gatedBySecret(graph, routine);
          if (key === undefined && gate?.isChoosing === false)
            return report({ ...about, ...gatedText(data, gate, ''), severity: 'medium' });
          if (key === undefined)
            return report({ ...about, message: 'open', data, ...(milder === undefined ? {} : { severity: milder }) });
          const secret = quoteIdentifier(key.name);
          // Those who have none yet are who it is for: nobody loses the right.
          return report({
            ...withBodyPlace(routine),
            message: 'secret',
            data: { ...data, secret },
            severity: 'low',
          });
        }
        const changes = doneTo(graph, chosen);
        report({
          ...about,
          message: 'chosen',
          data: { ...data, changes, otherwise: otherwise(chosen), weight: `${letsIn(chosen)}${CRITICAL}` },
          severity: 'critical',
        });
      }
    },
  },
});

function turnedAwayTexts(graph: SchemaGraph, { first, others, byDefault }: TurnedAway) {
  const all = [first, ...others];
  const owners = new Set(all.map(({ owner }) => graph.get('role', owner).name));
  return {
    functions: andList(
      all.map(({ name }) => brief(name)),
      4,
    ),
    owner: andList([...owners]),
    checks: others.length === 0 ? 'its check' : 'their checks',
    those: others.length === 0 ? 'that' : 'those',
    defaults: byDefault === undefined ? '' : ` ${fileName(byDefault.at)} gives them each new function as well.`,
  };
}

const CRITICAL = ', which is why this is critical';

/** @param named whom a migration grants the call by name; empty where none does */
function gatedText<Data extends object>(data: Data, { key: { name } }: SecretGate, named: string) {
  const meant = named === '' ? '' : `a migration grants that to ${named} by name, and `;
  const severity = named === '' ? 'medium' : 'low';
  return { message: 'gated', data: { ...data, secret: quoteIdentifier(name), meant, severity } } as const;
}

function unknownText(graph: SchemaGraph, routine: Routine): string {
  const calls = unknownCalls(graph, routine).map((each) => `${quoteIdentifier(each)}()`);
  const [, another] = calls;
  return calls.length === 0
    ? 'Whether its body asks who calls could not be read'
    : `Its body calls ${andList(calls, 3)}, which no file creates: whether ${another === undefined ? 'that asks' : 'those ask'} who calls is not known`;
}

function todayOf(graph: SchemaGraph, routine: Routine): string {
  const calls = alwaysFails(graph, routine) ? 'each call' : 'each call that would do something';
  return ` Today ${calls} ends in an error, as broken-function says: whoever mends that opens this.`;
}

/** What a caller may guess until the answer is yes. */
const GUESSED = ['*_password_*', '*_passwd_*', '*_pwd_*', '*_code_*', '*_pin_*', '*_otp_*', '*_token_*', '*_secret_*'];

function isYesOrNo(routine: Routine): boolean {
  const { name: own, parameters, returns } = routine;
  const isBoolean = resultKind(routine) === 'value' && returns?.isArray !== true && returns?.name.name === 'bool';
  return isBoolean && ![own.name, ...parameters.map(({ name }) => name ?? '')].some((each) => isNamed(each, GUESSED));
}

/** Yes or no, a role, an id: `is_admin()`, `my_role()`, `my_org_id()`. */
function givesOneWord(graph: SchemaGraph, routine: Routine): boolean {
  const { name: own, parameters, returns } = routine;
  if (parameters.length > 0 || resultKind(routine) !== 'value' || returns?.isArray === true) return false;
  const kind = typeClass(graph, returns);
  return (kind === 'boolean' || kind === 'uuid' || kind === 'text' || kind === 'enum') && !isNamed(own.name, GUESSED);
}

/** What makes or refreshes objects and is given nothing is done again at most; a setting of its own transaction is gone before anybody else comes. */
function milderOf(graph: SchemaGraph, routine: Routine): 'low' | 'medium' | undefined {
  const { writes, writesUnknown, reads } = routineDeeds(graph, routine);
  if (writes.length + writesUnknown.length > 0) return undefined;
  const done = definitionsIn(routine).length + refreshedBy(graph, routine).length;
  if (done > 0) return routine.parameters.length === 0 ? 'medium' : undefined;
  const set = settingsSet(graph, routine);
  const { calls } = routineShape(graph, routine);
  const isLocal = set.length > 0 && set.every((each) => each.isLocal);
  return isLocal && reads.length === 0 && calls.every((id) => isQuiet(graph, id)) ? 'low' : undefined;
}

function isUnsecured(graph: SchemaGraph, id: EntityId): boolean {
  const table = graph.find(id);
  return table?.kind === 'table' && !table.rowSecurity && graph.isKnown(table, 'rowSecurity');
}

/** May each of them do by themselves what the routine does, as far as privileges go? */
function mayAllDo(graph: SchemaGraph, callers: readonly ApiCaller[], routine: Routine): boolean {
  const mayWrite = routineShape(graph, routine).writes.every(({ write }) => {
    const table = write.relation === null ? undefined : graph.find(write.relation);
    const letter = letterOf(write.kind);
    if (table?.kind !== 'table' || letter === undefined) return false;
    return callers.every(({ role }) => mayTable(graph, role, table, letter));
  });
  return mayWrite && routineDeeds(graph, routine).reads.every((id) => mayAllRead(graph, callers, id));
}

function namedIn(granted: ReadonlySet<string>): string {
  return andList(EVERYONE.filter((each) => granted.has(each)).map(spelled));
}

/** By which people are reached, or let in. */
const REACHING = ['*_email_*', '*_emails_*', '*_phone_*', '*_password_*', '*_login_*'];

function isUsersAccounts(graph: SchemaGraph, id: EntityId): boolean {
  const table = graph.find(id);
  return table?.kind === 'table' && isAuthUsers(table.name);
}

function spelled(role: string): string {
  return role === 'public' ? 'PUBLIC' : role;
}

/** Where the file takes it from PUBLIC, and they hold it by name: from default privileges, as no GRANT says so. */
function leftByRevoke(
  routine: Routine,
  callers: readonly ApiCaller[],
  { fromPublic, granted }: NamedGrants,
): readonly RelatedPlace[] {
  const named = callers.filter(({ name }) => !granted.has(name));
  const isByName = named.every(({ role }) => routine.acl.some(({ grantee }) => grantee === role));
  if (fromPublic === undefined || named.length === 0 || !isByName) return [];
  const clients = andList(named.map(({ name }) => name));
  const note = `takes it from PUBLIC, which leaves what default privileges gave ${clients} by name`;
  return [{ note, at: fromPublic.at }];
}

/** Where a REVOKE from a role by name leaves it what PUBLIC has. */
function leftByPublic(voided: VoidExecuteRevoke | undefined): readonly RelatedPlace[] {
  if (voided === undefined) return [];
  const clients = clientsOf(voided.callers);
  return [{ note: `takes nothing from ${clients}: PUBLIC, in which every role is, still has it`, at: voided.by.at }];
}
