import {
  andList,
  brief,
  broughtDown,
  clientAccess,
  defineRule,
  type EntityId,
  type EntityOf,
  functionLoop,
  type PolicyLoop,
  quoteIdentifier,
  ROW_COMMANDS,
  type RowCommand,
  type SchemaGraph,
  subselectLoop,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Role = Policy['roles'][number];

/** What fails because of one policy, and on which way. */
interface Failure {
  readonly policy: Policy;
  readonly loop: PolicyLoop;
  readonly isStackOverflow: boolean;
  readonly commands: Set<RowCommand>;
  readonly roles: Set<string>;
  /** Those of them that cannot read the table. */
  readonly readers: Set<string>;
}

export default defineRule({
  meta: {
    id: 'policy-recursion',
    category: 'security',
    severity: 'critical',
    summary: "Evaluating a policy reads the policy's own table again, without end.",
    why: 'To evaluate a policy Postgres applies the policies of every table it reads. When these lead back, the statement fails: with 42P17 (infinite recursion detected in policy) where subselects and views make the loop, with 54001 (stack depth limit exceeded) where a function with the rights of its caller does.',
    remedy:
      'Move the look-up into a SECURITY DEFINER function that is owned by a role which bypasses row security (postgres on Supabase), with a pinned search_path and in a schema the API does not serve, and call that in the policy. A view with the rights of such an owner ends the loop as well. A write policy may read its own table only as long as no SELECT policy there has a subselect, even (select auth.uid()). Policies that each read their own table for the same roles are one finding.',
    messages: {
      self: '{{commands}} {{table}} fails with 42P17 for {{roles}}: {{policies}} {{table}} itself{{down}}.',
      write:
        '{{commands}} {{table}} fails with 42P17 for {{roles}}: the policy {{policy}} reads {{way}}, and {{closing}}.',
      circle: '{{commands}} {{table}} fails with 42P17 for {{roles}}: the policy {{policy}} reads {{way}}{{down}}.',
      function:
        '{{commands}} {{table}} fails with 54001 for {{roles}} as soon as a row is met: the policy {{policy}} calls {{functions}}, which reads {{table}} with the rights of its caller.',
    },
    restsOn: ['policies', 'rowSecurity', 'functions'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    graph(graph, { settings, report }) {
      const failures = onePerPolicy(failuresOf(graph, settings.clientRoles));
      for (const failure of failures) {
        const { policy, loop, isStackOverflow } = failure;
        const alike = isItself(failure) ? readingThemselves(failures, failure) : [];
        if (alike[0] !== undefined && alike[0] !== failure) continue;
        const table = brief(graph.get('table', policy.table).name);
        const commands = spellCommands(new Set([failure, ...alike].flatMap((each) => [...each.commands])));
        const roles = andList([...failure.roles]);
        const data = { table, commands, roles, policy: quoteIdentifier(policy.name) };
        const about = { entity: policy, related: relatedPlaces(loop, graph) };
        const functions = andList(
          loop.through.filter((each) => each.kind === 'function').map((each) => brief(each.name)),
        );
        if (isStackOverflow) report({ ...about, message: 'function', data: { ...data, functions } });
        else if (loop.policies.length > 1)
          report({
            ...about,
            message: 'circle',
            data: { ...data, way: wayOf(loop, graph), down: downText(failure, graph) },
          });
        else if (alike.length > 0) {
          const names = andList(alike.map((each) => quoteIdentifier(each.policy.name)));
          const policies = alike.length === 1 ? `the policy ${names} reads` : `each of the policies ${names} reads`;
          const down = downText(failure, graph);
          const related = alike.slice(1).flatMap((each) => placesOf(each.policy, 'reads it itself as well'));
          report({
            ...about,
            message: 'self',
            related: [...about.related, ...related],
            data: { table, commands, roles, policies, down },
          });
        } else {
          const names = andList(loop.closedBy.map((each) => quoteIdentifier(each.name)));
          const isOne = loop.closedBy.length === 1;
          const closing = `the SELECT ${isOne ? 'policy' : 'policies'} ${names} there ${isOne ? 'has a subselect of its own' : 'have subselects of their own'}`;
          report({ ...about, message: 'write', data: { ...data, way: wayOf(loop, graph), closing } });
        }
      }
    },
  },
});

function* failuresOf(graph: SchemaGraph, clientRoles: readonly string[]): Iterable<Failure> {
  for (const table of graph.ofKind('table')) {
    const policies = graph.ownedBy(table.id, 'policy');
    if (policies.length === 0 || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) continue;
    for (const { name, role, commands } of callersOf(graph, table, policies, clientRoles)) {
      const reading = policies.flatMap((policy) => failureOf(graph, policy, 'select', role, name) ?? []);
      yield* reading;
      // Where reading fails, writes that read fail for the same cause: they are looked at for those policies only.
      const candidates = reading.length > 0 ? reading.map((each) => each.policy) : policies;
      for (const command of commands.filter((each) => each !== 'select')) {
        yield* candidates.flatMap((policy) => failureOf(graph, policy, command, role, name) ?? []);
      }
    }
  }
}

/** The client roles that may do something here, and the roles that its policies name. */
function callersOf(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  policies: readonly Policy[],
  clientRoles: readonly string[],
): readonly { readonly name: string; readonly role: Role; readonly commands: readonly RowCommand[] }[] {
  // Of a table that nothing made, the rights are not known: whom its policies are for may use it.
  if (table.isAssumed === true) return namedCallers(graph, policies, clientRoles);
  const named = policies.flatMap(({ roles }) => roles).filter((role) => role !== 'public');
  const names = named.map((role) => graph.get('role', role).name);
  const others = names.filter((each) => !clientRoles.includes(each));
  return clientAccess(graph, table, others.length === 0 ? clientRoles : [...new Set([...clientRoles, ...others])]);
}

function namedCallers(
  graph: SchemaGraph,
  policies: readonly Policy[],
  clientRoles: readonly string[],
): ReturnType<typeof callersOf> {
  return clientRoles.flatMap((name) => {
    const role = graph.global('role', name)?.id;
    const own = policies.filter(
      ({ roles }) => role !== undefined && (roles.includes('public') || roles.includes(role)),
    );
    const commands = ROW_COMMANDS.filter((each) => own.some(({ command }) => command === each || command === 'all'));
    return role === undefined || commands.length === 0 ? [] : [{ name, role, commands }];
  });
}

function failureOf(
  graph: SchemaGraph,
  policy: Policy,
  command: RowCommand,
  role: Role,
  name: string,
): Failure | undefined {
  const direct = subselectLoop(graph, policy, command, role);
  const loop = direct ?? (command === 'select' ? functionLoop(graph, policy, role) : undefined);
  if (loop === undefined) return undefined;
  const shown = name === 'public' ? 'every role' : name;
  return {
    policy,
    loop,
    isStackOverflow: direct === undefined,
    commands: new Set([command]),
    roles: new Set([shown]),
    readers: new Set(command === 'select' ? [name] : []),
  };
}

/** A circle through several tables is met from each of them: it is told once, at the policy that closed it, the last made. */
function onePerPolicy(failures: Iterable<Failure>): readonly Failure[] {
  const known = new Map<EntityId, Failure>();
  for (const failure of failures) {
    const closing = failure.loop.policies.reduce((last, each) => (each.id > last.id ? each : last));
    const entry = known.get(closing.id);
    if (entry === undefined || (entry.policy.id !== closing.id && failure.policy.id === closing.id)) {
      known.set(closing.id, failure);
    } else if (entry.policy.id === failure.policy.id) {
      for (const command of failure.commands) entry.commands.add(command);
      for (const role of failure.roles) entry.roles.add(role);
      for (const role of failure.readers) entry.readers.add(role);
    }
  }
  return [...known.values()];
}

/** What fails for the same roles as each of these policies reads its own table: only to mend all of them helps. */
function readingThemselves(failures: readonly Failure[], { policy, roles }: Failure): readonly Failure[] {
  return failures.filter(
    (each) => each.policy.table === policy.table && isItself(each) && sameMembers(each.roles, roles),
  );
}

function isItself({ loop, isStackOverflow, commands }: Failure): boolean {
  return !isStackOverflow && loop.policies.length === 1 && commands.has('select');
}

function sameMembers(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && [...some].every((each) => others.has(each));
}

const VERBS = { select: 'reading', insert: 'inserting into', update: 'updating', delete: 'deleting from' } as const;

function spellCommands(commands: ReadonlySet<RowCommand>): string {
  const text = andList(ROW_COMMANDS.filter((each) => commands.has(each)).map((each) => VERBS[each]));
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `; reading orders and bikes fails with it, as their policies lead there, and so does …`: the tables that one loop takes along. */
function downText({ loop, readers }: Failure, graph: SchemaGraph): string {
  const failed = loop.policies.map((each) => each.table);
  const tables = readers.size === 0 ? [] : broughtDown(graph, failed, [...readers]);
  if (tables.length === 0) return '';
  const names = tables.map((each) => brief(each.name));
  const whose = tables.length === 1 ? 'its' : 'their';
  return `; reading ${andList(names, MOST_SHOWN)} fails with it, as ${whose} policies lead there, and so does each INSERT, UPDATE and DELETE whose policy, WHERE or RETURNING reads there`;
}

const MOST_SHOWN = 5;

/** `projects, whose policy "p" reads members, whose policy "q" reads teams`. */
function wayOf({ policies, through }: PolicyLoop, graph: SchemaGraph): string {
  const [first, ...others] = policies;
  const views = through.map((each) => brief(each.name));
  const via = views.length === 0 ? '' : ` (through ${andList(views)})`;
  const own = first === undefined ? '' : brief(graph.get('table', first.table).name);
  const steps = others.map(
    (each) => `${brief(graph.get('table', each.table).name)}, whose policy ${quoteIdentifier(each.name)} reads `,
  );
  return `${steps.join('')}${own}${via}`;
}

/** The policies on the way, and the statement that gave one of them the clause it has now. */
function relatedPlaces({ policies, closedBy }: PolicyLoop, graph: SchemaGraph) {
  const [, ...others] = new Set([...policies, ...closedBy]);
  return others.flatMap((policy) => {
    const name = `policy ${quoteIdentifier(policy.name)} of ${brief(graph.get('table', policy.table).name)}`;
    return placesOf(policy, name);
  });
}

function placesOf({ origin, setBy }: Policy, note: string) {
  return [origin, setBy.using, setBy.check].flatMap((each) =>
    each?.from === 'statement' ? [{ note, at: each.at }] : [],
  );
}
