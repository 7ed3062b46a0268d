import { type Limit, type Limits, narrowed, UNLIMITED } from './sent-limits.ts';

/** A value that the client sent under a key of its metadata. */
export interface SentValue extends Limit {
  readonly key: string;
}

/** What a place in the body of a trigger function on auth.users may get. */
export interface GivenValue {
  readonly sent: readonly SentValue[];
  /** What it is where nothing was sent. */
  readonly constants: readonly string[];
}

export const NOTHING: GivenValue = { sent: [], constants: [] };

/** What comes by any of several ways. */
export function together(all: readonly GivenValue[]): GivenValue {
  return { sent: all.flatMap((each) => each.sent), constants: all.flatMap((each) => each.constants) };
}

/** The same, narrowed by one limit whatever the key. */
export function limitedBy({ sent, constants }: GivenValue, limit: Limit): GivenValue {
  return { sent: sent.map((each) => ({ key: each.key, ...narrowed(each, limit) })), constants };
}

/** Where what was sent has to be something for a constant to be given, that something is chosen as well: WHEN 'admin' THEN 'admin'. */
export function limited({ sent, constants }: GivenValue, limits: Limits | undefined): GivenValue {
  if (limits === undefined) return NOTHING;
  const asked = [...limits].flatMap(([key, { only }]) => (only === null || only.length === 0 ? [] : [{ key, only }]));
  const named = asked.flatMap(({ key, only }) => {
    const same = constants.filter((each) => only.includes(each));
    return same.length === 0 ? [] : [{ key, only: same, except: [] }];
  });
  const passed = sent.map((each) => ({ key: each.key, ...narrowed(each, limits.get(each.key) ?? UNLIMITED) }));
  return { sent: [...passed, ...named], constants: asked.length > 0 ? [] : constants };
}
