import { ApiError, type Call, type Routes } from '../call.ts';
import type { Access, Group } from '../world/access.ts';

/** The groups of users. */
export const accessGroupsRoutes: Routes = {
  'GET /access/groups': listGroups,
  'POST /access/groups': createGroup,
  'GET /access/groups/{groupid}': readGroup,
  'PUT /access/groups/{groupid}': updateGroup,
  'DELETE /access/groups/{groupid}': deleteGroup,
};

function existing(access: Access, groupid: string, prefix = ''): Group {
  const group = access.groups.get(groupid);
  if (!group) throw new ApiError(500, `${prefix}group '${groupid}' does not exist`);
  return group;
}

function listGroups({ principal, world }: Call): unknown {
  const enough = ['User.Modify', 'Sys.Audit', 'Group.Allocate'];
  return [...world.access.groups.values()]
    .filter(({ groupid }) =>
      enough.some((privilege) => principal.may(`/access/groups/${groupid}`, privilege)),
    )
    .map((group) => ({ ...group, users: world.access.membersOf(group.groupid).join(',') }));
}

function createGroup({ params, world }: Call): null {
  const { groupid, comment } = params;
  if (world.access.groups.has(groupid)) {
    throw new ApiError(500, `create group failed: group '${groupid}' already exists`);
  }
  world.access.addGroup(groupid, comment || undefined);
  return null;
}

function readGroup({ params, world }: Call): unknown {
  const { groupid, ...rest } = existing(world.access, params.groupid);
  return { ...rest, members: world.access.membersOf(groupid) };
}

function updateGroup({ params, world }: Call): null {
  const group = existing(world.access, params.groupid, 'update group failed: ');
  if (params.comment !== undefined) group.comment = params.comment;
  return null;
}

function deleteGroup({ params, world }: Call): null {
  const { access } = world;
  const { groupid } = existing(access, params.groupid, 'delete group failed: ');
  access.groups.delete(groupid);
  for (const user of access.users.values()) user.groups.delete(groupid);
  access.acl.forget('group', (ugid) => ugid === groupid);
  access.changed();
  return null;
}
