import type { Query } from 'pg';
import type { Answer } from '../catalog/catalog-connection.ts';

/**
 * The rows of each statement of a simple-query message, as soon as the server is through with that statement (`CommandComplete`
 * in the docs, 53.2.2.1), and not only when it is through with all of them, as pg itself gives them.
 *
 * @param query not yet given to a client
 * @param whole ends when the query does; what it fails with is what the statements left fail with
 */
export function answersTo(query: Query<object>, statements: number, whole: () => Promise<unknown>): readonly Answer[] {
  const waiting: PromiseWithResolvers[] = Array.from({ length: statements }, withResolvers);
  for (const { answer } of waiting) answer.catch(() => undefined);
  let rows: object[] = [];
  let next = 0;
  const completed = (): void => {
    waiting[next++]?.resolve(rows);
    rows = [];
  };
  query.on('row', (row) => void rows.push(row));
  const { submit } = query;
  query.submit = (connection) => {
    const done = (): void => void connection.off('commandComplete', completed);
    connection.on('commandComplete', completed);
    query.on('end', done);
    query.on('error', done);
    return submit.call(query, connection);
  };
  const end = (error: unknown): void => {
    for (const { reject } of waiting.slice(next)) reject(error);
  };
  whole().then(() => end(new Error('the server left a statement without an answer')), end);
  return waiting.map(({ answer }) => answer);
}

interface PromiseWithResolvers {
  readonly answer: Answer;
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: unknown) => void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve: PromiseWithResolvers['resolve'] = () => undefined;
  let reject: PromiseWithResolvers['reject'] = () => undefined;
  const answer = new Promise<readonly unknown[]>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { answer, resolve, reject };
}
