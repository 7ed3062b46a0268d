import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { namesFile } from './file-columns.ts';
import { isNamed, type NamePatterns } from './pattern.ts';

/** What is done once with many rows, and is over then. */
const RUNS: NamePatterns = [
  ...['*_export_*', '*_import_*', '*_sync_*', '*_upload_*', '*_download_*', '*_dump_*', '*_backup_*', '*_migration_*'],
];
/** Tables that say of themselves that their rows tell what has been. */
const PAST: NamePatterns = ['*_history', '*_log', '*_run'];
/** When it was done. */
const DONE: NamePatterns = [
  ...['exported_*', 'imported_*', 'synced_*', 'uploaded_*', 'downloaded_*', 'generated_*', 'migrated_*'],
  ...['finished_at', 'completed_at', 'executed_at', 'ran_at', 'run_at'],
];
const FILE_NAMES: NamePatterns = ['*_file_name', '*_filename'];

/**
 * Does each row of the table record one run that took many rows along, such as an export with its file? What it counts is what was in it then, and rows that are
 * pointed at it, or lose that, later change nothing of it.
 */
export function isRunRecord(graph: SchemaGraph, { id, name }: EntityOf<'table'>): boolean {
  const isRun = isNamed(name.name, RUNS);
  if (!isRun && !isNamed(name.name, PAST)) return false;
  const columns = graph.columns(id).map((column) => column.name);
  const hasFile = columns.some((each) => isNamed(each, FILE_NAMES) || namesFile(name.name, each));
  return hasFile || (isRun && columns.some((each) => isNamed(each, DONE)));
}
