import { brief, defineRule, undoneWrites, writesText } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'undone-write',
    category: 'integrity',
    severity: 'medium',
    recommended: true,
    summary: 'A function writes and then raises an error, which undoes the write.',
    why: 'An error undoes everything that its transaction has done. A link that is marked as expired before RAISE EXCEPTION says so is not marked, and an attempt that is logged before it is refused is not logged: neither is ever there, however often the function runs. That a caller catches the error changes nothing.',
    remedy:
      'Return what the caller is to know (a status, no row) in place of the error, say it by RAISE WARNING, or write in a statement of its own before or after the call.',
    scope: ['Not reported: what a handler of the function itself catches, and what may be left before the error.'],
    messages: {
      undone: '{{function}} {{deeds}} and raises an error after that, which undoes it: nothing of it is ever there.',
    },
    restsOn: ['existence', 'functions'],
    references: ['https://www.postgresql.org/docs/current/plpgsql-errors-and-messages.html'],
  },
  visit: {
    function(routine, { graph, report }) {
      const [first, ...others] = undoneWrites(graph, routine);
      if (first === undefined) return;
      const all = [first, ...others];
      const places = all.flatMap(({ writes }) => writes.flatMap(({ at }) => at ?? []));
      const errors = all.flatMap(({ raise }) => (raise.at.file === '' ? [] : [{ note: 'the error', at: raise.at }]));
      report({
        entity: routine,
        message: 'undone',
        data: {
          function: `${brief(routine.name)}()`,
          deeds: writesText(
            graph,
            all.flatMap(({ writes }) => writes),
          ),
        },
        ...(places[0] === undefined ? {} : { origin: { from: 'statement', at: places[0] } as const }),
        related: errors,
      });
    },
  },
});
