import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';

/** Words for work that waits for a worker, as a status says it. */
const WAITING: NamePatterns = [
  ...['*_pending_*', '*_queued_*', '*_waiting_*', '*_ready_*', '*_new', '*_open', '*_created', '*_scheduled'],
  ...['*_enqueued', '*_available', '*_todo', '*_retry', '*_retrying', '*_idle', '*_unprocessed', '*_requested'],
];

/** Words for work that a worker has taken. */
const RUNNING: NamePatterns = [
  ...['*_running', '*_processing', '*_in_progress', '*_active', '*_started', '*_claimed', '*_locked', '*_working'],
  ...['*_reserved', '*_executing', '*_sending', '*_inprogress', '*_leased', '*_picked_up'],
];

export function isWaitingState(value: string): boolean {
  return isNamed(value, WAITING);
}

export function isRunningState(value: string): boolean {
  return isNamed(value, RUNNING);
}
