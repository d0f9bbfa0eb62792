/**
 * Parameters of PVE and PMG that are a list written as one text: their format ends in `-list` in PVE 9.2's API
 * description. Sent as a repeated key they would be refused ("got ARRAY").
 */
const names = new Set([
  ...['bridge_ports', 'bridge_vids', 'bridges', 'contact', 'content', 'content-dirs', 'delete', 'devices'],
  ...['dow', 'ds', 'exclude', 'exitnodes', 'group_classes', 'groups', 'idlist', 'isis-ifaces', 'mailto'],
  ...['mon-address', 'monhost', 'nameserver', 'nodes', 'ovs_bonds', 'ovs_ports', 'pci-class-blacklist'],
  ...['peers', 'privs', 'revert', 'roles', 'rt-import', 'searchdomain', 'slaves', 'statusfilter', 'storage'],
  ...['storages', 'tags', 'target-bridge', 'target-storage', 'targetstorage', 'tokens', 'user_classes'],
  ...['users', 'vmid', 'vms'],
]);

/** Where three of these names (`delete`, `mailto`, `vms`) are real lists. */
const realLists = /^\/cluster\/(?:notifications|sdn\/fabrics|bulk-action)\//;

/** Whether PVE takes this list as one text, `a,b`. */
export function isTextList(path: string, name: string): boolean {
  return names.has(name) && !realLists.test(path);
}
