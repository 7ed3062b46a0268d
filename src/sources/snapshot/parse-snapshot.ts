import { SourceError } from '../../errors.ts';
import { SNAPSHOT_FORMAT, SNAPSHOT_VERSION, type SnapshotFile } from './snapshot-file.ts';
import { validateSnapshot } from './validate.ts';

/**
 * The text of a snapshot, checked against its schema.
 * @param file how people call it, for messages
 * @throws SourceError that says what is wrong with it
 */
export function parseSnapshot(text: string, file: string): SnapshotFile {
  const json = parseJson(text, file);
  const { format, version, ddlint } = typeof json === 'object' && json !== null ? (json as Partial<SnapshotFile>) : {};
  if (format !== SNAPSHOT_FORMAT) {
    throw new SourceError(`${file} is no ddlint snapshot. \`ddlint snapshot --output FILE\` writes one.`);
  }
  if (typeof version !== 'number' || version !== SNAPSHOT_VERSION) {
    const by = typeof ddlint === 'string' ? ` by ddlint ${ddlint.slice(0, 30)}` : '';
    const advice = Number(version) > SNAPSHOT_VERSION ? 'Update ddlint to read it.' : 'Write it again.';
    throw new SourceError(
      `${file} was written${by} in version ${String(version).slice(0, 30)} of the format; this ddlint reads version ${SNAPSHOT_VERSION}. ${advice}`,
    );
  }
  const [error] = validateSnapshot(json);
  if (error) {
    const where = error.instancePath === '' ? '' : ` at ${error.instancePath.slice(0, 200)}`;
    const extra = (error.params as { readonly additionalProperty?: string }).additionalProperty;
    const what = extra === undefined ? error.message : `unknown property ${JSON.stringify(extra.slice(0, 60))}`;
    throw new SourceError(`${file} is no valid snapshot:${where} ${what}.`);
  }
  return json as SnapshotFile;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (cause) {
    // The engine's message quotes the text, which may be anything.
    const [place] = /(?:at position \d+|line \d+ column \d+)/.exec((cause as Error).message) ?? ['its end'];
    throw new SourceError(
      `${file} is no JSON: it breaks off or is malformed ${place === 'its end' ? 'at its end' : place}.`,
      {
        cause,
      },
    );
  }
}
