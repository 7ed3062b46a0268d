import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { byBytes } from './byte-order.ts';
import type { ListedFile } from './list-files.ts';
import type { Tool } from './tool.ts';

const PLAN = 'sqitch.plan';
/** A change's name up to the blank before its dependencies, date or planner; `+` may stand before it. */
const CHANGE = /^\s*\+?\s*([^\s@#%+-][^\s@]*)(?=\s|$)/;
const TAG = /^\s*@(\S+)/;

/** The plan of the project that the folder, or its deploy folder, belongs to. */
export function sqitchPlan(folder: string): string | undefined {
  const places = basename(folder) === 'deploy' ? [folder, dirname(folder)] : [folder];
  return places.map((each) => join(each, PLAN)).find((each) => existsSync(each));
}

/**
 * Sqitch deploys what its plan names, in the plan's order. A change that is planned again was reworked: its older script
 * carries the tag after which that happened, `users@v1.0.sql` (App::Sqitch::Plan, App::Sqitch::Plan::Change).
 */
export function sqitch(plan: string, files: readonly ListedFile[]): Tool {
  const scripts = new Set(files.map(scriptOf));
  const deployed = planned(readFileSync(plan, 'utf8')).map(({ name, tags }) => {
    const old = tags.map((tag) => `${name}@${tag}.sql`);
    return old.find((each) => scripts.has(each)) ?? `${name}.sql`;
  });
  const rank = new Map(deployed.map((script, index) => [script, index]));
  const missing = deployed.find((each) => !scripts.has(each));
  return {
    name: 'sqitch',
    order: (all) =>
      [...all].sort(
        (a, b) =>
          (rank.get(scriptOf(a) ?? '') ?? Infinity) - (rank.get(scriptOf(b) ?? '') ?? Infinity) ||
          byBytes(a.name, b.name),
      ),
    identify: (file) => {
      const script = scriptOf(file);
      const name = (script ?? file.name).replace(/\.sql$/, '');
      if (script === undefined) return { version: null, name, skipped: 'it is no deploy script', misnamed: null };
      return { version: null, name, skipped: rank.has(script) ? null : `${PLAN} does not list it`, misnamed: null };
    },
    blank: (text) => text,
    fillsIn: false,
    note: missing === undefined ? null : `${PLAN} lists deploy/${missing}, which is not there.`,
  };
}

/** The script's path below the deploy folder. */
function scriptOf({ path }: ListedFile): string | undefined {
  return /(?:^|[\\/])deploy[\\/](.*)$/.exec(path)?.[1]?.replaceAll('\\', '/');
}

/** The changes in their order, each with the tags between it and its rework. */
function planned(text: string): readonly { readonly name: string; readonly tags: readonly string[] }[] {
  const changes: { readonly name: string; readonly tags: string[] }[] = [];
  const tags: { readonly tag: string; readonly after: number }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const tag = TAG.exec(line)?.[1];
    const name = tag === undefined ? CHANGE.exec(line)?.[1] : undefined;
    if (tag !== undefined) tags.push({ tag, after: changes.length });
    else if (name !== undefined) {
      const at = changes.findLastIndex((each) => each.name === name);
      const earlier = changes[at];
      if (earlier !== undefined) earlier.tags.push(...tags.filter((each) => each.after > at).map((each) => each.tag));
      changes.push({ name, tags: [] });
    }
  }
  return changes;
}
