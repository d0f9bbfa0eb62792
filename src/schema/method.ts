/** One parameter of a method, as the API description gives it (PVE JSON schema; 0/1 for booleans). */
export interface Parameter {
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'null';
  optional?: 0 | 1;
  default?: unknown;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  /** A named format (`pve-vmid`) or the inner schema of a property string (`net0`, `memory`). */
  format?: string | Record<string, Parameter>;
  items?: Parameter;
  properties?: Record<string, Parameter>;
  /** Another parameter that must be given too. */
  requires?: string;
  description?: string;
  /** In a property string: the key that may be left out (`virtio` for `model=virtio`). */
  default_key?: 0 | 1;
  /** In a property string: another name of this key. */
  alias?: string;
  keyAlias?: string;
  'type-property'?: string;
  'instance-types'?: string[];
  oneOf?: Parameter[];
}

/** Who may call a method: `null` is root@pam's ticket alone, `world` needs no login, `all` any login. */
export interface Permissions {
  user?: 'all' | 'world';
  /** A tree such as `["perm", "/vms/{vmid}", ["VM.Audit"]]`, `["and", …]`, `["or", …]`. */
  check?: unknown[];
  description?: string;
}

/** One method of the API, as the API description gives it. `{name}` in the path is a path parameter. */
export interface Method {
  path: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  name: string;
  description?: string;
  /** Path parameters are among them. `net[n]` stands for `net0`, `net1`, … */
  parameters: Record<string, Parameter>;
  returns?: { type?: string; [key: string]: unknown } | null;
  permissions: Permissions | null;
  /** 1: handled by pvedaemon as root, not by pveproxy. */
  protected: 0 | 1;
  /** 0: refuses API tokens. */
  allowtoken: 0 | 1;
  /** The path parameter that names the node on which the call runs, or a fixed word such as `master`. */
  proxyto?: string | null;
  download?: 0 | 1;
}
