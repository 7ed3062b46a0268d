import {
  breakBefore,
  brief,
  counted,
  defineRule,
  type EntityOf,
  type ExceptionHandler,
  type Fix,
  quoteLiteral,
  redefined,
  routineShape,
  type SchemaGraph,
  withArticle,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

export default defineRule({
  meta: {
    id: 'swallowed-exception',
    category: 'integrity',
    severity: 'medium',
    summary: 'EXCEPTION WHEN OTHERS makes every error disappear.',
    why: 'The block is rolled back to its BEGIN and the routine goes on as if it had succeeded. That it failed, and why (a constraint, a missing column after a migration, a deadlock), is written nowhere.',
    remedy:
      'Catch the conditions that are expected (unique_violation), and let the rest through by RAISE; or record SQLERRM and SQLSTATE by RAISE WARNING, in a table, or in what the caller gets.',
    scope: [
      'Handlers that do one of these are not reported, nor blocks that only calculate, such as casts that are tried out, or ask who calls (auth.uid()).',
      'Low where all that is caught is one SELECT, and a constant takes its place.',
    ],
    messages: {
      writes:
        '{{function}} throws away every error of {{blocks}}: what was written there is undone, and nobody hears of it.',
      other: '{{function}} throws away every error of {{blocks}}: that it failed, and why, is told to nobody.',
      fallback:
        '{{function}} goes on with a default for what {{blocks}} could not read, whatever the error was: that it failed, and why, is told to nobody.',
      notice:
        '{{function}} tells of the errors of {{blocks}} by {{level}} only, which no log keeps as the server is set by default and the API does not pass on.',
    },
    restsOn: ['functions'],
    references: ['https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-ERROR-TRAPPING'],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      if (routine.language !== 'plpgsql') return;
      const mute = routineShape(graph, routine).handlers.filter(isMute);
      const [first] = mute;
      if (first === undefined) return;
      const [place, ...others] = mute.flatMap(({ at }) => (at === null ? [] : [at]));
      const about = {
        entity: routine,
        ...(place === undefined ? {} : { origin: { from: 'statement', at: place } as const }),
        related: others.map((at) => ({ note: 'here too', at })),
        fix: () => fixFor(graph, routine, mute, texts),
      };
      const silent = mute.filter(({ raises }) => raises.length === 0);
      const isOne = mute.length === 1;
      const writes = silent.some(({ guards }) => guards === 'writes');
      const data = {
        function: brief(routine.name),
        blocks: isOne ? `a block${writes ? ' that writes' : ''}` : counted(mute.length, 'block'),
      };
      const level = first.raises[0] ?? '';
      if (silent.length === 0)
        report({
          ...about,
          message: 'notice',
          data: { ...data, level: withArticle(level.toUpperCase()) },
          severity: 'low',
        });
      else if (mute.every(({ setsDefault }) => setsDefault))
        report({ ...about, message: 'fallback', data, severity: 'low' });
      else if (writes) report({ ...about, message: 'writes', data });
      else report({ ...about, message: 'other', data });
    },
  },
});

/** Neither stops, nor records, nor passes on what it caught; a block that only calculates has nothing to tell. */
function isMute({ catchesAll, reraises, records, usesError, raises, guards }: ExceptionHandler): boolean {
  const isTold = reraises || records || usesError || raises.includes('warning') || raises.includes('log');
  return catchesAll && !isTold && guards !== 'computes';
}

function fixFor(
  graph: SchemaGraph,
  routine: Routine,
  mute: readonly ExceptionHandler[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const raised = `raise warning '%: % (%)', ${quoteLiteral(brief(routine.name))}, sqlerrm, sqlstate;`;
  const places = mute.flatMap(({ bodyAt }) => (bodyAt === null ? [] : [bodyAt]));
  if (places.length < mute.length) return undefined;
  const insertions = places.map((at) => ({ at: at.start, text: raised + breakBefore(texts, at) }));
  const written = redefined(graph, routine, texts, insertions);
  return written === undefined
    ? undefined
    : { title: 'Write the error into the log of the server', safety: 'safe', sql: written };
}
