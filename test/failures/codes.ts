import type { FailureCode } from '../../src/failure.ts';

/** What each recorded error is for a program, by the recording's name. */
const names: Partial<Record<FailureCode, string>> = {
  auth: `
    auth_none auth_bearer auth_basic auth_cookie_bad auth_csrf_missing auth_ticket_unknown_user
    auth_ticket_unknown_realm auth_token_bad_secret auth_token_unknown_user auth_token_no_equals
    auth_token_and_cookie auth_token_expired auth_token_user_disabled err_unknown_path_noauth fmt_extjs_403`,
  forbidden: `
    auth_token_calls_ticket_only perm_privsep_token_no_acl_403 perm_privsep_vm_missing_403
    perm_privsep_vm_start_403 perm_root_only_arg perm_token_create_vm_in_pool_403 perm_token_monitor_403
    perm_token_reboot_node_403 task_privsep_403 vm_locked_skiplock_token err_invalid_node_name uni_wide
    uni_wide_storage_sync uni_error_400_wide`,
  not_implemented: `
    err_unknown_path err_unknown_subpath err_method_head err_format_unknown fmt_text agent_unknown_command`,
  exists: `
    token_create_duplicate user_create_duplicate storage_create_dup pool_dup lxc_vmid_in_use`,
  not_found: `
    vm_missing_config resource_vm_type_qemu_mismatch vm_snapshot_config_missing vm_migrate_missing_node
    vm_create_storage_missing vm_move_disk_missing_storage upload_storage_missing storage_cfg_missing
    storage_delete_missing volume_attr_missing node_network_missing pool_missing token_missing
    token_delete_missing role_missing replication_bad agent_exec_status_done agent_exec_status_again
    agent_exec_status_bad_pid`,
  locked: 'vm_locked_config',
  wrong_state: `
    vm_reboot_not_running vm_suspend_not_running vm_delete_running vm_protection_delete
    vm_config_digest_bad_format vm_clone_linked_not_template agent_vm_not_running agent_not_configured
    agent_not_running agent_not_running_get spiceproxy_no_spice lxc_delete_running lxc_stop_not_running
    lxc_start_already_running`,
  node_unreachable: `
    proxy_node_unreachable_595 proxy_node_unreachable_post_595 pvedaemon_hung_protected_call
    pmxcfs_down_config pmxcfs_down_get pmxcfs_down_write agent_exec_form_string agent_exec_bad_cmd
    agent_exec_string_retry1 agent_exec_bad_retry1 agent_exec_string_retry2`,
  timeout: 'node_termproxy_root',
  unreachable: 'upload_urlencoded',
  refused: 'agent_set_user_password query_url_metadata fw_rule_delete_missing',
  invalid_parameter: `
    err_enum err_extra_param err_integer_range err_invalid_type_integer err_param_repeated
    err_property_string err_property_string2 ctype_text_plain json_body_invalid json_body_not_object
    delete_with_form_body get_long_uri_8k post_no_content_length post_too_large_form post_too_large_json
    vm_config_empty vm_config_set_and_delete vm_snapshot_bad_name vm_migrate_self vm_create_name_invalid
    storage_create_badtype storage_update_fixed upload_bad_content upload_bad_extension
    upload_missing_content upload_missing_file storage_file_restore cluster_resources_badtype
    node_rrddata_missing node_service_unknown node_suspendall_bad fw_rule_bad task_invalid_upid
    task_log_download_limit token_bad_id uni_wide_param uni_error_500_latin1 uni_error_500_wide
    vzdump_no_vmid param_uri_body_conflict`,
};

export const codes: ReadonlyMap<string, FailureCode> = new Map(
  Object.entries(names).flatMap(([code, list]) =>
    list
      .trim()
      .split(/\s+/)
      .map((name) => [name, code as FailureCode] as const),
  ),
);

/** How tasks failed that were recorded at their end; a failed task's words are read as an error's are. */
export const endings: readonly [exitstatus: RegExp, code: FailureCode][] = [
  [/^VM \d+ already running$/, 'wrong_state'],
  [/^VM is locked \(backup\)$/, 'locked'],
  [/^VM quit\/powerdown failed - got timeout$/, 'timeout'],
  [/^cannot remove protected volume /, 'wrong_state'],
  [/^download failed: .*Connection refused\.$/, 'refused'],
  [/^checksum mismatch: got /, 'wrong_state'],
  [/^unable to create VM 172 - volume '.*' does not exist$/, 'not_found'],
  [/^base volume '.*' is still in use by linked cloned$/, 'wrong_state'],
  [/^you can't start a vm if it's a template$/, 'wrong_state'],
  [/^received interrupt$/, 'cancelled'],
  [/^snapshot 'nope' does not exist$/, 'not_found'],
  [/^snapshot feature is not available$/, 'wrong_state'],
  [/^snapshot name 'before' already used$/, 'exists'],
];
