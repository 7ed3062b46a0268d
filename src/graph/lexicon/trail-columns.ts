import type { NamePatterns } from './pattern.ts';

/** What tells who did what, as a trail does and a diary or a list of messages does not. That something was performed on a day tells neither. */
export const TRAIL_COLUMNS: NamePatterns = [
  ...[
    'action',
    'action_type',
    '*_action',
    'action_taken',
    'operation',
    'event_type',
    'change_type',
    'old_*',
    'new_*',
    '*_before',
  ],
  ...['*_after', 'previous_*', 'changed_*', 'changes', 'change_reason', 'performed_by', 'performed_by_*'],
  ...['performed_action', 'actor', 'actor_*', 'diff'],
  ...['ip_address', 'user_agent', '*_snapshot', 'before', 'after', 'field_changed', 'field_name', 'table_name'],
];
