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

/**
 * Parameters as parts, for the methods whose parameters depend on each other's values (PVE 9.2: HA rules). A part is a
 * table of properties, or a choice between variants by the value of its `type-property`.
 */
export interface ParameterSet {
  properties?: Record<string, Parameter>;
  additionalProperties?: 0 | 1;
  optional?: 0 | 1;
  oneOf?: ParameterSet[];
  'type-property'?: string;
  'type-property-schema'?: Parameter;
  /** In a variant: the value of the type property that chooses it. */
  'instance-type'?: string;
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
  /** Set where a plain table does not do: every part must hold. `parameters` is then the union of all of them. */
  allOf?: ParameterSet[];
  /** Set where parameters beyond these are let through (PVE 9.2: the SDN fabrics). Absent: they are refused. */
  additionalProperties?: 1;
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

/** A method as it is stored: `parameters` is left out where `allOf` says them. */
export type BareMethod = Omit<Method, 'parameters'> & { parameters?: Record<string, Parameter> };

/** Completes a stored method: `parameters` becomes the union of the parts of `allOf`. */
export function completeMethod(bare: BareMethod): Method {
  return { ...bare, parameters: bare.parameters ?? unionOf(bare.allOf ?? []) };
}

function unionOf(parts: ParameterSet[]): Record<string, Parameter> {
  const union: Record<string, Parameter> = {};
  for (const part of parts) {
    Object.assign(union, part.properties);
    const type = part['type-property'];
    if (type && part['type-property-schema']) union[type] = part['type-property-schema'];
    for (const variant of part.oneOf ?? []) {
      for (const [name, parameter] of Object.entries(variant.properties ?? {})) {
        // Which of them are needed depends on the type, so none is needed by itself.
        union[name] = { ...parameter, optional: 1 };
      }
    }
  }
  return union;
}
